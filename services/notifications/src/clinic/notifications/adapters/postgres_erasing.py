"""Blanks what notifications hold about a client who was erased (F52)."""

from uuid import UUID

from clinic.infra.database import Connection
from clinic.notifications.domain.delivery import CLIENT_ERASED

# What a provider may have taken already is `unknown`, what is only wanted is never sent. Without its lease whoever is
# sending it now can record nothing: neither text nor reference comes back after this.
MESSAGES = """
    UPDATE messages SET subject = '', body = NULL, wording = NULL, provider_reference = NULL,
        reason = CASE WHEN state IN ('queued', 'sending') OR reason = %(reason)s THEN %(reason)s END,
        state = CASE WHEN state = 'queued' OR (state = 'sending' AND handed_over_at IS NULL) THEN 'suppressed'
            WHEN state = 'sending' THEN 'unknown' ELSE state END,
        lease_id = NULL, leased_until = NULL
    WHERE practice_id = %(practice)s AND client_id = %(client)s
"""

REMINDERS = """
    DELETE FROM reminders WHERE practice_id = %(practice)s AND appointment_id IN (
        SELECT appointment_id FROM appointments_to_remind
        WHERE practice_id = %(practice)s AND client_id = %(client)s)
"""

APPOINTMENTS = "DELETE FROM appointments_to_remind WHERE practice_id = %(practice)s AND client_id = %(client)s"


def blank_client(connection: Connection, practice_id: UUID, client_id: UUID) -> None:
    """Messages keep kind, channel, times and state; alerts hold nothing but ids and times. May be repeated."""
    names = {"practice": practice_id, "client": client_id, "reason": CLIENT_ERASED}
    for statement in (MESSAGES, REMINDERS, APPOINTMENTS):
        connection.execute(statement, names)
