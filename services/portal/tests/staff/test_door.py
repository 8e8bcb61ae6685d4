"""Signing in and out, a first password, and whom the door keeps out."""

from typing import Any

import pytest

SIGN_IN = {"email": "olga@harbour.example", "password": "right password"}


def test_the_right_password_opens_the_diary(staff: Any) -> None:
    answer = staff(None).post("/sign-in", SIGN_IN)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/p/harbour-street/diary"
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("__Host-staff-t=olga"))
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))


@pytest.mark.parametrize("given", [SIGN_IN | {"password": "wrong"}, SIGN_IN | {"email": "nobody@harbour.example"}])
def test_every_mismatch_is_one_sentence_and_keeps_the_address(staff: Any, given: dict[str, str]) -> None:
    answer = staff(None).post("/sign-in", given)
    assert answer.status_code == 422
    assert "The e-mail address and the password do not match." in answer.text
    assert given["email"] in answer.text
    assert given["password"] not in answer.text


def test_too_many_attempts_are_told(staff: Any) -> None:
    answer = staff(None).post("/sign-in", SIGN_IN | {"email": "locked@harbour.example"})
    assert (answer.status_code, "too many wrong attempts" in answer.text) == (429, True)


def test_an_empty_form_names_its_fields(staff: Any) -> None:
    answer = staff(None).post("/sign-in", {})
    assert answer.status_code == 422
    assert "Error: Sign in" in " ".join(answer.text.split())
    assert 'href="#email"' in answer.text
    assert 'href="#password"' in answer.text


def test_a_set_up_address_lets_choose_a_password_once(staff: Any) -> None:
    browser = staff(None)
    assert browser.get("/set-up/fresh").status_code == 200
    answer = browser.post("/set-up/fresh", {"password": "four words that fit", "again": "four words that fit"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/harbour-street/sign-in")
    assert "Your password is set" in browser.get("/sign-in").text


@pytest.mark.parametrize(
    ("token", "password", "again", "status", "sentence"),
    [
        ("fresh", "short", "short", 422, "at least 12 characters"),
        ("fresh", "four words that fit", "three words", 422, "not the same"),
        ("expired", "four words that fit", "four words that fit", 410, "expired"),
        ("guessed", "four words that fit", "four words that fit", 410, "not valid"),
    ],
)
def test_a_set_up_that_is_refused_says_why(
    staff: Any, token: str, password: str, again: str, status: int, sentence: str
) -> None:
    answer = staff(None).post(f"/set-up/{token}", {"password": password, "again": again})
    assert answer.status_code == status
    assert sentence in answer.text
    assert password not in answer.text


def test_signing_out_ends_the_session_at_identity(staff: Any, world: Any) -> None:
    browser = staff("olga")
    assert browser.post("/sign-out").status_code == 303
    assert world.ended == ["olga"]
    assert browser.get("/diary").headers["Location"] == "/p/harbour-street/sign-in"


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page(staff: Any) -> None:
    for path in ("", "/diary", "/clients", "/settings/portal", "/notifications"):
        answer = staff(None).get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/p/harbour-street/sign-in")


def test_a_form_without_its_token_or_from_elsewhere_does_nothing(staff: Any, world: Any) -> None:
    browser = staff("olga")
    assert browser.post("/notifications/read-all", token=False).status_code == 400
    foreign = browser.client.post(
        "/p/harbour-street/notifications/read-all",
        base_url="https://staff.example.org",
        headers={"Origin": "https://evil.example"},
    )
    assert foreign.status_code == 403
    assert not world.said("mark_all_read")


def test_the_sign_in_page_of_an_unknown_practice_does_not_exist(staff: Any) -> None:
    answer = staff(None, "nowhere").get("/sign-in")
    assert answer.status_code == 404
    assert "it ends in /p/" in answer.text
