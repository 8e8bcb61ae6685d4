"""The ledgers that the suite is run on: PostgreSQL's and the one in memory answer the same."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ledger_records import Store

from clinic.appointments.adapters.import_store import import_store
from clinic.appointments.adapters.ledger import PostgresLedger
from clinic.appointments.adapters.memory_ledger import MemoryLedger
from clinic.appointments.application.ports import Ledger
from clinic.appointments.domain.occupancy import Occupancy
from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.infra import event_store
from clinic.infra.clock import utc_now
from clinic.infra.database import Database
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Recorded

OCCUPANCY = """
    SELECT appointment_id, clinician_id, lower(during) AS from_at, upper(during) AS until_at, occupies, exclusive
    FROM occupancy
"""


class InMemory:
    """Stores in memory, on a clock that can be put back."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._ledger = MemoryLedger(self._now)

    def store(self) -> Store:
        """Two empty practices."""
        one, two = new_id(), new_id()
        for practice_id in (one, two):
            self._ledger.create(practice_id)
        return Store(self._ledger, one, two, self._ledger.recorded, self._ledger.occupancy, self._jump)

    def _now(self) -> datetime:
        return utc_now() + self._offset

    def _jump(self, offset: timedelta) -> Ledger:
        self._offset += offset
        return self._ledger


class InPostgres:
    """Stores in one database of PostgreSQL; as many threads as an API process has may append at once."""

    def __init__(self, rows: ServiceDatabase) -> None:
        self._rows = rows
        self._opened = [Database(rows.url("api"), size=16)]

    def store(self) -> Store:
        """Two empty practices."""
        one, two = new_id(), new_id()
        operator = Database(self._rows.url("ops"), limits=False)
        for practice_id in (one, two):
            with import_store(operator, practice_id) as made:
                made.present()
        operator.close()
        return Store(PostgresLedger(self._opened[0]), one, two, self._recorded, self._occupancy, self._jump)

    def close(self) -> None:
        """Gives the connections back."""
        for database in self._opened:
            database.close()

    def _recorded(self, practice_id: UUID) -> list[Recorded]:
        with self._opened[0].transaction(practice_id) as connection:
            return list(event_store.read_all(connection, practice_id))

    def _occupancy(self, practice_id: UUID) -> dict[UUID, Occupancy]:
        with self._opened[0].transaction(practice_id) as connection:
            return {row["appointment_id"]: Occupancy(**row) for row in connection.execute(OCCUPANCY)}

    def _jump(self, offset: timedelta) -> Ledger:
        self._rows.shift_clock(f"{offset.total_seconds()} seconds")
        self._opened.append(Database(self._rows.url("api"), size=2))
        return PostgresLedger(self._opened[-1])


@pytest.fixture
def in_postgres(ledger_rows: ServiceDatabase) -> Iterator[InPostgres]:
    """Makes stores in PostgreSQL."""
    made = InPostgres(ledger_rows)
    yield made
    made.close()


@pytest.fixture(params=["postgres", "memory"])
def store(request: pytest.FixtureRequest) -> Store:
    """A ledger with two empty practices."""
    kind: Any = InMemory() if request.param == "memory" else request.getfixturevalue("in_postgres")
    make: Callable[[], Store] = kind.store
    return make()


@pytest.fixture
def twins(in_postgres: InPostgres) -> Callable[[], tuple[Store, Store]]:
    """`twins()` is an empty store of each kind; the two are told the same."""
    memory = InMemory()
    return lambda: (in_postgres.store(), memory.store())
