"""Staff sign-in and one-time set-up addresses."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from clinic.identity.application.staff import new_set_up_address, set_password
from clinic.kernel.errors import Refused

PASSWORD = "correct horse battery"


def sign_in(identity: Any, email: str = "olga@harbour-street.example", **given: str) -> dict[str, Any]:
    body = {"practice_slug": "harbour-street", "email": email, "password": PASSWORD, "source_address": "192.0.2.1"}
    answer: dict[str, Any] = identity.post("/staff/sign-in", body | given)
    return answer


def set_up(identity: Any, address: str, password: str = PASSWORD) -> dict[str, Any]:
    assert address.startswith("https://staff.example/p/harbour-street/set-up/")
    body = {"practice_slug": "harbour-street", "token": address.rpartition("/")[2], "password": password}
    answer: dict[str, Any] = identity.post("/staff/set-up", body)
    return answer


def test_the_first_administrator_sets_a_password_once_and_signs_in(identity: Any) -> None:
    assert sign_in(identity) == {"outcome": "mismatch"}
    assert set_up(identity, identity.set_up_address, "short") == {"outcome": "weak_password"}
    assert set_up(identity, identity.set_up_address, "olga" * 5) == {"outcome": "weak_password"}
    assert set_up(identity, identity.set_up_address) == {"outcome": "done", "email": "olga@harbour-street.example"}
    assert set_up(identity, identity.set_up_address, "another long phrase") == {"outcome": "expired"}
    signed_in = sign_in(identity, " Olga@Harbour-Street.example ")
    assert signed_in["outcome"] == "signed_in"
    found = identity.look_up(signed_in["session"], "staff").get_json()
    assert (found["kind"], found["user"]["role"], found["client"]) == ("staff", "site_administrator", None)
    assert identity.look_up(signed_in["session"], "client").status_code == 401


def test_a_set_up_address_lives_seven_days_and_a_newer_one_replaces_it(identity: Any) -> None:
    ports, practice = identity.parts.ports, identity.practice_id
    assert set_up(identity, identity.set_up_address.replace("set-up/", "set-up/x")) == {"outcome": "unknown"}
    identity.execute("UPDATE set_up_addresses SET created_at = created_at - interval '7 days'")
    assert set_up(identity, identity.set_up_address) == {"outcome": "expired"}
    with pytest.raises(Exception, match="permission denied"):
        new_set_up_address(ports, practice, "olga@harbour-street.example")


def test_a_new_password_ends_the_sessions_of_the_old_one(identity: Any) -> None:
    set_up(identity, identity.set_up_address)
    session = sign_in(identity)["session"]
    set_password(identity.parts.ports, identity.practice_id, "olga@harbour-street.example", "a new long phrase")
    assert identity.look_up(session, "staff").status_code == 401
    with pytest.raises(Refused, match="not_found"):
        set_password(identity.parts.ports, identity.practice_id, "nobody@harbour-street.example", "a new long phrase")


@pytest.mark.parametrize("email", ["olga@harbour-street.example", "nobody@harbour-street.example", "\x00\ud800"])
def test_ten_wrong_passwords_an_hour_whoever_it_is(identity: Any, email: str) -> None:
    set_up(identity, identity.set_up_address)

    def wrong(number: int) -> dict[str, Any]:
        return sign_in(identity, email, password="not the password", source_address=f"10.0.{number}.1")

    with ThreadPoolExecutor(8) as threads:
        outcomes = Counter(answer["outcome"] for answer in threads.map(wrong, range(30)))
    assert outcomes == Counter(mismatch=10, too_many_tries=20)
    assert sign_in(identity, email) == {"outcome": "too_many_tries"}
    identity.execute("UPDATE tries SET tried_at = ARRAY(SELECT t - interval '1 hour' FROM unnest(tried_at) t)")
    assert sign_in(identity)["outcome"] == "signed_in"


def test_twenty_wrong_sign_ins_from_one_address_are_the_last(identity: Any) -> None:
    set_up(identity, identity.set_up_address)
    for number in range(20):
        assert sign_in(identity, f"user{number}@harbour-street.example")["outcome"] == "mismatch"
    assert sign_in(identity)["outcome"] == "too_many_tries"
    assert sign_in(identity, source_address="192.0.2.2")["outcome"] == "signed_in"


def test_right_sign_ins_count_nothing(identity: Any) -> None:
    set_up(identity, identity.set_up_address)
    assert {sign_in(identity)["outcome"] for _ in range(25)} == {"signed_in"}


def test_nobody_signs_in_at_another_practice(identity: Any) -> None:
    set_up(identity, identity.set_up_address)
    for slug in ("mill-lane", "nobody-here"):
        assert sign_in(identity, practice_slug=slug) == {"outcome": "mismatch"}
