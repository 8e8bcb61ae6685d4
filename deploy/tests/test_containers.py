"""The containers are the demo's processes, and each knows only its own secrets."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml  # type: ignore[import-untyped]

from clinic.deploy.choice_of_servers import POSTGRES_IMAGE, RABBITMQ_IMAGE
from clinic.deploy.containers import EVERYTHING, PUBLISHED, SERVERS, container_instance, container_names, write_secrets
from clinic.deploy.postgres import CLUSTER, SETTINGS
from clinic.deploy.processes import Process, processes
from clinic.deploy.providers import RECEIPTS, SENDING
from clinic.deploy.rabbitmq_node import IDLE
from clinic.deploy.topology import PUBLISHERS

CHECKOUT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
WEBHOOKS = "notifications-webhooks"
WITH_PROVIDERS = {"SENDGRID_WEBHOOK_PUBLIC_KEY": "k", "SENDGRID_API_KEY": "the-key", "TWILIO_AUTH_TOKEN": "the-token"}
HELPERS = {"secrets", "migrate", "sample", *SERVERS}


@pytest.fixture(autouse=True)
def providers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Providers are chosen, so that there are all the processes that there can be."""
    for name, value in WITH_PROVIDERS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A volume as `secrets` leaves it."""
    write_secrets(tmp_path)
    return tmp_path


def all_processes(root: Path) -> list[Process]:
    return processes(*container_instance(root))


def test_compose_runs_exactly_the_processes_of_the_demo(root: Path) -> None:
    assert set(SERVICES) - HELPERS == {process.name for process in all_processes(root)}


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
        mounts = [each for each in SERVICES[name]["volumes"] if ":/run/clinic" in each]
        assert mounts == [f"knows-{name}:/run/clinic:ro"]


def test_the_secrets_are_written_into_a_volume_for_each_container() -> None:
    volumes = [f"knows-{name}:/run/clinic/{name}" for name in container_names()]
    assert sorted(SERVICES["secrets"]["volumes"]) == sorted(["secrets:/run/clinic", *volumes])
    wanted = {"secrets", "mailbox", "receipts", "heads", *SERVERS, *(f"knows-{name}" for name in container_names())}
    assert set(COMPOSE["volumes"]) == wanted


def test_the_image_has_a_directory_of_its_own_account_for_every_volume_that_it_writes() -> None:
    found = re.search(r"sed -nE 's#(.+)#\\1#p' docker-compose\.yml", (CHECKOUT / "deploy" / "Dockerfile").read_text())
    assert found
    made = re.findall(found[1], (CHECKOUT / "docker-compose.yml").read_text(), re.MULTILINE)
    assert sorted(made) == sorted(f"/run/clinic/{name}" for name in container_names())


def test_volumes_keep_their_names_whatever_the_checkout_is_called() -> None:
    names = {key: volume["name"] for key, volume in COMPOSE["volumes"].items()}
    assert names == {key: f"${{CLINIC_VOLUMES:-clinic-portal}}_{key}" for key in names}


def test_naming_the_containers_leaves_no_secret_behind(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(root / "tmp"))
    (root / "tmp").mkdir()
    assert set(container_names()) == {process.name for process in all_processes(root)} | set(SERVERS)
    assert list((root / "tmp").iterdir()) == []


def test_every_http_process_is_healthy_when_it_says_that_it_is_ready(root: Path) -> None:
    wanted = {process.name: urlsplit(process.ready_url).path for process in all_processes(root) if process.ready_url}
    checks = {name: str(SERVICES[name].get("healthcheck")) for name in set(SERVICES) - HELPERS}
    found = {name: re.search(r"127\.0\.0\.1:8000(/\w+)", check) for name, check in checks.items()}
    assert {name: match[1] for name, match in found.items() if match} == wanted


def test_the_servers_have_the_settings_of_the_private_ones() -> None:
    postgres, rabbitmq = SERVICES["postgres"], SERVICES["rabbitmq"]
    assert postgres["command"] == ["postgres", *(f"--{name}={value}" for name, value in SETTINGS.items())]
    assert set(CLUSTER) <= set(postgres["environment"]["POSTGRES_INITDB_ARGS"].split())
    assert rabbitmq["environment"]["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] == IDLE


def test_tests_and_compose_name_the_same_images() -> None:
    assert SERVICES["postgres"]["image"] == f"${{POSTGRES_IMAGE:-{POSTGRES_IMAGE}}}"
    assert SERVICES["rabbitmq"]["image"] == f"${{RABBITMQ_IMAGE:-{RABBITMQ_IMAGE}}}"


def test_the_broker_reads_its_configuration_and_nothing_else_as_one(root: Path) -> None:
    assert SERVICES["rabbitmq"]["environment"]["RABBITMQ_CONFIG_FILES"] == "/run/clinic/*.conf"
    assert "management.load_definitions = /run/clinic/definitions.json" in (
        (root / "rabbitmq" / "20-clinic.conf").read_text().splitlines()
    )


def test_people_get_the_published_port_or_the_address_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_PORT", "9080")
    monkeypatch.setenv("CLIENT_PUBLIC_URL", "")
    monkeypatch.setenv("STAFF_PUBLIC_URL", "https://staff.harbour.example")
    instance, _ = container_instance(tmp_path)
    assert instance.public_url("client") == "http://localhost:9080"
    assert instance.public_url("staff") == "https://staff.harbour.example"
    assert instance.public_url("mailbox") == f"http://localhost:{PUBLISHED['mailbox']}"


def test_the_directory_of_each_container_exists_and_names_its_command(root: Path) -> None:
    for name in set(SERVICES) - HELPERS:
        known = json.loads((root / name / "process.json").read_text())
        assert SERVICES[name]["command"] == ["run", name]
        assert known["command"][:2] == ["python", "-m"]


def test_no_process_knows_the_signing_key_but_identity(root: Path) -> None:
    key = json.loads((root / EVERYTHING / "secrets.json").read_text())["token signing key"]
    holders = {file.parent.name for file in root.glob("*/process.json") if key in file.read_text()}
    assert holders == {"identity-api"}


@pytest.mark.parametrize("service", PUBLISHERS)
def test_a_sealer_alone_knows_its_signing_key_and_writes_where_the_volume_is_mounted(root: Path, service: str) -> None:
    key = json.loads((root / EVERYTHING / "secrets.json").read_text())[f"ledger signing key {service}"]
    holders = {file.parent.name for file in root.glob("*/process.json") if key in file.read_text()}
    assert holders == {f"{service}-sealer"}
    known = json.loads((root / f"{service}-sealer" / "process.json").read_text())["environment"]
    assert f"heads:{known['SEALED_HEADS_DIRECTORY']}" in SERVICES[f"{service}-sealer"]["volumes"]
    made = (CHECKOUT / "deploy" / "Dockerfile").read_text().partition("xargs install")[2].splitlines()[0].split()
    assert known["SEALED_HEADS_DIRECTORY"] in made, "a new volume takes over the owner of a directory in the image"


def test_services_call_each_other_by_container_and_people_by_the_published_address(root: Path) -> None:
    known = json.loads((root / "notifications-worker" / "process.json").read_text())["environment"]
    assert known["APPOINTMENTS_URL"] == "http://appointments-api:8000"
    assert known["AMQP_URL"].startswith("amqp://notifications:")
    assert known["AMQP_URL"].endswith("@rabbitmq:5672/")
    assert known["SMTP_HOST"] == "mailbox"
    assert known["CLIENT_PORTAL_URL"] == f"http://localhost:{PUBLISHED['client']}"


def test_published_ports_are_on_loopback_only() -> None:
    published = {port for service in SERVICES.values() for port in service.get("ports", [])}
    wanted = {**PUBLISHED, "webhooks": 8082}
    assert published == {f"127.0.0.1:${{{name.upper()}_PORT:-{port}}}:8000" for name, port in wanted.items()}


def test_writing_the_secrets_again_changes_nothing(root: Path) -> None:
    before = {file: file.read_text() for file in root.glob("*/process.json")}
    write_secrets(root)
    assert before == {file: file.read_text() for file in root.glob("*/process.json")}


def test_images_are_chosen_by_variables() -> None:
    assert all(service["image"].startswith("${") for service in SERVICES.values())
