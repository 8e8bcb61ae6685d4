"""Everything that the ledger and its views hold about one client, as it is handed out (F52)."""

import json
from typing import Any
from uuid import UUID

import msgspec

from clinic.appointments.application.projections.appointment_history import APPOINTMENT_HISTORY
from clinic.appointments.application.projections.client_list import CLIENT_LIST
from clinic.appointments.application.projections.client_messages import CLIENT_MESSAGES
from clinic.contracts.appointments import Sealed
from clinic.infra.database import Connection

_SECTIONS = {
    "Appointments": f"""
        SELECT appointment_id, appointment_type_id, clinician_id, location_id, starts_at, ends_at, zone, status,
            video, overlap_accepted, rules, paid_pence, refunded_pence, currency
        FROM {CLIENT_LIST.table} WHERE practice_id = %(practice)s AND client_id = %(client)s
        ORDER BY starts_at, appointment_id
    """,
    "What happened to the appointments": f"""
        SELECT history.appointment_id, history.recorded_at, history.title, history.sentence, history.actor_kind,
            history.actor_id, list.clinician_id
        FROM {APPOINTMENT_HISTORY.table} AS history JOIN {CLIENT_LIST.table} AS list USING (practice_id, appointment_id)
        WHERE practice_id = %(practice)s AND list.client_id = %(client)s ORDER BY history.position
    """,
    "Messages that the client left": f"""
        SELECT message_id, event_id, appointment_id, about, left_at, dealt_with_by, dealt_with_at, read_by, read_at
        FROM {CLIENT_MESSAGES.table} WHERE practice_id = %(practice)s AND client_id = %(client)s ORDER BY position
    """,
    "What was asked for and answered": f"""
        SELECT appointment_id, kind, outcome, refused, actor_kind, answered_at FROM commands
        WHERE practice_id = %(practice)s AND appointment_id IN (
            SELECT appointment_id FROM {CLIENT_LIST.table} WHERE practice_id = %(practice)s AND client_id = %(client)s
        ) ORDER BY answered_at
    """,
}

_SEALED = f"""
    SELECT event_id, sealed FROM {CLIENT_MESSAGES.table} WHERE practice_id = %(practice)s AND client_id = %(client)s
"""

_REFUSED = """
    SELECT recorded_at, actor_kind, data FROM events
    WHERE practice_id = %(practice)s AND type = 'ChangeRefused' AND data::json ->> 'client_id' = %(client)s::text
    ORDER BY position
"""


def sections_of(connection: Connection, practice_id: UUID, client_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """By heading, oldest first."""
    names = {"practice": practice_id, "client": client_id}
    found = {title: [*connection.execute(statement, names)] for title, statement in _SECTIONS.items()}
    refused = connection.execute(_REFUSED, names)
    found["What was refused"] = [_refusal(row) for row in refused]
    return found


def sealed_of(connection: Connection, practice_id: UUID, client_id: UUID) -> dict[UUID, Sealed]:
    """The client's messages as the ledger keeps them."""
    rows = connection.execute(_SEALED, {"practice": practice_id, "client": client_id})
    return {row["event_id"]: msgspec.json.decode(row["sealed"], type=Sealed) for row in rows}


def _refusal(row: dict[str, Any]) -> dict[str, Any]:
    said = json.loads(row["data"])
    named = ("appointment_id", "wanted", "code", "wanted_starts_at")
    return {"recorded_at": row["recorded_at"], "actor_kind": row["actor_kind"], **{name: said[name] for name in named}}
