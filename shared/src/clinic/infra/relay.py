"""The relay: the only publisher of a service's events (architecture.md section 5).

In order per practice, persistent, mandatory, with windowed confirms; the checkpoint moves only over what the broker
confirmed. It writes nothing else. A crash between confirm and checkpoint publishes again: consumers know duplicates.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg

from clinic.infra import event_store, topology
from clinic.infra.applying import said
from clinic.infra.cloud_events import to_message
from clinic.infra.database import Connection, Database
from clinic.infra.delivery_rule import LEDGER_REWOUND
from clinic.infra.process import log_to_standard_error, told_to_stop
from clinic.infra.publisher import BrokerAway, Outgoing, Publisher
from clinic.infra.settings import ServiceSettings
from clinic.infra.wake_up import Listener
from clinic.kernel.errors import Unavailable

LARGEST_BATCH = 5000
PER_PRACTICE = 250
PRACTICES = 100
PUBLISH_SECONDS = 1.6
"""Below the 2 s after which the database ends an idle transaction, and with it the lead."""
BUSY_POLL_SECONDS = 0.01
IDLE_POLL_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0

BEHIND = """
    SELECT h.practice_id, h.position AS head, coalesce(r.position, 0) AS done, r.event_id AS done_id
    FROM heads h LEFT JOIN relay_checkpoints r USING (practice_id)
    WHERE r.stopped_reason IS NULL AND (h.position <> coalesce(r.position, 0) OR h.last_event_id <> r.event_id)
    ORDER BY h.practice_id <= %(last)s, h.practice_id LIMIT %(practices)s
"""
LEAD = "SELECT pg_try_advisory_xact_lock(hashtextextended('clinic relay', 0)) AS leads"
EVENTS = "SELECT * FROM events WHERE practice_id = %s AND position > %s ORDER BY position LIMIT %s"
PUBLISHED_LAST = "SELECT event_id FROM events WHERE practice_id = %s AND position = %s"
MOVE = """
    INSERT INTO relay_checkpoints AS r (practice_id, position, event_id) VALUES (%s, %s, %s)
    ON CONFLICT (practice_id) DO UPDATE SET position = excluded.position, event_id = excluded.event_id
    WHERE r.position <= excluded.position
"""
STOP = "UPDATE relay_checkpoints SET stopped_reason = %s WHERE practice_id = %s"

Place = tuple[UUID, int, UUID]
"""A published event: practice, position, event id."""

log = logging.getLogger(__name__)


class Relay:
    """Publishes what lies between a practice's relay checkpoint and its head.

    One leader at a time: the lock is taken with each batch and ends with its transaction, so a leader that is stopped
    loses it after 2 s.
    """

    def __init__(self, service: str, database: Database, publisher: Publisher) -> None:
        self._service = service
        self._database = database
        self._publisher = publisher
        self._last = UUID(int=0)
        self._largest = LARGEST_BATCH

    def publish_batch(self) -> tuple[int, int]:
        """How many events were taken over by the broker, and how many were not although they were offered."""
        if not self._behind():
            return 0, 0
        self._publisher.connect()
        with self._database.transaction() as connection:
            if not _one(connection.execute(LEAD))["leads"]:
                return 0, 0
            places: list[Place] = []
            outcomes = self._publisher.publish(self._read(connection, places), PUBLISH_SECONDS)
            taken = _unbroken(places, outcomes)
            self.before_checkpoint()
            for place in taken.values():
                connection.execute(MOVE, place)
        done = {practice_id: position for practice_id, position, _ in taken.values()}
        moved = sum(1 for practice_id, position, _ in places if position <= done.get(practice_id, 0))
        # As long as nobody listens, one event is enough to find out.
        self._largest = LARGEST_BATCH if moved else 1
        return moved, len(outcomes) - moved

    def before_checkpoint(self) -> None:
        """Between the broker's confirms and the checkpoint: where a crash publishes twice."""

    def _behind(self) -> bool:
        with self._database.connection() as connection:
            return connection.execute(BEHIND, {"last": self._last, "practices": 1}).fetchone() is not None

    def _read(self, connection: Connection, places: list[Place]) -> Iterator[Outgoing]:
        """The next events of practices that are behind, each in order; the round goes on where it ended last time.

        A practice in whose ledger the last published event is no longer in its place is stopped (ADR 0028).

        Notes in `places` what it gave. Read while earlier ones are on their way, hence page by page.
        """
        for behind in connection.execute(BEHIND, {"last": self._last, "practices": PRACTICES}).fetchall():
            practice_id = self._last = behind["practice_id"]
            connection.execute("SELECT set_config('app.practice', %s, true)", (str(practice_id),))
            if not _is_there(connection, behind):
                connection.execute(STOP, (LEDGER_REWOUND, practice_id))
                log.error("practice %s is stopped: %s; clinic consumers repair", practice_id, LEDGER_REWOUND)
                continue
            for row in connection.execute(EVENTS, (practice_id, behind["done"], PER_PRACTICE)):
                if len(places) >= self._largest:
                    return
                message = to_message(event_store.from_row(row), self._service, canonical_data=row["data"])
                places.append((practice_id, row["position"], row["event_id"]))
                yield Outgoing(topology.routing_key(practice_id, row["type"]), message)


def _is_there(connection: Connection, behind: dict[str, Any]) -> bool:
    """Whether the ledger still has what was published last; where only the release before knew it, whether it can."""
    if behind["head"] < behind["done"]:
        return False
    if not behind["done_id"]:
        return True
    row = connection.execute(PUBLISHED_LAST, (behind["practice_id"], behind["done"])).fetchone()
    return row is not None and row["event_id"] == behind["done_id"]


def _unbroken(places: list[Place], outcomes: list[bool]) -> dict[UUID, Place]:
    """Per practice the last place up to which every event was taken over."""
    taken: dict[UUID, Place] = {}
    broken: defaultdict[UUID, bool] = defaultdict(bool)
    for place, outcome in zip(places, outcomes, strict=True):
        practice_id = place[0]
        broken[practice_id] = broken[practice_id] or not outcome
        if not broken[practice_id]:
            taken[practice_id] = place
    return taken


def _one(rows: psycopg.Cursor[dict[str, Any]]) -> dict[str, Any]:
    row = rows.fetchone()
    if row is None:
        raise LookupError("the database gave no row")
    return row


def run(relay: Relay, publisher: Publisher, listener: Listener, stopping: Callable[[], bool]) -> None:
    """Relays until told to stop; trouble with database or broker is waited for, for ever, with back-off."""
    pause, busy_until, trouble = 0.0, 0.0, ""
    while not stopping():
        try:
            moved, refused = relay.publish_batch()
            if refused and not moved:
                raise BrokerAway("nobody listens to this exchange, or confirms come too late")
            publisher.connect()
            if trouble:
                log.info("relays again")
            pause, trouble = 0.0, ""
            if moved:
                busy_until = time.monotonic() + 1.0
                continue
            _rest(publisher, listener, BUSY_POLL_SECONDS if time.monotonic() < busy_until else IDLE_POLL_SECONDS)
        except Exception as error:
            why = str(error) if isinstance(error, BrokerAway | Unavailable) else said(error)
            if why != trouble:
                log.warning("cannot relay, tries again: %s", why)
            trouble, pause = why, min(max(0.1, pause * 2), LONGEST_PAUSE_SECONDS)
            _pause(pause, stopping)
    publisher.close()
    listener.close()


def _rest(publisher: Publisher, listener: Listener, seconds: float) -> None:
    """Until the next look: a knock ends it early, heartbeats go on."""
    publisher.wait(seconds, listener.fileno())
    listener.wait(0)


def _pause(seconds: float, stopping: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while not stopping() and time.monotonic() < until:
        time.sleep(0.05)


def run_relay(settings: ServiceSettings) -> None:
    """The relay process of a service, until SIGTERM: all of a service's `entrypoints/relay.py`."""
    log_to_standard_error()
    stopping = told_to_stop()
    name = f"{settings.service}-relay"
    database = Database(settings.database_url, size=1, name=name)
    publisher = Publisher(settings.amqp_url, topology.exchange_name(settings.service))
    run(Relay(settings.service, database, publisher), publisher, Listener(settings.database_url, name=name), stopping)
    database.close()
