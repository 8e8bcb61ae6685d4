"""The Audit page: choose a moment and what to see of it; the ledger's seal, its export, who read messages (F50)."""

from typing import Any

from flask import Blueprint, Response, redirect, request, stream_with_context, url_for

from clinic.contracts.identity import AUDITORS
from clinic.kernel.errors import Unavailable
from clinic.portal.application.staff import audit
from clinic.portal.application.staff.joining import names_of
from clinic.portal.application.staff.moments import read_instant
from clinic.portal.application.staff.ports import Json
from clinic.portal.entrypoints.staff_desk import Desk, asked, asked_page, page, staff_page

blueprint = Blueprint("audit", __name__, url_prefix="/p/<slug>/audit")
WHAT = {
    "clients": ("A client’s appointments", "audit_then.clients"),
    "diary": ("The diary", "audit_then.diary"),
    "settings": ("The portal settings and the cancellation policy", "audit_then.settings"),
}
FORMATS = {"jsonl": "JSON lines", "csv": "CSV for spreadsheets"}


@blueprint.get("")
@staff_page(*AUDITORS)
def overview(desk: Desk) -> Any:
    """`?day=&month=&year=&time=&what=` leads to what was shown then; without it the form says now."""
    given = request.args.to_dict()
    if not {"what", "time"} & given.keys():
        return _overview(desk, audit.form_of(_start(desk), desk.practice.zone))
    at, errors = audit.read_form(given, desk.now, desk.practice.zone)
    if given.get("what") not in WHAT:
        errors = errors | {"what": "Choose what you want to see."}
    if errors:
        return _overview(desk, given, errors)
    return redirect(url_for(WHAT[given["what"]][1], at=at), 303)


@blueprint.get("/export")
@staff_page(*AUDITORS)
def export(desk: Desk) -> Any:
    """The events recorded on whole days, both included, as a download. What clients wrote stays sealed."""
    given = request.args.to_dict()
    (from_, to), errors = audit.read_days(given, desk.practice.zone)
    form = given.get("format", "")
    if form not in FORMATS:
        errors = errors | {"format": "Choose a format."}
    if errors:
        return _overview(desk, audit.form_of(desk.now, desk.practice.zone), errors, days=given)
    pieces = desk.services.export(from_, to, form)
    answer = Response(stream_with_context(pieces), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f"attachment; filename=ledger-{from_[:10]}-{to[:10]}.{form}"
    return answer


def _start(desk: Desk) -> Any:
    """The moment that the page before was about, else now."""
    try:
        return read_instant(asked("at"))
    except ValueError:
        return desk.now


def _overview(
    desk: Desk, given: dict[str, str], errors: dict[str, str] | None = None, days: dict[str, str] | None = None
) -> Any:
    zone = desk.practice.zone
    found = desk.services.unsealings(asked_page())
    clients = (one["client_id"] for one in found["unsealings"])
    users = (one["actor"]["id"] for one in found["unsealings"] if one["actor"]["id"])
    return page(
        "audit.html",
        422 if errors else 200,
        errors=errors,
        given=given,
        days=days or {**audit.days_form(desk.today), "format": "jsonl"},
        what=[(key, label) for key, (label, _) in WHAT.items()],
        formats=FORMATS.items(),
        head=_head(desk),
        readings=audit.said_readings(found["unsealings"], names_of(desk.services, clients, users), zone),
        number=found["page"],
        more=found["more"],
        zone_name=zone,
    )


def _head(desk: Desk) -> Json | None:
    """How far the ledger is sealed; None where that is not known."""
    try:
        head = desk.services.ledger_head()
    except Unavailable:
        return None
    zone = desk.practice.zone
    if head is None:
        return None
    said = {
        name: audit.say_moment(read_instant(head[name]), zone) for name in ("recorded_at", "sealed_at") if head[name]
    }
    return {**head, **said}
