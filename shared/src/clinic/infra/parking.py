"""Parked events: tried again when operators ask for it, or when a newer release knows their type."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import psycopg

from clinic.infra import wire
from clinic.infra.applying import Handle, said
from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.database import SERVER_TROUBLE, Connection, Database
from clinic.infra.turns import Turns
from clinic.kernel.errors import Unavailable
from clinic.kernel.recorded import Recorded

UNKNOWN = "unknown type or version"
UNFINISHED = "a retry did not finish"

_KEY = "consumer = %(consumer)s AND source = %(source)s AND practice_id = %(practice)s"
_NEXT = f"""
    UPDATE parked_events SET retry_requested_at = NULL, attempts = attempts + 1, reason = '{UNFINISHED}'
    WHERE {_KEY} AND position = (
        SELECT p.position FROM parked_events p WHERE p.retry_requested_at IS NOT NULL AND p.consumer = %(consumer)s
            AND p.source = %(source)s AND p.practice_id = %(practice)s AND NOT EXISTS (
                SELECT FROM parked_events earlier WHERE earlier.consumer = p.consumer AND earlier.source = p.source
                    AND earlier.practice_id = p.practice_id AND earlier.stream_id = p.stream_id
                    AND earlier.position < p.position)
        ORDER BY p.position LIMIT 1)
    RETURNING event
"""
_RELEASE_NEXT = f"""
    UPDATE parked_events SET retry_requested_at = clock_timestamp(), because_of_position = NULL
    WHERE {_KEY} AND position = (
        SELECT min(position) FROM parked_events WHERE {_KEY} AND stream_id = %(stream)s)
"""

log = logging.getLogger(__name__)


class Parking:
    """One consumer's parked events.

    A mark is taken away before the event is tried, so one that ends the process is not tried for ever. When an event
    succeeds, the next of its stream follows by itself; when it fails, it stays with the new reason.
    """

    def __init__(
        self,
        database: Database,
        rows: ConsumerRows,
        handles: Mapping[str, Handle],
        reason_unfit: Callable[[Recorded], str | None],
        turns: Turns,
    ) -> None:
        self._database = database
        self._rows = rows
        self._handles = handles
        self._reason_unfit = reason_unfit
        self._turns = turns

    def retry_marked(self, practice_id: UUID) -> None:
        """Tries every marked event of the practice, the first of each stream first."""
        while self._retry_one(practice_id):
            pass

    def mark_known(self, practice_id: UUID) -> None:
        """Marks what was parked for its type or version and is known by now."""
        with self._database.transaction(practice_id) as connection:
            found = connection.execute(
                f"SELECT position, event FROM parked_events WHERE {_KEY} AND reason = %(reason)s",
                self._names(practice_id, reason=UNKNOWN),
            ).fetchall()
            for row in found:
                if self._reason_unfit(_event(row["event"])) is None:
                    request_retry(connection, self._rows, practice_id, row["position"])

    def _retry_one(self, practice_id: UUID) -> bool:
        with self._turns.turn(practice_id) as connection:
            with connection.transaction():
                self._rows.enter(connection, practice_id)
                taken = connection.execute(_NEXT, self._names(practice_id)).fetchone()
            if taken is None:
                return False
            event = _event(taken["event"])
            try:
                with connection.transaction():
                    self._rows.enter(connection, practice_id)
                    self._apply(connection, event)
            except (Unavailable, *SERVER_TROUBLE, psycopg.InterfaceError):
                self._mark_again(event)
                raise
            except Exception as error:
                self._keep(connection, event, f"a retry failed: {said(error)}")
        return True

    def _apply(self, connection: Connection, event: Recorded) -> None:
        if reason := self._reason_unfit(event):
            self._note(connection, event, reason)
            return
        names = self._names(event.practice_id, position=event.position)
        gone = connection.execute(f"DELETE FROM parked_events WHERE {_KEY} AND position = %(position)s", names)
        if gone.rowcount and (handle := self._handles.get(event.type)):
            handle(connection, event)
        release_next(connection, self._rows, event.practice_id, event.stream_id)
        self._rows.count_parked(connection, event.practice_id)
        log.info("%s: parked event %s took effect", self._rows.consumer, event.event_id)

    def _keep(self, connection: Connection, event: Recorded, reason: str) -> None:
        with connection.transaction():
            self._rows.enter(connection, event.practice_id)
            self._note(connection, event, reason)

    def _note(self, connection: Connection, event: Recorded, reason: str) -> None:
        log.warning("%s: event %s stays parked: %s", self._rows.consumer, event.event_id, reason)
        names = self._names(event.practice_id, position=event.position, stream=event.stream_id, reason=reason)
        connection.execute(
            f"UPDATE parked_events SET reason = %(reason)s WHERE {_KEY} AND position = %(position)s", names
        )
        connection.execute(
            f"UPDATE parked_events SET because_of_position = %(position)s WHERE {_KEY} AND stream_id = %(stream)s"
            " AND position > %(position)s",
            names,
        )

    def _mark_again(self, event: Recorded) -> None:
        with self._database.transaction(event.practice_id) as connection:
            request_retry(connection, self._rows, event.practice_id, event.position)

    def _names(self, practice_id: UUID, **more: Any) -> dict[str, Any]:
        return {"consumer": self._rows.consumer, "source": self._rows.source, "practice": practice_id, **more}


def release_next(connection: Connection, rows: ConsumerRows, practice_id: UUID, stream: str) -> None:
    """Marks the first event of a stream that is still parked: what it waited for is done with."""
    names = {"consumer": rows.consumer, "source": rows.source, "practice": practice_id, "stream": stream}
    connection.execute(_RELEASE_NEXT, names)


def request_retry(connection: Connection, rows: ConsumerRows, practice_id: UUID, position: int) -> bool:
    """Asks for a retry of the stream of the event parked at a position, from its first parked event on.

    Inside a transaction of the practice. False where nothing is parked there.
    """
    marked = connection.execute(
        f"UPDATE parked_events SET retry_requested_at = clock_timestamp() WHERE {_KEY} AND position = ("
        f" SELECT min(position) FROM parked_events WHERE {_KEY} AND stream_id = ("
        f" SELECT stream_id FROM parked_events WHERE {_KEY} AND position = %(position)s))",
        {"consumer": rows.consumer, "source": rows.source, "practice": practice_id, "position": position},
    )
    return marked.rowcount == 1


def _event(text: str) -> Recorded:
    return wire.from_json(json.loads(text))
