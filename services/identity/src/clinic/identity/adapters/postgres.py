"""Identity's two databases behind its ports."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from clinic.identity.adapters.client_rows import PostgresClientRows
from clinic.identity.adapters.erasure_rows import PostgresErasureRows
from clinic.identity.adapters.held_rows import PostgresHeldRows
from clinic.identity.adapters.import_rows import PostgresImportRows
from clinic.identity.adapters.link_rows import PostgresLinkRows
from clinic.identity.adapters.practice_rows import PostgresPracticeRows
from clinic.identity.adapters.refusal_rows import PostgresRefusalRows
from clinic.identity.adapters.session_rows import PostgresSessionRows
from clinic.identity.adapters.sign_in_rows import PostgresSignInRows
from clinic.identity.adapters.user_rows import PostgresUserRows
from clinic.identity.domain.erasures import Receipt
from clinic.infra import event_store
from clinic.infra.database import Database


class PostgresRows(
    PostgresPracticeRows,
    PostgresLinkRows,
    PostgresSignInRows,
    PostgresSessionRows,
    PostgresUserRows,
    PostgresClientRows,
    PostgresErasureRows,
    PostgresHeldRows,
    PostgresImportRows,
    PostgresRefusalRows,
):
    """All rows of one practice."""


class PostgresStore:
    """Identity's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def practice_of_slug(self, slug: str) -> UUID | None:
        """The directory of slugs is readable across practices."""
        with self._database.connection() as connection:
            row = connection.execute("SELECT practice_id FROM practice_slugs WHERE slug = %s", (slug,)).fetchone()
        practice_id: UUID | None = row["practice_id"] if row else None
        return practice_id

    def practices(self) -> list[UUID]:
        """Those that have a feed."""
        with self._database.connection() as connection:
            return sorted(event_store.heads(connection))

    def practices_waiting(self) -> list[UUID]:
        """The queue of requests for sign-in links is readable across practices; who has waited longest comes first."""
        with self._database.connection() as connection:
            rows = connection.execute("SELECT practice_id FROM sign_in_queue GROUP BY 1 ORDER BY min(request_id::text)")
            return [row["practice_id"] for row in rows]

    @contextmanager
    def rows(self, practice_id: UUID) -> Iterator[PostgresRows]:
        """One transaction."""
        with self._database.transaction(practice_id) as connection:
            yield PostgresRows(connection, practice_id)


class PostgresKeys:
    """The database of private keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def private_keys(self, practice_id: UUID, client_id: UUID, key_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        """Only keys of this client."""
        with self._database.transaction(practice_id) as connection:
            rows = connection.execute("SELECT key_id, private_key FROM keys_of(%s)", (client_id,)).fetchall()
        return {row["key_id"]: bytes(row["private_key"]) for row in rows if row["key_id"] in key_ids}

    def add(self, practice_id: UUID, keys: Sequence[tuple[UUID, UUID, bytes]]) -> None:
        """In bulk."""
        with self._database.transaction(practice_id) as connection:
            connection.execute(
                "INSERT INTO private_keys (practice_id, client_id, key_id, private_key) "
                "SELECT %s, * FROM unnest(%s::uuid[], %s::uuid[], %s::bytea[])",
                (practice_id, [key[0] for key in keys], [key[1] for key in keys], [key[2] for key in keys]),
            )

    def destroy(self, practice_id: UUID, receipts: Sequence[Receipt]) -> None:
        """By the database's own function, which leaves the receipts."""
        with self._database.transaction(practice_id) as connection:
            connection.execute(
                "SELECT destroy_keys(%s::uuid[], %s::uuid[], %s::bytea[])",
                (
                    [receipt.client_id for receipt in receipts],
                    [receipt.key_id for receipt in receipts],
                    [receipt.ref_hash for receipt in receipts],
                ),
            )

    def receipts(self, practice_id: UUID) -> list[Receipt]:
        """All of the practice."""
        with self._database.transaction(practice_id) as connection:
            rows = connection.execute(
                "SELECT client_id, key_id, ref_hash FROM erasures WHERE practice_id = %s", (practice_id,)
            ).fetchall()
        return [Receipt(practice_id, row["client_id"], row["key_id"], bytes(row["ref_hash"])) for row in rows]
