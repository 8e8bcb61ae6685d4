"""Whose page it is, and the page of a portal that is switched off."""

from flask import g, render_template
from flask.typing import ResponseReturnValue

from clinic.portal.application.ports import Backends
from clinic.portal.domain.session import PracticeFront
from clinic.portal.domain.wording import wording_of
from clinic.portal.entrypoints.web_session import enter_practice


def enter_front(backends: Backends, slug: str) -> PracticeFront:
    """The practice of an address that needs no session; Refused `not_found`."""
    front = backends.identity.practice_front(slug)
    enter_practice(front.practice)
    return front


def portal_off_page(off_text: str) -> ResponseReturnValue:
    """The practice's own text, 403; ours where it wrote none (F5)."""
    phone = g.practice.phone if g.get("practice") else ""
    wording = wording_of("portal_off").fill(phone=phone)
    return render_template("client/portal_off.html", wording=wording, off_text=off_text), 403
