"""From the link to the appointment (F5, F8, F10-F16)."""

from typing import Any

import pytest

from clinic.portal.application.ports import ConfirmedFacts

RIGHT = {"day": "4", "month": "11", "year": "1984", "postcode": "L1 4AB"}
CONFIRM = "/p/harbour-street/confirm"


def open_link(visitor: Any, token: str = "pats-token") -> str:
    visitor.sees(f"/p/harbour-street/a/{token}")
    return str(visitor.follows())


def test_opening_a_link_asks_nobody_and_sets_only_the_sealed_cookie(visitor: Any, services: Any) -> None:
    visitor.sees("/p/harbour-street/a/pats-token")
    assert visitor.page.headers["Location"] == CONFIRM
    assert services.calls == []
    cookies = visitor.page.headers.getlist("Set-Cookie")
    assert len(cookies) == 1
    assert cookies[0].startswith("__Host-client-link-t=")
    assert "Secure; HttpOnly; Path=/; SameSite=Lax" in cookies[0]
    assert "pats-token" not in str(visitor.page.headers) + visitor.text


def test_a_scanner_that_asks_for_the_head_only_changes_nothing(visitor: Any, services: Any) -> None:
    for path in ("/p/harbour-street/a/pats-token", CONFIRM):
        visitor.browser.head(path, base_url="https://portal.example.org")
    assert not {"confirm", "end"} & set(services.calls)


def test_the_right_facts_land_on_the_appointment(visitor: Any) -> None:
    assert "Confirm it is you" in open_link(visitor)
    visitor.sends(CONFIRM, **RIGHT)
    page = visitor.follows()
    assert "Thursday 26 November 2026, 10:20am" in page
    assert "this appointment only" in page


def test_wrong_facts_get_one_neutral_sentence_and_keep_the_entries(visitor: Any) -> None:
    open_link(visitor)
    page = visitor.sends(CONFIRM, **{**RIGHT, "postcode": "M1 1AA"})
    assert visitor.status == 422
    assert page.count("do not match what the clinic has on record") == 2
    assert "4 tries left" in page
    assert "<title>Error: " in page
    assert 'value="M1 1AA"' in page
    assert 'value="1984"' in page
    assert "0151 496 0182" in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"day": "", "month": "", "year": ""}, "Enter the date of birth"),
        ({"month": ""}, "The date of birth must include a month"),
        ({"postcode": "x" * 41}, "40 characters or fewer"),
        ({"postcode": " "}, "Enter the postcode"),
    ],
)
def test_an_incomplete_post_is_not_a_try(visitor: Any, services: Any, typed: dict[str, str], told: str) -> None:
    open_link(visitor)
    assert told in visitor.sends(CONFIRM, **{**RIGHT, **typed})
    assert visitor.status == 422
    assert "confirm" not in services.calls


@pytest.mark.parametrize("day", ["31", "٤"])
def test_a_date_that_does_not_exist_is_identitys_word(visitor: Any, day: str) -> None:
    open_link(visitor)
    page = visitor.sends(CONFIRM, **{**RIGHT, "day": day, "month": "2"})
    assert visitor.status == 422
    assert "The date of birth must be a real date" in page
    assert "tries left" not in page


@pytest.mark.parametrize(
    ("token", "status", "told"),
    [
        ("old-token", 404, "This link does not work any more"),
        ("nobodys-token", 404, "This link does not work any more"),
        ("x" * 300, 404, "This link does not work any more"),
        ("bare-token", 403, "Please contact the clinic"),
    ],
)
def test_a_link_that_leads_nowhere_says_how_to_go_on(visitor: Any, token: str, status: int, told: str) -> None:
    page = open_link(visitor, token)
    assert visitor.status == status
    assert told in page
    assert "0151 496 0182" in page


def test_unknown_and_expired_links_cannot_be_told_apart(visitor: Any) -> None:
    assert open_link(visitor, "old-token") == open_link(visitor, "nobodys-token")


@pytest.mark.parametrize(
    ("outcome", "status", "told"),
    [
        ("too_many_tries", 429, "Too many tries"),
        ("record_incomplete", 403, "Please contact the clinic"),
        ("portal_off", 403, "We are moving house"),
        ("expired", 404, "This link does not work any more"),
    ],
)
def test_every_answer_to_the_facts_has_its_page(
    visitor: Any, services: Any, outcome: str, status: int, told: str
) -> None:
    open_link(visitor)
    services.outcome = ConfirmedFacts(outcome, None, None, None)
    assert told in visitor.sends(CONFIRM, **RIGHT)
    assert visitor.status == status


def test_the_front_page_of_a_portal_that_is_off_shows_the_practices_text(visitor: Any, services: Any) -> None:
    services.portal_on = False
    assert "We are moving house. Please ring us." in visitor.sees("/p/harbour-street")
    assert visitor.status == 403


def test_facts_are_not_asked_twice_in_a_session(visitor: Any) -> None:
    open_link(visitor)
    visitor.sends(CONFIRM, **RIGHT)
    visitor.follows()
    open_link(visitor)
    assert visitor.page.headers["Location"] == "/p/harbour-street/appointment"


def test_a_link_of_one_practice_opens_nothing_at_another(visitor: Any) -> None:
    visitor.sees("/p/harbour-street/a/pats-token")
    page = visitor.sees("/p/river-lane/confirm")
    assert visitor.status == 404
    assert "This link does not work any more" in page
    assert "Harbour Street" not in page


def test_signing_out_ends_the_session_and_forgets_the_link(pat: Any, services: Any) -> None:
    pat.sees("/p/harbour-street")
    pat.sends("/p/harbour-street/sign-out")
    assert "You have signed out" in pat.follows()
    assert "pats-secret" not in services.sessions
    pat.sees(CONFIRM)
    assert pat.status == 404


def test_signing_out_works_while_identity_is_down(pat: Any, services: Any) -> None:
    pat.sees("/p/harbour-street")
    services.down = True
    pat.sends("/p/harbour-street/sign-out")
    assert pat.status == 303
    assert any("__Host-client-t=;" in cookie for cookie in pat.page.headers.getlist("Set-Cookie"))


def test_without_a_session_the_page_says_how_to_come_back(visitor: Any) -> None:
    page = visitor.sees("/p/harbour-street/appointment")
    assert visitor.status == 403
    assert "You have been signed out" in page
    assert 'href="/p/harbour-street"' in page
    assert 'href="/p/harbour-street/confirm"' not in page


@pytest.mark.parametrize(("address", "is_reusable"), [("a/pats-token", True), ("s/sign-in-token", False)])
def test_only_a_link_that_works_again_is_offered_when_the_session_ended(
    visitor: Any, address: str, is_reusable: bool
) -> None:
    visitor.sees(f"/p/harbour-street/{address}")
    page = visitor.sees("/p/harbour-street/appointments")
    assert visitor.status == 403
    assert ('href="/p/harbour-street/confirm"' in page) == is_reusable
    assert "Ask for a new link" in page
