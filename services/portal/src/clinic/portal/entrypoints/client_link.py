"""The cookie that carries a link's token from the address bar to the form, and the page of a link that ended."""

import hashlib

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue

from clinic.portal.adapters.link_seal import SECONDS, LinkSeal, SealedLink
from clinic.portal.domain.wording import wording_of
from clinic.portal.entrypoints.web_session import delete_cookie, set_cookie


class LinkCookie:
    """The newest link that this browser opened, sealed: it opens nothing by itself (F12)."""

    def __init__(self, seal: LinkSeal, name: str) -> None:
        self._seal = seal
        self._name = name

    def held(self, slug: str) -> SealedLink | None:
        """The link that this request holds for this practice."""
        return self._seal.open(slug, request.cookies.get(self._name))

    def keep(self, answer: Response, slug: str, token: str, *, is_sign_in: bool) -> None:
        """The browser holds this link now; what is no token is not kept."""
        sealed = self._seal.seal(slug, token, is_sign_in=is_sign_in)
        if sealed:
            set_cookie(answer, self._name, sealed, max_age=SECONDS)

    def forget(self, answer: Response) -> None:
        """The browser holds no link any more."""
        delete_cookie(answer, self._name)


def link_ended_page(*, can_send_again: bool = False) -> ResponseReturnValue:
    """404, and the way on: a new link to where a sign-in link went, or asking for one (F14)."""
    phone = g.practice.phone if g.get("practice") else ""
    wording = wording_of("sign_in_link_ended" if can_send_again else "link_unknown_or_expired").fill(phone=phone)
    return render_template("client/link_ended.html", wording=wording, can_send_again=can_send_again), 404


def digest(token: str) -> str:
    """What is kept of a token to know it again."""
    return hashlib.sha256(token.encode()).hexdigest()[:24]
