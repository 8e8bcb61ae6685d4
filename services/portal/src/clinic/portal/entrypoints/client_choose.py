"""Twins: several records fit the confirmed facts, and the client says whose they want to see (F13)."""

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from clinic.kernel.errors import Refused
from clinic.portal.application.ports import Backends
from clinic.portal.domain.facts import FieldError
from clinic.portal.domain.people import name_choices
from clinic.portal.domain.session import Session
from clinic.portal.domain.wording import wording_of
from clinic.portal.entrypoints.client_off import enter_front, portal_off_page
from clinic.portal.entrypoints.web import as_uuid
from clinic.portal.entrypoints.web_session import needs_session, session_secret, set_session_cookie


def add_routes(client: Blueprint, backends: Backends) -> None:
    """`/p/<slug>/choose`, before and after somebody was chosen."""
    path = "/p/<slug>/choose"

    @client.get(path)
    @needs_session(chosen=False)
    def choose(session: Session, slug: str) -> ResponseReturnValue:
        """First names, none of them selected; while the portal is off the practice's text (F5)."""
        practice = enter_front(backends, slug)
        return _page(session) if practice.portal_on else portal_off_page(practice.off_text)

    @client.post(path)
    @needs_session(chosen=False)
    def choose_person(session: Session, slug: str) -> ResponseReturnValue:
        """A new session for that record; what is not among the choices is not found."""
        practice = enter_front(backends, slug)
        if not practice.portal_on:
            return portal_off_page(practice.off_text)
        if not session.choices:
            raise NotFound
        wanted = request.form.get("client_id", "")
        if not wanted:
            return _page(session, [FieldError("person-1", wording_of("no_client_chosen").text)])
        secret, client_id = session_secret(), as_uuid(wanted)
        if secret is None or client_id is None or client_id not in _choosable(session):
            raise Refused("not_found")
        chosen = backends.identity.choose(secret, client_id)
        confirmed = form_session.get("confirmed")
        answer = make_response(redirect(url_for("client.appointments", slug=slug), 303))
        set_session_cookie(answer, chosen)
        form_session["confirmed"] = confirmed
        return answer


def _choosable(session: Session) -> set[UUID]:
    return {choice.client_id for choice in session.choices}


def _page(session: Session, errors: list[FieldError] | None = None) -> ResponseReturnValue:
    if not session.choices:
        raise NotFound
    page = render_template(
        "client/choose.html",
        wording=wording_of("choose_client"),
        people=name_choices(session.choices),
        now=session.client.id if session.client else None,
        errors=errors or [],
    )
    return page, 422 if errors else 200
