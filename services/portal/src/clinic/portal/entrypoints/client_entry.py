"""Getting in and out: the portal's front page, the link, date of birth and postcode, sign-out (F5, F8, F10-F15)."""

import hashlib

from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue

from clinic.kernel.errors import Unavailable
from clinic.portal.adapters.link_seal import SECONDS, LinkSeal
from clinic.portal.application.ports import Backends
from clinic.portal.domain.facts import PARTS, FieldError, check_facts, say_incomplete
from clinic.portal.domain.session import PracticeFront
from clinic.portal.domain.wording import wording_of
from clinic.portal.entrypoints.client_off import portal_off_page
from clinic.portal.entrypoints.web_errors import error_page
from clinic.portal.entrypoints.web_session import (
    current_session,
    delete_cookie,
    delete_session_cookie,
    enter_practice,
    session_secret,
    set_cookie,
    set_session_cookie,
)

DEAD_ENDS = {
    "unknown": ("link_unknown_or_expired", 404),
    "expired": ("link_unknown_or_expired", 404),
    "record_incomplete": ("record_incomplete", 403),
    "too_many_tries": ("too_many_tries", 429),
}


def add_routes(client: Blueprint, backends: Backends, seal: LinkSeal, cookie: str) -> None:
    """`/p/<slug>`, `/p/<slug>/a/<token>`, `/p/<slug>/confirm`, `/p/<slug>/sign-out`, `/accessibility`."""
    identity = backends.identity

    @client.get("/p/<slug>")
    def front(slug: str) -> ResponseReturnValue:
        """What this portal is, or the practice's text while it is off."""
        practice = _enter(backends, slug)
        if not practice.portal_on:
            return portal_off_page(practice.off_text)
        session = current_session()
        if session is not None and session.practice.slug != slug:
            session = g.portal_session = None
        signed_out = bool(form_session.pop("signed_out", None))
        return render_template("client/front.html", session=session, signed_out=signed_out)

    @client.get("/p/<slug>/a/<token>")
    def link(slug: str, token: str) -> Response:
        """Moves the token from the address bar into the sealed cookie; nobody is asked, nothing is used up (F12)."""
        answer = make_response(redirect(url_for("client.confirm", slug=slug), 303))
        sealed = seal.seal(slug, token)
        if sealed:
            set_cookie(answer, cookie, sealed, max_age=SECONDS)
        return answer

    @client.get("/p/<slug>/confirm")
    def confirm(slug: str) -> ResponseReturnValue:
        """The form, or why this link leads nowhere."""
        practice = _enter(backends, slug)
        token = seal.open(slug, request.cookies.get(cookie))
        if token is None:
            return error_page("link_unknown_or_expired", 404)
        session = current_session()
        if session and session.practice.slug == slug and form_session.get("confirmed") == _digest(token):
            return redirect(url_for("client.landing", slug=slug), 303)
        g.portal_session = None
        return _dead_end(identity.open_link(slug, token), practice) or render_template("client/confirm.html", typed={})

    @client.post("/p/<slug>/confirm")
    def confirm_facts(slug: str) -> ResponseReturnValue:
        """Opens a session on the right facts; an incomplete post is not a try."""
        practice = _enter(backends, slug)
        g.portal_session = None
        token = seal.open(slug, request.cookies.get(cookie))
        if token is None:
            return error_page("link_unknown_or_expired", 404)
        typed = {name: request.form.get(name, "").strip() for name in (*PARTS, "postcode")}
        errors = check_facts(typed)
        if errors:
            return render_template("client/confirm.html", typed=typed, errors=errors), 422
        answer = identity.confirm(slug, token, typed, request.remote_addr or "::")
        if answer.outcome == "incomplete":
            return render_template("client/confirm.html", typed=typed, errors=say_incomplete(answer.errors)), 422
        if answer.outcome == "mismatch":
            told = wording_of("mismatch").text
            return (
                render_template(
                    "client/confirm.html",
                    typed=typed,
                    errors=[FieldError("day", told)],
                    is_mismatch=True,
                    tries_left=answer.tries_left,
                ),
                422,
            )
        if answer.outcome != "confirmed" or answer.session is None or answer.appointment_id is None:
            return _dead_end(answer.outcome, practice) or error_page("unexpected", 500)
        _end_quietly(backends)
        welcome = make_response(
            redirect(url_for("client.appointment", slug=slug, appointment_id=answer.appointment_id), 303)
        )
        set_session_cookie(welcome, answer.session)
        form_session["confirmed"] = _digest(token)
        return welcome

    @client.post("/p/<slug>/sign-out")
    def sign_out(slug: str) -> Response:
        """Ends the session and forgets the link."""
        _end_quietly(backends)
        answer = make_response(redirect(url_for("client.front", slug=slug), 303))
        delete_session_cookie(answer)
        delete_cookie(answer, cookie)
        form_session["signed_out"] = True
        return answer

    @client.get("/accessibility")
    def accessibility() -> str:
        """The accessibility statement."""
        return render_template("client/accessibility.html")


def _enter(backends: Backends, slug: str) -> PracticeFront:
    front = backends.identity.practice_front(slug)
    enter_practice(front.practice)
    return front


def _dead_end(state: str, practice: PracticeFront) -> ResponseReturnValue | None:
    if state == "portal_off":
        return portal_off_page(practice.off_text)
    if state in DEAD_ENDS:
        code, status = DEAD_ENDS[state]
        return error_page(code, status)
    return None


def _end_quietly(backends: Backends) -> None:
    secret = session_secret()
    if secret:
        try:
            backends.identity.end(secret)
        except Unavailable:
            current_app.logger.warning("a session was left to end by time")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:24]
