"""`clinic ledger seals | reseal`: how far every practice is sealed, and going on after a stop (F51)."""

import getpass
import json
from typing import Annotated, Any

import typer

from clinic.appointments.adapters.proofs import SealState, ask_to_reseal, ledgers, seal_state
from clinic.appointments.bootstrap import SERVICE
from clinic.appointments.entrypoints.cli_moments import PracticeOption, end, find_practice, said_plainly
from clinic.appointments.entrypoints.cli_support import DIFFERENT, FAILED, USAGE, ledger_database, log, out, table_of
from clinic.infra.proof.leaf import instant_text

LONGEST_REASON = 500


def seals(as_json: Annotated[bool, typer.Option("--json", help="The table as JSON.")] = False) -> None:
    """Show how far every practice is sealed. Exit code 3 where one is stopped or waits for more than 5 minutes."""
    with ledger_database() as database, said_plainly():
        states = [seal_state(database, SERVICE, of) for of in ledgers(database)]
    if as_json:
        print(json.dumps([_as_json(state) for state in states], indent=2))
    else:
        _tell(states)
    if not all(state.sound for state in states):
        raise typer.Exit(DIFFERENT)


def reseal(
    practice: PracticeOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is signed and kept for ever.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Let the sealer go on after a stop: it signs a break that names the last head, and seals everything anew.

    Exit code 1 where the practice is not stopped.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON or not reason.isprintable():
        end(f"--reason needs a text in one line, at most {LONGEST_REASON} characters.", USAGE)
    with ledger_database() as database, said_plainly():
        of = find_practice(practice)
        if of.id not in ledgers(database):
            end(f"No ledger knows the practice {of.id}.", FAILED)
        if not yes:
            typer.confirm("Break with the heads that were signed for this practice?", abort=True, err=True)
        asked = ask_to_reseal(database, SERVICE, of.id, reason.strip(), getpass.getuser())
    if asked is None:
        end("The practice is not stopped: there is nothing to seal anew.", FAILED)
    said = "The sealer was asked" if asked else "The sealer was asked already"
    log.print(f"{said}; `clinic ledger seals` shows when it has gone on.", soft_wrap=True)


def _tell(states: list[SealState]) -> None:
    table = table_of("practice", "position", "sealed", "lag", "waits", "last head", "stopped")
    for state in states:
        waits = f"{state.waits.total_seconds():.1f} s" if state.waits else "-"
        lag, stopped = max(0, state.position - state.sealed), state.stop.reason if state.stop else "-"
        last = instant_text(state.head.sealed_at) if state.head else "none"
        table.add_row(*map(str, (state.practice_id, state.position, state.sealed, lag, waits, last, stopped)))
    out().print(table)


def _as_json(state: SealState) -> dict[str, Any]:
    return {
        "practice_id": str(state.practice_id),
        "position": state.position,
        "sealed": state.sealed,
        "epoch": state.head.place.epoch if state.head else None,
        "root": state.head.root.hex() if state.head else None,
        "sealed_at": instant_text(state.head.sealed_at) if state.head else None,
        "lag": max(0, state.position - state.sealed),
        "waits_seconds": None if state.waits is None else state.waits.total_seconds(),
        "stopped": state.stop.reason if state.stop else None,
        "stopped_at": instant_text(state.stop.stopped_at) if state.stop else None,
    }
