"""What the commands about the past share: practices and moments as operators say them, refusals in words, unsealing."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, NoReturn
from uuid import UUID

import typer

from clinic.appointments.adapters.past import PostgresPast
from clinic.appointments.application.as_of import Standing
from clinic.appointments.application.told_events import sealed_messages
from clinic.appointments.entrypoints.cli_support import DIFFERENT, FAILED, TEMPORARY, USAGE, log
from clinic.infra.operator_people import People, PracticeFound, people
from clinic.kernel.asked_moment import NotAMoment, needs_zone, read_moment
from clinic.kernel.client_time import utc_text
from clinic.kernel.errors import Refused, Unavailable
from clinic.kernel.recorded import Recorded

BEFORE_ALL, FOR_EVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
REASON = re.compile(r"[A-Za-z][A-Za-z ]{2,60}\Z")
WHEN = "An instant (2026-12-02T10:20:00Z) or a local date and time in the practice's zone (2026-12-02 10:20)."

PracticeOption = Annotated[str, typer.Option("--practice", help="The practice: its id, or the name in its address.")]
UnsealOption = Annotated[
    bool, typer.Option("--unseal", help="Messages in clear; recorded with --reason before. Needs KEYS_DATABASE_URL.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why messages are read: letters and spaces.")]


def end(text: str, code: int) -> NoReturn:
    """Says why, and ends the command."""
    log.print(text, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(code)


@contextmanager
def said_plainly() -> Iterator[None]:
    """Refusals and moments that are none, in words: 2 wrongly asked, 3 before the first event, 75 not now."""
    try:
        yield
    except NotAMoment as error:
        end(f"{error}.", USAGE)
    except Refused as refusal:
        why = (refusal.facts.get("errors") or {}).get("at", [""])[0]
        if why == "before_first_event":
            first = refusal.facts.get("first_recorded_at")
            known = f"the first event is of {first}" if first else "this ledger is empty"
            end(f"Nothing was recorded by then: {known}.", DIFFERENT)
        if why == "in_the_future":
            end(f"That is in the future: it is {refusal.facts['now']}.", USAGE)
        end("No ledger knows this practice." if refusal.code == "not_found" else refusal.code, FAILED)
    except Unavailable as error:
        end(f"Not now: {error}", TEMPORARY)


def find_practice(said: str) -> PracticeFound:
    """The practice, by identity's word; where identity is not reachable an id will do, without a zone."""
    try:
        found = people().practice(said)
    except Unavailable:
        found = PracticeFound(_id(said), "", "", "")
    if found is None:
        end(f"There is no practice {said}.", FAILED)
    return found


def moment(said: str, practice: PracticeFound) -> datetime:
    """NotAMoment where it is none."""
    if not practice.zone and needs_zone(said):
        raise NotAMoment(f"the practice's zone is not known here: give {said.strip()!r} with an offset")
    return read_moment(said, practice.zone or "UTC")


def period(practice: PracticeFound, from_: str | None, until: str | None) -> tuple[datetime, datetime]:
    """[from, until); open ends leave nothing out. Exit code 2 where it is inverted."""
    from_at = moment(from_, practice) if from_ else BEFORE_ALL
    until_at = moment(until, practice) if until else FOR_EVER
    if until_at <= from_at:
        end(f"{utc_text(until_at)} is not after {utc_text(from_at)}: the period is empty or inverted.", USAGE)
    return from_at, until_at


def stand(past: PostgresPast, practice: PracticeFound, said: str | None) -> Standing:
    """Where the ledger stood at the moment; at present without one."""
    return past.standing(practice.id, moment(said, practice)) if said else past.present(practice.id)


def names_of(practice_id: UUID, ids: Iterable[UUID | None]) -> Mapping[UUID, str]:
    """Today's names where identity is reachable."""
    wanted = [one for one in set(ids) if one is not None]
    try:
        return people().names(practice_id, wanted, wanted)
    except Unavailable:
        return {}


def check_unsealing(unseal: bool, reason: str) -> None:
    """Before anything is read: who unseals says why."""
    if unseal and not REASON.match(reason):
        end("--unseal needs --reason TEXT: 3 to 61 letters and spaces; it is recorded.", USAGE)
    if reason and not unseal:
        end("--reason belongs to --unseal.", USAGE)


def unsealed(practice_id: UUID, events: Iterable[Recorded], reason: str) -> dict[UUID, str | None]:
    """All messages of these events in clear; that they are read is recorded before, per client."""
    texts: dict[UUID, str | None] = {}
    keeper: People = people()
    for client_id, messages in sealed_messages(events).items():
        texts |= keeper.unseal(practice_id, client_id, reason, messages)
    return texts


def _id(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        end("Identity's database is not reachable: name the practice by its id.", TEMPORARY)
