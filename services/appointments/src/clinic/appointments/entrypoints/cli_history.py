"""`clinic ledger history`: what happened to an appointment, or to all of a client's (F50)."""

import json
import re
from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

import typer

from clinic.appointments.adapters.past import PostgresPast
from clinic.appointments.application.told_events import Line, told_lines
from clinic.appointments.entrypoints.cli_moments import (
    WHEN,
    ReasonOption,
    UnsealOption,
    check_unsealing,
    end,
    find_practice,
    names_of,
    said_plainly,
    stand,
    unsealed,
)
from clinic.appointments.entrypoints.cli_support import FAILED, ledger_database, out, table_of
from clinic.infra import wire
from clinic.infra.database import Database
from clinic.kernel.client_time import utc_text
from clinic.kernel.recorded import Recorded

Names = Mapping[UUID, str]


def history(
    subject: Annotated[UUID, typer.Argument(help="An appointment's id, or a client's.", metavar="APPOINTMENT|CLIENT")],
    as_of: Annotated[str | None, typer.Option("--as-of", help=f"Until this moment. {WHEN}")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The events as they were recorded.")] = False,
    unseal: UnsealOption = False,
    reason: ReasonOption = "",
) -> None:
    """Tell what happened to an appointment or to all appointments of a client, oldest first."""
    check_unsealing(unseal, reason)
    with ledger_database() as database, said_plainly():
        practice_id, events = _find(database, subject)
        if as_of is not None:
            standing = stand(PostgresPast(database, most_unseen=None), find_practice(str(practice_id)), as_of)
            events = [event for event in events if event.position <= standing.position]
        if not events:
            end(f"By then nothing had happened to {subject}: it began later.", FAILED)
        texts = unsealed(practice_id, events, reason) if unseal else None
        lines = told_lines(events, texts)
        if as_json:
            bodies = [wire.to_json(event) for event in events]
            told = [body | {"text": (texts or {}).get(UUID(str(body["event_id"])))} for body in bodies]
            print(json.dumps(told if unseal else bodies, indent=2))
            return
        _show(lines, subject, names_of(practice_id, _people_in(lines)))


def _find(database: Database, subject: UUID) -> tuple[UUID, list[Recorded]]:
    """The practice that knows the appointment or the client, and all events about it."""
    past = PostgresPast(database, most_unseen=None)
    for practice_id in past.practices():
        views = past.views(past.present(practice_id))
        if events := views.everything_of_appointment(subject) or views.everything_of_client(subject):
            return practice_id, events
    return end(f"No practice has an appointment {subject}, nor a client with appointments of that id.", FAILED)


def _show(lines: list[Line], subject: UUID, names: Names) -> None:
    several = any(line.appointment_id != subject for line in lines)
    columns = ("position", "recorded at", "what", *(("appointment",) if several else ()), "history")
    table = table_of(*columns)
    for line in lines:
        recorded_at = utc_text(line.event.recorded_at.replace(microsecond=0))
        of = (str(line.appointment_id),) if several else ()
        table.add_row(str(line.event.position), recorded_at, line.title, *of, in_words(line, names))
    out().print(table)


def in_words(line: Line, names: Names) -> str:
    """The sentence with people's names, or words for them where names are not known."""
    said = line.sentence
    for placeholder, who, words in (
        ("{client}", line.client_id, "the client"),
        ("{clinician}", line.clinician_id, "the clinician"),
        ("{user}", line.event.actor.id, "a member of staff"),
    ):
        said = said.replace(placeholder, names.get(who, words) if who else words)
    return re.sub(r"(^|\. )([a-z])", lambda start: start[1] + start[2].upper(), said)


def _people_in(lines: list[Line]) -> set[UUID | None]:
    return {one for line in lines for one in (line.client_id, line.clinician_id, line.event.actor.id)}
