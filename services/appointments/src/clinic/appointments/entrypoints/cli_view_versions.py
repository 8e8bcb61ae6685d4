"""`clinic projections list | switch | drop`: which version of a view is read, and which are built (ADR 0029)."""

import json
from typing import Annotated

import typer

from clinic.appointments.adapters.view_versions import DROPPED, Standing, VersionStays, drop, standings, switch
from clinic.appointments.application.projections.all_views import EVERY_VERSION
from clinic.appointments.application.projections.changes import View
from clinic.appointments.entrypoints.cli_support import DIFFERENT, USAGE, ledger_database, log, out, table_of

Named = Annotated[str, typer.Argument(metavar="VIEW@N", help="A version of a view, for example `client_list@2`.")]


def register(projections: typer.Typer) -> None:
    """Adds the commands to `clinic projections`."""
    projections.command("list")(list_versions)
    projections.command("switch")(switch_to)
    projections.command("drop")(drop_version)


def list_versions(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Tell which versions there are: read, built or retired, how far they are and what is parked."""
    with ledger_database() as database:
        found = standings(database, EVERY_VERSION)
    if as_json:
        print(json.dumps([_as_json(one) for one in found], indent=2))
        return
    table = table_of("view", "version", "state", "up to date", "events behind", "parked", "stopped")
    for one in found:
        table.add_row(one.view.name, str(one.view.version), one.state, *_progress(one))
    out().print(table)


def switch_to(
    name: Named,
    back: Annotated[bool, typer.Option("--back", help="Return to an older version; it stays until switched.")] = False,
) -> None:
    """Read this version from now on. The projector does it by itself when a newer version has caught up."""
    view = _named(name)
    with ledger_database() as database:
        try:
            switch(database, view, back=back)
        except VersionStays as reason:
            _refuse(reason)
    out().print(f"{view.consumer} is in use now.")


def drop_version(name: Named, yes: Annotated[bool, typer.Option("--yes", help="Drop without asking.")] = False) -> None:
    """Empty an older version, and build it no more. There is no way back to it then."""
    view = _named(name)
    if not yes:
        typer.confirm(f"Empty {view.consumer} for good?", abort=True, err=True)
    with ledger_database() as database:
        try:
            rows = drop(database, view)
        except VersionStays as reason:
            _refuse(reason)
    out().print(f"{view.consumer} is dropped: {rows:,} rows went.")


def _named(name: str) -> View:
    for view in EVERY_VERSION:
        if view.consumer == name:
            return view
    log.print(f"There is no {name!r}; there are {', '.join(view.consumer for view in EVERY_VERSION)}.", style="red")
    raise typer.Exit(USAGE)


def _refuse(reason: VersionStays) -> None:
    log.print(f"{reason} Nothing was changed.", style="red")
    raise typer.Exit(DIFFERENT)


def _progress(one: Standing) -> tuple[str, ...]:
    if one.state == DROPPED:
        return ("", "", "", "")
    practices = f"{one.up_to_date} of {one.practices} practices"
    return practices, f"{one.lag:,}", str(one.parked or "none"), str(one.stopped or "none")


def _as_json(one: Standing) -> dict[str, object]:
    return {
        "view": one.view.name,
        "version": one.view.version,
        "state": one.state,
        "practices": one.practices,
        "up_to_date": one.up_to_date,
        "events_behind": one.lag,
        "parked": one.parked,
        "stopped": one.stopped,
    }
