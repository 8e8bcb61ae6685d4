"""SQL for taking over a practice in bulk."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from clinic.identity.domain.clients import NewClient
from clinic.identity.domain.practices import Practice
from clinic.identity.domain.users import User
from clinic.infra import event_store
from clinic.infra.database import Connection

_CLIENT_COLUMNS = (
    ("client_id", "uuid"),
    ("external_ref", "text"),
    ("first_name", "text"),
    ("last_name", "text"),
    ("date_of_birth", "date"),
    ("postcode", "text"),
    ("email", "text"),
    ("mobile", "text"),
    ("email_opt_in", "boolean"),
    ("sms_opt_in", "boolean"),
    ("version", "integer"),
    ("next_of_kin_name", "text"),
    ("next_of_kin_email", "text"),
    ("next_of_kin_mobile", "text"),
    ("next_of_kin_email_opt_in", "boolean"),
    ("next_of_kin_sms_opt_in", "boolean"),
)


class PostgresImportRows:
    """Rows of one practice, in the transaction of `connection`."""

    _connection: Connection
    _practice_id: UUID

    def add_practice(self, practice: Practice) -> None:
        """A new practice with its slug and its empty head. UniqueViolation where the slug is taken."""
        self._connection.execute(
            "INSERT INTO practice_slugs (slug, practice_id) VALUES (%s, %s)", (practice.slug, practice.practice_id)
        )
        self._connection.execute(
            "INSERT INTO practices (practice_id, slug, name, phone, email, zone, nation) VALUES (%(practice_id)s, "
            "%(slug)s, %(name)s, %(phone)s, %(email)s, %(zone)s, %(nation)s)",
            asdict(practice),
        )
        event_store.create_head(self._connection, practice.practice_id)

    def client_ids(self) -> dict[str, UUID]:
        """External reference → id of every client."""
        rows = self._connection.execute(
            "SELECT external_ref, client_id FROM clients WHERE practice_id = %s", (self._practice_id,)
        )
        return {row["external_ref"]: row["client_id"] for row in rows}

    def add_users(self, users: Sequence[User]) -> None:
        """In bulk."""
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO users (practice_id, user_id, external_ref, name, email, role, is_clinician) VALUES "
                "(%(practice_id)s, %(user_id)s, %(external_ref)s, %(name)s, %(email)s, %(role)s, %(is_clinician)s)",
                [{**asdict(user), "practice_id": self._practice_id} for user in users],
            )

    def add_clients(self, clients: Sequence[NewClient]) -> None:
        """In bulk, with the words by which they are found. (COPY is refused under row level security.)"""
        columns = [[getattr(new.client, name) for new in clients] for name, _ in _CLIENT_COLUMNS]
        self._connection.execute(
            f"INSERT INTO clients (practice_id, {_names(_CLIENT_COLUMNS)}, key_id, public_key) "
            f"SELECT %s, * FROM unnest({_arrays(_CLIENT_COLUMNS)}, %s::uuid[], %s::bytea[])",
            [self._practice_id, *columns, [new.key_id for new in clients], [new.public_key for new in clients]],
        )
        words = [(word, new.client.client_id) for new in clients for word in sorted(new.words)]
        self._connection.execute(
            "INSERT INTO client_search_words (practice_id, word, client_id) "
            "SELECT %s, * FROM unnest(%s::text[], %s::uuid[])",
            (self._practice_id, [word for word, _ in words], [client_id for _, client_id in words]),
        )


def _names(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(name for name, _ in columns)


def _arrays(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"%s::{kind}[]" for _, kind in columns)
