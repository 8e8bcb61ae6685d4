"""PostgreSQL: one pool per process, one practice per transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from clinic.kernel.errors import Unavailable

Connection = psycopg.Connection[dict[str, Any]]

SERVER_TROUBLE = (
    psycopg.OperationalError,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.ReadOnlySqlTransaction,
)
"""What is the server's trouble and passes. psycopg counts a frozen transaction's end and a standby as other errors."""

_LIMITS = "-c statement_timeout=2000 -c lock_timeout=1000 -c idle_in_transaction_session_timeout=2000 -c timezone=UTC"
_NO_LIMITS = "-c timezone=UTC"


class Database:
    """A pool of connections that return rows as dicts.

    `limits=False` lifts the statement, lock and idle time-outs for long jobs (import, rebuild). Opened at first use, so
    that gunicorn forks before any connection exists.
    """

    def __init__(self, url: str, *, size: int = 8, limits: bool = True, name: str = "clinic") -> None:
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            kwargs={
                "row_factory": dict_row,
                "autocommit": True,
                "options": _LIMITS if limits else _NO_LIMITS,
                "application_name": name,
            },
            min_size=0,
            max_size=size,
            timeout=1.0 if limits else 10.0,
            open=False,
        )
        self._opened = False

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in autocommit, outside any practice: row level security shows it no rows of practice tables."""
        if not self._opened:
            self._pool.open()
            self._opened = True
        try:
            with self._pool.connection() as connection:
                yield connection
        except (PoolTimeout, *SERVER_TROUBLE) as error:
            raise Unavailable(f"database: {type(error).__name__}") from error

    @contextmanager
    def transaction(self, practice_id: UUID | None = None) -> Iterator[Connection]:
        """A transaction that sees the rows of one practice (of none when None)."""
        with self.connection() as connection, connection.transaction():
            if practice_id is not None:
                connection.execute("SELECT set_config('app.practice', %s, true)", (str(practice_id),))
            yield connection

    def close(self) -> None:
        """Gives all connections back to the server."""
        if self._opened:
            self._pool.close()
            self._opened = False
