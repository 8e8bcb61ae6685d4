"""SQL for staff and their one-time addresses."""

from datetime import datetime
from uuid import UUID

from clinic.identity.domain.users import User
from clinic.infra.database import Connection

_USER = "SELECT user_id, external_ref, name, email, role, is_clinician"


class PostgresUserRows:
    """Rows of one practice, in the transaction of `connection`."""

    _connection: Connection
    _practice_id: UUID

    def user(self, user_id: UUID) -> User | None:
        """By id."""
        row = self._connection.execute(
            f"{_USER} FROM users WHERE practice_id = %s AND user_id = %s", (self._practice_id, user_id)
        ).fetchone()
        return User(**row) if row else None

    def users(self) -> list[User]:
        """By name."""
        rows = self._connection.execute(
            f"{_USER} FROM users WHERE practice_id = %s ORDER BY name, user_id", (self._practice_id,)
        )
        return [User(**row) for row in rows]

    def user_by_email(self, email: str) -> tuple[User, str | None] | None:
        """By e-mail in lower case."""
        if "\x00" in email or not email.isprintable():
            return None
        row = self._connection.execute(
            f"{_USER}, password_hash FROM users WHERE practice_id = %s AND email = %s", (self._practice_id, email)
        ).fetchone()
        if row is None:
            return None
        kept: str | None = row.pop("password_hash")
        return User(**row), kept

    def keep_password(self, user_id: UUID, password_hash: str) -> None:
        """Replaces it."""
        self._connection.execute(
            "UPDATE users SET password_hash = %s WHERE practice_id = %s AND user_id = %s",
            (password_hash, self._practice_id, user_id),
        )

    def add_set_up_address(self, token_hash: bytes, user_id: UUID, now: datetime) -> None:
        """Uses up the older ones."""
        self._connection.execute(
            "UPDATE set_up_addresses SET used_at = %s WHERE practice_id = %s AND user_id = %s AND used_at IS NULL",
            (now, self._practice_id, user_id),
        )
        self._connection.execute(
            "INSERT INTO set_up_addresses (practice_id, token_hash, user_id, created_at) VALUES (%s, %s, %s, %s)",
            (self._practice_id, token_hash, user_id, now),
        )

    def set_up_address(self, token_hash: bytes) -> tuple[UUID, datetime, datetime | None] | None:
        """By the hash of its token."""
        row = self._connection.execute(
            "SELECT user_id, created_at, used_at FROM set_up_addresses WHERE practice_id = %s AND token_hash = %s",
            (self._practice_id, token_hash),
        ).fetchone()
        return (row["user_id"], row["created_at"], row["used_at"]) if row else None

    def use_set_up_address(self, token_hash: bytes, now: datetime) -> bool:
        """Exactly one of several at once succeeds."""
        used = self._connection.execute(
            "UPDATE set_up_addresses SET used_at = %s WHERE practice_id = %s AND token_hash = %s AND used_at IS NULL",
            (now, self._practice_id, token_hash),
        )
        return used.rowcount == 1
