"""`clinic projections …`: operators check and rebuild the views (F49)."""

import json
from typing import Annotated

import typer

from clinic.appointments.adapters.rebuild import OCCUPANCY, Rebuilt, check, practices, rebuild
from clinic.appointments.application.projections.all_views import VIEWS
from clinic.appointments.application.projections.changes import View
from clinic.appointments.entrypoints.cli_support import DIFFERENT, USAGE, ledger_database, log, out, table_of

projections = typer.Typer(no_args_is_help=True, help="Check and rebuild the views.")


@projections.callback()
def _group() -> None:
    """Keeps a single command a group of its own."""


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
    with ledger_database() as database:
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
    table = table_of("view", "practice", "position", "rows", "differences")
    for outcome in outcomes:
        found = str(len(outcome.differences) or "none")
        row = (outcome.name, str(outcome.practice_id), str(outcome.position), str(outcome.rows), found)
        table.add_row(*row)
    console = out()
    console.print(table)
    for outcome in outcomes:
        for difference in outcome.differences:
            console.print(f"{outcome.name} only {difference.side}: {difference.row}", markup=False, soft_wrap=True)


def _as_json(outcome: Rebuilt) -> dict[str, object]:
    return {
        "view": outcome.name,
        "practice_id": str(outcome.practice_id),
        "position": outcome.position,
        "rows": outcome.rows,
        "differences": [{"side": difference.side, "row": difference.row} for difference in outcome.differences],
    }
