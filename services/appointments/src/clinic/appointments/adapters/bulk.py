"""Many changes of one practice's rows written at once: fetched, folded, put back in few statements."""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from clinic.appointments.application.projections.changes import Change
from clinic.appointments.application.projections.folding import Fold
from clinic.infra.database import Connection

ROWS_AT_ONCE = 5_000


def fetch(connection: Connection, table: str, key: str, practice_id: UUID, keys: Sequence[Any]) -> list[dict[str, Any]]:
    """The rows of these keys, those that there are."""
    if not keys:
        return []
    return connection.execute(
        f"SELECT * FROM {table} WHERE practice_id = %s AND {key} = ANY(%s)", (practice_id, list(keys)), binary=True
    ).fetchall()


def insert(connection: Connection, table: str, rows: Collection[dict[str, Any]]) -> None:
    """New rows, all of the same columns. As JSON: COPY is not allowed where row level security holds."""
    if not rows:
        return
    remaining = iter(rows)
    columns = ", ".join(next(iter(rows)))
    while some := list(islice(remaining, ROWS_AT_ONCE)):
        connection.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)",
            (msgspec.json.encode(some).decode(),),
        )


def put_back(connection: Connection, table: str, fold: Fold, practice_id: UUID) -> None:
    """The rows of a fold: changed ones in the place of what they were, and the new ones."""
    if fold.changed:
        connection.execute(
            f"DELETE FROM {table} WHERE practice_id = %s AND {fold.key} = ANY(%s)", (practice_id, list(fold.changed))
        )
    insert(connection, table, fold.changed.values())
    insert(connection, table, fold.new.values())


def apply_changes(connection: Connection, table: str, key: str, practice_id: UUID, changes: Iterable[Change]) -> None:
    """The same rows as from writing one change after the other; LookupError where a row to be changed is not there."""
    changes = list(changes)
    fold = Fold(key)
    fold.know(fetch(connection, table, key, practice_id, fold.unknown(changes)))
    fold.take(changes)
    put_back(connection, table, fold, practice_id)
