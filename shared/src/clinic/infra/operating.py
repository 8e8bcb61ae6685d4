"""What operators see of consumers, and how they repair them: retry what is parked, rewind after a restore."""

from dataclasses import dataclass
from uuid import UUID

from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.database import Database
from clinic.infra.delivery_rule import Checkpoint
from clinic.infra.parking import request_retry
from clinic.infra.turns import Turns


@dataclass(frozen=True, slots=True)
class Followed:
    """How far one consumer has followed one practice."""

    consumer: str
    source: str
    practice_id: UUID
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that was put aside; `because_of_position` names the earlier event of its stream that it waits for."""

    consumer: str
    source: str
    position: int
    type: str
    reason: str
    because_of_position: int | None
    retry_requested: bool


def followed(database: Database) -> list[Followed]:
    """Every checkpoint of a service."""
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT consumer, source, practice_id, position, event_id, parked, stopped_reason"
            " FROM consumer_checkpoints ORDER BY consumer, source, practice_id"
        ).fetchall()
    return [
        Followed(
            row["consumer"],
            row["source"],
            row["practice_id"],
            Checkpoint(row["position"], row["event_id"], row["parked"], row["stopped_reason"]),
        )
        for row in rows
    ]


def parked(database: Database, practice_id: UUID) -> list[ParkedEvent]:
    """What is parked for a practice; the events' data are not shown."""
    with database.transaction(practice_id) as connection:
        rows = connection.execute(
            "SELECT consumer, source, position, type, reason, because_of_position,"
            " retry_requested_at IS NOT NULL AS retry_requested FROM parked_events ORDER BY consumer, source, position"
        ).fetchall()
    return [ParkedEvent(**row) for row in rows]


def retry(database: Database, consumer: str, source: str, practice_id: UUID, position: int) -> bool:
    """Marks a parked event's stream: the worker tries it within 5 s. False where nothing is parked there."""
    with database.transaction(practice_id) as connection:
        return request_retry(connection, ConsumerRows(consumer, source), practice_id, position)


def rewind(database: Database, consumer: str, source: str, practice_id: UUID, to: Checkpoint) -> None:
    """Sets a consumer back to an event of the ledger as it is now, and lets it follow from there.

    Attempts and parked events beyond it belong to the lost history and go. Effects beyond it stay: what the new history
    says comes on top of them.
    """
    rows = ConsumerRows(consumer, source)
    with Turns(database, rows).turn(practice_id) as connection, connection.transaction():
        rows.enter(connection, practice_id)
        rows.rewind(connection, practice_id, to)
