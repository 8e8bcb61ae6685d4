"""Charlie must see nothing; every answer has its headers; forms come from our own pages only."""

import re
from typing import Any
from uuid import UUID

import pytest

from clinic.portal.entrypoints.web_security import HEADERS

PATS, PATS_OTHER = UUID(int=51), UUID(int=52)
BASE = "https://portal.example.org"
GETS = ["", "/change", "/change/check?starts_at=2026-12-02T10:20:00Z", "/cancel", "/calendar.ics"]
POSTS = ["/change", "/change/check", "/change/confirm", "/cancel"]


def path(appointment: UUID, rest: str, slug: str = "harbour-street") -> str:
    return f"/p/{slug}/appointments/{appointment}{rest}"


def form(visitor: Any) -> dict[str, str]:
    """A complete form with a right token of this visitor."""
    visitor.sees("/p/harbour-street")
    if visitor.status == 303:
        visitor.follows()
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.text)
    return {
        "csrf_token": token.group(1) if token else "",
        "command_id": "018f0000-0000-7000-8000-000000000001",
        "revision": "1",
        "starts_at": "2026-12-02T10:20:00Z",
        "policy_text_version": "3",
    }


@pytest.mark.parametrize("rest", GETS)
@pytest.mark.parametrize(
    ("secret", "appointment", "slug"),
    [
        ("charlies-secret", PATS, "harbour-street"),
        ("charlies-full-secret", PATS, "harbour-street"),
        ("rivers-full-secret", PATS, "harbour-street"),
        ("rivers-full-secret", PATS, "river-lane"),
        ("sign-in-secret", PATS, "river-lane"),
        ("rivers-half-secret", PATS, "harbour-street"),
        ("rivers-secret", PATS, "harbour-street"),
        ("rivers-secret", PATS, "river-lane"),
        ("pats-secret", PATS_OTHER, "harbour-street"),
        ("pats-secret", PATS, "river-lane"),
    ],
)
def test_another_clients_session_sees_404(visitor: Any, secret: str, appointment: UUID, slug: str, rest: str) -> None:
    visitor.holds(secret)
    page = visitor.sees(path(appointment, rest, slug))
    assert visitor.status == 404
    assert "26 November" not in page
    assert "Priya" not in page


@pytest.mark.parametrize("rest", POSTS)
@pytest.mark.parametrize(
    ("secret", "appointment"),
    [
        ("charlies-secret", PATS),
        ("pats-secret", PATS_OTHER),
        ("charlies-full-secret", PATS),
        ("rivers-half-secret", PATS),
    ],
)
def test_another_clients_session_changes_nothing(
    visitor: Any, services: Any, secret: str, appointment: UUID, rest: str
) -> None:
    visitor.holds(secret)
    given = form(visitor)
    visitor.page = visitor.browser.post(path(appointment, rest), data=given, base_url=BASE)
    assert visitor.status == 404
    assert services.done == {}


@pytest.mark.parametrize("rest", GETS)
def test_no_session_sees_nothing(visitor: Any, rest: str) -> None:
    page = visitor.sees(path(PATS, rest))
    assert visitor.status == 403
    assert "26 November" not in page


@pytest.mark.parametrize("rest", ["/change/confirm", "/cancel"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_from_another_site_is_refused_even_with_the_token(
    pat: Any, services: Any, rest: str, headers: dict[str, str]
) -> None:
    pat.page = pat.browser.post(path(PATS, rest), data=form(pat), base_url=BASE, headers=headers)
    assert pat.status == 403
    assert services.done == {}


@pytest.mark.parametrize("headers", [{"Origin": BASE}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}, {}])
def test_our_own_form_is_taken(pat: Any, services: Any, headers: dict[str, str]) -> None:
    pat.page = pat.browser.post(path(PATS, "/cancel"), data=form(pat), base_url=BASE, headers=headers)
    assert pat.status == 303
    assert len(services.done) == 1


@pytest.mark.parametrize("rest", ["/change/confirm", "/cancel"])
def test_a_form_without_its_token_is_refused(pat: Any, services: Any, rest: str) -> None:
    given = form(pat) | {"csrf_token": ""}
    pat.page = pat.browser.post(path(PATS, rest), data=given, base_url=BASE)
    assert pat.status == 400
    assert "open for too long" in pat.text
    assert services.done == {}


def test_a_body_over_64_kib_has_its_page(pat: Any) -> None:
    pat.page = pat.browser.post(path(PATS, "/cancel"), data={"message": "z" * 70_000}, base_url=BASE)
    assert pat.status == 413
    assert "too much text" in pat.text


@pytest.mark.parametrize(
    "where",
    [
        "/p/harbour-street",
        "/p/harbour-street/a/pats-token",
        "/p/harbour-street/confirm",
        "/p/nowhere",
        "/nothing",
        path(PATS, ""),
        path(PATS, "/calendar.ics"),
        "/p/harbour-street/sign-out",
        "/static/none.css",
        "/accessibility",
        "/healthz",
        "//evil.example/p/harbour-street/",
    ],
)
def test_every_answer_has_the_headers(pat: Any, where: str) -> None:
    pat.sees(where)
    for name, value in HEADERS.items():
        assert pat.page.headers[name] == value
    assert pat.page.headers["Cache-Control"] == "no-store"
    assert pat.page.headers["Vary"] == "Cookie"
    assert "evil" not in pat.page.headers.get("Location", "")


def test_static_files_may_be_kept_and_have_the_headers(pat: Any) -> None:
    page = pat.sees("/p/harbour-street")
    sheet = re.search(r'href="(/static/client\.[0-9a-f]{12}\.css)"', page)
    assert sheet
    text = pat.sees(sheet.group(1))
    assert pat.page.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
    assert "immutable" in pat.page.headers["Cache-Control"]
    assert "GDS Transport" not in text


def test_the_host_header_is_never_used(pat: Any) -> None:
    answer = pat.browser.get("/p/harbour-street/appointment", base_url="https://evil.example")
    assert "evil" not in answer.headers.get("Location", "") + answer.get_data(as_text=True)


def test_no_page_has_a_script_or_asks_another_host(pat: Any, services: Any) -> None:
    for where in (path(PATS, ""), path(PATS, "/change"), path(PATS, "/cancel"), "/p/harbour-street", "/accessibility"):
        page = pat.sees(where)
        assert "<script" not in page
        assert " style=" not in page
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
        assert "River Lane" not in page
        assert len(page.encode()) < 30_000


def test_trouble_names_the_clinic_that_was_known_and_its_number(pat: Any, services: Any) -> None:
    pat.sees("/p/harbour-street")
    services.down = True
    page = pat.sees(path(PATS, ""))
    assert pat.status == 503
    assert "Nothing was changed" in page
    assert "0151 496 0182" in page


def test_an_unexpected_fault_has_its_page_and_logs_no_address(
    pat: Any, services: Any, caplog: pytest.LogCaptureFixture
) -> None:
    services.weeks = {}
    page = pat.sees(path(PATS, "/change"))
    assert pat.status == 500
    assert "problem with this page" in page
    assert "harbour-street" not in caplog.text


def test_no_log_line_holds_a_token(visitor: Any, services: Any, caplog: pytest.LogCaptureFixture) -> None:
    services.down = True
    visitor.sees("/p/harbour-street/a/pats-token")
    visitor.follows()
    assert visitor.status == 503
    assert "pats-token" not in caplog.text
