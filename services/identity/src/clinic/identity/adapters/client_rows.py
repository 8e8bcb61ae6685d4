"""SQL for clients' records and the words by which they are found."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from clinic.identity.domain.clients import Client
from clinic.identity.domain.contacts import Contact
from clinic.infra.database import Connection

_CLIENT = """
    SELECT client_id, external_ref, first_name, last_name, date_of_birth, postcode, email, mobile, email_opt_in,
        sms_opt_in, version, next_of_kin_name, next_of_kin_email, next_of_kin_mobile, next_of_kin_email_opt_in,
        next_of_kin_sms_opt_in, erased_at IS NOT NULL AS erased
    FROM clients
"""
_LAST_CHARACTER = "\U0010ffff"


class PostgresClientRows:
    """Rows of one practice, in the transaction of `connection`."""

    _connection: Connection
    _practice_id: UUID

    def client(self, client_id: UUID) -> Client | None:
        """Without a lock."""
        return self._client(client_id, "")

    def lock_client(self, client_id: UUID) -> Client | None:
        """With a lock."""
        return self._client(client_id, "FOR NO KEY UPDATE")

    def clients_by_contact(self, contact: Contact) -> list[Client]:
        """By index."""
        if not contact.address:
            return []
        column = "email" if contact.channel == "email" else "mobile"
        rows = self._connection.execute(
            f"{_CLIENT} WHERE practice_id = %s AND {column} = %s ORDER BY client_id",
            (self._practice_id, contact.address),
        )
        return [Client(**row) for row in rows]

    def save_client(self, client: Client, words: frozenset[str]) -> None:
        """Replaces the changeable fields, the version and all words."""
        key = (self._practice_id, client.client_id)
        self._connection.execute(
            """
            UPDATE clients SET first_name = %(first_name)s, last_name = %(last_name)s,
                date_of_birth = %(date_of_birth)s, postcode = %(postcode)s, email = %(email)s, mobile = %(mobile)s,
                email_opt_in = %(email_opt_in)s, sms_opt_in = %(sms_opt_in)s, version = %(version)s,
                next_of_kin_name = %(next_of_kin_name)s, next_of_kin_email = %(next_of_kin_email)s,
                next_of_kin_mobile = %(next_of_kin_mobile)s,
                next_of_kin_email_opt_in = %(next_of_kin_email_opt_in)s,
                next_of_kin_sms_opt_in = %(next_of_kin_sms_opt_in)s
            WHERE practice_id = %(practice_id)s AND client_id = %(client_id)s
            """,
            {**asdict(client), "practice_id": self._practice_id},
        )
        self._connection.execute("DELETE FROM client_search_words WHERE practice_id = %s AND client_id = %s", key)
        self._connection.execute(
            "INSERT INTO client_search_words (practice_id, client_id, word) SELECT %s, %s, unnest(%s::text[])",
            (*key, sorted(words)),
        )

    def find_clients(self, words: Sequence[str], limit: int) -> list[Client]:
        """One range of the words' index for each word."""
        conditions = "".join(
            " AND client_id IN (SELECT client_id FROM client_search_words "
            "WHERE practice_id = %s AND word >= %s AND word < %s)"
            for _ in words
        )
        ranges = [value for word in words for value in (self._practice_id, word, word + _LAST_CHARACTER)]
        rows = self._connection.execute(
            f"{_CLIENT} WHERE practice_id = %s AND erased_at IS NULL {conditions} "
            "ORDER BY last_name, first_name, client_id LIMIT %s",
            [self._practice_id, *ranges, limit],
        )
        return [Client(**row) for row in rows]

    def names(self, clients: Sequence[UUID], users: Sequence[UUID]) -> Mapping[str, Mapping[UUID, Any]]:
        """Two look-ups by key."""
        found_clients = self._connection.execute(
            "SELECT client_id, first_name, last_name, erased_at IS NOT NULL AS erased FROM clients "
            "WHERE practice_id = %s AND client_id = ANY(%s)",
            (self._practice_id, list(clients)),
        )
        by_client = {row["client_id"]: (row["first_name"], row["last_name"], row["erased"]) for row in found_clients}
        found_users = self._connection.execute(
            "SELECT user_id, name FROM users WHERE practice_id = %s AND user_id = ANY(%s)",
            (self._practice_id, list(users)),
        )
        return {"clients": by_client, "users": {row["user_id"]: row["name"] for row in found_users}}

    def public_key(self, client_id: UUID) -> tuple[UUID, bytes] | None:
        """Key id and raw X25519."""
        row = self._connection.execute(
            "SELECT key_id, public_key FROM clients WHERE practice_id = %s AND client_id = %s AND erased_at IS NULL",
            (self._practice_id, client_id),
        ).fetchone()
        return (row["key_id"], bytes(row["public_key"])) if row else None

    def key_id(self, client_id: UUID) -> UUID:
        """Also of one who is erased."""
        row = self._connection.execute(
            "SELECT key_id FROM clients WHERE practice_id = %s AND client_id = %s", (self._practice_id, client_id)
        ).fetchone()
        key_id: UUID = (row or {})["key_id"]
        return key_id

    def _client(self, client_id: UUID, lock: str) -> Client | None:
        row = self._connection.execute(
            f"{_CLIENT} WHERE practice_id = %s AND client_id = %s {lock}", (self._practice_id, client_id)
        ).fetchone()
        return Client(**row) if row else None
