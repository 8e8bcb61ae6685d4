"""Booking: whom, what with whom and where, when, a check, and the overlap that is asked about (F35)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, request

from clinic.contracts.identity import WRITERS
from clinic.kernel.client_time import in_zone, utc_text
from clinic.kernel.errors import Refused
from clinic.portal.application.staff.booking import Booking, read_booking
from clinic.portal.application.staff.client_details import full_name, say_born
from clinic.portal.application.staff.joining import by_name, catalogue_of, clinicians_of
from clinic.portal.application.staff.picker import ChosenTime, read_choice, week_of
from clinic.portal.entrypoints.staff_desk import (
    Desk,
    asked,
    done,
    page,
    posted_command,
    refused_page,
    staff_page,
)

blueprint = Blueprint("booking", __name__, url_prefix="/p/<slug>/book")
CARRIED = ("clinician", "type", "location", "date", "time")


def _carried(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[name] for name in CARRIED if given.get(name)}


@blueprint.get("")
@staff_page(*WRITERS)
def find_client(desk: Desk) -> Any:
    """For whom: a search; what the diary's free time said is carried along."""
    words = asked("q")
    found = desk.services.search_clients(words) if words else []
    clients = [(one["id"], full_name(one), say_born(one), one.get("external_ref") or "") for one in found]
    return page("book_client.html", words=words, clients=clients, carried=_carried(request.args))


@blueprint.get("/<uuid:client_id>")
@staff_page(*WRITERS)
def choose(desk: Desk, client_id: UUID) -> Any:
    """What, with whom and where."""
    return _choose(desk, client_id, request.args, {}, 200)


def _choose(desk: Desk, client_id: UUID, given: Mapping[str, str], errors: dict[str, str], status: int) -> Any:
    catalogue = catalogue_of(desk.services)
    return page(
        "book_choose.html",
        status,
        errors=errors,
        client=desk.services.client(client_id),
        types=by_name(catalogue.types.values()),
        locations=by_name(catalogue.locations.values()),
        clinicians=[(str(key), name) for key, name in clinicians_of(desk.services)],
        given=given,
        carried=_carried(given),
    )


@blueprint.get("/<uuid:client_id>/times")
@staff_page(*WRITERS)
def times(desk: Desk, client_id: UUID) -> Any:
    """The times on offer, and any other date and time."""
    booking = read_booking(request.args, catalogue_of(desk.services), clinicians_of(desk.services))
    if not isinstance(booking, Booking):
        return _choose(desk, client_id, request.args, booking, 422)
    return _times(desk, client_id, booking, {}, 200)


def _times(desk: Desk, client_id: UUID, booking: Booking, errors: dict[str, str], status: int) -> Any:
    week = week_of(
        desk.services.offered_times(
            clinician=booking.clinician_id,
            location=booking.location_id,
            appointment_type=booking.type_id,
            weeks=1,
            **{"from": asked("from") or "first"},
        )
    )
    return page(
        "book_times.html",
        status,
        errors=errors,
        client=desk.services.client(client_id),
        booking=booking,
        week=week,
        typed=request.args,
        carried=_carried(request.args),
        default_date=in_zone(desk.now, booking.zone).date().isoformat(),
    )


@blueprint.get("/<uuid:client_id>/check")
@staff_page(*WRITERS)
def check(desk: Desk, client_id: UUID) -> Any:
    """Everything once more before it is booked."""
    booking = read_booking(request.args, catalogue_of(desk.services), clinicians_of(desk.services))
    if not isinstance(booking, Booking):
        return _choose(desk, client_id, request.args, booking, 422)
    choice = read_choice(request.args, booking.zone)
    if not isinstance(choice, ChosenTime):
        return _times(desk, client_id, booking, choice, 422)
    client = desk.services.client(client_id)
    return page("book_check.html", client=client, booking=booking, choice=choice, overlaps=False)


@blueprint.post("/<uuid:client_id>")
@staff_page(*WRITERS)
def book(desk: Desk, client_id: UUID) -> Any:
    """Books it. The same form again books nothing more; an overlap is asked about and sent again knowingly."""
    booking = read_booking(request.form, catalogue_of(desk.services), clinicians_of(desk.services))
    if not isinstance(booking, Booking):
        return _choose(desk, client_id, request.form, booking, 422)
    choice = read_choice(request.form, booking.zone)
    if not isinstance(choice, ChosenTime):
        raise Refused("invalid")
    command = {
        "command_id": posted_command(),
        "client_id": str(client_id),
        "clinician_id": booking.clinician_id,
        "location_id": booking.location_id,
        "appointment_type_id": booking.type_id,
        "starts_at": utc_text(choice.starts_at),
        "overlap_accepted": request.form.get("overlap_accepted") == "yes",
    }
    try:
        answer = desk.services.book(command)
    except Refused as refusal:
        if refusal.code != "slot_taken":
            raise
        client = desk.services.client(client_id)
        given = {"client": client, "booking": booking, "choice": choice}
        return refused_page("book_check.html", refusal, overlaps=True, **given)
    return done("booked", "appointment.details", appointment_id=UUID(answer["appointment"]["id"]))
