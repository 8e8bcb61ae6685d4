"""`clinic ledger as-of T`: what a client's list, the diary and the settings were at a moment (F50)."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from clinic.appointments.adapters.operator_switches import OperatorSwitches
from clinic.appointments.adapters.past import PostgresPast
from clinic.appointments.application.as_of import Standing, diary_as_of, list_as_of, settings_as_of
from clinic.appointments.entrypoints.cli_moments import (
    WHEN,
    PracticeOption,
    end,
    find_practice,
    moment,
    names_of,
    said_plainly,
    stand,
)
from clinic.appointments.entrypoints.cli_support import FAILED, USAGE, ledger_database, log, out, table_of
from clinic.infra.operator_people import PracticeFound
from clinic.kernel.client_time import say_instant_for_staff

SECTIONS = ("upcoming", "previous")


def as_of(
    at: Annotated[str, typer.Argument(help=WHEN, metavar="T")],
    practice: PracticeOption,
    client: Annotated[UUID | None, typer.Option(help="This client's list, as the client was shown it.")] = None,
    diary: Annotated[bool, typer.Option("--diary", help="The diary from --from to --to.")] = False,
    settings: Annotated[bool, typer.Option("--settings", help="The portal settings, with the policy's text.")] = False,
    from_: Annotated[str | None, typer.Option("--from", help="The diary's first moment.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="The first moment after it.")] = None,
    clinician: Annotated[UUID | None, typer.Option(help="Only this clinician's diary.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As the HTTP API answers.")] = False,
) -> None:
    """Show what was shown at a moment: the state after the last event recorded by then. Names are today's."""
    if [client is not None, diary, settings].count(True) != 1:
        end("Ask for one of --client C, --diary and --settings.", USAGE)
    if diary != (from_ is not None and to is not None):
        end("--diary needs --from and --to, and they belong to --diary.", USAGE)
    with ledger_database() as database, said_plainly():
        of, past = find_practice(practice), PostgresPast(database, most_unseen=None)
        standing = stand(past, of, at)
        if client is not None:
            _client(past, of, standing, client, as_json=as_json)
        elif diary:
            _diary(past, of, standing, _bounds(of, str(from_), str(to)), clinician, as_json=as_json)
        else:
            _settings(settings_as_of(past, standing), standing, of, as_json=as_json)


def _client(past: PostgresPast, of: PracticeFound, standing: Standing, client_id: UUID, *, as_json: bool) -> None:
    names = names_of(of.id, [client_id])
    if of.zone and client_id not in names:
        end(f"The practice has no client {client_id}.", FAILED)
    told = {when: _whole_list(past, standing, client_id, when) for when in SECTIONS}
    if as_json:
        print(json.dumps(told, indent=2))
        return
    _banner(standing, of)
    for when in SECTIONS:
        shown = told[when]["list_shown"]
        note = "" if shown["shown"] else f"; not shown to the client: {shown['reason']} {shown['off_text']}"
        log.print(f"{when.capitalize()} of {names.get(client_id, client_id)}{note}".rstrip(), markup=False)
        _table(told[when]["appointments"], of, "may change", "may cancel")


def _whole_list(past: PostgresPast, standing: Standing, client_id: UUID, when: str) -> dict[str, Any]:
    """All pages in one."""
    whole = list_as_of(past, OperatorSwitches(), standing, client_id, when, 1)
    for page in range(2, whole["pages"] + 1):
        more = list_as_of(past, OperatorSwitches(), standing, client_id, when, page)
        whole["appointments"] += more["appointments"]
    return {name: value for name, value in whole.items() if name not in {"page", "pages"}}


def _diary(
    past: PostgresPast,
    of: PracticeFound,
    standing: Standing,
    bounds: tuple[datetime, datetime],
    clinician: UUID | None,
    *,
    as_json: bool,
) -> None:
    told = diary_as_of(past, standing, *bounds, clinician)
    if as_json:
        print(json.dumps(told, indent=2))
        return
    _banner(standing, of)
    _table(told["entries"], of)


def _settings(told: Mapping[str, Any], standing: Standing, of: PracticeFound, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(told, indent=2))
        return
    _banner(standing, of)
    table = table_of("setting", "value")
    for name, value in told["settings"].items():
        table.add_row(name, value if isinstance(value, str) else json.dumps(value))
    out().print(table)


def _table(appointments: list[dict[str, Any]], of: PracticeFound, *permissions: str) -> None:
    people = [UUID(one[name]) for one in appointments for name in ("client_id", "clinician_id")]
    names = {str(key): name for key, name in names_of(of.id, people).items()}
    table = table_of("starts at", "status", *permissions, "client", "clinician", "appointment")
    for one in appointments:
        starts_at = say_instant_for_staff(datetime.fromisoformat(one["starts_at"]), one["zone"])
        allowed = [one[name.replace(" ", "_")] for name in permissions]
        may = ["yes" if each["allowed"] else str(each["reason"]) for each in allowed]
        status = one["status_for_client"] if permissions else one["status_name"]
        who = [names.get(one[name], one[name]) for name in ("client_id", "clinician_id")]
        table.add_row(starts_at, status, *may, *who, one["id"])
    out().print(table)


def _banner(standing: Standing, of: PracticeFound) -> None:
    told = standing.told()
    log.print(
        f"{of.name or of.id} as of {told['at']}: after position {told['position']}, recorded {told['recorded_at']}",
        markup=False,
        soft_wrap=True,
    )


def _bounds(of: PracticeFound, from_: str, to: str) -> tuple[datetime, datetime]:
    bounds = moment(from_, of), moment(to, of)
    if bounds[1] <= bounds[0]:
        end("--to is not after --from.", USAGE)
    return bounds
