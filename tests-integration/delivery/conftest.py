"""A publishing ledger, a consuming database that counts effects, and a consumer between them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from uuid import UUID, uuid5

import psycopg
import pytest

from clinic.contracts.availability import OnlineBookingSwitched
from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.infra import event_store
from clinic.infra.applying import Handle
from clinic.infra.consumer import Consumer
from clinic.infra.database import Connection, Database
from clinic.infra.sources import LocalSource
from clinic.kernel.errors import Unavailable
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import SYSTEM, Recorded
from clinic.kernel.streams import stream_id

SWITCHED = "OnlineBookingSwitched"


class Ledger:
    """The events of availability, appended for real."""

    def __init__(self, made: ServiceDatabase) -> None:
        self.url = made.url
        self.database = Database(made.url("api"), name="test-ledger")
        self.versions: dict[UUID, int] = {}

    def practice(self) -> UUID:
        """A new practice with an empty ledger."""
        practice_id = new_id()
        with self.database.transaction(practice_id) as connection:
            event_store.create_head(connection, practice_id)
        return practice_id

    def append(self, practice_id: UUID, *clinicians: str) -> None:
        """One event for each name; the same name is the same stream."""
        with self.database.transaction(practice_id) as connection:
            events = []
            for name in clinicians:
                clinician = uuid5(practice_id, name)
                version = self.versions[clinician] = self.versions.get(clinician, 0) + 1
                fact = OnlineBookingSwitched(clinician, available=True)
                events.append(
                    event_store.new_event(fact, stream_id("clinician", clinician), version, datetime.now(UTC))
                )
            event_store.append(connection, practice_id, event_store.Cause(SYSTEM, new_id(), new_id()), events)

    def events(self, practice_id: UUID) -> list[Recorded]:
        """All of them, in order."""
        with self.database.transaction(practice_id) as connection:
            return event_store.read_after(connection, practice_id, 0, 100_000)

    def as_owner_of_everything(self, statement: str, *parameters: object) -> None:
        """What no process may do, for example restoring an older ledger."""
        with psycopg.connect(self.url("superuser"), autocommit=True) as connection:
            connection.execute(statement, parameters)


class Effects:
    """A consuming service's database with a table that counts what handlers did."""

    def __init__(self, made: ServiceDatabase) -> None:
        self.url = made.url
        self.database = Database(made.url("worker"), name="test-effects")
        with psycopg.connect(made.url("superuser"), autocommit=True) as connection:
            connection.execute("CREATE TABLE effects (practice_id uuid, position bigint, stream_id text)")
            connection.execute("GRANT SELECT, INSERT ON effects TO notifications_worker, notifications_api")

    def apply(self, connection: Connection, event: Recorded) -> None:
        """A handler."""
        connection.execute(
            "INSERT INTO effects VALUES (%s, %s, %s)", (event.practice_id, event.position, event.stream_id)
        )

    def of(self, practice_id: UUID) -> list[int]:
        """The positions that took effect, in the order of their taking effect; a doubled effect is there twice."""
        with self.database.connection() as connection:
            rows = connection.execute(
                "SELECT position FROM effects WHERE practice_id = %s ORDER BY ctid", (practice_id,)
            )
            return [row["position"] for row in rows]

    def parked(self, practice_id: UUID) -> dict[int, str]:
        """Positions and reasons."""
        with self.database.transaction(practice_id) as connection:
            rows = connection.execute("SELECT position, reason FROM parked_events ORDER BY position")
            return {row["position"]: row["reason"] for row in rows}

    def attempts(self, practice_id: UUID) -> int:
        """How many attempts are counted that did not end in effects."""
        with self.database.transaction(practice_id) as connection:
            row = connection.execute("SELECT coalesce(sum(attempts), 0)::int AS n FROM consumer_attempts").fetchone()
            assert row is not None
            return int(row["n"])


class Feed(LocalSource):
    """The ledger, asked as another service would, without the way over HTTP. Counts what it was asked."""

    trusted = False
    asked = 0
    away = False

    def heads(self) -> Mapping[UUID, int]:
        self._count()
        return super().heads()

    def events(
        self, practice_id: UUID, after: int, limit: int, *, timeout_seconds: float | None = None
    ) -> list[Recorded]:
        self._count()
        return list(super().events(practice_id, after, limit))

    def _count(self) -> None:
        self.asked += 1
        if self.away:
            raise Unavailable("the ledger is away")


MakeConsumer = Callable[..., Consumer]


@pytest.fixture
def ledger(service_database: Callable[[str], ServiceDatabase]) -> Iterator[Ledger]:
    made = Ledger(service_database("availability"))
    yield made
    made.database.close()


@pytest.fixture
def effects(service_database: Callable[[str], ServiceDatabase]) -> Iterator[Effects]:
    made = Effects(service_database("notifications"))
    yield made
    made.database.close()


@pytest.fixture
def feed(ledger: Ledger) -> Feed:
    return Feed(ledger.database, "availability")


@pytest.fixture
def make_consumer(effects: Effects, feed: Feed) -> MakeConsumer:
    """`make_consumer()` counts effects; `handle`, `batch`, `handles` and `database` may be others."""

    def make(handle: Handle | None = None, *, batch: int = 100, **options: object) -> Consumer:
        handles = options.get("handles", {SWITCHED: handle or effects.apply})
        database = options.get("database", effects.database)
        return Consumer(database, "test", feed, handles, batch=batch)  # type: ignore[arg-type]

    return make
