"""The practice's Messages: what clients left, to deal with or all; the text is read in the client's record (F33)."""

from typing import Any

from flask import Blueprint

from clinic.contracts.identity import WRITERS
from clinic.portal.application.staff.joining import appointments_named, names_of
from clinic.portal.application.staff.messages import listed, users_in
from clinic.portal.entrypoints.staff_desk import Desk, asked, asked_page, page, staff_page

blueprint = Blueprint("inbox", __name__, url_prefix="/p/<slug>/messages")
SHOWN = {"open": False, "done": True, "all": None}


@blueprint.get("")
@staff_page(*WRITERS)
def messages(desk: Desk) -> Any:
    """Those to deal with, newest first; `?show=done` those dealt with, `?show=all` all. Auditors see none."""
    show = asked("show") if asked("show") in SHOWN else "open"
    found = desk.services.practice_messages(dealt_with=SHOWN[show], page=asked_page())
    left = found["messages"]
    names = names_of(desk.services, (one["client_id"] for one in left), users_in(left))
    named = appointments_named(desk.services, sorted({one["appointment_id"] for one in left}))
    told = listed(left, named, names, desk.practice.zone)
    return page("messages.html", messages=told, show=show, number=found["page"], pages=found["pages"])
