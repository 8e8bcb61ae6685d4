"""Several records fit the confirmed facts: the client chooses a first name, and until then reaches nothing (F13)."""

import re
from typing import Any
from uuid import UUID

import pytest

from .cast import CHARLIE, HARBOUR, PAT, SAM, a_session, an_appointment, an_id

HOME = "/p/harbour-street"
CHOOSE, LIST, CONFIRM = f"{HOME}/choose", f"{HOME}/appointments", f"{HOME}/confirm"
RIGHT = {"day": "4", "month": "11", "year": "1984", "postcode": "L1 4AB"}
ONE = f"{LIST}/{UUID(int=51)}"
GETS = [HOME, f"{HOME}/sent", f"{HOME}/appointment", LIST, ONE, *(f"{ONE}/{rest}" for rest in ("change", "cancel"))]
GETS += [f"{ONE}/change/check?starts_at=2026-12-02T10:20:00Z", f"{ONE}/calendar.ics"]
POSTS = [HOME, f"{ONE}/change", f"{ONE}/change/check", f"{ONE}/change/confirm", f"{ONE}/cancel"]
DOORS = {
    "client.link", "client.sign_in_link", "client.confirm", "client.confirm_facts", "client.send_again",
    "client.sign_out", "client.accessibility", "client.choose", "client.choose_person", "healthz", "readyz",
}  # fmt: skip


def form(visitor: Any) -> dict[str, str]:
    """A complete form with a right token of this visitor."""
    visitor.sees(CHOOSE)
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.text)
    assert token
    return {
        "csrf_token": token[1],
        "command_id": "018f0000-0000-7000-8000-000000000001",
        "revision": "1",
        "starts_at": "2026-12-02T10:20:00Z",
        "policy_text_version": "3",
        "contact": "pat@example.org",
    }


def test_the_facts_of_twins_lead_to_their_first_names_with_none_selected(visitor: Any) -> None:
    visitor.sees(f"{HOME}/s/sign-in-token-of-twins")
    visitor.follows()
    visitor.sends(CONFIRM, **RIGHT)
    assert visitor.page.headers["Location"] == CHOOSE
    page = visitor.follows()
    assert re.findall(r'for="person-\d">\s*(\w+)', page) == ["Pat", "Sam"]
    assert "checked" not in page
    assert "Okafor" not in page
    assert "Sign out" in page
    assert "Signed in for" not in page


@pytest.mark.parametrize(("client", "name"), [(PAT, "Pat"), (SAM, "Sam")])
def test_choosing_opens_that_persons_appointments_with_a_new_session(
    half: Any, services: Any, client: Any, name: str
) -> None:
    mine = an_appointment(id=an_id(81), client_id=SAM.id, status_for_client="Sam’s own")
    services.appointments[mine.id] = mine
    half.sees(CHOOSE)
    half.sends(CHOOSE, client_id=str(client.id))
    assert half.page.headers["Location"] == LIST
    assert any("__Host-client-t=secret-" in cookie for cookie in half.page.headers.getlist("Set-Cookie"))
    page = half.follows()
    assert f"Signed in for <strong>{name}</strong>" in page
    assert ("Sam’s own" in page) == (name == "Sam")
    assert "sign-in-secret-of-twins" not in services.sessions


def test_afterwards_the_other_one_can_be_chosen(half: Any) -> None:
    half.sees(CHOOSE)
    half.sends(CHOOSE, client_id=str(PAT.id))
    page = half.follows()
    assert f'href="{CHOOSE}">Switch person</a>' in page
    page = half.sees(CHOOSE)
    assert "checked" not in page
    assert re.search(r"Pat, signed in now", page)
    half.sends(CHOOSE, client_id=str(SAM.id))
    assert "Signed in for <strong>Sam</strong>" in half.follows()


def test_the_link_opened_again_asks_for_nothing_twice(visitor: Any) -> None:
    visitor.sees(f"{HOME}/s/sign-in-token-of-twins")
    visitor.follows()
    visitor.sends(CONFIRM, **RIGHT)
    visitor.follows()
    visitor.sends(CHOOSE, client_id=str(SAM.id))
    visitor.follows()
    visitor.sees(f"{HOME}/s/sign-in-token-of-twins")
    visitor.follows()
    visitor.follows()
    visitor.follows()
    assert "Signed in for <strong>Sam</strong>" in visitor.text


def test_choosing_nobody_is_told(half: Any) -> None:
    half.sees(CHOOSE)
    page = half.sends(CHOOSE)
    assert half.status == 422
    assert "<title>Error: " in page
    assert 'href="#person-1">Choose a name' in page


@pytest.mark.parametrize("client_id", [str(CHARLIE.id), "not-an-id", "0", "' OR 1=1"])
def test_nobody_else_can_be_chosen(half: Any, services: Any, client_id: str) -> None:
    half.sees(CHOOSE)
    half.sends(CHOOSE, client_id=client_id)
    assert half.status == 404
    assert "choose" not in services.calls
    assert "sign-in-secret-of-twins" in services.sessions


@pytest.mark.parametrize("path", GETS)
def test_a_session_without_a_choice_reaches_no_page(half: Any, services: Any, path: str) -> None:
    page = half.sees(path)
    assert (half.status, half.page.headers["Location"]) == (303, CHOOSE)
    assert "26 November" not in page
    assert {"appointment", "catalogue", "list upcoming 1"}.isdisjoint(services.calls)


@pytest.mark.parametrize("path", POSTS)
def test_a_session_without_a_choice_does_nothing(half: Any, services: Any, path: str) -> None:
    given = form(half)
    answer = half.browser.post(path, data=given, base_url="https://portal.example.org")
    assert (answer.status_code, answer.headers["Location"]) == (303, CHOOSE)
    assert (services.done, services.asked) == ({}, [])


def test_the_matrix_knows_every_route(browser: Any) -> None:
    adapter = browser.application.url_map.bind("portal.example.org", url_scheme="https")
    tried = {adapter.match(path.partition("?")[0], method="GET")[0] for path in GETS}
    tried |= {adapter.match(path, method="POST")[0] for path in POSTS}
    assert {rule.endpoint for rule in browser.application.url_map.iter_rules()} == tried | DOORS


def test_a_session_without_a_choice_can_be_ended(half: Any, services: Any) -> None:
    half.sees(CHOOSE)
    half.sends(f"{HOME}/sign-out")
    assert "You have signed out" in half.follows()
    assert "sign-in-secret-of-twins" not in services.sessions


@pytest.mark.parametrize(
    ("secret", "status"),
    [
        ("sign-in-secret", 404),
        ("pats-secret", 404),
        ("rivers-half-secret", 404),
        ("charlies-full-secret", 404),
        (None, 403),
    ],
)
def test_who_has_no_choice_here_sees_none(visitor: Any, secret: str | None, status: int) -> None:
    if secret:
        visitor.holds(secret)
    page = visitor.sees(CHOOSE)
    assert visitor.status == status
    assert "Sam" not in page
    assert "Chris" not in page


def test_while_the_portal_is_off_no_name_is_shown_and_nobody_can_be_chosen(half: Any, services: Any) -> None:
    half.sees(CHOOSE)
    services.portal_on = False
    half.sends(CHOOSE, client_id=str(SAM.id))
    assert half.status == 403
    assert "choose" not in services.calls
    page = half.sees(CHOOSE)
    assert half.status == 403
    assert "We are moving house" in page
    assert "Sam" not in page


def test_a_first_name_is_text_and_never_markup(half: Any, services: Any) -> None:
    evil = services.sessions["sign-in-secret-of-twins"].choices[0].__class__
    names = (evil(PAT.id, "<script>alert(1)</script>"), evil(SAM.id, '"><img src=x>'))
    services.sessions["sign-in-secret-of-twins"] = a_session(None, HARBOUR, None, names)
    page = half.sees(CHOOSE)
    assert not re.search(r"<script|<img src=x", page)
    assert "&lt;script&gt;" in page
