"""The chosen providers reach the two processes that need them, and only those."""

from pathlib import Path

import pytest

from clinic.deploy.instance import open_instance
from clinic.deploy.postgres import PrivatePostgres
from clinic.deploy.processes import Process, processes
from clinic.deploy.providers import RECEIPTS, SENDING

TWILIO = {"SMS_PROVIDER": "twilio", "TWILIO_AUTH_TOKEN": "the-token", "WEBHOOKS_URL": "https://hooks.example"}
SENDGRID = {"MAIL_PROVIDER": "sendgrid", "SENDGRID_API_KEY": "the-key", "SENDGRID_WEBHOOK_PUBLIC_KEY": "public"}


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine's environment says."""
    for name in {*SENDING, *RECEIPTS}:
        monkeypatch.delenv(name, raising=False)


def running(directory: Path) -> dict[str, Process]:
    """The processes by name."""
    instance = open_instance(directory)
    found = processes(instance, PrivatePostgres(directory / "postgres", instance.ports["postgres"]))
    return {process.name: process for process in found}


def test_without_a_provider_no_process_listens_for_receipts(tmp_path: Path) -> None:
    assert "notifications-webhooks" not in running(tmp_path)


@pytest.mark.parametrize(
    "chosen", [{"SMS_PROVIDER": "twilio", "TWILIO_AUTH_TOKEN": "x"}, {"WEBHOOKS_URL": "https://h"}]
)
def test_without_an_address_or_a_key_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: dict[str, str]
) -> None:
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    assert "notifications-webhooks" not in running(tmp_path)


@pytest.mark.parametrize("chosen", [TWILIO, SENDGRID])
def test_with_one_it_runs_with_a_role_of_its_own_and_no_other_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: dict[str, str]
) -> None:
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    found = running(tmp_path)
    webhooks = found["notifications-webhooks"]
    assert webhooks.command[-1] == "clinic.notifications.entrypoints.webhooks:create_app()"
    assert webhooks.environment["DATABASE_URL"].startswith("postgresql://notifications_webhooks:")
    for secret in ("SERVICE_KEYS", "ACCEPTED_KEYS", "AMQP_URL", "SENDGRID_API_KEY"):
        assert secret not in webhooks.environment
    assert webhooks.ready_url is not None
    knowing = {name for name, one in found.items() if {"the-token", "the-key"} & set(one.environment.values())}
    assert knowing <= {"notifications-worker", "notifications-webhooks"}
    assert "notifications-worker" in knowing
