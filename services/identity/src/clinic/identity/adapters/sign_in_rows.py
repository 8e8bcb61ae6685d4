"""SQL for requests for sign-in links, what counts against them, and the links themselves."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.identity.domain.contacts import Channel, Contact
from clinic.identity.domain.sign_in_requests import SignInRequest
from clinic.infra.database import Connection

_REQUEST = "SELECT request_id, contact, channel, source, requested_at, accepted_at FROM sign_in_requests"


class PostgresSignInRows:
    """Rows of one practice, in the transaction of `connection`."""

    _connection: Connection
    _practice_id: UUID

    def add_sign_in_request(self, request: SignInRequest) -> None:
        """The request and its mark in the queue, by one statement."""
        self._connection.execute(
            """
            WITH marked AS (INSERT INTO sign_in_queue (practice_id, request_id) VALUES (%(practice)s, %(id)s))
            INSERT INTO sign_in_requests (practice_id, request_id, contact, channel, source, requested_at)
            VALUES (%(practice)s, %(id)s, %(contact)s, %(channel)s, %(source)s, %(at)s)
            """,
            {
                "practice": self._practice_id,
                "id": request.request_id,
                "contact": request.contact.address,
                "channel": request.contact.channel,
                "source": request.source,
                "at": request.requested_at,
            },
        )

    def sign_in_request(self, request_id: UUID) -> SignInRequest | None:
        """By its id."""
        row = self._connection.execute(
            f"{_REQUEST} WHERE practice_id = %s AND request_id = %s", (self._practice_id, request_id)
        ).fetchone()
        return _request(row) if row else None

    def take_sign_in_requests(self, most: int) -> list[SignInRequest]:
        """The lock ends with the transaction; ids rise with time, so the oldest come first."""
        lock = self._connection.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('sign-in requests ' || %s, 0)) AS alone",
            (str(self._practice_id),),
        ).fetchone()
        if not lock or not lock["alone"]:
            return []
        rows = self._connection.execute(
            f"""
            WITH taken AS (
                DELETE FROM sign_in_queue WHERE practice_id = %(practice)s AND request_id IN (
                    SELECT request_id FROM sign_in_queue WHERE practice_id = %(practice)s
                    ORDER BY request_id LIMIT %(most)s
                ) RETURNING request_id
            )
            {_REQUEST} JOIN taken USING (request_id) WHERE practice_id = %(practice)s
            ORDER BY requested_at, request_id
            """,
            {"practice": self._practice_id, "most": most},
        )
        return [_request(row) for row in rows]

    def known_contacts(self, contacts: Sequence[Contact]) -> frozenset[Contact]:
        """Two look-ups by index; nothing but the contacts themselves is read."""
        known: set[Contact] = set()
        for channel, column in (("email", "email"), ("sms", "mobile")):
            asked = [contact.address for contact in contacts if contact.channel == channel]
            rows = self._connection.execute(
                f"SELECT DISTINCT {column} AS address FROM clients WHERE practice_id = %s AND {column} = ANY(%s)",
                (self._practice_id, asked),
            )
            found = {row["address"] for row in rows}
            known |= {contact for contact in contacts if contact.channel == channel and contact.address in found}
        return frozenset(known)

    def request_windows(self, names: Sequence[str]) -> Mapping[str, list[datetime]]:
        """By name; one that is empty until now is missing."""
        rows = self._connection.execute(
            "SELECT counted_for, counted_at FROM sign_in_windows WHERE practice_id = %s AND counted_for = ANY(%s)",
            (self._practice_id, list(names)),
        )
        return {row["counted_for"]: list(row["counted_at"]) for row in rows}

    def keep_request_windows(self, windows: Mapping[str, Sequence[datetime]]) -> None:
        """Upserts each."""
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO sign_in_windows (practice_id, counted_for, counted_at) VALUES (%s, %s, %s::timestamptz[]) "
                "ON CONFLICT (practice_id, counted_for) DO UPDATE SET counted_at = excluded.counted_at",
                [(self._practice_id, name, list(instants)) for name, instants in sorted(windows.items())],
            )

    def settle_sign_in_requests(self, taken: Sequence[UUID], accepted: Sequence[UUID], now: datetime) -> None:
        """Who asked in vain is forgotten at once."""
        dropped = set(taken) - set(accepted)
        self._connection.execute(
            "DELETE FROM sign_in_requests WHERE practice_id = %s AND request_id = ANY(%s)",
            (self._practice_id, list(dropped)),
        )
        self._connection.execute(
            "UPDATE sign_in_requests SET accepted_at = %s WHERE practice_id = %s AND request_id = ANY(%s)",
            (now, self._practice_id, list(accepted)),
        )

    def raise_request_alarm(self, now: datetime) -> bool:
        """Whether none was raised within the last hour."""
        raised = self._connection.execute(
            "UPDATE sign_in_windows SET alarmed_at = %(now)s WHERE practice_id = %(practice)s "
            "AND counted_for = 'practice' AND (alarmed_at IS NULL OR alarmed_at <= %(now)s - interval '1 hour')",
            {"now": now, "practice": self._practice_id},
        )
        return raised.rowcount == 1

    def lock_minting(self, contact_hash: bytes) -> None:
        """A lock of its own: those who confirm hold the link's row while they wait for the window."""
        self._connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('minting ' || encode(%s, 'hex'), 0))", (contact_hash,)
        )

    def replace_sign_in_links(self, contact_hash: bytes, now: datetime) -> None:
        """All that are still open."""
        self._connection.execute(
            "UPDATE links SET revoked_at = %s "
            "WHERE practice_id = %s AND contact_hash = %s AND revoked_at IS NULL AND used_at IS NULL",
            (now, self._practice_id, contact_hash),
        )

    def add_sign_in_link(
        self, link_id: UUID, token_hash: bytes, client_id: UUID, channel: Channel, contact_hash: bytes
    ) -> None:
        """A new row."""
        self._connection.execute(
            "INSERT INTO links (practice_id, token_hash, link_id, kind, client_id, channel, contact_hash) "
            "VALUES (%s, %s, %s, 'sign_in', %s, %s, %s)",
            (self._practice_id, token_hash, link_id, client_id, channel, contact_hash),
        )


def _request(row: dict[str, Any]) -> SignInRequest:
    contact = Contact(row["contact"], row["channel"])
    return SignInRequest(row["request_id"], contact, row["source"], row["requested_at"], row["accepted_at"])
