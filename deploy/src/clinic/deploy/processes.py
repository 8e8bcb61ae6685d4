"""Every process of the product with its command and its environment; each has the least database role it needs."""

import json
import os
import sys
from dataclasses import dataclass
from typing import Protocol

from clinic.deploy.broker_definitions import ADMINISTRATOR
from clinic.deploy.instance import Instance
from clinic.deploy.providers import for_receipts, for_sending
from clinic.deploy.topology import PUBLISHERS, SUBSCRIPTIONS
from clinic.infra.settings import SERVICES

LISTENERS = tuple(queue.consumer for queue in SUBSCRIPTIONS)
TITLES = {"webhooks": "notifications-webhooks"}
MAIL_FROM = "appointments@clinic-portal.example"

GUNICORN = (
    "--workers=1",
    "--threads=16",
    "--worker-class=gthread",
    "--keep-alive=75",  # longer than the callers keep theirs
    "--graceful-timeout=4",  # a page has 3 s; idle connections would hold the stop up for all of it
    "--no-control-socket",
    "--forwarded-allow-ips=",  # no header moves a request's path or scheme; X-Forwarded-For is the portal's to judge
    "--log-level=error",  # a warning repeats the line that it refused, and with it a link's token
)


class Addresses(Protocol):
    """What is asked of a PostgreSQL server here."""

    def url(self, database: str, role: str = ...) -> str:
        """The address of a database for a role."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process to run. `ready_url` answers 200 once it can do its work; None for processes without HTTP."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    ready_url: str | None = None


def processes(instance: Instance, postgres: Addresses) -> list[Process]:
    """All of them, in no particular order: each waits for what it needs."""
    everybody = _everybody(instance)
    found: list[Process] = []
    for service in SERVICES:
        common = everybody | _service(instance, service)
        found.append(_api(instance, service, common | _database(postgres, service, "api")))
        if service in LISTENERS:
            found.append(_module(f"{service}-worker", service, "worker", common | _worker(instance, postgres, service)))
        if service in PUBLISHERS:
            lean = everybody | _database(postgres, service, "relay") | _amqp(instance, service)
            found.append(_module(f"{service}-relay", service, "relay", lean))
            lean = everybody | _database(postgres, service, "sealer") | _sealing(instance, service)
            found.append(_module(f"{service}-sealer", service, "sealer", lean))
    lean = everybody | _database(postgres, "appointments", "projector")
    found.append(_module("appointments-projector", "appointments", "projector", lean))
    found += [_portal(instance, face, everybody) for face in ("client", "staff")]
    found.append(_mailbox(instance, everybody))
    if receipts := for_receipts(os.environ):
        lean = everybody | receipts | _database(postgres, "notifications", "webhooks")
        found.append(_gunicorn(instance, "webhooks", "clinic.notifications.entrypoints.webhooks", lean, "/readyz"))
    return found


def operator_environment(instance: Instance, postgres: Addresses) -> dict[str, str]:
    """What an operator's shell needs for the `clinic` command: the databases with the role `ops`, the addresses."""
    databases = {
        f"{database.upper()}_OPS_DATABASE_URL": postgres.url(database, f"{service}_ops")
        for database, service in (*((name, name) for name in SERVICES), ("identity_keys", "identity"))
    }
    addresses = {name: value for name, value in _everybody(instance).items() if name.endswith("_URL")}
    return (
        databases | addresses | {"AMQP_URL": amqp_url(instance, ADMINISTRATOR)} | _receipts(instance) | _heads(instance)
    )


def amqp_url(instance: Instance, user: str) -> str:
    """The broker's address for a user."""
    return f"amqp://{user}:{instance.broker_passwords()[user]}@{instance.host('amqp')}:{instance.ports['amqp']}/"


def _everybody(instance: Instance) -> dict[str, str]:
    """The same for all: no secret is in it."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    urls = {f"{service.upper()}_URL": instance.url(service) for service in SERVICES}
    portals = {"CLIENT_PORTAL_URL": instance.public_url("client"), "STAFF_URL": instance.public_url("staff")}
    return kept | urls | portals | {"PYTHONUNBUFFERED": "1", "TZ": "UTC", "MALLOC_ARENA_MAX": "2"}


def _service(instance: Instance, service: str) -> dict[str, str]:
    """Its keys for calling others."""
    return {"SERVICE_KEYS": json.dumps(instance.service_keys(service))}


def _api(instance: Instance, service: str, environment: dict[str, str]) -> Process:
    known = {
        "ACCEPTED_KEYS": json.dumps(instance.accepted_keys(service)),
        "TOKEN_PUBLIC_KEYS": json.dumps(instance.token_public_keys()),
    }
    if service == "identity":
        known["TOKEN_SIGNING_KEY"] = instance.secrets["token signing key"]
        known |= _receipts(instance)
    return _gunicorn(instance, service, f"clinic.{service}.entrypoints.api", environment | known, "/readyz")


def _portal(instance: Instance, face: str, everybody: dict[str, str]) -> Process:
    environment = everybody | {
        "SERVICE_KEYS": json.dumps(instance.service_keys("portal")),
        "PORTAL_SECRET_KEY": instance.secrets[f"portal {face}"],
        "COOKIE_SUFFIX": instance.secrets["cookie suffix"],
    }
    return _gunicorn(instance, face, f"clinic.portal.entrypoints.{face}", environment, "/readyz")


def _gunicorn(instance: Instance, name: str, module: str, environment: dict[str, str], ready: str) -> Process:
    bind = f"--bind={instance.listen}:{instance.ports[name]}"
    command = (sys.executable, "-m", "gunicorn", *GUNICORN, bind, f"{module}:create_app()")
    title = TITLES.get(name) or (f"{name}-api" if name in SERVICES else f"portal-{name}")
    return Process(title, command, environment, instance.url(name) + ready)


def _module(name: str, service: str, entrypoint: str, environment: dict[str, str]) -> Process:
    return Process(name, (sys.executable, "-m", f"clinic.{service}.entrypoints.{entrypoint}"), environment)


def _worker(instance: Instance, postgres: Addresses, service: str) -> dict[str, str]:
    """A nameko process: psycopg must wait through eventlet, and eventlet must not resolve names itself."""
    nameko = {"PSYCOPG_WAIT_FUNC": "wait_select", "EVENTLET_NO_GREENDNS": "yes"}
    environment = nameko | _amqp(instance, service) | _database(postgres, service, "worker")
    if service == "identity":
        environment |= _receipts(instance)
    if service == "notifications":
        environment |= {
            "SMTP_HOST": instance.host("smtp"),
            "SMTP_PORT": str(instance.ports["smtp"]),
            "SMS_URL": f"{instance.url('mailbox')}/sms",
            "MAIL_FROM": os.environ.get("MAIL_FROM") or MAIL_FROM,
            **for_sending(os.environ),
        }
    return environment


def _mailbox(instance: Instance, everybody: dict[str, str]) -> Process:
    environment = everybody | {
        "MAILBOX_HOST": instance.listen,
        "MAILBOX_PORT": str(instance.ports["mailbox"]),
        "MAILBOX_SMTP_PORT": str(instance.ports["smtp"]),
        "MAILBOX_DIRECTORY": str(instance.directory / "mailbox"),
    }
    command = (sys.executable, "-m", "clinic.deploy.mailbox")
    return Process("mailbox", command, environment, f"{instance.url('mailbox')}/messages")


def _database(postgres: Addresses, service: str, kind: str) -> dict[str, str]:
    found = {"DATABASE_URL": postgres.url(service, f"{service}_{kind}")}
    if service == "identity" and kind in ("api", "worker"):
        found["KEYS_DATABASE_URL"] = postgres.url("identity_keys", f"identity_{kind}")
    return found


def _receipts(instance: Instance) -> dict[str, str]:
    """Where receipts of erasures lie: the directory to be shipped away (ADR 0036)."""
    given = os.environ.get("ERASURE_RECEIPTS_DIRECTORY")
    return {"ERASURE_RECEIPTS_DIRECTORY": given or str(instance.directory / "receipts")}


def _heads(instance: Instance) -> dict[str, str]:
    """Where signed heads lie: the directory to be shipped away (ADR 0031)."""
    given = os.environ.get("SEALED_HEADS_DIRECTORY")
    return {"SEALED_HEADS_DIRECTORY": given or str(instance.directory / "heads")}


def _sealing(instance: Instance, service: str) -> dict[str, str]:
    """The key that signs a ledger's heads: its sealer alone has it."""
    return _heads(instance) | {"LEDGER_SIGNING_KEY": instance.secrets[f"ledger signing key {service}"]}


def _amqp(instance: Instance, service: str) -> dict[str, str]:
    return {"AMQP_URL": amqp_url(instance, service)}
