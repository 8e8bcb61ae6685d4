"""`clinic client …`: operators erase a client, hold a record back from erasure, hand out all that is held (F52)."""

import sys
from collections.abc import Callable
from typing import Annotated, NoReturn, TypeVar
from uuid import UUID

import typer

from clinic.identity.application.erasing import erase_client
from clinic.identity.application.legal_holds import lift_hold, place_hold
from clinic.identity.application.ports import Ports
from clinic.identity.bootstrap import operator
from clinic.identity.domain.practices import is_slug
from clinic.identity.entrypoints.cli_export import export
from clinic.kernel.errors import Refused, Unavailable

FAILED, REFUSED, TEMPORARY = 1, 3, 75
LONGEST_REASON = 200
WHAT_HAPPENS = (
    "The record, contacts, next of kin, links and sessions are blanked, the key of all messages is destroyed, and\n"
    "every other service blanks what it holds. The ledger stays as it is and still verifies. Nobody can take this back."
)

client = typer.Typer(no_args_is_help=True, help="A client's record as a whole: hold, hand out, erase.")

Result = TypeVar("Result")
ClientId = Annotated[UUID, typer.Argument(help="The client's id, as in the address of the client's page.")]
PracticeName = Annotated[str, typer.Option("--practice", help="The practice's id, or its part of the portal address.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept, so no name in it.")]


@client.command()
def erase(
    client_id: ClientId,
    practice: PracticeName,
    reason: Reason,
    with_appointments: Annotated[
        bool, typer.Option("--with-appointments", help="Although appointments lie ahead; they stay in the diary.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a client for good. Run it again to finish what was interrupted. Exit code 3: it was refused."""
    why = _reason(reason)
    if not yes:
        print(WHAT_HAPPENS, file=sys.stderr)
        typer.confirm(f"Erase client {client_id}?", abort=True)

    def erased(ports: Ports) -> None:
        practice_id = practice_of(ports, practice)
        erase_client(ports.erasing, practice_id, client_id, why, None, with_appointments=with_appointments)

    attempt(erased)
    print(f"Client {client_id} is erased; every other service follows within seconds.")


@client.command()
def hold(client_id: ClientId, practice: PracticeName, reason: Reason) -> None:
    """Place a legal hold: the record must not be erased until it is released."""
    why = _reason(reason)
    attempt(lambda ports: place_hold(ports.store, practice_of(ports, practice), client_id, why, None))
    print(f"Client {client_id} is held.")


@client.command()
def release(client_id: ClientId, practice: PracticeName) -> None:
    """Lift the legal hold; where none stands nothing happens."""
    attempt(lambda ports: lift_hold(ports.store, practice_of(ports, practice), client_id, None))
    print(f"Client {client_id} is not held.")


@client.command("export")
def export_client(
    client_id: ClientId,
    practice: PracticeName,
    out: Annotated[str, typer.Option("--out", help="A directory for the two files; made where it is missing.")],
) -> None:
    """Write all that is held about a client as JSON and as a readable page, and record that it was handed out."""
    for file in attempt(lambda ports: export(ports, practice_of(ports, practice), client_id, out)):
        print(file)


def practice_of(ports: Ports, given: str) -> UUID:
    """The practice of an id or a slug; Refused `not_found` where there is none."""
    try:
        return UUID(given)
    except ValueError:
        practice_id = ports.store.practice_of_slug(given) if is_slug(given) else None
    if practice_id is None:
        raise Refused("not_found")
    return practice_id


def attempt(what: Callable[[Ports], Result]) -> Result:
    """What it gives; a refusal ends the command with 3 and says why, missing databases with 75."""
    try:
        with operator() as ports:
            return what(ports)
    except Refused as refusal:
        _end(f"Refused: {_say(refusal)}", FAILED if refusal.code == "not_found" else REFUSED)
    except Unavailable as error:
        _end(f"Not now: {error}. Run it again: what was begun is finished.", TEMPORARY)
    except OSError as error:
        _end(f"The files cannot be written: {error.strerror}.", FAILED)


def _say(refusal: Refused) -> str:
    match refusal.code:
        case "legal_hold":
            return f"there is a legal hold: {refusal.facts['reason']}. `clinic client release` lifts it."
        case "appointments_ahead":
            number = refusal.facts["appointments"]
            return f"{number} appointments lie ahead. Cancel them, or erase with --with-appointments."
        case "client_erased":
            return "the client is erased."
        case "not_found":
            return "the practice has no such client."
        case code:
            return f"{code}."


def _reason(given: str) -> str:
    reason = " ".join(given.split())
    if not 3 <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        raise typer.BadParameter(f"3 to {LONGEST_REASON} characters are needed", param_hint="--reason")
    return reason


def _end(text: str, code: int) -> NoReturn:
    print(text, file=sys.stderr)
    raise typer.Exit(code)
