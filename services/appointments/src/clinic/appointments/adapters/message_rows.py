"""Clients' messages, read from their view."""

import json
from typing import Any
from uuid import UUID

from clinic.appointments.application.views import Done, Message, MessagePage
from clinic.infra.database import Connection

_WHICH = """
    practice_id = %(practice)s
    AND (%(dealt_with)s::boolean IS NULL OR (dealt_with_at IS NOT NULL) = %(dealt_with)s::boolean)
"""


def of_client(connection: Connection, table: str, practice_id: UUID, client_id: UUID) -> list[Message]:
    """All that a client wrote, newest first."""
    rows = connection.execute(
        f"SELECT * FROM {table} WHERE practice_id = %s AND client_id = %s ORDER BY position DESC",
        (practice_id, client_id),
    )
    return [message_of_row(row) for row in rows]


def of_practice(
    connection: Connection, table: str, practice_id: UUID, dealt_with: bool | None, page: int, size: int
) -> MessagePage:
    """A page of what the practice's clients wrote, newest first."""
    asked = {"practice": practice_id, "dealt_with": dealt_with, "size": size, "before": (page - 1) * size}
    total = connection.execute(f"SELECT count(*) AS total FROM {table} WHERE {_WHICH}", asked).fetchone()
    rows = connection.execute(
        f"SELECT * FROM {table} WHERE {_WHICH} ORDER BY position DESC LIMIT %(size)s OFFSET %(before)s", asked
    )
    return MessagePage([message_of_row(row) for row in rows], int(total["total"]) if total else 0)


def message_of_row(row: dict[str, Any]) -> Message:
    """The message of a row."""
    dealt_with = Done(row["dealt_with_by"], row["dealt_with_at"]) if row["dealt_with_at"] else None
    return Message(
        message_id=row["message_id"],
        event_id=row["event_id"],
        appointment_id=row["appointment_id"],
        client_id=row["client_id"],
        about=row["about"],
        sealed=json.loads(row["sealed"]),
        left_at=row["left_at"],
        dealt_with=dealt_with,
        read_by=[Done(user_id, at) for user_id, at in zip(row["read_by"], row["read_at"], strict=True)],
    )
