"""The front page: asking for a link by e-mail address or mobile number, and one answer for all (F9, F13, F14, F16)."""

import re
from html import unescape
from typing import Any

import pytest

from clinic.kernel.errors import Refused
from clinic.portal.application.ports import ConfirmedFacts

FRONT, SENT, CONFIRM = "/p/harbour-street", "/p/harbour-street/sent", "/p/harbour-street/confirm"
LIST = "/p/harbour-street/appointments"
RIGHT = {"day": "4", "month": "11", "year": "1984", "postcode": "L1 4AB"}
KNOWN, UNKNOWN = ["pat@example.org", "07700 900123"], ["nobody@example.org", "07700 900999"]


def open_link(visitor: Any, token: str) -> str:
    visitor.sees(f"/p/harbour-street/s/{token}")
    return str(visitor.follows())


def answers(browser: Any, contact: str) -> list[Any]:
    """The answer to the post and the page that it leads to: status, headers and body without the form's token."""
    page = browser.get(FRONT, base_url="https://portal.example.org").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    post = browser.post(FRONT, data={"csrf_token": token[1], "contact": contact}, base_url="https://portal.example.org")
    sent = browser.get(post.headers["Location"], base_url="https://portal.example.org")
    return [
        (answer.status, sorted(answer.headers.items()), re.sub(r'value="[^"]{40,}"', "", answer.get_data(as_text=True)))
        for answer in (post, sent)
    ]


def test_one_field_asks_for_either(visitor: Any) -> None:
    page = visitor.sees(FRONT)
    assert visitor.status == 200
    (field,) = re.findall(r'<input class="govuk-input[^>]*>', page)
    assert 'name="contact"' in field
    assert 'autocomplete="username"' in field
    assert 'aria-describedby="contact-hint"' in field
    assert "password" not in field


@pytest.mark.parametrize("contact", KNOWN)
def test_a_contact_on_record_gets_a_link(visitor: Any, services: Any, contact: str) -> None:
    visitor.sees(FRONT)
    visitor.sends(FRONT, contact=f"  {contact} ")
    page = visitor.follows()
    assert services.asked == [contact]
    assert "If it is on record, a link is on its way" in page
    assert "If nothing comes" in page
    assert "0151 496 0182" in page
    assert contact not in page


def test_every_contact_gets_the_same_answer_to_the_byte(browser: Any, services: Any) -> None:
    seen = [answers(browser.application.test_client(), contact) for contact in [*KNOWN, *UNKNOWN]]
    assert services.asked == KNOWN
    assert seen[0][0][0] == "303 SEE OTHER"
    assert all(each == seen[0] for each in seen)


@pytest.mark.parametrize(
    ("contact", "told"),
    [
        ("", "Enter an e-mail address or a mobile number"),
        ("   ", "Enter an e-mail address or a mobile number"),
        ("harbour street", "Enter an e-mail address, like name@example.org, or a mobile number"),
        ("pat@example.org" * 40, "Enter an e-mail address, like name@example.org, or a mobile number"),
    ],
)
def test_what_is_no_contact_is_said_and_kept(visitor: Any, services: Any, contact: str, told: str) -> None:
    visitor.sees(FRONT)
    page = visitor.sends(FRONT, contact=contact)
    assert visitor.status == 422
    assert "<title>Error: " in page
    assert page.count(told) == 2
    assert f'value="{contact.strip()[:254]}"' in page
    assert 'aria-describedby="contact-hint contact-error"' in page
    assert services.asked == []


def test_what_identity_calls_missing_is_missing(visitor: Any, services: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: str) -> str:
        raise Refused("invalid", errors={"contact": ["missing"]})

    monkeypatch.setattr(services, "ask_for_link", refuse)
    visitor.sees(FRONT)
    assert "Enter an e-mail address or a mobile number" in visitor.sends(FRONT, contact="\u200b")
    assert visitor.status == 422


@pytest.mark.parametrize("path", [FRONT, SENT])
def test_a_portal_that_is_off_shows_the_practices_text(visitor: Any, services: Any, path: str) -> None:
    services.portal_on = False
    assert "We are moving house. Please ring us." in visitor.sees(path)
    assert visitor.status == 403


def test_a_portal_switched_off_under_the_form_sends_nothing(visitor: Any, services: Any) -> None:
    visitor.sees(FRONT)
    services.portal_on = False
    assert "We are moving house" in visitor.sends(FRONT, contact=KNOWN[0])
    assert (visitor.status, services.asked) == (403, [])


def test_looking_at_the_pages_sends_nothing(visitor: Any, services: Any) -> None:
    for path in (FRONT, SENT, f"{FRONT}/s/sign-in-old", CONFIRM):
        visitor.sees(path)
        visitor.browser.head(path, base_url="https://portal.example.org")
    assert not {"ask_for_link", "ask_again", "confirm"} & set(services.calls)


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
@pytest.mark.parametrize("path", [FRONT, f"{FRONT}/send-again", f"{FRONT}/choose", CONFIRM])
def test_another_site_cannot_ask(visitor: Any, services: Any, path: str, headers: dict[str, str]) -> None:
    visitor.sees(FRONT)
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.text)
    given = {"csrf_token": token[1] if token else "", "contact": KNOWN[0]}
    answer = visitor.browser.post(path, data=given, base_url="https://portal.example.org", headers=headers)
    assert (answer.status_code, services.asked) == (403, [])


@pytest.mark.parametrize("path", [FRONT, f"{FRONT}/send-again", f"{FRONT}/choose", CONFIRM])
def test_a_form_without_its_token_asks_nothing(visitor: Any, services: Any, path: str) -> None:
    answer = visitor.browser.post(path, data={"contact": KNOWN[0]}, base_url="https://portal.example.org")
    assert (answer.status_code, services.asked) == (400, [])


def test_who_is_signed_in_goes_to_their_appointments(full: Any) -> None:
    for path in (FRONT, f"{FRONT}/appointment"):
        full.sees(path)
        assert (full.status, full.page.headers["Location"]) == (303, LIST)


def test_who_is_signed_in_for_one_appointment_may_ask_for_all(pat: Any, services: Any) -> None:
    page = pat.sees(f"{FRONT}/appointments/00000000-0000-0000-0000-000000000033")
    assert "this appointment only" in page
    assert f'href="{FRONT}">See all your appointments</a>' in page
    assert "Go to your appointment" in pat.sees(FRONT)
    pat.sends(FRONT, contact=KNOWN[0])
    assert services.asked == [KNOWN[0]]


def test_the_sign_in_link_leads_to_all_appointments(visitor: Any, services: Any) -> None:
    page = open_link(visitor, "sign-in-token")
    assert "the person the appointment is for: yours, or for example your child’s" in page
    assert services.calls.count("confirm") == 0
    visitor.sends(CONFIRM, **RIGHT)
    assert visitor.page.headers["Location"] == LIST
    assert "Your appointments" in visitor.follows()
    open_link(visitor, "sign-in-token")
    assert visitor.page.headers["Location"] == f"{FRONT}/appointment"


def test_opening_a_sign_in_link_asks_nobody_and_keeps_the_token_out_of_sight(visitor: Any, services: Any) -> None:
    visitor.sees("/p/harbour-street/s/sign-in-token")
    assert (visitor.page.headers["Location"], services.calls) == (CONFIRM, [])
    assert "sign-in-token" not in str(visitor.page.headers) + visitor.text


def test_an_ended_sign_in_link_offers_a_new_one_to_where_it_went(visitor: Any, services: Any) -> None:
    page = open_link(visitor, "sign-in-old")
    assert visitor.status == 404
    assert "Send a new link" in page
    visitor.sends(f"{FRONT}/send-again")
    assert services.asked == ["sign-in-old"]
    assert visitor.page.headers["Location"] == SENT
    assert "sign-in-old" not in visitor.follows()


def test_a_sign_in_link_that_was_used_under_the_form_offers_a_new_one(visitor: Any, services: Any) -> None:
    open_link(visitor, "sign-in-token")
    services.outcome = ConfirmedFacts("expired")
    assert "Send a new link" in visitor.sends(CONFIRM, **RIGHT)
    assert visitor.status == 404


@pytest.mark.parametrize("address", ["a/old-token", "a/nobodys-token", "s/nobodys-token", f"s/{'x' * 300}"])
def test_any_other_ended_link_leads_to_asking_for_one(visitor: Any, services: Any, address: str) -> None:
    visitor.sees(f"{FRONT}/{address}")
    page = visitor.follows()
    assert visitor.status == 404
    assert "Send a new link" not in page
    assert f'href="{FRONT}">Ask for a link</a>' in page


def test_sending_again_without_a_link_sends_nothing(visitor: Any, services: Any) -> None:
    visitor.sees(FRONT)
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.text)
    given = {"csrf_token": token[1] if token else ""}
    answer = visitor.browser.post(f"{FRONT}/send-again", data=given, base_url="https://portal.example.org")
    assert (answer.status_code, services.asked) == (404, [])


def test_a_record_that_may_be_incomplete_is_said_beside_the_mismatch(visitor: Any, services: Any) -> None:
    open_link(visitor, "sign-in-token")
    services.outcome = ConfirmedFacts("mismatch", 3, some_incomplete=True)
    page = visitor.sends(CONFIRM, **RIGHT)
    assert "may be missing one of them" in page
    assert "Call the clinic on <a " in page
    assert ">0151 496 0182</a>" in page
    services.outcome = ConfirmedFacts("mismatch", 2)
    assert "may be missing one of them" not in visitor.sends(CONFIRM, **RIGHT)


@pytest.mark.parametrize(
    "contact", ["<script>alert(1)</script>", '"><img src=x>', "{{7*7}}", "\u202eabc", "' onfocus='x"]
)
def test_what_was_typed_stays_text(visitor: Any, contact: str) -> None:
    visitor.sees(FRONT)
    page = visitor.sends(FRONT, contact=contact)
    assert visitor.status == 422
    field = re.search(r'<input class="govuk-input[^>]* value="([^"]*)">', page)
    assert field
    assert unescape(field[1]) == contact
    assert not re.search(r"<script|<img src=x", page)


def test_no_log_line_holds_a_contact_or_a_token(visitor: Any, services: Any, caplog: pytest.LogCaptureFixture) -> None:
    visitor.sees(FRONT)
    services.down_for = {"ask_for_link", "open_link"}
    visitor.sends(FRONT, contact=KNOWN[0])
    assert visitor.status == 503
    open_link(visitor, "sign-in-token")
    assert visitor.status == 503
    assert "pat@example.org" not in caplog.text
    assert "sign-in-token" not in caplog.text


@pytest.mark.parametrize("secret", ["rivers-full-secret", "rivers-half-secret"])
def test_another_practices_session_is_none_here(visitor: Any, secret: str) -> None:
    visitor.holds(secret)
    page = visitor.sees(FRONT)
    assert visitor.status == 200
    assert "Sign out" not in page
    assert "Charlie" not in page
