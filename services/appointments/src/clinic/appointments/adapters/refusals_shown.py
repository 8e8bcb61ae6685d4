"""Refusals, read from their view."""

from dataclasses import fields
from typing import Any
from uuid import UUID

from clinic.appointments.application.views import RefusalLine, RefusalPage
from clinic.infra.database import Connection

_WHICH = """
    practice_id = %(practice)s
    AND (%(client)s::uuid IS NULL OR client_id = %(client)s)
    AND (%(appointment)s::uuid IS NULL OR appointment_id = %(appointment)s)
"""

_NAMES = [field.name for field in fields(RefusalLine)]


def page_of_refusals(
    connection: Connection,
    table: str,
    practice_id: UUID,
    client_id: UUID | None,
    appointment_id: UUID | None,
    page: int,
    size: int,
) -> RefusalPage:
    """A page of the practice's refusals, newest first."""
    asked = {"practice": practice_id, "client": client_id, "appointment": appointment_id}
    total = connection.execute(f"SELECT count(*) AS total FROM {table} WHERE {_WHICH}", asked).fetchone()
    rows = connection.execute(
        f"SELECT * FROM {table} WHERE {_WHICH} ORDER BY position DESC LIMIT %(size)s OFFSET %(before)s",
        {**asked, "size": size, "before": (page - 1) * size},
    )
    return RefusalPage([refusal_of_row(row) for row in rows], int(total["total"]) if total else 0)


def refusal_of_row(row: dict[str, Any]) -> RefusalLine:
    """The refusal of a row."""
    return RefusalLine(**{name: row[name] for name in _NAMES})
