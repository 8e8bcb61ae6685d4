"""The session cookie of a face, and the session behind it, looked up once per request."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast, overload

from flask import Flask, Response, current_app, g, request
from flask import session as form_session
from werkzeug.exceptions import NotFound

from clinic.portal.application.ports import Identity
from clinic.portal.bootstrap import PortalSettings
from clinic.portal.domain.session import Face, Practice, Session

View = TypeVar("View", bound=Callable[..., Any])


class SessionEnded(Exception):
    """The page needs a session and the request has none, or it has ended."""


class NotChosenYet(Exception):
    """The session's facts fit several records and none is chosen: it reaches nothing but the choice (F13)."""

    def __init__(self, slug: str) -> None:
        super().__init__("not chosen yet")
        self.slug = slug


class _Sessions:
    def __init__(self, face: Face, settings: PortalSettings, identity: Identity) -> None:
        self.face = face
        self.identity = identity
        self.known: dict[str, Practice] = {}
        self.cookie = f"__Host-{face}-{settings.cookie_suffix}"


def add_sessions(app: Flask, face: Face, settings: PortalSettings, identity: Identity) -> None:
    """Lets views of this application use `current_session`, `needs_session` and `set_session_cookie`."""
    app.extensions["clinic_sessions"] = _Sessions(face, settings, identity)


def _sessions() -> _Sessions:
    return cast(_Sessions, current_app.extensions["clinic_sessions"])


def session_secret() -> str | None:
    """The secret in this request's cookie, whatever it is worth."""
    return request.cookies.get(_sessions().cookie)


def current_session() -> Session | None:
    """The session of this request; None without one. Identity is asked at most once per request."""
    if "portal_session" not in g:
        secret = session_secret()
        g.portal_session = _sessions().identity.look_up(secret, _sessions().face) if secret else None
    return cast("Session | None", g.portal_session)


@overload
def needs_session(view: View) -> View: ...


@overload
def needs_session(*, chosen: bool) -> Callable[[View], View]: ...


def needs_session(view: View | None = None, *, chosen: bool = True) -> View | Callable[[View], View]:
    """The view gets `session` first. Without one: SessionEnded. Of another practice than `slug` names: 404.

    A session whose client is not chosen yet is NotChosenYet, but for the one page that is `chosen=False`. The page's
    practice is the session's; `slug` is taken out of the view's arguments only where the view lacks it.
    """
    return _guard(view, chosen) if view is not None else lambda given: _guard(given, chosen)


def _guard(view: View, chosen: bool) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        session = current_session()
        if session is None or session.kind != _sessions().face:
            raise SessionEnded
        slug = kwargs.get("slug")
        if slug is not None and slug != session.practice.slug:
            g.portal_session = None
            raise NotFound
        enter_practice(session.practice)
        if chosen and is_unchosen(session):
            raise NotChosenYet(session.practice.slug)
        return view(session, *args, **kwargs)

    return cast(View, guarded)


def is_unchosen(session: Session) -> bool:
    """Whether the client of this session is still to be chosen."""
    return session.kind == "client" and session.client is None


def enter_practice(practice: Practice) -> None:
    """The page is this practice's; its name and number are kept for when the services are in trouble."""
    g.practice = practice
    _sessions().known[practice.slug] = practice


def enter_practice_in_trouble() -> None:
    """Identity cannot be asked: the page is the practice's that the address names, as this process last knew it."""
    practice = _sessions().known.get((request.view_args or {}).get("slug", ""))
    if practice is not None and "practice" not in g:
        g.practice = practice


def set_session_cookie(response: Response, secret: str) -> None:
    """The browser now holds this session; the form token of the time before it is forgotten."""
    form_session.clear()
    set_cookie(response, _sessions().cookie, secret)


def delete_session_cookie(response: Response) -> None:
    """The browser holds no session any more."""
    form_session.clear()
    delete_cookie(response, _sessions().cookie)


def set_cookie(response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    """A cookie of this host only; until the browser closes unless `max_age` (seconds) is given."""
    response.set_cookie(name, value, max_age=max_age, secure=True, httponly=True, samesite="Lax", path="/")


def delete_cookie(response: Response, name: str) -> None:
    """Takes back a cookie that `set_cookie` set."""
    response.delete_cookie(name, secure=True, httponly=True, samesite="Lax", path="/")
