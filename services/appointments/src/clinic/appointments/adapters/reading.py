"""Reads of a view: which version is in use, and how long to wait for it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from psycopg import IsolationLevel

from clinic.appointments.adapters.projections import SOURCE
from clinic.appointments.application.projections.changes import View
from clinic.infra.database import Connection, Database

WAIT_SECONDS = 0.3
STEP_SECONDS = 0.01

_ENTER = """
    SELECT set_config('app.practice', %s, true),
        (SELECT version FROM view_versions WHERE view = %s AND state = 'in use') AS version
"""

_REACHED = """
    SELECT FROM consumer_checkpoints WHERE source = %(source)s AND practice_id = %(practice)s
        AND position >= %(position)s AND consumer = %(view)s || '@' || coalesce(
            (SELECT version FROM view_versions WHERE view = %(view)s AND state = 'in use'), %(newest)s)
"""


@contextmanager
def reading(database: Database, practice_id: UUID, view: View) -> Iterator[tuple[Connection, str]]:
    """A transaction of one practice that sees one moment, and the table that is read at that moment.

    So the version and its rows belong together, whatever is switched, rebuilt or dropped meanwhile. A view that no
    version of is registered is read in the newest.
    """
    with database.connection() as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        try:
            with connection.transaction():
                row = connection.execute(_ENTER, (str(practice_id), view.name)).fetchone()
                version = row["version"] if row and row["version"] else view.version
                yield connection, f"{view.name}_v{version}"
        finally:
            if not connection.closed:
                connection.isolation_level = None


def wait_for(database: Database, view: View, practice_id: UUID, seen: int | None) -> None:
    """Returns when the view has the position (None: the ledger's present head), at the latest after 300 ms."""
    if seen == 0:
        return
    until = time.monotonic() + WAIT_SECONDS
    with database.connection() as connection:
        position = _head(connection, practice_id) if seen is None else seen
        asked = {"source": SOURCE, "practice": practice_id, "position": position}
        asked |= {"view": view.name, "newest": view.version}
        while not connection.execute(_REACHED, asked).fetchone():
            if time.monotonic() >= until:
                return
            time.sleep(STEP_SECONDS)


def _head(connection: Connection, practice_id: UUID) -> int:
    row = connection.execute("SELECT position FROM heads WHERE practice_id = %s", (practice_id,)).fetchone()
    return int(row["position"]) if row else 0
