"""What operators see of consumers: how far each has followed whom, how far behind it is, and why it stopped."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import psycopg

from clinic.infra import event_store
from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.database import Connection, Database
from clinic.infra.delivery_rule import LEDGER_REWOUND, Checkpoint, head_reason_to_stop
from clinic.infra.turns import Turns
from clinic.kernel.recorded import Head

RELAY = "relay"
"""The name under which a service's relay is listed: it is no consumer, but it has a checkpoint and may stop."""


@dataclass(frozen=True, slots=True)
class Followed:
    """How far one consumer of a service has followed one practice of a source.

    `head` is None where the source's database is not known here. `lag_seconds` is the age of the oldest event that is
    not applied yet. `unreadable` is how many messages of the broker were no events, of whichever practice.
    """

    service: str
    consumer: str
    source: str
    practice_id: UUID
    checkpoint: Checkpoint
    head: Head | None = None
    lag_seconds: float | None = None
    unreadable: int = 0

    @property
    def lag_events(self) -> int | None:
        """How many events are not applied yet."""
        return None if self.head is None else max(0, self.head.position - self.checkpoint.position)

    @property
    def stopped(self) -> str | None:
        """Why it follows no further, also where it has not noticed yet that it cannot."""
        if self.checkpoint.stopped_reason or self.head is None:
            return self.checkpoint.stopped_reason
        return f"{LEDGER_REWOUND} (not noticed yet)" if head_reason_to_stop(self.checkpoint, self.head) else None

    @property
    def is_red(self) -> bool:
        """Whether somebody has to look after it."""
        return bool(self.stopped or self.checkpoint.parked)


def followed(databases: Mapping[str, Database], services: Iterable[str]) -> list[Followed]:
    """Every consumer of the services with every practice, the relays included; practices it never heard of too."""
    # Heads are read last: a consumer that goes on meanwhile must not look as if it were ahead of its ledger.
    every = {name: [*_checkpoints(databases[name]), *_relays(name, databases[name])] for name in services}
    ends = {name: _heads(database) for name, database in databases.items()}
    found: list[Followed] = []
    for service, points in every.items():
        names = sorted({(consumer, source) for consumer, source, _ in (one[:3] for one in points)})
        known = {one[:3]: one[3] for one in points}
        unreadable = _unreadable(databases[service])
        for consumer, source in names:
            heads = ends.get(source)
            practices = {practice for name, of, practice in known if (name, of) == (consumer, source)}
            for practice_id in sorted(practices | (heads or {}).keys()):
                checkpoint = known.get((consumer, source, practice_id), Checkpoint())
                head = None if heads is None else heads.get(practice_id, Head(0))
                entry = Followed(
                    service,
                    consumer,
                    source,
                    practice_id,
                    checkpoint,
                    head,
                    unreadable=unreadable.get((consumer, source), 0),
                )
                found.append(_with_lag(databases.get(source), entry))
    return found


def rewind(database: Database, consumer: str, source: str, practice_id: UUID, to: Checkpoint) -> None:
    """Sets a consumer back to an event of the ledger as it is now, and lets it follow from there.

    Attempts and parked events beyond it go, they come again. Effects beyond it stay: what the ledger says comes on top
    of them.
    """
    rows = ConsumerRows(consumer, source)
    with Turns(database, rows).turn(practice_id) as connection, connection.transaction():
        rows.enter(connection, practice_id)
        rows.rewind(connection, practice_id, to)


def checkpoint_of(database: Database, consumer: str, source: str, practice_id: UUID) -> Checkpoint | None:
    """How far one consumer is; None where it follows no such practice."""
    with database.connection() as connection:
        return ConsumerRows(consumer, source).checkpoint(connection, practice_id)


def event_at(database: Database, practice_id: UUID, position: int) -> Checkpoint | None:
    """The place of an event in a ledger; None where there is no such position."""
    if position == 0:
        return Checkpoint()
    with database.transaction(practice_id) as connection:
        row = connection.execute(
            "SELECT event_id FROM events WHERE practice_id = %s AND position = %s", (practice_id, position)
        ).fetchone()
    return None if row is None else Checkpoint(position, row["event_id"])


def head_of(database: Database, practice_id: UUID) -> Head:
    """The end of a practice's ledger."""
    return _heads(database).get(practice_id, Head(0))


def place_of_head(connection: Connection, practice_id: UUID) -> Checkpoint:
    """The place of a practice's last event."""
    head = event_store.last_events(connection).get(practice_id, Head(0))
    return Checkpoint(head.position, head.event_id)


Point = tuple[str, str, UUID, Checkpoint]


def _heads(database: Database) -> dict[UUID, Head]:
    """Empty for a service that publishes nothing."""
    try:
        with database.connection() as connection:
            return event_store.last_events(connection)
    except psycopg.errors.UndefinedTable:
        return {}


def _checkpoints(database: Database) -> Iterator[Point]:
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT consumer, source, practice_id, position, event_id, parked, stopped_reason FROM consumer_checkpoints"
        ).fetchall()
    for row in rows:
        point = Checkpoint(row["position"], row["event_id"], row["parked"], row["stopped_reason"])
        yield row["consumer"], row["source"], row["practice_id"], point


def _unreadable(database: Database) -> dict[tuple[str, str], int]:
    with database.connection() as connection:
        rows = connection.execute("SELECT consumer, source, messages FROM unreadable_messages")
        return {(row["consumer"], row["source"]): row["messages"] for row in rows}


def _relays(service: str, database: Database) -> Iterator[Point]:
    try:
        with database.connection() as connection:
            rows = connection.execute(
                "SELECT practice_id, position, event_id, stopped_reason FROM relay_checkpoints"
            ).fetchall()
    except psycopg.errors.UndefinedTable:
        return
    for row in rows:
        point = Checkpoint(row["position"], row["event_id"], 0, row["stopped_reason"])
        yield RELAY, service, row["practice_id"], point


def _with_lag(source: Database | None, entry: Followed) -> Followed:
    if source is None or entry.lag_events is None:
        return entry
    if not entry.lag_events:
        return replace(entry, lag_seconds=0.0)
    with source.transaction(entry.practice_id) as connection:
        row = connection.execute(
            "SELECT extract(epoch FROM clinic_now() - recorded_at)::float AS age FROM events"
            " WHERE practice_id = %s AND position = %s",
            (entry.practice_id, entry.checkpoint.position + 1),
        ).fetchone()
    return replace(entry, lag_seconds=max(0.0, row["age"]) if row else None)
