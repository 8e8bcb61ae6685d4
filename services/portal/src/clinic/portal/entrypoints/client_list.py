"""The full portal's page: upcoming appointments first, previous ones below, each with pages of its own (F1, F9)."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from clinic.portal.application.client_list import list_appointments
from clinic.portal.application.ports import Backends, When
from clinic.portal.domain.session import Session
from clinic.portal.domain.wording import wording_of
from clinic.portal.entrypoints.web_session import needs_session


def add_routes(client: Blueprint, backends: Backends) -> None:
    """`/p/<slug>/appointments`."""

    @client.get("/p/<slug>/appointments")
    @needs_session
    def appointments(session: Session, slug: str) -> ResponseReturnValue:
        """The list. A session for one appointment reaches no list at all (F8)."""
        if session.appointment_id is not None or session.client is None:
            raise NotFound
        wanted: dict[When, int] = {"upcoming": _number("upcoming"), "previous": _number("previous")}
        parts = list_appointments(backends, session, session.client, wanted)
        phone = session.practice.phone
        words = {
            code: wording_of(code).fill(phone=phone)
            for code in ("no_upcoming", "no_previous", "upcoming_not_shown", "previous_not_shown")
        }
        return render_template("client/list.html", parts=parts, words=words)


def _number(name: str) -> int:
    """The wanted page; what is no page number is the first."""
    typed = request.args.get(name, "")
    return max(1, int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 5 else 1
