"""`clinic ledger …`: operators read the ledger and replay history (F50)."""

import typer

from clinic.appointments.entrypoints.cli_as_of import as_of
from clinic.appointments.entrypoints.cli_export import export_events
from clinic.appointments.entrypoints.cli_history import history
from clinic.appointments.entrypoints.cli_replay import replay

ledger = typer.Typer(no_args_is_help=True, help="Read the ledger.")


@ledger.callback()
def _group() -> None:
    """Keeps a single command a group of its own."""


ledger.command("history")(history)
ledger.command("as-of")(as_of)
ledger.command("export")(export_events)
ledger.command("replay")(replay)
