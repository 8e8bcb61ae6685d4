"""What was shown at a moment: a client's list, an appointment with its history, the diary, the settings (F50)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, request

from clinic.contracts.identity import AUDITORS
from clinic.kernel.client_time import in_zone, utc_text
from clinic.kernel.errors import Refused
from clinic.portal.application.staff import audit, client_details
from clinic.portal.application.staff.diary import lay_out
from clinic.portal.application.staff.diary_parts import Called
from clinic.portal.application.staff.joining import (
    catalogue_of,
    clinicians_of,
    names_for,
    names_of,
    row,
    rows,
    types_of,
)
from clinic.portal.application.staff.moments import bounds_of, read_date, read_instant, say_long
from clinic.portal.entrypoints.staff_desk import Desk, asked, asked_page, page, staff_page
from clinic.portal.entrypoints.staff_errors import refusal_page

blueprint = Blueprint("audit_then", __name__, url_prefix="/p/<slug>/audit")
COLUMNS = 6
REASON = "Say why, in 3 to 61 letters and spaces. It is recorded with your name."
NOT_THEN = {
    "before_first_event": "Nothing was recorded by then: this practice’s ledger begins later.",
    "in_the_future": audit.FUTURE,
}


def then_page(template: str, desk: Desk, as_of: Mapping[str, Any], status: int = 200, **given: Any) -> Any:
    """A page about a moment, with its banner."""
    return page(template, status, banner=audit.banner(as_of, desk.practice.zone), **given)


@blueprint.errorhandler(Refused)
def no_such_moment(refusal: Refused) -> Any:
    """A moment that cannot be is told on a page of its own; other refusals as everywhere."""
    code = (refusal.facts.get("errors") or {}).get("at", [""])[0]
    if refusal.code != "invalid" or not code:
        return refusal_page(refusal)
    return page("audit_no_moment.html", 422, said=NOT_THEN.get(code, "This is no moment."))


@blueprint.get("/clients")
@staff_page(*AUDITORS)
def clients(desk: Desk) -> Any:
    """Whose list: found as everywhere, by name, reference, e-mail or mobile."""
    settings, words = desk.services.settings_then(_at()), asked("q")
    found = desk.services.search_clients(words) if words else []
    told = [
        (one["id"], client_details.full_name(one), client_details.say_born(one), one.get("external_ref") or "")
        for one in found
    ]
    return then_page("audit_clients.html", desk, settings["as_of"], words=words, clients=told)


@blueprint.get("/clients/<uuid:client_id>")
@staff_page(*AUDITORS)
def client(desk: Desk, client_id: UUID) -> Any:
    """Exactly what the client was shown: upcoming ones, and previous ones page by page."""
    return _client(desk, client_id)


@blueprint.post("/clients/<uuid:client_id>/messages")
@staff_page(*AUDITORS)
def read_messages(desk: Desk, client_id: UUID) -> Any:
    """What the client had written by then, in clear: who reads and why is recorded before."""
    reason = request.form.get("reason", "").strip()
    record, found = desk.services.client(client_id), desk.services.messages_then(client_id, _at())
    sealed = [{"event_id": one["event_id"], "sealed": one["sealed"]} for one in found["messages"]]
    try:
        texts = desk.services.unseal_for_audit(client_id, reason, sealed[:100]) if sealed else {}
    except Refused as refusal:
        if refusal.code != "invalid":
            raise
        return _client(desk, client_id, {"reason": REASON}, reason)
    zone = desk.practice.zone
    told = [
        (say_long(read_instant(one["left_at"]), zone), one["about"], texts.get(one["event_id"]), one["appointment_id"])
        for one in found["messages"][:100]
    ]
    return then_page("audit_messages.html", desk, found["as_of"], client=record, told=told, reason=reason)


def _client(desk: Desk, client_id: UUID, errors: Mapping[str, str] | None = None, reason: str = "") -> Any:
    at, record = _at(), desk.services.client(client_id)
    upcoming = desk.services.list_then(client_id, at, "upcoming", 1)
    previous = desk.services.list_then(client_id, at, "previous", asked_page())
    told = rows(desk.services, [*upcoming["appointments"], *previous["appointments"]], catalogue_of(desk.services))
    cut = len(upcoming["appointments"])
    return then_page(
        "audit_client.html",
        desk,
        upcoming["as_of"],
        422 if errors else 200,
        errors=errors,
        client=record,
        reason=reason,
        lists=(
            ("Upcoming", told[:cut], audit.say_list_shown(upcoming["list_shown"])),
            ("Previous and cancelled", told[cut:], audit.say_list_shown(previous["list_shown"])),
        ),
        say_permission=audit.say_permission,
        messages=len(desk.services.messages_then(client_id, at)["messages"]),
        number=previous["page"],
        pages=previous["pages"],
    )


@blueprint.get("/appointments/<uuid:appointment_id>")
@staff_page(*AUDITORS)
def appointment(desk: Desk, appointment_id: UUID) -> Any:
    """One appointment as its client was shown it, and all that had happened to it."""
    at, zone = _at(), desk.practice.zone
    found = desk.services.appointment_then(appointment_id, at)
    shown = found["appointment"]
    entries = desk.services.history_then(appointment_id, at)["entries"]
    names, settings = names_for(desk.services, [shown], entries), desk.services.settings_then(at)["settings"]
    return then_page(
        "audit_appointment.html",
        desk,
        found["as_of"],
        appointment=row(shown, names, catalogue_of(desk.services)),
        told=audit.timeline_then(entries, shown, names, zone, settings["statuses"]),
        change=audit.say_permission(shown["may_change"]),
        cancel=audit.say_permission(shown["may_cancel"]),
        policy=shown["policy"],
    )


@blueprint.get("/diary")
@staff_page(*AUDITORS)
def diary(desk: Desk) -> Any:
    """`?date=` (the moment's own day without it): the day as staff were shown it, six clinicians at a time."""
    at, zone = _at(), desk.practice.zone
    own = in_zone(read_instant(at), zone).date()
    typed = asked("date")
    read = read_date(typed) if typed else own
    chosen: date = read if read and 1970 <= read.year < 9000 else own
    begins, ends = bounds_of(chosen, zone)
    found = desk.services.diary_then(at, utc_text(begins), utc_text(ends))
    clinicians, catalogue = clinicians_of(desk.services), catalogue_of(desk.services)
    pages = max(1, -(-len(clinicians) // COLUMNS))
    number = min(asked_page(), pages)
    called = Called(
        clients=names_of(desk.services, (one["client_id"] for one in found["entries"]), ()).clients,
        types={key: one["name"] for key, one in catalogue.types.items()},
        places={key: one["name"] for key, one in catalogue.locations.items()},
    )
    some = clinicians[(number - 1) * COLUMNS : number * COLUMNS]
    return then_page(
        "audit_diary.html",
        desk,
        found["as_of"],
        422 if read != chosen else 200,
        errors={"date": "Enter a date, for example 2/12/2026."} if read != chosen else None,
        drawn=lay_out(chosen, zone, found["entries"], some, called, read_instant(at)),
        chosen=chosen,
        previous=chosen - timedelta(days=1),
        following=chosen + timedelta(days=1),
        several_places=len(catalogue.locations) > 1,
        number=number,
        pages=pages,
    )


@blueprint.get("/settings")
@staff_page(*AUDITORS)
def settings(desk: Desk) -> Any:
    """The settings that held, and the policy's text with its version."""
    found = desk.services.settings_then(_at())
    held = found["settings"]
    told = audit.said_settings(held, types_of(desk.services))
    return then_page("audit_settings.html", desk, found["as_of"], held=held, told=told)


def _at() -> str:
    """The moment of the page's address; Refused `invalid` where it is none."""
    at = request.form.get("at", "") or asked("at")
    try:
        return utc_text(read_instant(at))
    except (ValueError, OverflowError):
        raise Refused("invalid", errors={"at": ["no_moment"]}) from None
