"""Everything that the ledger and its views hold about one client, as it is handed out (F52)."""

import json
from typing import Any
from uuid import UUID

import msgspec

from clinic.appointments.adapters.projections import SOURCE
from clinic.appointments.application.projections.appointment_history import APPOINTMENT_HISTORY
from clinic.appointments.application.projections.client_list import CLIENT_LIST
from clinic.appointments.application.projections.client_messages import CLIENT_MESSAGES
from clinic.contracts.appointments import Sealed
from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.database import Connection
from clinic.infra.delivery_rule import Checkpoint
from clinic.kernel.errors import Unavailable

_SECTIONS = {
    "Appointments": """
        SELECT appointment_id, appointment_type_id, clinician_id, location_id, starts_at, ends_at, zone, status,
            video, overlap_accepted, rules, paid_pence, refunded_pence, currency
        FROM {client_list} WHERE practice_id = %(practice)s AND client_id = %(client)s
        ORDER BY starts_at, appointment_id
    """,
    "What happened to the appointments": """
        SELECT history.appointment_id, history.recorded_at, history.title, history.sentence, history.actor_kind,
            history.actor_id, list.clinician_id
        FROM {appointment_history} AS history JOIN {client_list} AS list USING (practice_id, appointment_id)
        WHERE practice_id = %(practice)s AND list.client_id = %(client)s ORDER BY history.position
    """,
    "Messages that the client left": """
        SELECT message_id, event_id, appointment_id, about, left_at, dealt_with_by, dealt_with_at, read_by, read_at
        FROM {client_messages} WHERE practice_id = %(practice)s AND client_id = %(client)s ORDER BY position
    """,
    "What was asked for and answered": """
        SELECT appointment_id, kind, outcome, refused, actor_kind, answered_at FROM commands
        WHERE practice_id = %(practice)s AND appointment_id IN (
            SELECT appointment_id FROM {client_list} WHERE practice_id = %(practice)s AND client_id = %(client)s
        ) ORDER BY answered_at
    """,
}

_SEALED = """
    SELECT event_id, sealed FROM {client_messages} WHERE practice_id = %(practice)s AND client_id = %(client)s
"""

_REFUSED = """
    SELECT recorded_at, actor_kind, data FROM events
    WHERE practice_id = %(practice)s AND type = 'ChangeRefused' AND data::json ->> 'client_id' = %(client)s::text
    ORDER BY position
"""


_IN_USE = "SELECT view, version FROM view_versions WHERE state = 'in use'"


def complete_tables(connection: Connection, practice_id: UUID) -> dict[str, str]:
    """The tables of the versions that are read, by view; Unavailable while one of them lacks an event (ADR 0029)."""
    head = connection.execute("SELECT position FROM heads WHERE practice_id = %s", (practice_id,)).fetchone()
    used = {row["view"]: row["version"] for row in connection.execute(_IN_USE)}
    tables = {}
    for view in (CLIENT_LIST, APPOINTMENT_HISTORY, CLIENT_MESSAGES):
        version = used.get(view.name, view.version)
        point = ConsumerRows(f"{view.name}@{version}", SOURCE).checkpoint(connection, practice_id) or Checkpoint()
        if head is not None and (point.position < head["position"] or point.parked or point.stopped_reason):
            raise Unavailable(f"{view.name} does not hold everything yet: `clinic projections list`")
        tables[view.name] = f"{view.name}_v{version}"
    return tables


def sections_of(
    connection: Connection, tables: dict[str, str], practice_id: UUID, client_id: UUID
) -> dict[str, list[dict[str, Any]]]:
    """By heading, oldest first; `tables` as `complete_tables` gives them."""
    names = {"practice": practice_id, "client": client_id}
    found = {title: [*connection.execute(statement.format(**tables), names)] for title, statement in _SECTIONS.items()}
    refused = connection.execute(_REFUSED, names)
    found["What was refused"] = [_refusal(row) for row in refused]
    return found


def sealed_of(connection: Connection, tables: dict[str, str], practice_id: UUID, client_id: UUID) -> dict[UUID, Sealed]:
    """The client's messages as the ledger keeps them."""
    rows = connection.execute(_SEALED.format(**tables), {"practice": practice_id, "client": client_id})
    return {row["event_id"]: msgspec.json.decode(row["sealed"], type=Sealed) for row in rows}


def _refusal(row: dict[str, Any]) -> dict[str, Any]:
    said = json.loads(row["data"])
    named = ("appointment_id", "wanted", "code", "wanted_starts_at")
    return {"recorded_at": row["recorded_at"], "actor_kind": row["actor_kind"], **{name: said[name] for name in named}}
