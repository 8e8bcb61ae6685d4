"""SQL for taking over a practice in bulk."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from clinic.identity.domain.clients import Client, NewClient
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

    def add_practice(self, practice: Practice, said: Mapping[str, Any]) -> None:
        """A new practice with its slug and its empty head. UniqueViolation where the slug is taken."""
        self._connection.execute(
            "INSERT INTO practice_slugs (slug, practice_id) VALUES (%s, %s)", (practice.slug, practice.practice_id)
        )
        self._connection.execute(
            "INSERT INTO practices (practice_id, slug, name, phone, email, zone, nation, imported) VALUES "
            "(%(practice_id)s, %(slug)s, %(name)s, %(phone)s, %(email)s, %(zone)s, %(nation)s, %(said)s)",
            asdict(practice) | {"said": Jsonb(said)},
        )
        event_store.create_head(self._connection, practice.practice_id)

    def change_practice(self, values: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        """Other values of some columns, and what was said of all."""
        self._change("practices", "practice_id", self._practice_id, values, said)

    def said_of_practice(self) -> Mapping[str, Any] | None:
        """What the last import said."""
        row = self._connection.execute(
            "SELECT imported FROM practices WHERE practice_id = %s", (self._practice_id,)
        ).fetchone()
        said: Mapping[str, Any] | None = row["imported"] if row else None
        return said

    def said_of_users(self) -> dict[UUID, Mapping[str, Any] | None]:
        """What the last import said of each user."""
        rows = self._connection.execute(
            "SELECT user_id, imported FROM users WHERE practice_id = %s", (self._practice_id,)
        )
        return {row["user_id"]: row["imported"] for row in rows}

    def taken_over_clients(self) -> dict[str, tuple[Client, Mapping[str, Any] | None]]:
        """Every client by external reference, with what the last import said."""
        columns = _names(_CLIENT_COLUMNS)
        rows = self._connection.execute(
            f"SELECT {columns}, imported FROM clients WHERE practice_id = %s AND erased_at IS NULL",
            (self._practice_id,),
        )
        return {row["external_ref"]: (client, said) for row in rows for client, said in [_client_and_said(row)]}

    def add_users(self, users: Sequence[tuple[User, Mapping[str, Any]]]) -> None:
        """In bulk."""
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO users (practice_id, user_id, external_ref, name, email, role, is_clinician, imported) "
                "VALUES (%(practice_id)s, %(user_id)s, %(external_ref)s, %(name)s, %(email)s, %(role)s, "
                "%(is_clinician)s, %(said)s)",
                [{**asdict(user), "practice_id": self._practice_id, "said": Jsonb(said)} for user, said in users],
            )

    def change_user(self, user_id: UUID, values: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        """Other values of some columns, and what was said of all."""
        self._change("users", "user_id", user_id, values, said)

    def add_clients(self, clients: Sequence[tuple[NewClient, Mapping[str, Any]]]) -> None:
        """In bulk, with the words by which they are found. (COPY is refused under row level security.)"""
        columns = [[getattr(new.client, name) for new, _ in clients] for name, _ in _CLIENT_COLUMNS]
        self._connection.execute(
            f"INSERT INTO clients (practice_id, {_names(_CLIENT_COLUMNS)}, key_id, public_key, imported) "
            f"SELECT %s, * FROM unnest({_arrays(_CLIENT_COLUMNS)}, %s::uuid[], %s::bytea[], %s::jsonb[])",
            [
                self._practice_id,
                *columns,
                [new.key_id for new, _ in clients],
                [new.public_key for new, _ in clients],
                [Jsonb(said) for _, said in clients],
            ],
        )
        words = [(word, new.client.client_id) for new, _ in clients for word in sorted(new.words)]
        self._connection.execute(
            "INSERT INTO client_search_words (practice_id, word, client_id) "
            "SELECT %s, * FROM unnest(%s::text[], %s::uuid[])",
            (self._practice_id, [word for word, _ in words], [client_id for _, client_id in words]),
        )

    def keep_said_of_clients(self, said: Mapping[UUID, Mapping[str, Any]]) -> None:
        """What this import said, in bulk."""
        self._connection.execute(
            "UPDATE clients SET imported = said.imported FROM unnest(%s::uuid[], %s::jsonb[]) AS said (id, imported) "
            "WHERE practice_id = %s AND client_id = said.id",
            (list(said), [Jsonb(values) for values in said.values()], self._practice_id),
        )

    def _change(self, table: str, key: str, id_: UUID, values: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        """The names of table and columns are the code's own, never a file's."""
        columns = "".join(f", {name} = %({name})s" for name in values)
        self._connection.execute(
            f"UPDATE {table} SET imported = %(said)s{columns} WHERE practice_id = %(practice)s AND {key} = %(id)s",
            {**values, "said": Jsonb(said), "practice": self._practice_id, "id": id_},
        )


def _client_and_said(row: dict[str, Any]) -> tuple[Client, Mapping[str, Any] | None]:
    said: Mapping[str, Any] | None = row.pop("imported")
    return Client(**row), said


def _names(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(name for name, _ in columns)


def _arrays(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"%s::{kind}[]" for _, kind in columns)
