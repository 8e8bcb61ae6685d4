"""A client's record as a whole, for site administrators: legal hold, handing out, erasing (F52)."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, json

from clinic.contracts.identity import ADMINISTRATOR
from clinic.infra.client_record_page import as_page
from clinic.kernel.errors import Refused
from clinic.portal.application.staff.client_details import full_name
from clinic.portal.application.staff.client_erasing import read_reason, say_why_not
from clinic.portal.entrypoints.staff_client_export import record_of
from clinic.portal.entrypoints.staff_desk import Desk, done, form, page, posted_command, staff_page

blueprint = Blueprint("record", __name__, url_prefix="/p/<slug>/clients/<uuid:client_id>")


@blueprint.get("/hold")
@staff_page(ADMINISTRATOR)
def hold(desk: Desk, client_id: UUID) -> Any:
    """Asks for the reason."""
    return page("client_hold.html", client=desk.services.client(client_id), given={"reason": ""})


@blueprint.post("/hold")
@staff_page(ADMINISTRATOR)
def post_hold(desk: Desk, client_id: UUID) -> Any:
    """The record must not be erased."""
    client = desk.services.client(client_id)
    reason, errors = read_reason(form())
    if errors:
        return page("client_hold.html", 422, errors=errors, client=client, given=form())
    desk.services.place_hold(client_id, reason)
    return done("held", "client.details", client_id=client_id)


@blueprint.post("/hold/lift")
@staff_page(ADMINISTRATOR)
def post_lift(desk: Desk, client_id: UUID) -> Any:
    """The record may be erased again."""
    desk.services.lift_hold(client_id)
    return done("released", "client.details", client_id=client_id)


@blueprint.get("/erase")
@staff_page(ADMINISTRATOR)
def erase(desk: Desk, client_id: UUID) -> Any:
    """Says what will happen before anything does."""
    return _erase_page(desk, client_id)


@blueprint.post("/erase")
@staff_page(ADMINISTRATOR)
def post_erase(desk: Desk, client_id: UUID) -> Any:
    """Erases for good; what stands in the way is said, and nothing happened then."""
    command_id, given = posted_command(), form()
    reason, errors = read_reason(given)
    if given.get("sure") != "yes":
        errors["sure"] = "Tick the box if you want to erase this client for good."
    if errors:
        return _erase_page(desk, client_id, 422, errors=errors)
    command = {"command_id": command_id, "reason": reason, "with_appointments": given.get("with_appointments") == "yes"}
    try:
        desk.services.erase_client(client_id, command)
    except Refused as refusal:
        if (why := say_why_not(refusal.code, refusal.facts)) is None:
            raise
        return _erase_page(desk, client_id, 409, errors={"": why})
    return done("erased", "client.details", client_id=client_id)


@blueprint.post("/export")
@staff_page(ADMINISTRATOR)
def export(desk: Desk, client_id: UUID) -> Any:
    """Everything that is held about the client, as a page to keep or as data; that it was handed out is recorded."""
    as_data = form().get("format") == "json"
    record = record_of(desk.services, client_id, desk.practice.name, desk.now)
    if as_data:
        content, kind = json.dumps(record.as_json(), indent=2, ensure_ascii=False), "application/json"
    else:
        content, kind = as_page(record), "text/html; charset=utf-8"
    answer = Response(content, content_type=kind)
    ending = "json" if as_data else "html"
    answer.headers["Content-Disposition"] = f'attachment; filename="client-{client_id}.{ending}"'
    return answer


def _erase_page(desk: Desk, client_id: UUID, status: int = 200, **more: Any) -> Any:
    client = desk.services.client(client_id)
    upcoming = [] if client.get("erased") else desk.services.appointments_of(client_id, "upcoming", 1)["appointments"]
    given = {"reason": form().get("reason", "")}
    name = full_name(client)
    return page("client_erase.html", status, client=client, name=name, ahead=len(upcoming), given=given, **more)
