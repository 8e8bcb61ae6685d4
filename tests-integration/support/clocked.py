"""A database whose `clinic_now()` a test sets, connection by connection, without touching the server's clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from clinic.infra.database import Connection, Database


class ClockedDatabase(Database):
    """`set_clock` says what time it is; it runs on from there. Until then it is the server's."""

    offset: timedelta | None = None

    def set_clock(self, now: datetime) -> None:
        """It is `now`, for every connection that is taken from here on."""
        self.offset = now - datetime.now(UTC)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        with super().connection() as connection:
            if self.offset is not None:
                offset = f"{self.offset.total_seconds():.6f} seconds"
                connection.execute("SELECT set_config('clinic.clock_offset', %s, false)", (offset,))
            yield connection
