"""`clinic practice …`: operators make practices and one-time set-up addresses."""

import os
import sys
from collections.abc import Callable
from typing import Annotated, NoReturn, TypeVar
from uuid import UUID

import typer

from clinic.identity.application.ports import Ports
from clinic.identity.application.staff import new_set_up_address, set_password
from clinic.identity.bootstrap import operator
from clinic.identity.domain.practices import is_slug
from clinic.infra.importing import ImportContext, importers
from clinic.kernel.errors import Refused, Unavailable
from clinic.kernel.practice_directory import PracticeDirectory, PracticeRow, UserRow
from clinic.practice_files import cells
from clinic.practice_files.faults import Invalid

FAILED, USAGE_ERROR, TEMPORARY = 1, 2, 75
NOBODY = "there is no such practice, or it has no user with this e-mail address"

practice = typer.Typer(no_args_is_help=True, help="Practices and their first administrators.")

Result = TypeVar("Result")
Slug = Annotated[str, typer.Option(help="The practice's part of its portal address, for example harbour-street.")]


@practice.command()
def create(
    slug: Slug,
    name: Annotated[str, typer.Option(help="The practice's name.")],
    phone: Annotated[str, typer.Option(help="The number that clients call.")],
    email: Annotated[str, typer.Option(help="The practice's e-mail address.")],
    admin_name: Annotated[str, typer.Option(help="The first site administrator's name.")],
    admin_email: Annotated[str, typer.Option(help="The first site administrator's e-mail address.")],
    zone: Annotated[str, typer.Option(help="IANA zone.")] = "Europe/London",
) -> None:
    """Create a practice, portal off, and print its first administrator's one-time set-up address (7 days)."""
    try:
        directory = _directory(slug, name, phone, cells.email(email), cells.zone(zone), admin_name, admin_email)
    except Invalid as error:
        _end(f"Not created: {error}.", USAGE_ERROR)
    context = ImportContext(update=False)
    _attempt(lambda: [importer(directory, context) for _, importer in importers()])
    if context.set_up_address is None:
        _end(f"{slug} exists already; `clinic practice set-up-address` makes a new address.", FAILED)
    print(context.set_up_address)


@practice.command("set-up-address")
def set_up_address(slug: Slug, email: Annotated[str, typer.Option(help="A user's e-mail address.")]) -> None:
    """Print a new one-time address (7 days) at which a user sets a password; older ones stop working."""

    def new_address() -> str:
        with operator() as ports:
            return new_set_up_address(ports, _practice_id(ports, slug), email)

    print(_attempt(new_address))


@practice.command("demo-passwords")
def demo_passwords(
    slug: Slug,
    password: Annotated[str, typer.Option(help="The password of every user named.")],
    email: Annotated[list[str], typer.Option(help="A user's e-mail address; may be repeated.")],
) -> None:
    """Set passwords without an address, for demonstrations and tests only (CLINIC_TEST or DEMO must be set)."""
    if os.environ.get("CLINIC_TEST", "").lower() not in {"1", "true", "yes"} and not os.environ.get("DEMO"):
        _end("Refused: this is neither a demonstration nor a test (CLINIC_TEST and DEMO are not set).", FAILED)

    def set_all() -> None:
        with operator() as ports:
            for address in email:
                set_password(ports, _practice_id(ports, slug), address, password)

    _attempt(set_all)


def _directory(
    slug: str, name: str, phone: str, email: str, zone: str, admin_name: str, admin_email: str
) -> PracticeDirectory:
    if not is_slug(slug):
        raise Invalid(f"{slug} cannot be part of an address: use small letters, digits and dashes")
    address = cells.email(cells.needed(admin_email))
    row = PracticeRow(
        slug=slug,
        name=cells.needed(name),
        phone=cells.needed(phone),
        email=cells.needed(email),
        zone=zone,
        nation="england",
        online_booking_edition="none",
        online_booking_on=False,
        portal_on=False,
        portal_off_text="",
        online_booking_off_text="",
        edit_window_minutes=1440,
        cancellation_window_minutes=1440,
        policy_text="",
        first_day_of_week=0,
        booking_offset="0h",
        booking_limit_days=56,
        slot_step_minutes=15,
    )
    administrator = UserRow(address, cells.needed(admin_name), address, "site_administrator", False, False, "", "", "")
    return PracticeDirectory(row, users=(administrator,))


def _practice_id(ports: Ports, slug: str) -> UUID:
    practice_id = ports.store.practice_of_slug(slug) if is_slug(slug) else None
    if practice_id is None:
        raise Refused("not_found")
    return practice_id


def _attempt(what: Callable[[], Result]) -> Result:
    """What it gives; a refusal ends the command with 1, missing databases with 75."""
    try:
        return what()
    except Refused as refusal:
        reason = NOBODY if refusal.code == "not_found" else refusal.code
        _end(f"Refused: {reason}.", FAILED)
    except Unavailable as error:
        _end(f"Nothing was changed: {error}.", TEMPORARY)


def _end(text: str, code: int) -> NoReturn:
    print(text, file=sys.stderr)
    raise typer.Exit(code)
