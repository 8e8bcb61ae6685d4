"""SQL for links and the tries at them. Windows are locked by an upsert that also makes the row."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.identity.domain.limits import TRIES_PER_LINK
from clinic.identity.domain.links import SIGN_IN_LINK_LIVES, AppointmentTime, Link
from clinic.infra.database import Connection

_LINK = """
    SELECT link_id, kind, client_id, appointment_id, channel, contact_hash, created_at, used_at, revoked_at, wrong_tries
    FROM links WHERE practice_id = %s AND token_hash = %s
"""

_THEIRS = "((contact_hash IS NULL AND links.client_id = %s) OR contact_hash = ANY(%s::bytea[]))"


class PostgresLinkRows:
    """Rows of one practice, in the transaction of `connection`."""

    _connection: Connection
    _practice_id: UUID

    def add_link(self, link_id: UUID, token_hash: bytes, client_id: UUID, appointment_id: UUID) -> None:
        """A new appointment link."""
        self._connection.execute(
            "INSERT INTO links (practice_id, token_hash, link_id, kind, client_id, appointment_id) "
            "VALUES (%s, %s, %s, 'appointment', %s, %s)",
            (self._practice_id, token_hash, link_id, client_id, appointment_id),
        )

    def link(self, token_hash: bytes) -> Link | None:
        """Without a lock."""
        return self._link(_LINK, token_hash)

    def lock_link(self, token_hash: bytes) -> Link | None:
        """With a lock on the link's row."""
        return self._link(_LINK + "FOR NO KEY UPDATE", token_hash)

    def appointment_time(self, appointment_id: UUID) -> AppointmentTime | None:
        """The copy."""
        row = self._connection.execute(
            "SELECT client_id, starts_at FROM appointment_times_v1 WHERE practice_id = %s AND appointment_id = %s",
            (self._practice_id, appointment_id),
        ).fetchone()
        return AppointmentTime(**row) if row else None

    def count_link_try(self, link_id: UUID) -> None:
        """One more wrong post."""
        self._connection.execute(
            "UPDATE links SET wrong_tries = wrong_tries + 1 WHERE practice_id = %s AND link_id = %s",
            (self._practice_id, link_id),
        )

    def use_link(self, link_id: UUID, now: datetime) -> None:
        """For good."""
        self._connection.execute(
            "UPDATE links SET used_at = %s WHERE practice_id = %s AND link_id = %s", (now, self._practice_id, link_id)
        )

    def revoke_links(self, client_id: UUID, contacts: Sequence[bytes], now: datetime) -> None:
        """All that are not revoked yet."""
        self._connection.execute(
            f"UPDATE links SET revoked_at = %s WHERE practice_id = %s AND {_THEIRS} AND revoked_at IS NULL",
            (now, self._practice_id, client_id, list(contacts)),
        )

    def tries(self, counted_for: str) -> list[datetime]:
        """Without a lock."""
        return _window(
            self._connection.execute(
                "SELECT tried_at FROM tries WHERE practice_id = %s AND counted_for = %s",
                (self._practice_id, counted_for),
            ).fetchone()
        )

    def many_tries(self, counted_for: Sequence[str]) -> Mapping[str, list[datetime]]:
        """By name."""
        rows = self._connection.execute(
            "SELECT counted_for, tried_at FROM tries WHERE practice_id = %s AND counted_for = ANY(%s)",
            (self._practice_id, list(counted_for)),
        )
        return {row["counted_for"]: list(row["tried_at"]) for row in rows}

    def lock_tries(self, counted_for: str) -> list[datetime]:
        """With a lock, also on a window that was empty until now."""
        return _window(
            self._connection.execute(
                "INSERT INTO tries AS known (practice_id, counted_for, tried_at) VALUES (%s, %s, '{}') "
                "ON CONFLICT (practice_id, counted_for) DO UPDATE SET tried_at = known.tried_at RETURNING tried_at",
                (self._practice_id, counted_for),
            ).fetchone()
        )

    def keep_tries(self, counted_for: str, tried_at: Sequence[datetime]) -> None:
        """Replaces a window."""
        self._connection.execute(
            "UPDATE tries SET tried_at = %s::timestamptz[] WHERE practice_id = %s AND counted_for = %s",
            (list(tried_at), self._practice_id, counted_for),
        )

    def lock_source_tries(self, source: str) -> list[datetime]:
        """With a lock, over all practices."""
        return _window(
            self._connection.execute(
                "INSERT INTO source_tries AS known (source, tried_at) VALUES (%s, '{}') "
                "ON CONFLICT (source) DO UPDATE SET tried_at = known.tried_at RETURNING tried_at",
                (source,),
            ).fetchone()
        )

    def keep_source_tries(self, source: str, tried_at: Sequence[datetime]) -> None:
        """Replaces a window."""
        self._connection.execute(
            "UPDATE source_tries SET tried_at = %s::timestamptz[], last_tried_at = clinic_now() WHERE source = %s",
            (list(tried_at), source),
        )

    def raise_alarm(self, now: datetime) -> bool:
        """Whether none was raised within the last hour."""
        raised = self._connection.execute(
            "UPDATE tries SET alarmed_at = %(now)s WHERE practice_id = %(practice)s AND counted_for = 'practice' "
            "AND (alarmed_at IS NULL OR alarmed_at <= %(now)s - interval '1 hour')",
            {"now": now, "practice": self._practice_id},
        )
        return raised.rowcount == 1

    def forget_link_tries(self, client_id: UUID, contacts: Sequence[bytes]) -> None:
        """Of all links, also those that have ended."""
        self._connection.execute(
            f"UPDATE links SET wrong_tries = 0 WHERE practice_id = %s AND {_THEIRS} AND wrong_tries > 0",
            (self._practice_id, client_id, list(contacts)),
        )

    def has_locked_link(self, client_id: UUID, contacts: Sequence[bytes], now: datetime) -> bool:
        """A link that would work if it had tries left."""
        row = self._connection.execute(
            f"""
            SELECT EXISTS (
                SELECT FROM links LEFT JOIN appointment_times_v1 AS time USING (practice_id, appointment_id)
                WHERE practice_id = %s AND {_THEIRS} AND revoked_at IS NULL AND used_at IS NULL AND wrong_tries >= %s
                    AND coalesce(time.starts_at, links.created_at + %s) > %s
            ) AS found
            """,
            (self._practice_id, client_id, list(contacts), TRIES_PER_LINK, SIGN_IN_LINK_LIVES, now),
        ).fetchone()
        return bool(row and row["found"])

    def _link(self, statement: str, token_hash: bytes) -> Link | None:
        row = self._connection.execute(statement, (self._practice_id, token_hash)).fetchone()
        return Link(**row) if row else None


def _window(row: dict[str, Any] | None) -> list[datetime]:
    return list(row["tried_at"]) if row else []
