"""The front page: an e-mail address or a mobile number, and one answer for all of them (F9, F13, F16)."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue

from clinic.kernel.errors import Refused
from clinic.portal.application.ports import Backends
from clinic.portal.domain.facts import FieldError
from clinic.portal.domain.session import Session
from clinic.portal.domain.wording import wording_of
from clinic.portal.entrypoints.client_link import LinkCookie, link_ended_page
from clinic.portal.entrypoints.client_off import enter_front, portal_off_page
from clinic.portal.entrypoints.web_session import NotChosenYet, current_session, is_unchosen

LONGEST_CONTACT = 254


def add_routes(client: Blueprint, backends: Backends, links: LinkCookie) -> None:
    """`/p/<slug>`, `/p/<slug>/sent`, `/p/<slug>/send-again`."""
    identity = backends.identity

    @client.get("/p/<slug>")
    def front(slug: str) -> ResponseReturnValue:
        """The form; the practice's text while the portal is off; who is signed in goes to their appointments."""
        practice = enter_front(backends, slug)
        if not practice.portal_on:
            return portal_off_page(practice.off_text)
        session = _session_here(slug)
        if session is not None and session.appointment_id is None:
            return redirect(url_for("client.appointments", slug=slug), 303)
        return _form(session, signed_out=bool(form_session.pop("signed_out", None)))

    @client.post("/p/<slug>")
    def ask(slug: str) -> ResponseReturnValue:
        """Asks for a link. Nothing in the answer depends on whether the contact exists (F16)."""
        practice = enter_front(backends, slug)
        session = _session_here(slug)
        contact = request.form.get("contact", "").strip()
        if not contact:
            return _form(session, contact, "contact_missing")
        if len(contact) > LONGEST_CONTACT:
            return _form(session, contact[:LONGEST_CONTACT], "contact_unreadable")
        try:
            outcome = identity.ask_for_link(slug, contact, request.remote_addr or "::")
        except Refused as refusal:
            if refusal.code != "invalid":
                raise
            is_missing = "missing" in (refusal.facts.get("errors") or {}).get("contact", ())
            return _form(session, contact, "contact_missing" if is_missing else "contact_unreadable")
        return _sent_or_off(slug, outcome, practice.off_text)

    @client.get("/p/<slug>/sent")
    def sent(slug: str) -> ResponseReturnValue:
        """That a link is on its way if the contact is on record, and what to do when none comes."""
        practice = enter_front(backends, slug)
        if not practice.portal_on:
            return portal_off_page(practice.off_text)
        _session_here(slug)
        wording = wording_of("link_asked_for").fill(phone=practice.practice.phone)
        return render_template("client/sent.html", wording=wording)

    @client.post("/p/<slug>/send-again")
    def send_again(slug: str) -> ResponseReturnValue:
        """A new link to where the ended one went (F14); the address stays identity's secret."""
        practice = enter_front(backends, slug)
        link = links.held(slug)
        if link is None:
            return link_ended_page()
        outcome = identity.ask_again(slug, link.token, request.remote_addr or "::")
        return _sent_or_off(slug, outcome, practice.off_text)


def _session_here(slug: str) -> Session | None:
    """The session of this practice, if any; another practice's is none here. NotChosenYet."""
    session = current_session()
    if session is not None and session.practice.slug != slug:
        session = g.portal_session = None
    if session is not None and is_unchosen(session):
        raise NotChosenYet(slug)
    return session


def _sent_or_off(slug: str, outcome: str, off_text: str) -> ResponseReturnValue:
    if outcome == "portal_off":
        return portal_off_page(off_text)
    return redirect(url_for("client.sent", slug=slug), 303)


def _form(
    session: Session | None, contact: str = "", wrong: str | None = None, *, signed_out: bool = False
) -> ResponseReturnValue:
    errors = [FieldError("contact", wording_of(wrong).text)] if wrong else []
    page = render_template("client/front.html", session=session, contact=contact, errors=errors, signed_out=signed_out)
    return page, 422 if wrong else 200
