"""What the operators' commands of the ledger share: the database, tables, exit codes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.table import Table

from clinic.infra.database import Database
from clinic.infra.importing import operator_database_url
from clinic.kernel.errors import Unavailable

WIDE = 240
FAILED, USAGE, DIFFERENT, TEMPORARY = 1, 2, 3, 75
"""Exit codes: not found or failed; wrongly asked; what was checked is not as it should be; the database is away."""

log = Console(stderr=True, highlight=False)


def table_of(*columns: str) -> Table:
    """Only the last column is folded where the terminal is narrow."""
    table = Table()
    for column in columns:
        table.add_column(column, no_wrap=column != columns[-1])
    return table


def out() -> Console:
    """Standard output; wide where nobody looks at it, so that nothing is cut."""
    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDE)


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
