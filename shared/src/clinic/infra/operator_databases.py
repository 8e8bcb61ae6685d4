"""The services' databases as operators' commands reach them, and what these commands answer with."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from clinic.infra.database import Database
from clinic.infra.importing import operator_database_url
from clinic.infra.settings import SERVICES
from clinic.kernel.errors import Unavailable

NOT_FOUND, USAGE, RED, AWAY = 1, 2, 3, 75
"""Exit codes: what was named is not there; wrongly asked; something is not as it should be; a database is away."""
WIDE = 240

log = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def out() -> Console:
    """Standard output; wide where nobody looks at it, so that nothing is cut."""
    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDE)


class PlainTable(Table):
    """A table whose text cells are shown as they are: what operators wrote is never read as markup."""

    def add_row(self, *cells: RenderableType | None, **more: Any) -> None:
        """Adds a row."""
        super().add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells), **more)


def table_of(*columns: str) -> Table:
    """Only the last column is folded where the terminal is narrow."""
    table = PlainTable()
    for column in columns:
        table.add_column(column, no_wrap=column != columns[-1])
    return table


def fail(code: int, text: str) -> typer.Exit:
    """Says what is wrong; to be raised."""
    log.print(text, style="red", markup=False)
    return typer.Exit(code)


def known_service(name: str) -> str:
    """The name of a service; exit code 2 and the names of those there are for any other word."""
    if name not in SERVICES:
        raise fail(USAGE, f"There is no service {name}; there are {', '.join(SERVICES)}.")
    return name


@contextmanager
def databases(service: str | None = None) -> Iterator[dict[str, Database]]:
    """The databases of all services whose `<SERVICE>_OPS_DATABASE_URL` is set, as their `ops` role.

    With `service` that one must be among them. Exit code 75 where a database is away or none is known.
    """
    wanted = None if service is None else known_service(service)
    names = [name for name in SERVICES if f"{name.upper()}_OPS_DATABASE_URL" in os.environ]
    try:
        if wanted and wanted not in names:
            operator_database_url(wanted)
        if not names:
            raise Unavailable(
                "no <SERVICE>_OPS_DATABASE_URL is set; run the command with the environment of `.local/env`"
            )
        with ExitStack() as opened:
            found = {}
            for name in names:
                database = Database(operator_database_url(name), size=2, limits=False, name="clinic-operator")
                opened.callback(database.close)
                found[name] = database
            yield found
    except Unavailable as error:
        raise fail(AWAY, f"Not now: {error}") from None
