"""A knock on the door of projector and relay: PostgreSQL's NOTIFY, sent after an append has committed.

A knock only saves waiting: who misses one finds the events at the next poll. Inside the append's transaction it would
make appends serial (performance.md), so it has one of its own.
"""

import logging
import time
from collections.abc import Callable

import psycopg

from clinic.infra.database import Database
from clinic.kernel.errors import Unavailable

CHANNEL = "events_appended"
RECONNECT_SECONDS = 1.0

log = logging.getLogger(__name__)


def knock(database: Database) -> None:
    """Says that something was appended. Never fails: the append has been committed already."""
    try:
        with database.connection() as connection:
            connection.execute(f"NOTIFY {CHANNEL}")
    except (Unavailable, psycopg.Error) as error:
        log.warning("no knock after an append: %s", type(error).__name__)


class Listener:
    """Waits for knocks on a connection of its own; where the database is away, it just waits."""

    def __init__(self, database_url: str, *, name: str = "clinic-listener") -> None:
        self._url = database_url
        self._name = name
        self._connection: psycopg.Connection | None = None
        self._not_before = 0.0

    def fileno(self) -> int | None:
        """The socket that becomes readable with a knock; None while there is no connection."""
        connection = self._listening()
        return None if connection is None else connection.fileno()

    def wait(self, seconds: float, sleep: Callable[[float], None] = time.sleep) -> bool:
        """Waits for a knock, at most `seconds`; whether there was one. Knocks that came before count."""
        connection = self._listening()
        if connection is None:
            sleep(seconds)
            return False
        try:
            return any(True for _ in connection.notifies(timeout=seconds, stop_after=1))
        except psycopg.OperationalError as error:
            log.warning("lost the connection that listens: %s", type(error).__name__)
            self.close()
            return False

    def close(self) -> None:
        """Gives the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _listening(self) -> psycopg.Connection | None:
        if self._connection is None and time.monotonic() >= self._not_before:
            try:
                self._connection = psycopg.connect(
                    self._url, autocommit=True, connect_timeout=2, application_name=self._name
                )
                self._connection.execute(f"LISTEN {CHANNEL}")
            except psycopg.OperationalError:
                self.close()
                self._not_before = time.monotonic() + RECONNECT_SECONDS
        return self._connection
