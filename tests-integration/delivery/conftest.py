"""A publishing ledger, a consuming database that counts effects, and a consumer between them."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import psycopg
import pytest
import requests
from psycopg.rows import dict_row

from clinic.contracts.availability import OnlineBookingSwitched
from clinic.deploy.broker_definitions import definitions
from clinic.deploy.rabbitmq import NodePorts, PrivateRabbitMQ
from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.infra import event_store, relay
from clinic.infra.applying import Handle
from clinic.infra.consumer import Consumer
from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.database import Connection, Database
from clinic.infra.parking import request_retry
from clinic.infra.publisher import Publisher
from clinic.infra.relay import Relay
from clinic.infra.sources import LocalSource
from clinic.infra.subscription import Subscription
from clinic.infra.topology import SubscriptionQueue, exchange_name
from clinic.infra.wake_up import Listener
from clinic.kernel.errors import Unavailable
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import SYSTEM, Head, Recorded
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
            self._append(connection, practice_id, clinicians)

    def append_spoilt(self, practice_id: UUID, *clinicians: str, spoil: str, position: int) -> None:
        """The same, and one of them is made bad before anybody can see it."""
        with psycopg.connect(self.url("superuser"), row_factory=dict_row) as connection:
            self._append(connection, practice_id, clinicians)
            connection.execute(f"{spoil} WHERE practice_id = %s AND position = %s", (practice_id, position))

    def _append(self, connection: Connection, practice_id: UUID, clinicians: Sequence[str]) -> None:
        events = []
        for name in clinicians:
            clinician = uuid5(practice_id, name)
            version = self.versions[clinician] = self.versions.get(clinician, 0) + 1
            fact = OnlineBookingSwitched(clinician, available=True)
            events.append(event_store.new_event(fact, stream_id("clinician", clinician), version, datetime.now(UTC)))
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
            connection.execute("CREATE TABLE effects (practice_id uuid, position bigint, stream_id text, at bigserial)")
            connection.execute("GRANT SELECT, INSERT ON effects TO notifications_worker")
            connection.execute("GRANT USAGE ON effects_at_seq TO notifications_worker")

    def apply(self, connection: Connection, event: Recorded) -> None:
        """A handler."""
        connection.execute(
            "INSERT INTO effects (practice_id, position, stream_id) VALUES (%s, %s, %s)",
            (event.practice_id, event.position, event.stream_id),
        )

    def of(self, practice_id: UUID) -> list[int]:
        """The positions that took effect, in the order of their taking effect; a doubled effect is there twice."""
        with self.database.connection() as connection:
            rows = connection.execute("SELECT position FROM effects WHERE practice_id = %s ORDER BY at", (practice_id,))
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

    def trail(self, practice_id: UUID) -> list[int]:
        """The places of the consumer that are kept, oldest first."""
        with self.database.transaction(practice_id) as connection:
            return [
                place.position
                for place in reversed(ConsumerRows("test", "availability").trail(connection, practice_id))
            ]

    def mark(self, *positions: int, practice_id: UUID) -> None:
        """Has parked events tried again, as an operator does."""
        with self.database.transaction(practice_id) as connection:
            for position in positions:
                assert request_retry(connection, ConsumerRows("test", "availability"), practice_id, position)


class Feed(LocalSource):
    """The ledger, asked as another service would, without the way over HTTP. Counts what it was asked."""

    trusted = False
    asked = 0
    away = False

    def heads(self) -> Mapping[UUID, Head]:
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


def _eventually(holds: Callable[[], bool], seconds: float = 15.0) -> float:
    """Waits until it holds and says how long that took; AssertionError when it does not in time."""
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.02)
    return time.monotonic() - begun


@pytest.fixture
def eventually() -> Callable[..., float]:
    """`eventually(lambda: …)` waits until it holds, at most 15 s, and says how long that took."""
    return _eventually


class Threads:
    """Long-running parts in threads, ended together."""

    def __init__(self) -> None:
        self._told = threading.Event()
        self._threads: list[threading.Thread] = []

    def run(self, target: Callable[[Callable[[], bool]], None]) -> None:
        """Runs `target(stopping)`."""
        thread = threading.Thread(target=target, args=(self._told.is_set,))
        thread.start()
        self._threads.append(thread)

    def end(self) -> None:
        self._told.set()
        for thread in self._threads:
            thread.join(timeout=20)
            assert not thread.is_alive()


@pytest.fixture
def threads() -> Iterator[Threads]:
    made = Threads()
    yield made
    made.end()


class Broker:
    """A node of its own that a test may stop, kill and empty."""

    def __init__(self, directory: Path) -> None:
        self.passwords = {"operator": "operator", "availability": "publishes", "notifications": "listens"}
        self.node = PrivateRabbitMQ(directory, NodePorts.free(), definitions(self.passwords))

    def url(self, user: str) -> str:
        return self.node.url(user, self.passwords[user])

    def api(self, path: str) -> Any:
        """The management API, as JSON."""
        answer = requests.get(f"{self.node.management_url}/api/{path}", auth=("operator", "operator"), timeout=10)
        answer.raise_for_status()
        return answer.json()

    def forget_everything(self) -> None:
        """Exchanges and queues go, users stay."""
        for kind in ("queues", "exchanges"):
            for found in self.api(f"{kind}/%2F"):
                if found["name"].endswith(".events"):
                    url = f"{self.node.management_url}/api/{kind}/%2F/{found['name']}"
                    requests.delete(url, auth=("operator", "operator"), timeout=10)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    made = Broker(tmp_path_factory.mktemp("broker"))
    made.node.start()
    yield made
    made.node.kill()
    made.node.delete_data()


@pytest.fixture
def broker(node: Broker) -> Broker:
    """Running and empty."""
    if not node.node.is_alive():
        node.node.start()
    node.forget_everything()
    return node


class Delivery:
    """Relay and subscription between the ledger and the effects, over a broker."""

    def __init__(self, ledger: Ledger, broker: Broker, make_consumer: MakeConsumer) -> None:
        self.queue = SubscriptionQueue("notifications", "availability")
        self.consumer = make_consumer()
        self._ledger = ledger
        self._broker = broker

    def publisher(self) -> Publisher:
        return Publisher(self._broker.url("availability"), exchange_name("availability"))

    def relay(self, publisher: Publisher, kind: type[Relay] = Relay) -> Relay:
        return kind("availability", Database(self._ledger.url("relay"), size=1), publisher)

    def run_relay(self, stopping: Callable[[], bool]) -> None:
        publisher = self.publisher()
        relay.run(self.relay(publisher), publisher, Listener(self._ledger.url("relay")), stopping)

    def run_subscription(self, stopping: Callable[[], bool]) -> None:
        Subscription(self._broker.url("notifications"), self.consumer, self.queue).run(stopping)


@pytest.fixture
def delivery(ledger: Ledger, broker: Broker, make_consumer: MakeConsumer) -> Delivery:
    return Delivery(ledger, broker, make_consumer)
