"""Fixtures of the client pages' tests: the services, a browser, and people at it."""

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from clinic.infra.settings import ServiceSettings
from clinic.portal.application.ports import Backends
from clinic.portal.bootstrap import PortalSettings
from clinic.portal.domain.session import Choice
from clinic.portal.entrypoints.client import build_app

from .cast import (
    APPOINTMENT,
    BASE,
    CHARLIE,
    HARBOUR,
    OTHER_APPOINTMENT,
    PAT,
    RIVER,
    TWINS,
    a_session,
    a_week,
    an_appointment,
    an_id,
)
from .fake_services import FakeServices


@pytest.fixture
def services() -> FakeServices:
    fake = FakeServices()
    fake.appointments = {
        APPOINTMENT: an_appointment(),
        OTHER_APPOINTMENT: an_appointment(id=OTHER_APPOINTMENT),
    }
    fake.links = {"pats-token": "ready", "old-token": "expired", "bare-token": "record_incomplete"} | {
        "sign-in-token": "ready",
        "sign-in-token-of-twins": "ready",
        "sign-in-old": "expired",
    }
    fake.sessions = {
        "pats-secret": a_session(PAT, HARBOUR, APPOINTMENT),
        "charlies-secret": a_session(CHARLIE, HARBOUR, an_id(59)),
        "rivers-secret": a_session(CHARLIE, RIVER, an_id(59)),
        "sign-in-secret": a_session(PAT, HARBOUR, None),
        "sign-in-secret-of-twins": a_session(None, HARBOUR, None, TWINS),
        "charlies-full-secret": a_session(CHARLIE, HARBOUR, None),
        "rivers-full-secret": a_session(CHARLIE, RIVER, None),
        "rivers-half-secret": a_session(None, RIVER, None, (Choice(CHARLIE.id, "Charlie"), Choice(an_id(14), "Chris"))),
    }
    fake.on_record = {"pat@example.org", "07700 900123"}
    fake.weeks = {None: a_week()}
    return fake


@pytest.fixture
def settings() -> PortalSettings:
    shared = ServiceSettings("portal", "", "", {}, {}, {}, {}, True)
    return PortalSettings("client", shared, BASE, "x" * 40, "t", 0)


@pytest.fixture
def browser(services: FakeServices, settings: PortalSettings) -> FlaskClient:
    """A browser without any cookie."""
    app = build_app(settings, Backends(services, services, services))
    return app.test_client()


class Visitor:
    """A person at a browser: follows pages and sends the forms that they hold, hidden fields included."""

    def __init__(self, browser: FlaskClient) -> None:
        self.browser = browser
        self.page: Any = None

    def sees(self, path: str) -> str:
        """Opens a page and returns its text."""
        self.page = self.browser.get(path, base_url=BASE, buffered=True)
        return self.text

    def sends(self, action: str, **typed: str) -> str:
        """Sends the form of the present page whose action this is."""
        forms = re.findall(r"<form\b[^>]*>.*?</form>", self.text, re.S)
        form = next(form for form in forms if f'action="{action}"' in form)
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
        given = {name: unescape(value) for name, value in hidden} | typed
        self.page = self.browser.post(action, data=given, base_url=BASE, headers={"Origin": BASE})
        return self.text

    def follows(self) -> str:
        """Goes where the answer sent the browser."""
        assert self.page.status_code == 303, self.page.status
        return self.sees(self.page.headers["Location"])

    def holds(self, secret: str) -> None:
        """Has the cookie of a session."""
        self.browser.set_cookie("__Host-client-t", secret, domain="portal.example.org", secure=True)

    @property
    def text(self) -> str:
        return str(self.page.get_data(as_text=True))

    @property
    def status(self) -> int:
        return int(self.page.status_code)


@pytest.fixture
def visitor(browser: FlaskClient) -> Visitor:
    return Visitor(browser)


@pytest.fixture
def full(visitor: Visitor) -> Visitor:
    """Pat in the full portal."""
    visitor.holds("sign-in-secret")
    return visitor


@pytest.fixture
def half(visitor: Visitor) -> Visitor:
    """Pat or Sam: the facts fit both, and nobody is chosen yet."""
    visitor.holds("sign-in-secret-of-twins")
    return visitor


@pytest.fixture
def pat(visitor: Visitor) -> Visitor:
    """Pat, confirmed, in a session that is limited to her one appointment."""
    visitor.holds("pats-secret")
    return visitor
