"""`clinic practice …` as an operator types it."""

from typing import Any

import pytest
from typer.testing import CliRunner

from clinic.identity.entrypoints import cli
from clinic.identity.entrypoints.import_practice import importer

CREATE = [
    "create", "--slug", "quay-side", "--name", "Quay Side", "--phone", "0151 496 0001", "--email", "hello@quay.example",
    "--admin-name", "Olga", "--admin-email", "Olga@Quay.example",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _only_identity(identity: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "importers", lambda: iter([("identity", importer)]))


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli.practice, words)
    return done.exit_code, done.stdout.strip(), done.stderr.strip()


def test_create_prints_the_set_up_address_and_nothing_else(identity: Any) -> None:
    code, address, told = run(*CREATE)
    assert (code, told) == (0, "")
    body = {"practice_slug": "quay-side", "token": address.rpartition("/")[2], "password": "a long enough phrase"}
    assert identity.post("/staff/set-up", body) == {"outcome": "done", "email": "olga@quay.example"}
    code, nothing, told = run(*CREATE)
    assert (code, nothing) == (1, "")
    assert "exists already" in told


@pytest.mark.parametrize(("option", "value"), [("--slug", "Quay Side"), ("--email", "nowhere"), ("--zone", "Mars/X")])
def test_a_wrong_value_creates_nothing(option: str, value: str) -> None:
    assert run(*CREATE, option, value)[0] == 2


def test_an_operator_makes_a_new_set_up_address(identity: Any) -> None:
    code, address, _ = run("set-up-address", "--slug", "harbour-street", "--email", "bo@harbour-street.example")
    assert code == 0
    body = {"practice_slug": "harbour-street", "token": address.rpartition("/")[2], "password": "a long enough phrase"}
    assert identity.post("/staff/set-up", body)["outcome"] == "done"
    assert run("set-up-address", "--slug", "harbour-street", "--email", "x@harbour-street.example")[0] == 1
    assert run("set-up-address", "--slug", "nobody-here", "--email", "x@harbour-street.example")[0] == 1


def test_demo_passwords_are_refused_outside_demonstrations(identity: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("demo-passwords", "--slug", "harbour-street", "--password", "demo", "--email", "bo@harbour-street.example")
    monkeypatch.delenv("DEMO", raising=False)
    monkeypatch.delenv("CLINIC_TEST", raising=False)
    assert run(*words)[0] == 1
    monkeypatch.setenv("DEMO", "1")
    assert run(*words)[0] == 0
    body = {"practice_slug": "harbour-street", "email": "bo@harbour-street.example", "password": "demo"}
    assert identity.post("/staff/sign-in", body | {"source_address": "192.0.2.1"})["outcome"] == "signed_in"


def test_without_the_databases_addresses_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IDENTITY_KEYS_OPS_DATABASE_URL")
    code, _, told = run(*CREATE)
    assert (code, "IDENTITY_KEYS_OPS_DATABASE_URL" in told) == (75, True)
