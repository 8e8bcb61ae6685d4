"""The one console command `clinic`: its groups come from the services' entry points, loaded when they are named."""

import sys
from importlib.metadata import entry_points

import typer

GROUP = "clinic.commands"


def main() -> None:
    """Runs `clinic <group> …`. An entry point is a typer.Typer (a group) or a function (a command)."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    wanted = [name for name in sys.argv[1:2] if name in found] or sorted(found)
    app = typer.Typer(no_args_is_help=True, help="Client portal for clinics: operators' commands.")
    for name in wanted:
        loaded = found[name].load()
        if isinstance(loaded, typer.Typer):
            app.add_typer(loaded, name=name)
        else:
            app.command(name)(loaded)
    if len(wanted) == 1:
        app.callback()(lambda: None)
    app()
