"""An appointment as staff see it: details, history, moving, cancelling, sending its confirmation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, request

from clinic.contracts.identity import WRITERS
from clinic.kernel.client_time import utc_text
from clinic.kernel.errors import Refused
from clinic.portal.application.staff.appointment_details import money_of
from clinic.portal.application.staff.history import timeline
from clinic.portal.application.staff.joining import catalogue_of, names_for, row, rows
from clinic.portal.application.staff.picker import ChosenTime, read_choice, week_of
from clinic.portal.application.staff.refusals import told_refusals
from clinic.portal.application.staff.rules import said_effective
from clinic.portal.entrypoints.staff_desk import (
    Desk,
    asked,
    done,
    page,
    posted_command,
    posted_number,
    refused_page,
    staff_page,
)

blueprint = Blueprint("appointment", __name__, url_prefix="/p/<slug>/appointments/<uuid:appointment_id>")


@blueprint.get("")
@staff_page()
def details(desk: Desk, appointment_id: UUID) -> Any:
    """The appointment with its history, newest first."""
    return page("appointment.html", **_details(desk, appointment_id))


def _details(desk: Desk, appointment_id: UUID) -> dict[str, Any]:
    appointment = desk.services.appointment(appointment_id)
    entries = desk.services.history(appointment_id, min_position=appointment["position"])
    names = names_for(desk.services, [appointment], entries)
    refused = desk.services.refusals(appointment=appointment_id)
    return {
        "appointment": row(appointment, names, catalogue_of(desk.services)),
        "moments": timeline(entries, appointment, names, appointment["zone"]),
        "rules": said_effective(appointment, desk.services.portal_settings()),
        "refused": told_refusals(desk.services, refused["refusals"], desk.practice.zone),
        "money": money_of(appointment, desk.services, desk.practice.zone),
    }


@blueprint.get("/move")
@staff_page(*WRITERS)
def move(desk: Desk, appointment_id: UUID) -> Any:
    """The times on offer, week by week, and any other date and time (F35)."""
    return _move(desk, desk.services.appointment(appointment_id))


def _move(desk: Desk, appointment: Mapping[str, Any], errors: dict[str, str] | None = None, status: int = 200) -> Any:
    week = week_of(
        desk.services.offered_times(
            clinician=appointment["clinician_id"],
            location=appointment["location_id"],
            appointment_type=appointment["appointment_type_id"],
            weeks=1,
            duration=appointment["duration_minutes"],
            buffer=appointment["buffer_after_minutes"],
            exclude=appointment["id"],
            min_position=appointment["position"],
            **{"from": asked("from") or "first"},
        )
    )
    (told,) = rows(desk.services, [appointment], catalogue_of(desk.services))
    return page("move.html", status, errors=errors, appointment=told, week=week, typed=request.args)


@blueprint.get("/move/check")
@staff_page(*WRITERS)
def check_move(desk: Desk, appointment_id: UUID) -> Any:
    """Old and new side by side before anything is done."""
    appointment = desk.services.appointment(appointment_id)
    choice = read_choice(request.args, appointment["zone"])
    if not isinstance(choice, ChosenTime):
        return _move(desk, appointment, choice, 422)
    (told,) = rows(desk.services, [appointment], catalogue_of(desk.services))
    return page("move_check.html", appointment=told, choice=choice, revision=told.revision, overlaps=False)


@blueprint.post("/move")
@staff_page(*WRITERS)
def post_move(desk: Desk, appointment_id: UUID) -> Any:
    """Moves it. An overlap is asked about and sent again knowingly; a change by somebody else is shown (F35)."""
    command_id, revision = posted_command(), posted_number("revision")
    accepted = request.form.get("overlap_accepted") == "yes"
    appointment = desk.services.appointment(appointment_id)
    choice = read_choice(request.form, appointment["zone"])
    if not isinstance(choice, ChosenTime):
        raise Refused("invalid")
    command = {
        "command_id": command_id,
        "revision": revision,
        "starts_at": utc_text(choice.starts_at),
        "overlap_accepted": accepted,
    }
    try:
        answer = desk.services.reschedule(appointment_id, command)
    except Refused as refusal:
        if refusal.code not in {"slot_taken", "changed_meanwhile", "already_cancelled"}:
            raise
        (told,) = rows(desk.services, [appointment], catalogue_of(desk.services))
        overlaps = refusal.code == "slot_taken"
        given = {"appointment": told, "choice": choice, "overlaps": overlaps, "refused": refusal.code}
        return refused_page("move_check.html", refusal, revision=revision if overlaps else told.revision, **given)
    return done(answer["outcome"], "appointment.details", appointment_id=appointment_id)


@blueprint.get("/cancel")
@staff_page(*WRITERS)
def cancel(desk: Desk, appointment_id: UUID) -> Any:
    """Asks before it is cancelled."""
    (told,) = rows(desk.services, [desk.services.appointment(appointment_id)], catalogue_of(desk.services))
    return page("cancel.html", appointment=told)


@blueprint.post("/cancel")
@staff_page(*WRITERS)
def post_cancel(desk: Desk, appointment_id: UUID) -> Any:
    """Cancels it, whatever the windows (F35)."""
    command = {"command_id": posted_command(), "revision": posted_number("revision")}
    try:
        desk.services.cancel(appointment_id, command)
    except Refused as refusal:
        if refusal.code not in {"changed_meanwhile", "already_cancelled"}:
            raise
        (told,) = rows(desk.services, [desk.services.appointment(appointment_id)], catalogue_of(desk.services))
        return refused_page("cancel.html", refusal, appointment=told)
    return done("cancelled", "appointment.details", appointment_id=appointment_id)


@blueprint.post("/confirmation")
@staff_page(*WRITERS)
def confirmation(desk: Desk, appointment_id: UUID) -> Any:
    """Sends the booking confirmation with a fresh link, also for an imported appointment."""
    try:
        desk.services.send_confirmation(appointment_id, posted_command())
    except Refused as refusal:
        if refusal.code == "not_found":
            raise
        return refused_page("appointment.html", refusal, **_details(desk, appointment_id))
    return done("confirmation", "appointment.details", appointment_id=appointment_id)
