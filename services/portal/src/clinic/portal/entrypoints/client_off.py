"""The page of a portal that is switched off."""

from flask import g, render_template
from flask.typing import ResponseReturnValue

from clinic.portal.domain.wording import wording_of


def portal_off_page(off_text: str) -> ResponseReturnValue:
    """The practice's own text, 403; ours where it wrote none (F5)."""
    phone = g.practice.phone if g.get("practice") else ""
    wording = wording_of("portal_off").fill(phone=phone)
    return render_template("client/portal_off.html", wording=wording, off_text=off_text), 403
