"""The SQL of a consumer: its checkpoints, attempts and parked events (sql/consumer_v1.sql, consumer_v2.sql)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clinic.infra import trail, wire
from clinic.infra.database import Connection
from clinic.infra.delivery_rule import Checkpoint
from clinic.kernel.recorded import Recorded

_KEY = "consumer = %(consumer)s AND source = %(source)s AND practice_id = %(practice)s"
_MOVE = f"""
    WITH moved AS (
        UPDATE consumer_checkpoints SET position = %(position)s, event_id = %(event)s, updated_at = clock_timestamp()
        WHERE {_KEY} AND position = %(seen)s AND event_id IS NOT DISTINCT FROM %(seen_event)s::uuid
            AND stopped_reason IS NULL
        RETURNING consumer, source, practice_id, position, event_id)
    INSERT INTO consumer_trail (consumer, source, practice_id, position, event_id) SELECT * FROM moved
    ON CONFLICT (consumer, source, practice_id, position) DO UPDATE SET event_id = excluded.event_id
"""
_LOCK = "hashtextextended(%(consumer)s || ' ' || %(source)s || ' ' || %(practice)s, 0)"


@dataclass(frozen=True, slots=True)
class Begun:
    """A batch that was begun and did not commit: `attempts` times, from `position` to `until_position`."""

    position: int
    until_position: int
    attempts: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class ConsumerRows:
    """The rows of one consumer of one source."""

    consumer: str
    source: str

    def _names(self, practice_id: UUID | None = None, **more: Any) -> dict[str, Any]:
        return {"consumer": self.consumer, "source": self.source, "practice": str(practice_id), **more}

    def checkpoints(self, connection: Connection) -> dict[UUID, Checkpoint]:
        """Every practice's checkpoint."""
        rows = connection.execute(
            "SELECT practice_id, position, event_id, parked, stopped_reason FROM consumer_checkpoints"
            " WHERE consumer = %(consumer)s AND source = %(source)s",
            self._names(),
        )
        return {row["practice_id"]: _checkpoint(row) for row in rows}

    def checkpoint(self, connection: Connection, practice_id: UUID) -> Checkpoint | None:
        """One practice's checkpoint; None where there is no row yet."""
        row = connection.execute(
            f"SELECT position, event_id, parked, stopped_reason FROM consumer_checkpoints WHERE {_KEY}",
            self._names(practice_id),
        ).fetchone()
        return None if row is None else _checkpoint(row)

    def create(self, connection: Connection, practice_id: UUID) -> None:
        """Makes the practice's checkpoint before its first event."""
        connection.execute(
            "INSERT INTO consumer_checkpoints (consumer, source, practice_id, position)"
            " VALUES (%(consumer)s, %(source)s, %(practice)s, 0) ON CONFLICT DO NOTHING",
            self._names(practice_id),
        )

    def enter(self, connection: Connection, practice_id: UUID) -> None:
        """Lets the transaction see the practice's rows."""
        connection.execute("SELECT set_config('app.practice', %s, true)", (str(practice_id),))

    def lock(self, connection: Connection, practice_id: UUID) -> None:
        """Makes this connection the only one that may try the practice's events, until `unlock`.

        A process that is stopped while it holds the lock loses its connection, and the lock with it, after 3 s.
        """
        connection.execute(
            f"SELECT set_config('idle_session_timeout', '3s', false), pg_advisory_lock({_LOCK})",
            self._names(practice_id),
        )

    def unlock(self, connection: Connection, practice_id: UUID) -> None:
        """Lets others try."""
        connection.execute(
            f"SELECT pg_advisory_unlock({_LOCK}), set_config('idle_session_timeout', '0', false)",
            self._names(practice_id),
        )

    def state(self, connection: Connection, practice_id: UUID) -> tuple[Checkpoint, tuple[Begun, ...]]:
        """The checkpoint and what was begun beyond it."""
        rows = connection.execute(
            "SELECT c.position, c.event_id, c.parked, c.stopped_reason, a.position AS begun, a.until_position,"
            " a.attempts, a.last_error FROM consumer_checkpoints c LEFT JOIN consumer_attempts a"
            " ON (a.consumer, a.source, a.practice_id) = (c.consumer, c.source, c.practice_id)"
            " AND a.until_position > c.position"
            " WHERE c.consumer = %(consumer)s AND c.source = %(source)s AND c.practice_id = %(practice)s",
            self._names(practice_id),
        ).fetchall()
        begun = tuple(
            Begun(row["begun"], row["until_position"], row["attempts"], row["last_error"])
            for row in rows
            if row["begun"] is not None
        )
        return (_checkpoint(rows[0]) if rows else Checkpoint()), begun

    def begin(self, connection: Connection, practice_id: UUID, events: Sequence[Recorded]) -> None:
        """Counts an attempt before it is made. It must outlive this process, not the server: no wait for the disk."""
        connection.execute("SET LOCAL synchronous_commit = off")
        connection.execute(
            "INSERT INTO consumer_attempts AS a"
            " (consumer, source, practice_id, position, until_position, event_id, attempts)"
            " VALUES (%(consumer)s, %(source)s, %(practice)s, %(first)s, %(last)s, %(event)s, 1)"
            " ON CONFLICT (consumer, source, practice_id, position, until_position)"
            " DO UPDATE SET attempts = a.attempts + 1, last_at = clock_timestamp()",
            self._names(practice_id, first=events[0].position, last=events[-1].position, event=events[0].event_id),
        )

    def failed(self, connection: Connection, practice_id: UUID, first: int, last: int, error: str) -> None:
        """Notes why the attempt failed."""
        connection.execute(
            "UPDATE consumer_attempts SET last_error = %(error)s"
            f" WHERE {_KEY} AND position = %(first)s AND until_position = %(last)s",
            self._names(practice_id, first=first, last=last, error=error),
        )

    def forgive(self, connection: Connection, practice_id: UUID, first: int, last: int) -> None:
        """Takes an attempt back that failed for the database's or the network's sake."""
        found = self._names(practice_id, first=first, last=last)
        where = f"WHERE {_KEY} AND position = %(first)s AND until_position = %(last)s"
        connection.execute(f"UPDATE consumer_attempts SET attempts = attempts - 1 {where}", found)
        connection.execute(f"DELETE FROM consumer_attempts {where} AND attempts <= 0", found)

    def move(self, connection: Connection, practice_id: UUID, seen: Checkpoint, last: Recorded) -> bool:
        """Compare-and-set: from the checkpoint that was seen to `last`. False where somebody else has moved it.

        Where it has been is kept, for a repair after a restore of the source (ADR 0028).
        """
        moved = connection.execute(
            _MOVE,
            self._names(
                practice_id,
                position=last.position,
                event=last.event_id,
                seen=seen.position,
                seen_event=seen.event_id,
            ),
        )
        if moved.rowcount == 1 and last.position // trail.THIN_EVERY > seen.position // trail.THIN_EVERY:
            trail.thin(connection, self._names(practice_id, last=last.position))
        return moved.rowcount == 1

    def finish(self, connection: Connection, practice_id: UUID, last: int) -> None:
        """Forgets the attempts of everything up to a position."""
        connection.execute(
            f"DELETE FROM consumer_attempts WHERE {_KEY} AND until_position <= %(last)s",
            self._names(practice_id, last=last),
        )

    def stop(self, connection: Connection, practice_id: UUID, seen: Checkpoint, reason: str) -> bool:
        """Stops the practice if its checkpoint is still the one that was seen."""
        stopped = connection.execute(
            f"UPDATE consumer_checkpoints SET stopped_reason = %(reason)s WHERE {_KEY} AND position = %(seen)s"
            " AND event_id IS NOT DISTINCT FROM %(seen_event)s::uuid AND stopped_reason IS NULL",
            self._names(practice_id, reason=reason, seen=seen.position, seen_event=seen.event_id),
        )
        return stopped.rowcount == 1

    def rewind(self, connection: Connection, practice_id: UUID, to: Checkpoint) -> None:
        """Sets the checkpoint, red or not, and forgets what was begun, parked or passed beyond it."""
        beyond = self._names(practice_id, position=to.position, event=to.event_id)
        connection.execute(f"DELETE FROM consumer_attempts WHERE {_KEY} AND until_position > %(position)s", beyond)
        connection.execute(f"DELETE FROM parked_events WHERE {_KEY} AND position > %(position)s", beyond)
        connection.execute(f"DELETE FROM consumer_trail WHERE {_KEY} AND position > %(position)s", beyond)
        connection.execute(
            "UPDATE consumer_checkpoints SET position = %(position)s, event_id = %(event)s, stopped_reason = NULL,"
            f" updated_at = clock_timestamp() WHERE {_KEY}",
            beyond,
        )
        self.count_parked(connection, practice_id)

    def trail(self, connection: Connection, practice_id: UUID) -> list[Checkpoint]:
        """Where the checkpoint has been, the newest first; thinned."""
        return trail.places(connection, self._names(practice_id))

    def parked_streams(self, connection: Connection, practice_id: UUID) -> dict[str, int]:
        """The streams that have parked events, each with the position of its first one."""
        rows = connection.execute(
            f"SELECT stream_id, min(position) AS position FROM parked_events WHERE {_KEY} GROUP BY stream_id",
            self._names(practice_id),
        )
        return {row["stream_id"]: row["position"] for row in rows}

    def park(
        self,
        connection: Connection,
        event: Recorded,
        reason: str,
        because_of_position: int | None = None,
        *,
        attempts: int = 0,
    ) -> None:
        """Puts an event aside: for its own `reason`, or because an earlier one of its stream is parked."""
        connection.execute(
            "INSERT INTO parked_events (consumer, source, practice_id, position, event_id, stream_id, type, reason,"
            " because_of_position, attempts, event) VALUES (%(consumer)s, %(source)s, %(practice)s, %(position)s,"
            " %(event_id)s, %(stream)s, %(type)s, %(reason)s, %(because)s, %(attempts)s, %(event)s)",
            self._names(
                event.practice_id,
                position=event.position,
                event_id=event.event_id,
                stream=event.stream_id,
                type=event.type,
                reason=reason,
                because=because_of_position,
                attempts=attempts,
                event=wire.to_text(event),
            ),
        )
        self.count_parked(connection, event.practice_id)

    def count_unreadable(self, connection: Connection, messages: int) -> None:
        """Adds to how many messages were no events."""
        connection.execute(
            "INSERT INTO unreadable_messages AS known (consumer, source, messages)"
            " VALUES (%(consumer)s, %(source)s, %(messages)s) ON CONFLICT (consumer, source) DO UPDATE"
            " SET messages = known.messages + excluded.messages, last_at = clock_timestamp()",
            self._names(messages=messages),
        )

    def count_parked(self, connection: Connection, practice_id: UUID) -> None:
        """Brings the checkpoint's number of parked events up to date."""
        connection.execute(
            f"UPDATE consumer_checkpoints SET parked = (SELECT count(*) FROM parked_events WHERE {_KEY}) WHERE {_KEY}",
            self._names(practice_id),
        )


def tries_of(begun: Sequence[Begun], position: int) -> int:
    """How often the event at a position was tried, alone or in a batch."""
    return sum(entry.attempts for entry in begun if entry.position <= position <= entry.until_position)


def last_error_of(begun: Sequence[Begun], position: int) -> str:
    """Why the event at a position failed, if it left a word."""
    errors = [entry.last_error for entry in begun if entry.position == entry.until_position == position]
    return next((error for error in errors if error), "ended the process")


def _checkpoint(row: Mapping[str, Any]) -> Checkpoint:
    return Checkpoint(row["position"], row["event_id"], row["parked"], row["stopped_reason"])
