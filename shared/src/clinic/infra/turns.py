"""Whose turn it is: one thread of one process at a time tries the events of a practice for a consumer."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg

from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.database import Connection, Database


class Fenced(Exception):
    """Somebody else was faster: nothing was written, read the checkpoint again."""


class Turns:
    """Attempts are counted within a turn, so that processes under one consumer name never count each other's."""

    def __init__(self, database: Database, rows: ConsumerRows) -> None:
        self._database = database
        self._rows = rows
        self._threads: dict[UUID, threading.Lock] = {}

    @contextmanager
    def turn(self, practice_id: UUID, deadline: float | None = None) -> Iterator[Connection]:
        """A connection, outside any transaction, that holds the turn. Fenced when it did not come by the deadline.

        `deadline` is of the monotonic clock; without one the database's `lock_timeout` bounds the wait.
        """
        thread = self._threads.setdefault(practice_id, threading.Lock())
        if not thread.acquire(timeout=-1 if deadline is None else max(0.0, deadline - time.monotonic())):
            raise Fenced
        try:
            with self._database.connection() as connection:
                self._lock(connection, practice_id, deadline)
                try:
                    yield connection
                finally:
                    if not connection.closed:
                        self._rows.unlock(connection, practice_id)
        finally:
            thread.release()

    def _lock(self, connection: Connection, practice_id: UUID, deadline: float | None) -> None:
        try:
            if deadline is None:
                self._rows.lock(connection, practice_id)
                return
            milliseconds = max(1, int((deadline - time.monotonic()) * 1000))
            with connection.transaction():
                connection.execute("SELECT set_config('lock_timeout', %s, true)", (str(milliseconds),))
                self._rows.lock(connection, practice_id)
        except psycopg.errors.LockNotAvailable:
            raise Fenced from None
