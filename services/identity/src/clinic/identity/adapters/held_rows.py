"""Everything that identity's tables hold about one client, as it is handed out (F52)."""

from typing import Any
from uuid import UUID

from clinic.infra.database import Connection

_HELD = {
    "record": """
        SELECT client_id, external_ref, first_name, last_name, date_of_birth, postcode, email, mobile, email_opt_in,
            sms_opt_in, next_of_kin_name, next_of_kin_email, next_of_kin_mobile, next_of_kin_email_opt_in,
            next_of_kin_sms_opt_in, version, created_at
        FROM clients WHERE practice_id = %(practice)s AND client_id = %(client)s
    """,
    "last_import": """
        SELECT imported AS said FROM clients
        WHERE practice_id = %(practice)s AND client_id = %(client)s AND imported IS NOT NULL
    """,
    "search_words": """
        SELECT array_agg(word ORDER BY word) AS words FROM client_search_words
        WHERE practice_id = %(practice)s AND client_id = %(client)s HAVING count(*) > 0
    """,
    "links": """
        SELECT kind, channel, appointment_id, created_at, used_at, revoked_at, wrong_tries FROM links
        WHERE practice_id = %(practice)s AND client_id = %(client)s ORDER BY created_at
    """,
    "sessions": """
        SELECT appointment_id, created_at, last_seen_at, ended_at FROM sessions
        WHERE practice_id = %(practice)s AND (client_id = %(client)s OR %(client)s = ANY(choices)) ORDER BY created_at
    """,
    "wrong_tries": """
        SELECT tried_at FROM tries WHERE practice_id = %(practice)s AND counted_for = 'client:' || %(client)s::text
            AND tried_at <> '{}'
    """,
    "requests_for_sign_in_links": """
        SELECT channel, requested_at, source AS asked_from, accepted_at FROM sign_in_requests
        WHERE practice_id = %(practice)s AND contact IN (
            SELECT unnest(ARRAY[email, mobile]) FROM clients
            WHERE practice_id = %(practice)s AND client_id = %(client)s
        ) ORDER BY requested_at
    """,
    "legal_holds": """
        SELECT reason, placed_at, lifted_at FROM legal_holds
        WHERE practice_id = %(practice)s AND client_id = %(client)s ORDER BY placed_at
    """,
    "what_happened": """
        SELECT type, recorded_at, actor_kind, data FROM events
        WHERE practice_id = %(practice)s AND stream_id = 'client-' || %(client)s::text ORDER BY stream_version
    """,
}


class PostgresHeldRows:
    """Rows of one practice, in the transaction of `connection`."""

    _connection: Connection
    _practice_id: UUID

    def held_about(self, client_id: UUID) -> dict[str, list[dict[str, Any]]]:
        """By kind, oldest first."""
        names = {"practice": self._practice_id, "client": client_id}
        return {kind: [*self._connection.execute(statement, names)] for kind, statement in _HELD.items()}
