"""What operators see and decide of parked events: look, have it tried again, or give it up for good."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.database import Database
from clinic.infra.parking import release_next, request_retry
from clinic.infra.turns import Turns

_COLUMNS = """consumer, source, practice_id, position, event_id, stream_id, type, reason, because_of_position, attempts,
    parked_at, retry_requested_at IS NOT NULL AS retry_requested, event"""
_KEY = "consumer = %(consumer)s AND source = %(source)s AND practice_id = %(practice)s"
_DISCARD = f"""
    WITH gone AS (DELETE FROM parked_events WHERE {_KEY} AND position = %(position)s AND event_id = %(event)s
        RETURNING consumer, source, practice_id, position, event_id, stream_id, type, reason, attempts, parked_at)
    INSERT INTO discarded_events (consumer, source, practice_id, position, event_id, stream_id, type, reason, attempts,
        parked_at, discarded_by, because)
    SELECT gone.*, %(by)s, %(because)s FROM gone
"""


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that was put aside; `because_of_position` names the earlier event of its stream that it waits for."""

    service: str
    consumer: str
    source: str
    practice_id: UUID
    position: int
    event_id: UUID
    stream_id: str
    type: str
    reason: str
    because_of_position: int | None
    attempts: int
    parked_at: datetime
    retry_requested: bool
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DiscardedEvent:
    """The trace of an event that somebody gave up for a consumer."""

    service: str
    consumer: str
    source: str
    practice_id: UUID
    position: int
    event_id: UUID
    stream_id: str
    type: str
    reason: str
    attempts: int
    parked_at: datetime
    discarded_at: datetime
    discarded_by: str
    because: str


def parked(
    databases: Mapping[str, Database],
    services: Iterable[str],
    practice_id: UUID | None = None,
    event_id: UUID | None = None,
    consumer: str | None = None,
) -> list[ParkedEvent]:
    """What is parked, practice by practice, in order."""
    found: list[ParkedEvent] = []
    for service in services:
        for practice in _practices(databases[service], "WHERE parked > 0"):
            if practice_id in (None, practice):
                with databases[service].transaction(practice) as connection:
                    rows = connection.execute(
                        f"SELECT {_COLUMNS} FROM parked_events ORDER BY consumer, source, position"
                    ).fetchall()
                found += [ParkedEvent(service, **{**row, "event": json.loads(row["event"])}) for row in rows]
    return [one for one in found if event_id in (None, one.event_id) and consumer in (None, one.consumer)]


def discarded(
    databases: Mapping[str, Database], services: Iterable[str], practice_id: UUID | None = None
) -> list[DiscardedEvent]:
    """What was given up, by whom and why."""
    found: list[DiscardedEvent] = []
    for service in services:
        for practice in _practices(databases[service], ""):
            if practice_id in (None, practice):
                with databases[service].transaction(practice) as connection:
                    rows = connection.execute("SELECT * FROM discarded_events ORDER BY discarded_at").fetchall()
                found += [DiscardedEvent(service, **row) for row in rows]
    return found


def waiting_for(event: ParkedEvent, among: Iterable[ParkedEvent]) -> list[ParkedEvent]:
    """The later events of its stream that are parked for the same consumer because of it."""
    return [
        one
        for one in among
        if (one.service, one.consumer, one.source, one.practice_id, one.stream_id)
        == (event.service, event.consumer, event.source, event.practice_id, event.stream_id)
        and one.position > event.position
    ]


def retry(database: Database, event: ParkedEvent) -> bool:
    """Marks its stream, from the first parked event on: the worker tries it within 5 s. False where it is gone."""
    with database.transaction(event.practice_id) as connection:
        rows = ConsumerRows(event.consumer, event.source)
        return request_retry(connection, rows, event.practice_id, event.position)


def discard(database: Database, event: ParkedEvent, by: str, because: str) -> bool:
    """Gives the event up for this consumer: it keeps a trace, and the next of its stream is tried.

    False where it is no longer parked.
    """
    rows = ConsumerRows(event.consumer, event.source)
    names = {
        "consumer": event.consumer,
        "source": event.source,
        "practice": event.practice_id,
        "position": event.position,
        "event": event.event_id,
        "by": by,
        "because": because,
    }
    with Turns(database, rows).turn(event.practice_id) as connection, connection.transaction():
        rows.enter(connection, event.practice_id)
        if connection.execute(_DISCARD, names).rowcount != 1:
            return False
        release_next(connection, rows, event.practice_id, event.stream_id)
        rows.count_parked(connection, event.practice_id)
    return True


def _practices(database: Database, where: str) -> list[UUID]:
    with database.connection() as connection:
        rows = connection.execute(f"SELECT DISTINCT practice_id FROM consumer_checkpoints {where} ORDER BY 1")
        return [row["practice_id"] for row in rows]
