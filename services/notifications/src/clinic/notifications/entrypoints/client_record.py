"""Notifications' part of a client's record, found through the entry point `clinic.client_records` (F52)."""

from uuid import UUID

from clinic.infra.client_record import Contribution, Section, plain
from clinic.infra.database import Database
from clinic.infra.importing import operator_database_url

SECTIONS = {
    "Messages that were sent": """
        SELECT kind, channel, recipient, appointment_id, state, reason, subject, coalesce(body, wording) AS body,
            queued_at, sent_at, delivered_at, provider_reference
        FROM messages WHERE practice_id = %(practice)s AND client_id = %(client)s AND user_id IS NULL ORDER BY number
    """,
    "Alerts to staff about the client": """
        SELECT user_id, kind, 'in app' AS channel, appointment_id, happened_at, read_at, old_starts_at, starts_at
        FROM alerts WHERE practice_id = %(practice)s AND client_id = %(client)s
        UNION ALL
        SELECT user_id, kind, channel, appointment_id, queued_at, sent_at, old_starts_at, starts_at
        FROM messages WHERE practice_id = %(practice)s AND client_id = %(client)s AND user_id IS NOT NULL
        ORDER BY happened_at
    """,
    "Planned reminders": """
        SELECT appointment_id, reminders.starts_at, minutes_before, channel, due_at
        FROM reminders JOIN appointments_to_remind USING (practice_id, appointment_id)
        WHERE practice_id = %(practice)s AND client_id = %(client)s ORDER BY due_at
    """,
}


def held_about(practice_id: UUID, client_id: UUID) -> Contribution:
    """Messages with their states and stored texts, alerts, reminders."""
    database = Database(operator_database_url("notifications"), size=1, limits=False, name="notifications-record")
    names = {"practice": practice_id, "client": client_id}
    try:
        with database.transaction(practice_id) as connection:
            found = {title: [*connection.execute(statement, names)] for title, statement in SECTIONS.items()}
    finally:
        database.close()
    return Contribution(
        tuple(Section("notifications", title, [plain(row) for row in rows]) for title, rows in found.items())
    )
