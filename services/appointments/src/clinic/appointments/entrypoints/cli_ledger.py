"""`clinic ledger …`: operators read the ledger, replay history (F50) and prove what it is (F51)."""

import typer

from clinic.appointments.entrypoints.cli_as_of import as_of
from clinic.appointments.entrypoints.cli_export import export_events
from clinic.appointments.entrypoints.cli_history import history
from clinic.appointments.entrypoints.cli_proofs import check_proof_file, prove_event
from clinic.appointments.entrypoints.cli_replay import replay
from clinic.appointments.entrypoints.cli_seals import reseal, seals
from clinic.appointments.entrypoints.cli_verify import verify

ledger = typer.Typer(no_args_is_help=True, help="Read the ledger; verify and prove it.")


@ledger.callback()
def _group() -> None:
    """Keeps a single command a group of its own."""


ledger.command("history")(history)
ledger.command("as-of")(as_of)
ledger.command("export")(export_events)
ledger.command("replay")(replay)
ledger.command("verify")(verify)
ledger.command("prove")(prove_event)
ledger.command("check-proof")(check_proof_file)
ledger.command("seals")(seals)
ledger.command("reseal")(reseal)
