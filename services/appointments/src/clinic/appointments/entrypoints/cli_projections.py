"""`clinic projections rebuild`: operators check and rebuild the views (F49)."""

import json
from typing import Annotated, Any

import typer

from clinic.appointments.adapters import staging
from clinic.appointments.adapters.building import STEP
from clinic.appointments.adapters.rebuild import Rebuilt, check, practices
from clinic.appointments.adapters.replacing import AnotherRuns, done, rebuild
from clinic.appointments.adapters.view_versions import DROPPED, states
from clinic.appointments.application.projections.all_views import EVERY_VERSION
from clinic.appointments.application.projections.changes import View
from clinic.appointments.application.projections.occupancy_states import OCCUPANCY
from clinic.appointments.entrypoints.cli_support import DIFFERENT, FAILED, USAGE, ledger_database, log, out, table_of
from clinic.appointments.entrypoints.cli_view_versions import register
from clinic.appointments.entrypoints.rebuild_progress import shown_progress
from clinic.infra.database import Database

projections = typer.Typer(no_args_is_help=True, help="List, check, rebuild and switch the views.")
register(projections)


@projections.command("rebuild")
def rebuild_command(
    name: Annotated[
        str | None, typer.Argument(help="One view, one version (`client_list@2`) or `occupancy`; by default all.")
    ] = None,
    only_check: Annotated[bool, typer.Option("--check", help="Compare, change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The outcome as JSON.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Rebuild without asking.")] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Begin anew where a rebuild was interrupted.")] = False,
    step: Annotated[int, typer.Option(min=1, help="Keep what is built after so many events.")] = STEP,
) -> None:
    """Build views anew from the events while the system serves; interrupted, the same command goes on where it was.

    With --check the live rows are compared byte for byte, and what is parked is named: exit code 3 unless all is well.
    """
    with ledger_database() as database:
        views = _named(database, name)
        if not only_check and not yes:
            named = ", ".join(view.consumer for view in views)
            typer.confirm(f"Replace the rows of {named} in every practice?", abort=True, err=True)
        outcomes = _check(database, views) if only_check else _rebuild(database, views, anew=anew, step=step)
    _tell(outcomes, as_json=as_json)
    if not all(outcome.sound for outcome in outcomes):
        raise typer.Exit(DIFFERENT if only_check else FAILED)


def _check(database: Database, views: list[View]) -> list[Rebuilt]:
    heads, outcomes = practices(database), []
    with shown_progress(sum(heads.values()), 0) as told:
        for practice_id in heads:
            outcomes += check(database, practice_id, views, told)
    return outcomes


def _rebuild(database: Database, views: list[View], *, anew: bool, step: int) -> list[Rebuilt]:
    heads = practices(database)
    if anew:
        for practice_id in heads:
            staging.forget(database, practice_id, views)
    total, before = sum(heads.values()), done(database, heads, views)
    if before:
        log.print(f"Goes on where a rebuild was interrupted, after {before:,} of {total:,} events; --anew begins anew.")
    try:
        with shown_progress(total, before) as told:
            return list(rebuild(database, heads, views, told, step=step))
    except AnotherRuns:
        log.print("Another rebuild of this ledger is running. Nothing was done.", style="red")
        raise typer.Exit(FAILED) from None


def _named(database: Database, name: str | None) -> list[View]:
    """The versions of that name that are built; the operator is told where there are none."""
    known = states(database)
    views = [view for view in EVERY_VERSION if known.get(view.consumer) != DROPPED] + [OCCUPANCY]
    found = [view for view in views if name in (None, view.name, view.consumer)]
    if not found:
        log.print(f"There is no view {name!r}; there are {', '.join(view.consumer for view in views)}.", style="red")
        raise typer.Exit(USAGE)
    return found


def _tell(outcomes: list[Rebuilt], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([_as_json(outcome) for outcome in outcomes], indent=2))
        return
    table = table_of("view", "practice", "position", "rows", "mended", "differences", "parked streams")
    for one in outcomes:
        found = "cannot be built" if one.failed else str(len(one.differences) or "none")
        cells = (one.view.consumer, one.practice_id, one.position, one.rows, one.mended, found, len(one.parked))
        table.add_row(*map(str, cells))
    console = out()
    console.print(table)
    for said in (line for one in outcomes for line in _faults(one)):
        console.print(said, markup=False, soft_wrap=True)


def _faults(outcome: Rebuilt) -> list[str]:
    name, practice = outcome.view.name, outcome.practice_id
    said = [f"{name} only {difference.side}: {difference.row}" for difference in outcome.differences]
    said += [
        f"{name} of practice {practice}: {parked.stream_id} is parked from position {parked.position} on"
        f" ({parked.events} events, {parked.type}): {parked.reason}"
        for parked in outcome.parked
    ]
    if outcome.failed:
        said.append(f"{name} of practice {practice} cannot be built from the events: {outcome.failed}")
    return said


def _as_json(outcome: Rebuilt) -> dict[str, Any]:
    return {
        "view": outcome.view.name,
        "version": outcome.view.version,
        "practice_id": str(outcome.practice_id),
        "position": outcome.position,
        "rows": outcome.rows,
        "mended": outcome.mended,
        "differences": [{"side": difference.side, "row": difference.row} for difference in outcome.differences],
        "parked": [
            {"stream_id": one.stream_id, "position": one.position, "type": one.type, "reason": one.reason}
            | {"events": one.events}
            for one in outcome.parked
        ],
        "failed": outcome.failed or None,
    }
