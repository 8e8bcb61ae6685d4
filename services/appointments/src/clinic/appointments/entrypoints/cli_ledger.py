"""`clinic ledger …`: operators read the ledger, replay history and prove it (F50, F51)."""

import typer

from clinic.appointments.entrypoints.cli_as_of import as_of
from clinic.appointments.entrypoints.cli_export import export_events
from clinic.appointments.entrypoints.cli_history import history
from clinic.appointments.entrypoints.cli_prove import check, prove
from clinic.appointments.entrypoints.cli_replay import replay
from clinic.appointments.entrypoints.cli_seals import reseal, seals
from clinic.appointments.entrypoints.cli_verify import verify

ledger = typer.Typer(no_args_is_help=True, help="Read the ledger, and prove what stands in it.")


@ledger.callback()
def _group() -> None:
    """Keeps a single command a group of its own."""


ledger.command("history")(history)
ledger.command("as-of")(as_of)
ledger.command("export")(export_events)
ledger.command("replay")(replay)
ledger.command("verify")(verify)
ledger.command("seals")(seals)
ledger.command("reseal")(reseal)
ledger.command("prove")(prove)
ledger.command("check-proof")(check)
