"""What the operators' commands of the ledger share: its database, and what all operators' commands answer with."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from clinic.infra.database import Database
from clinic.infra.importing import operator_database_url
from clinic.infra.operator_databases import AWAY as TEMPORARY
from clinic.infra.operator_databases import NOT_FOUND as FAILED
from clinic.infra.operator_databases import RED as DIFFERENT
from clinic.infra.operator_databases import USAGE, log, out, table_of
from clinic.kernel.errors import Unavailable

__all__ = ["DIFFERENT", "FAILED", "TEMPORARY", "USAGE", "ledger_database", "log", "out", "table_of"]


@contextmanager
def ledger_database() -> Iterator[Database]:
    """The appointments' database with the operators' role; exit code 75 where it is away."""
    try:
        database = Database(operator_database_url("appointments"), size=2, limits=False, name="appointments-cli")
        try:
            yield database
        finally:
            database.close()
    except Unavailable as error:
        log.print(f"Not now: {error}", style="red")
        raise typer.Exit(TEMPORARY) from None
