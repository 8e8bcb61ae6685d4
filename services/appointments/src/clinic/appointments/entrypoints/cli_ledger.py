"""`clinic ledger …`: operators read the ledger and replay history (F50)."""

import json
import re
from typing import Annotated
from uuid import UUID

import typer

from clinic.appointments.adapters.history import find_events
from clinic.appointments.application.projections.appointment_history import TITLES, sentence
from clinic.appointments.entrypoints.cli_support import FAILED, ledger_database, log, out, table_of
from clinic.contracts.codec import to_fact
from clinic.infra import wire
from clinic.kernel.client_time import utc_text
from clinic.kernel.recorded import Recorded

WORDS = {"{client}": "the client", "{clinician}": "the clinician", "{user}": "a member of staff"}

ledger = typer.Typer(no_args_is_help=True, help="Read the ledger.")


@ledger.callback()
def _group() -> None:
    """Keeps a single command a group of its own."""


@ledger.command()
def history(
    appointment: Annotated[UUID, typer.Argument(help="The appointment's id.")],
    as_json: Annotated[bool, typer.Option("--json", help="The events as they were recorded.")] = False,
) -> None:
    """Tell what happened to an appointment, oldest first."""
    with ledger_database() as database:
        events = find_events(database, appointment)
    if not events:
        log.print(f"No practice has an appointment {appointment}.", style="red")
        raise typer.Exit(FAILED)
    if as_json:
        print(json.dumps([wire.to_json(event) for event in events], indent=2))
        return
    table = table_of("position", "recorded at", "what", "history")
    for event in events:
        recorded_at = utc_text(event.recorded_at.replace(microsecond=0))
        table.add_row(str(event.position), recorded_at, TITLES[event.type], in_words(event))
    out().print(table)


def in_words(event: Recorded) -> str:
    """The sentence with words for people instead of placeholders."""
    said = sentence(to_fact(event), event.actor)
    for placeholder, words in WORDS.items():
        said = said.replace(placeholder, words)
    return re.sub(r"(^|\. )([a-z])", lambda start: start[1] + start[2].upper(), said)
