"""`clinic ledger` and `clinic projections`: operators replay history and rebuild views (F49, F50)."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from clinic.appointments.adapters.history import find_events
from clinic.appointments.adapters.rebuild import OCCUPANCY, Rebuilt, check, practices, rebuild
from clinic.appointments.application.projections.all_views import VIEWS
from clinic.appointments.application.projections.appointment_history import TITLES, sentence
from clinic.appointments.application.projections.changes import View
from clinic.contracts.codec import to_fact
from clinic.infra import wire
from clinic.infra.database import Database
from clinic.infra.importing import operator_database_url
from clinic.kernel.client_time import utc_text
from clinic.kernel.errors import Unavailable
from clinic.kernel.recorded import Recorded

WIDE = 240
FAILED, USAGE, DIFFERENT, TEMPORARY = 1, 2, 3, 75
WORDS = {"{client}": "the client", "{clinician}": "the clinician", "{user}": "a member of staff"}

ledger = typer.Typer(no_args_is_help=True, help="Read the ledger.")
projections = typer.Typer(no_args_is_help=True, help="Check and rebuild the views.")
log = Console(stderr=True, highlight=False)


@ledger.callback()
@projections.callback()
def _group() -> None:
    """Keeps a single command a group of its own."""


@ledger.command()
def history(
    appointment: Annotated[UUID, typer.Argument(help="The appointment's id.")],
    as_json: Annotated[bool, typer.Option("--json", help="The events as they were recorded.")] = False,
) -> None:
    """Tell what happened to an appointment, oldest first."""
    with _database() as database:
        events = find_events(database, appointment)
    if not events:
        log.print(f"No practice has an appointment {appointment}.", style="red")
        raise typer.Exit(FAILED)
    if as_json:
        print(json.dumps([wire.to_json(event) for event in events], indent=2))
        return
    table = _table("position", "recorded at", "what", "history")
    for event in events:
        recorded_at = utc_text(event.recorded_at.replace(microsecond=0))
        table.add_row(str(event.position), recorded_at, TITLES[event.type], in_words(event))
    _out().print(table)


def in_words(event: Recorded) -> str:
    """The sentence with words for people instead of placeholders."""
    said = sentence(to_fact(event), event.actor)
    for placeholder, words in WORDS.items():
        said = said.replace(placeholder, words)
    return re.sub(r"(^|\. )([a-z])", lambda start: start[1] + start[2].upper(), said)


@projections.command("rebuild")
def rebuild_command(
    name: Annotated[str | None, typer.Argument(help="One view, or `occupancy`; all of them by default.")] = None,
    only_check: Annotated[bool, typer.Option("--check", help="Compare, change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The outcome as JSON.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Rebuild without asking.")] = False,
) -> None:
    """Build views anew from the events while the system serves.

    With --check the live rows are compared byte for byte: exit code 3 and the rows when they differ.
    """
    views = _named(name)
    if not only_check and not yes:
        typer.confirm(f"Replace the rows of {', '.join(views)} in every practice?", abort=True, err=True)
    work = check if only_check else rebuild
    with _database() as database:
        outcomes = [outcome for practice in practices(database) for outcome in work(database, practice, views)]
    _tell(outcomes, as_json=as_json)
    if any(outcome.differences for outcome in outcomes):
        raise typer.Exit(DIFFERENT)


def _named(name: str | None) -> dict[str, View | None]:
    views: dict[str, View | None] = {view.name: view for view in VIEWS}
    views[OCCUPANCY] = None
    if name is None:
        return views
    if name not in views:
        log.print(f"There is no view {name!r}; there are {', '.join(views)}.", style="red")
        raise typer.Exit(USAGE)
    return {name: views[name]}


def _tell(outcomes: list[Rebuilt], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([_as_json(outcome) for outcome in outcomes], indent=2))
        return
    table = _table("view", "practice", "position", "rows", "differences")
    for outcome in outcomes:
        found = str(len(outcome.differences) or "none")
        row = (outcome.name, str(outcome.practice_id), str(outcome.position), str(outcome.rows), found)
        table.add_row(*row)
    out = _out()
    out.print(table)
    for outcome in outcomes:
        for difference in outcome.differences:
            out.print(f"{outcome.name} only {difference.side}: {difference.row}", markup=False, soft_wrap=True)


def _as_json(outcome: Rebuilt) -> dict[str, object]:
    return {
        "view": outcome.name,
        "practice_id": str(outcome.practice_id),
        "position": outcome.position,
        "rows": outcome.rows,
        "differences": [{"side": difference.side, "row": difference.row} for difference in outcome.differences],
    }


def _table(*columns: str) -> Table:
    """Only the last column is folded where the terminal is narrow."""
    table = Table()
    for column in columns:
        table.add_column(column, no_wrap=column != columns[-1])
    return table


def _out() -> Console:
    """Standard output; wide where nobody looks at it, so that nothing is cut."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


@contextmanager
def _database() -> Iterator[Database]:
    try:
        database = Database(operator_database_url("appointments"), size=2, limits=False, name="appointments-cli")
        try:
            yield database
        finally:
            database.close()
    except Unavailable as error:
        log.print(f"Not now: {error}", style="red")
        raise typer.Exit(TEMPORARY) from None
