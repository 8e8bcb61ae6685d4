"""Getting in and out: the link, date of birth and postcode, sign-out (F8, F10-F15)."""

from collections.abc import Mapping

from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue

from clinic.kernel.errors import Unavailable
from clinic.portal.adapters.link_seal import SealedLink
from clinic.portal.application.ports import Backends, ConfirmedFacts
from clinic.portal.domain.facts import PARTS, FieldError, check_facts, say_incomplete
from clinic.portal.domain.session import PracticeFront
from clinic.portal.domain.wording import wording_of
from clinic.portal.entrypoints.client_link import LinkCookie, digest, link_ended_page
from clinic.portal.entrypoints.client_off import enter_front, portal_off_page
from clinic.portal.entrypoints.web_errors import error_page
from clinic.portal.entrypoints.web_session import (
    current_session,
    delete_session_cookie,
    session_secret,
    set_session_cookie,
)

DEAD_ENDS = {"record_incomplete": 403, "too_many_tries": 429}


def add_routes(client: Blueprint, backends: Backends, links: LinkCookie) -> None:
    """`/p/<slug>/a/<token>`, `/p/<slug>/s/<token>`, `/p/<slug>/confirm`, `/p/<slug>/sign-out`, `/accessibility`."""
    identity = backends.identity

    @client.get("/p/<slug>/a/<token>")
    def link(slug: str, token: str) -> Response:
        """Moves the token from the address bar into the sealed cookie; nobody is asked, nothing is used up (F12)."""
        return _keep(links, slug, token, is_sign_in=False)

    @client.get("/p/<slug>/s/<token>")
    def sign_in_link(slug: str, token: str) -> Response:
        """The same for a link to all appointments (F9)."""
        return _keep(links, slug, token, is_sign_in=True)

    @client.get("/p/<slug>/confirm")
    def confirm(slug: str) -> ResponseReturnValue:
        """The form, or why this link leads nowhere."""
        practice = enter_front(backends, slug)
        held = links.held(slug)
        if held is None:
            return link_ended_page()
        session = current_session()
        if session and session.practice.slug == slug and form_session.get("confirmed") == digest(held.token):
            return redirect(url_for("client.landing", slug=slug), 303)
        g.portal_session = None
        opened = identity.open_link(slug, held.token)
        return _dead_end(opened.state, practice, can_send_again=opened.can_send_again) or _form(held, {})

    @client.post("/p/<slug>/confirm")
    def confirm_facts(slug: str) -> ResponseReturnValue:
        """Opens a session on the right facts; an incomplete post is not a try."""
        practice = enter_front(backends, slug)
        g.portal_session = None
        held = links.held(slug)
        if held is None:
            return link_ended_page()
        typed = {name: request.form.get(name, "").strip() for name in (*PARTS, "postcode")}
        errors = check_facts(typed)
        if errors:
            return _form(held, typed, errors)
        answer = identity.confirm(slug, held.token, typed, request.remote_addr or "::")
        if answer.outcome == "incomplete":
            return _form(held, typed, say_incomplete(answer.errors))
        if answer.outcome == "mismatch":
            return _form(held, typed, [FieldError("day", wording_of("mismatch").text)], answer)
        landing = _landing(slug, answer)
        if landing is None or answer.session is None:
            return _dead_end(answer.outcome, practice, can_send_again=held.is_sign_in) or error_page("unexpected", 500)
        _end_quietly(backends)
        welcome = make_response(redirect(landing, 303))
        set_session_cookie(welcome, answer.session)
        form_session["confirmed"] = digest(held.token)
        return welcome

    @client.post("/p/<slug>/sign-out")
    def sign_out(slug: str) -> Response:
        """Ends the session and forgets the link."""
        _end_quietly(backends)
        answer = make_response(redirect(url_for("client.front", slug=slug), 303))
        delete_session_cookie(answer)
        links.forget(answer)
        form_session["signed_out"] = True
        return answer

    @client.get("/accessibility")
    def accessibility() -> str:
        """The accessibility statement."""
        return render_template("client/accessibility.html")


def _keep(links: LinkCookie, slug: str, token: str, *, is_sign_in: bool) -> Response:
    answer = make_response(redirect(url_for("client.confirm", slug=slug), 303))
    links.keep(answer, slug, token, is_sign_in=is_sign_in)
    return answer


def _landing(slug: str, answer: ConfirmedFacts) -> str | None:
    """Where the confirmed facts lead: the appointment, all appointments, or the choice between twins."""
    if answer.outcome == "choose_client":
        return url_for("client.choose", slug=slug)
    if answer.outcome != "confirmed":
        return None
    if answer.appointment_id is None:
        return url_for("client.appointments", slug=slug)
    return url_for("client.appointment", slug=slug, appointment_id=answer.appointment_id)


def _form(
    held: SealedLink,
    typed: Mapping[str, str],
    errors: list[FieldError] | None = None,
    mismatch: ConfirmedFacts | None = None,
) -> ResponseReturnValue:
    phone = g.practice.phone
    page = render_template(
        "client/confirm.html",
        typed=typed,
        errors=errors or [],
        is_sign_in=held.is_sign_in,
        is_mismatch=mismatch is not None,
        tries_left=mismatch.tries_left if mismatch else None,
        missing=wording_of("some_incomplete").fill(phone=phone) if mismatch and mismatch.some_incomplete else None,
    )
    return page, 422 if errors else 200


def _dead_end(state: str, practice: PracticeFront, *, can_send_again: bool) -> ResponseReturnValue | None:
    if state == "portal_off":
        return portal_off_page(practice.off_text)
    if state in {"unknown", "expired"}:
        return link_ended_page(can_send_again=can_send_again and state == "expired")
    return error_page(state, DEAD_ENDS[state]) if state in DEAD_ENDS else None


def _end_quietly(backends: Backends) -> None:
    secret = session_secret()
    if secret:
        try:
            backends.identity.end(secret)
        except Unavailable:
            current_app.logger.warning("a session was left to end by time")
