"""One person's browser at the staff pages, over the cast's world."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from clinic.infra.settings import ServiceSettings
from clinic.portal.bootstrap import PortalSettings
from clinic.portal.entrypoints.staff import build_app

from .cast import NOW, World, a_world
from .fake_services import FakeIdentity, FakeServices

BASE = "https://staff.example.org"


def an_app(world: World, base_url: str = BASE) -> Flask:
    """The staff face over this world."""
    shared = ServiceSettings("portal", "", "", {}, {}, {}, {}, True)
    settings = PortalSettings("staff", shared, base_url, "s" * 40, "t", 0, "https://portal.example.org")
    return build_app(settings, FakeIdentity(world), lambda tokens: FakeServices(world, tokens), clock=lambda: NOW)  # type: ignore[arg-type]


class Browser:
    """One person's browser at one practice: follows forms by their real hidden fields."""

    def __init__(self, app: Flask, who: str | None, slug: str = "harbour-street") -> None:
        self.client: FlaskClient = app.test_client()
        self.path = f"/p/{slug}"
        if who:
            self.client.set_cookie("__Host-staff-t", who, domain="staff.example.org", secure=True)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(self.path + path, query_string=query, base_url=BASE)

    def post(self, path: str, given: Mapping[str, Any] | None = None, *, token: bool = True) -> Any:
        """Posts a form; the token is that of the sign-in page, which any page of the browser's session shares."""
        fields = dict(given or {})
        if token:
            fields["csrf_token"] = _hidden(self._token_page(), "csrf_token")
        return self.client.post(self.path + path, data=fields, base_url=BASE, headers={"Origin": BASE})

    def _token_page(self) -> str:
        page = self.get("/notifications")
        return str((page if page.status_code == 200 else self.get("/sign-in")).text)


def _hidden(page: str, name: str) -> str:
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.fixture
def staff(world: World) -> Any:
    """`staff("olga")` is that person's browser; `staff(None)` nobody's."""
    app = an_app(world)
    return lambda who, slug="harbour-street": Browser(app, who, slug)
