"""A process starts only where commits are kept and local time can be told, unless it is told that this is a test."""

import logging
from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg

from clinic.infra.settings import ServiceSettings, read_settings

UNSAFE = {
    ("fsync", "off"): "fsync is off: a crash of the machine breaks what was committed",
    ("synchronous_commit", "off"): "synchronous_commit is off: a crash loses what was acknowledged",
}
PREPARED = "max_prepared_transactions is not 0: one that is left behind would hold a practice's head for ever"
NO_ZONES = "there is no time zone data: install tzdata"
CONNECT_SECONDS = 2

log = logging.getLogger(__name__)


class UnsafeSettings(Exception):
    """The process must not start: the text names everything that is wrong. CLINIC_TEST allows it."""


def safe_settings(service: str, *more_databases: str) -> ServiceSettings:
    """The settings of a process of `service`; UnsafeSettings where its databases or this machine are not safe.

    `more_databases` are the addresses of those beside DATABASE_URL. A database that does not answer yet is not judged:
    processes start in any order, and the next one that starts looks again.
    """
    settings = read_settings(service)
    if not settings.is_test:
        addresses = [address for address in (settings.database_url, *more_databases) if address]
        found = [*_faults_of_machine(), *(fault for address in addresses for fault in faults(_ask(address)))]
        if found:
            raise UnsafeSettings("; ".join(dict.fromkeys(found)))
    return settings


def faults(setting: Mapping[str, str]) -> list[str]:
    """What is wrong with a server's settings, by name; one that is not known is not judged."""
    found = [fault for (name, unsafe), fault in UNSAFE.items() if setting.get(name) == unsafe]
    return found if setting.get("max_prepared_transactions", "0") == "0" else [*found, PREPARED]


def _faults_of_machine() -> list[str]:
    try:
        ZoneInfo("Europe/London")
    except ZoneInfoNotFoundError:
        return [NO_ZONES]
    return []


def _ask(address: str) -> dict[str, str]:
    try:
        with psycopg.connect(address, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
            return dict(connection.execute("SELECT name, setting FROM pg_settings").fetchall())
    except psycopg.OperationalError as error:
        log.warning("the database does not answer, so its settings are not judged: %s", type(error).__name__)
        return {}
