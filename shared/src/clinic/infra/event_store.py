"""Append to and read from a publishing service's `events` (architecture.md section 4)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation

from clinic.contracts.catalog import lookup
from clinic.contracts.codec import to_data
from clinic.infra.database import Connection
from clinic.kernel.canonical import canonical_json
from clinic.kernel.errors import ConcurrencyConflict
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor, Head, NewEvent, Recorded

HEAD = """
    UPDATE heads SET position = position + %(count)s, previous_event_id = last_event_id, last_event_id = %(last_id)s,
        last_recorded_at = greatest(clinic_now(), last_recorded_at + interval '1 microsecond')
    WHERE practice_id = %(practice)s AND NOT EXISTS (
        SELECT FROM unnest(%(continued)s::text[], %(continued_at)s::int[]) AS earlier (stream_id, stream_version)
        WHERE NOT EXISTS (
            SELECT FROM events WHERE events.practice_id = %(practice)s
                AND events.stream_id = earlier.stream_id AND events.stream_version = earlier.stream_version))
"""
"""Takes the practice's next positions; no row where a stream has not come as far as the append says (ADR 0027).

The versions that a stream has already are the unique constraint's to refuse.
"""

RECORD = """
    INSERT INTO events (practice_id, position, event_id, previous_event_id, stream_id, stream_version, type,
        schema_version, occurred_at, recorded_at, actor_kind, actor_id, command_id, correlation_id, causation_id,
        traceparent, data)
    SELECT %(practice)s, head.before + e.number, e.event_id,
        coalesce(lag(e.event_id) OVER (ORDER BY e.number), head.previous_event_id),
        e.stream_id, e.stream_version, e.type, e.schema_version, e.occurred_at, head.recorded_at,
        %(actor_kind)s, %(actor_id)s, %(command_id)s, %(correlation_id)s, %(causation_id)s, %(traceparent)s, e.data
    FROM head, unnest(%(event_ids)s::uuid[], %(stream_ids)s::text[], %(stream_versions)s::int[], %(types)s::text[],
        %(schema_versions)s::int[], %(occurred)s::timestamptz[], %(data)s::text[]) WITH ORDINALITY
        AS e (event_id, stream_id, stream_version, type, schema_version, occurred_at, data, number)
"""

RETURNING = "RETURNING position - %(count)s AS before, previous_event_id, last_recorded_at AS recorded_at"

APPEND = (
    f"WITH head AS ({HEAD} {RETURNING}), recorded AS ({RECORD}) "
    "SELECT before + %(count)s AS position, recorded_at FROM head"
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an append happens: who, by which command, as part of which conversation."""

    actor: Actor
    command_id: UUID
    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """The position of the last event of an append, and the database's time of it."""

    position: int
    recorded_at: datetime


def new_event(
    fact: Any, stream: str, stream_version: int, occurred_at: datetime, *, event_id: UUID | None = None
) -> NewEvent:
    """A fact of the catalog, ready to be appended as `stream_version` of its stream; by default with a new event id."""
    known, id_, data = lookup(type(fact).__name__), event_id or new_id(), to_data(fact)
    return NewEvent(id_, known.name, known.schema_version, stream, stream_version, occurred_at, data)


def append_parameters(practice_id: UUID, cause: Cause, events: Sequence[NewEvent]) -> dict[str, Any]:
    """The named parameters of HEAD and RECORD. ConcurrencyConflict where the versions of a stream have a hole."""
    continued = _continued(events)
    return {
        "continued": list(continued),
        "continued_at": list(continued.values()),
        "practice": practice_id,
        "count": len(events),
        "last_id": events[-1].event_id,
        "actor_kind": cause.actor.kind,
        "actor_id": cause.actor.id,
        "command_id": cause.command_id,
        "correlation_id": cause.correlation_id,
        "causation_id": cause.causation_id,
        "traceparent": cause.traceparent,
        "event_ids": [event.event_id for event in events],
        "stream_ids": [event.stream_id for event in events],
        "stream_versions": [event.stream_version for event in events],
        "types": [event.type for event in events],
        "schema_versions": [event.schema_version for event in events],
        "occurred": [event.occurred_at for event in events],
        "data": [canonical_json(event.data) for event in events],
    }


def append(connection: Connection, practice_id: UUID, cause: Cause, events: Sequence[NewEvent]) -> Appended:
    """Appends at the end of the caller's transaction, all or nothing.

    ConcurrencyConflict when a stream version exists already, or the one before it does not. A practice without a head
    is a LookupError: heads are made when the practice is created (`create_head`).
    """
    try:
        row = connection.execute(APPEND, append_parameters(practice_id, cause, events)).fetchone()
    except UniqueViolation as error:
        raise ConcurrencyConflict(str(error.diag.constraint_name)) from error
    if row is None:
        if connection.execute("SELECT FROM heads WHERE practice_id = %s", (practice_id,)).fetchone() is None:
            raise LookupError(f"practice {practice_id} has no head")
        raise ConcurrencyConflict("a stream has not come so far")
    return Appended(row["position"], row["recorded_at"])


def _continued(events: Sequence[NewEvent]) -> dict[str, int]:
    """The streams that exist before the append, each with the version that it must have reached."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for event in events:
        if event.stream_version != last.get(event.stream_id, event.stream_version - 1) + 1:
            raise ConcurrencyConflict("the versions of a stream have a hole")
        first.setdefault(event.stream_id, event.stream_version)
        last[event.stream_id] = event.stream_version
    return {stream: version - 1 for stream, version in first.items() if version != 1}


def create_head(connection: Connection, practice_id: UUID) -> None:
    """Makes the practice's empty head; said twice, it stays quiet."""
    connection.execute("INSERT INTO heads (practice_id) VALUES (%s) ON CONFLICT DO NOTHING", (practice_id,))


def read_after(connection: Connection, practice_id: UUID, after: int, limit: int) -> list[Recorded]:
    """Up to `limit` events with position > `after`, in order. Positions are dense: none is ever skipped."""
    rows = connection.execute(
        "SELECT * FROM events WHERE practice_id = %s AND position > %s ORDER BY position LIMIT %s",
        (practice_id, after, limit),
    )
    return [from_row(row) for row in rows]


def read_stream(connection: Connection, practice_id: UUID, stream: str) -> list[Recorded]:
    """A stream's events in order; empty where there is no such stream."""
    rows = connection.execute(
        "SELECT * FROM events WHERE practice_id = %s AND stream_id = %s ORDER BY stream_version",
        (practice_id, stream),
    )
    return [from_row(row) for row in rows]


def read_versions(connection: Connection, practice_id: UUID, stream: str, first: int, last: int) -> list[Recorded]:
    """A stream's events with stream version `first` to `last`, both included, in order."""
    rows = connection.execute(
        "SELECT * FROM events WHERE practice_id = %s AND stream_id = %s AND stream_version BETWEEN %s AND %s"
        " ORDER BY stream_version",
        (practice_id, stream, first, last),
    )
    return [from_row(row) for row in rows]


def read_all(connection: Connection, practice_id: UUID, *, after: int = 0, batch: int = 1000) -> Iterator[Recorded]:
    """Every event after a position, read in batches."""
    while events := read_after(connection, practice_id, after, batch):
        yield from events
        after = events[-1].position


def heads(connection: Connection) -> dict[UUID, int]:
    """The last position of every practice of this service."""
    return {
        row["practice_id"]: row["position"] for row in connection.execute("SELECT practice_id, position FROM heads")
    }


def last_events(connection: Connection) -> dict[UUID, Head]:
    """The end of every practice's ledger in this service: position and event."""
    rows = connection.execute("SELECT practice_id, position, last_event_id FROM heads")
    return {row["practice_id"]: Head(row["position"], row["last_event_id"]) for row in rows}


def from_row(row: dict[str, Any]) -> Recorded:
    """The recorded event of a row of `events`."""
    return Recorded(
        event_id=row["event_id"],
        type=row["type"],
        schema_version=row["schema_version"],
        practice_id=row["practice_id"],
        stream_id=row["stream_id"],
        stream_version=row["stream_version"],
        position=row["position"],
        previous_event_id=row["previous_event_id"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        actor=Actor(row["actor_kind"], row["actor_id"]),
        command_id=row["command_id"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        traceparent=row["traceparent"],
        data=json.loads(row["data"]),
    )
