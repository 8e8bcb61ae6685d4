"""How far views are built beside the live rows, in the schema `staging`; it outlives the process (ADR 0029)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clinic.appointments.application.projections.changes import View
from clinic.infra.database import Connection, Database

_KEY = "consumer = %(consumer)s AND practice_id = %(practice)s"

_PROGRESS = f"""
    SELECT position, placed_at IS NOT NULL AS placed, begun_at > clock_timestamp() - interval '1 day' AS recent,
        event_id IS NOT DISTINCT FROM (SELECT event_id FROM events
            WHERE events.practice_id = progress.practice_id AND events.position = progress.position) AS continues
    FROM staging.progress WHERE {_KEY}
"""

_MOVE = """
    INSERT INTO staging.progress (consumer, practice_id, position, event_id, begun_at)
    VALUES (%(consumer)s, %(practice)s, %(position)s,
        (SELECT event_id FROM events WHERE practice_id = %(practice)s AND position = %(position)s), clock_timestamp())
    ON CONFLICT (consumer, practice_id) DO UPDATE SET position = excluded.position, event_id = excluded.event_id
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows are built up to `position`; `placed`: they have taken the place of the live ones."""

    position: int = 0
    placed: bool = False


def progress(connection: Connection, practice_id: UUID, view: View) -> Progress:
    """How far it is. Nothing, where it is more than a day old or the ledger is another one now."""
    row = connection.execute(_PROGRESS, _names(practice_id, view)).fetchone()
    if row is None or not row["recent"] or not row["continues"]:
        return Progress()
    return Progress(row["position"], row["placed"])


def begin(connection: Connection, practice_id: UUID, view: View) -> Progress:
    """The same, and what is of no use any more is gone."""
    found = progress(connection, practice_id, view)
    if found == Progress():
        _forget(connection, practice_id, view)
    return found


def move(connection: Connection, practice_id: UUID, view: View, position: int) -> None:
    """The rows are built up to a position; in the transaction that wrote them."""
    connection.execute(_MOVE, _names(practice_id, view, position=position))


def place(connection: Connection, practice_id: UUID, view: View) -> None:
    """The rows have taken the place of the live ones; in that transaction."""
    connection.execute(
        f"UPDATE staging.progress SET placed_at = clock_timestamp() WHERE {_KEY}", _names(practice_id, view)
    )


def clear(database: Database, practice_id: UUID, view: View) -> None:
    """The rows go; that they were placed stays known."""
    with database.transaction(practice_id) as connection:
        _clear(connection, practice_id, view)


def forget(database: Database, practice_id: UUID, views: Sequence[View]) -> None:
    """Everything goes: the next rebuild begins anew."""
    with database.transaction(practice_id) as connection:
        for view in views:
            _forget(connection, practice_id, view)


def _forget(connection: Connection, practice_id: UUID, view: View) -> None:
    _clear(connection, practice_id, view)
    connection.execute(f"DELETE FROM staging.progress WHERE {_KEY}", _names(practice_id, view))


def _clear(connection: Connection, practice_id: UUID, view: View) -> None:
    connection.execute(f"DELETE FROM staging.{view.table} WHERE practice_id = %s", (practice_id,))


def _names(practice_id: UUID, view: View, **more: Any) -> dict[str, Any]:
    return {"consumer": view.consumer, "practice": practice_id, **more}
