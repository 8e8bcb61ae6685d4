"""The containers are the demo's processes, and each knows only its own secrets."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from clinic.deploy.containers import EVERYTHING, PUBLISHED, container_instance, write_secrets
from clinic.deploy.processes import processes
from clinic.deploy.providers import RECEIPTS, SENDING

COMPOSE: dict[str, Any] = yaml.safe_load((Path(__file__).resolve().parents[2] / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
WEBHOOKS = "notifications-webhooks"
WITH_PROVIDERS = {"SENDGRID_WEBHOOK_PUBLIC_KEY": "k", "SENDGRID_API_KEY": "the-key", "TWILIO_AUTH_TOKEN": "the-token"}
HELPERS = {"secrets", "migrate", "sample", "postgres", "rabbitmq"}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A volume as `secrets` leaves it, with providers chosen."""
    for name, value in WITH_PROVIDERS.items():
        monkeypatch.setenv(name, value)
    write_secrets(tmp_path)
    return tmp_path


def test_compose_runs_exactly_the_processes_of_the_demo(root: Path) -> None:
    assert set(SERVICES) - HELPERS == {process.name for process in processes(*container_instance(root))}


def test_the_process_for_receipts_runs_only_where_it_is_asked_for_and_knows_what_it_is_given(root: Path) -> None:
    assert {name for name, service in SERVICES.items() if "profiles" in service} == {"sample", WEBHOOKS}
    passed_on = set(SERVICES["secrets"]["environment"])
    assert {*SENDING, *RECEIPTS} <= passed_on
    assert "the-key" not in (root / WEBHOOKS / "process.json").read_text()
    for secret in ("the-key", "the-token"):
        knowing = {file.parent.name for file in root.glob("*/process.json") if secret in file.read_text()}
        assert knowing <= {"notifications-worker", WEBHOOKS}


def test_every_container_mounts_only_its_own_secrets() -> None:
    for name in set(SERVICES) - {"secrets", "migrate", "sample"}:
        (mount,) = [each for each in SERVICES[name]["volumes"] if isinstance(each, dict)]
        assert (mount["volume"]["subpath"], mount["read_only"]) == (name, True)


def test_the_directory_of_each_container_exists_and_names_its_command(root: Path) -> None:
    for name in set(SERVICES) - HELPERS:
        known = json.loads((root / name / "process.json").read_text())
        assert SERVICES[name]["command"] == ["run", name]
        assert known["command"][:2] == ["python", "-m"]


def test_no_process_knows_the_signing_key_but_identity(root: Path) -> None:
    key = json.loads((root / EVERYTHING / "secrets.json").read_text())["token signing key"]
    holders = {file.parent.name for file in root.glob("*/process.json") if key in file.read_text()}
    assert holders == {"identity-api"}


def test_services_call_each_other_by_container_and_people_by_the_published_address(root: Path) -> None:
    known = json.loads((root / "notifications-worker" / "process.json").read_text())["environment"]
    assert known["APPOINTMENTS_URL"] == "http://appointments-api:8000"
    assert known["AMQP_URL"].startswith("amqp://notifications:")
    assert known["AMQP_URL"].endswith("@rabbitmq:5672/")
    assert known["SMTP_HOST"] == "mailbox"
    assert known["CLIENT_PORTAL_URL"] == f"http://localhost:{PUBLISHED['client']}"


def test_published_ports_are_on_loopback_only() -> None:
    published = {port for service in SERVICES.values() for port in service.get("ports", [])}
    assert published == {f"127.0.0.1:{port}:8000" for port in (*PUBLISHED.values(), 8082)}


def test_writing_the_secrets_again_changes_nothing(root: Path) -> None:
    before = {file: file.read_text() for file in root.glob("*/process.json")}
    write_secrets(root)
    assert before == {file: file.read_text() for file in root.glob("*/process.json")}


def test_images_are_chosen_by_variables() -> None:
    assert all(service["image"].startswith("${") for service in SERVICES.values())
