"""SQL for sessions."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from clinic.identity.domain.sessions import Session
from clinic.infra.database import Connection


class PostgresSessionRows:
    """Rows of one practice, in the transaction of `connection`."""

    _connection: Connection
    _practice_id: UUID

    def add_session(self, session: Session, secret_hash: bytes) -> None:
        """A new row."""
        self._connection.execute(
            """
            INSERT INTO sessions (practice_id, secret_hash, session_id, face, client_id, appointment_id, user_id,
                created_at, last_seen_at, ended_at, choices)
            VALUES (%(practice_id)s, %(secret_hash)s, %(session_id)s, %(face)s, %(client_id)s, %(appointment_id)s,
                %(user_id)s, %(created_at)s, %(last_seen_at)s, %(ended_at)s, %(choices)s::uuid[])
            """,
            {
                **asdict(session),
                "choices": list(session.choices),
                "practice_id": self._practice_id,
                "secret_hash": secret_hash,
            },
        )

    def session(self, secret_hash: bytes) -> Session | None:
        """By the hash of its secret."""
        row = self._connection.execute(
            "SELECT session_id, face, client_id, appointment_id, user_id, created_at, last_seen_at, ended_at, "
            "choices FROM sessions WHERE practice_id = %s AND secret_hash = %s",
            (self._practice_id, secret_hash),
        ).fetchone()
        return Session(**{**row, "choices": tuple(row["choices"])}) if row else None

    def see_session(self, session_id: UUID, now: datetime) -> None:
        """Moves `last_seen_at`, never backwards."""
        self._connection.execute(
            "UPDATE sessions SET last_seen_at = %s WHERE practice_id = %s AND session_id = %s AND last_seen_at < %s",
            (now, self._practice_id, session_id, now),
        )

    def replace_session(self, secret_hash: bytes, session: Session, new_secret_hash: bytes) -> bool:
        """In the same row: `end_sessions_of_client` waits for it and looks again, a new row it would not see."""
        replaced = self._connection.execute(
            "UPDATE sessions SET secret_hash = %s, session_id = %s, client_id = %s, last_seen_at = %s "
            "WHERE practice_id = %s AND secret_hash = %s AND ended_at IS NULL",
            (
                new_secret_hash,
                session.session_id,
                session.client_id,
                session.last_seen_at,
                self._practice_id,
                secret_hash,
            ),
        )
        return replaced.rowcount == 1

    def end_session(self, secret_hash: bytes, now: datetime) -> bool:
        """Exactly one of several at once succeeds."""
        ended = self._connection.execute(
            "UPDATE sessions SET ended_at = %s WHERE practice_id = %s AND secret_hash = %s AND ended_at IS NULL",
            (now, self._practice_id, secret_hash),
        )
        return ended.rowcount == 1

    def end_sessions_of_client(self, client_id: UUID, now: datetime) -> None:
        """All that are open."""
        for whose in ("client_id = %s", "choices <> '{}' AND %s = ANY(choices)"):
            self._connection.execute(
                f"UPDATE sessions SET ended_at = %s WHERE practice_id = %s AND {whose} AND ended_at IS NULL",
                (now, self._practice_id, client_id),
            )

    def end_sessions_of_user(self, user_id: UUID, now: datetime) -> None:
        """All that are open."""
        self._connection.execute(
            "UPDATE sessions SET ended_at = %s WHERE practice_id = %s AND user_id = %s AND ended_at IS NULL",
            (now, self._practice_id, user_id),
        )
