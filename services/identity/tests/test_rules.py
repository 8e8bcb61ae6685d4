"""Limits, sessions, clients' records, passwords, the portal's switch."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.identity.adapters.waiting import ROOM_WITH_LINK, ROOM_WITHOUT_LINK, WaitingRooms
from clinic.identity.application import secret_texts
from clinic.identity.domain.clients import Client, asked_words, change_client, search_words
from clinic.identity.domain.contacts import Contact
from clinic.identity.domain.limits import PER_CLIENT, source_of
from clinic.identity.domain.practices import is_slug
from clinic.identity.domain.sessions import Session, is_live, is_worth_noting
from clinic.identity.domain.users import is_weak_password

NOW = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
PAT = Client(
    UUID(int=1), "C1", "Pat", "Zoë-Ek Marlow", date(1985, 3, 7), "L1 4DS", "pat@example.org", "+447700900001",
    True, True, 1,
)  # fmt: skip


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_address_is_counted_as_its_source(address: str, source: str) -> None:
    assert source_of(address) == source


@given(st.lists(st.integers(0, 3000), max_size=40))
def test_a_window_never_holds_more_than_the_limit_and_never_forgets_too_early(minutes: list[int]) -> None:
    kept: list[datetime] = []
    instants = [NOW + timedelta(minutes=minute) for minute in sorted(minutes)]
    for number, now in enumerate(instants):
        truth = sum(1 for earlier in instants[:number] if earlier > now - PER_CLIENT.period)
        assert PER_CLIENT.reached(kept, now) == (truth >= PER_CLIENT.most)
        kept = PER_CLIENT.with_one_more(kept, now)
        assert len(kept) <= PER_CLIENT.most


def session(**given: Any) -> Session:
    opened = Session(UUID(int=9), "client", PAT.client_id, None, None, NOW, NOW, None)
    return replace(opened, **given)


def test_a_session_lives_thirty_idle_minutes_and_eight_hours() -> None:
    minutes = timedelta(minutes=1)
    assert is_live(session(), "client", NOW + 30 * minutes - timedelta(microseconds=1))
    assert not is_live(session(), "client", NOW + 30 * minutes)
    assert not is_live(session(), "staff", NOW)
    assert not is_live(session(ended_at=NOW), "client", NOW)
    busy = session(last_seen_at=NOW + 479 * minutes)
    assert is_live(busy, "client", NOW + 480 * minutes - timedelta(microseconds=1))
    assert not is_live(busy, "client", NOW + 480 * minutes)


def test_being_seen_is_worth_noting_once_a_minute() -> None:
    assert not is_worth_noting(session(), NOW + timedelta(seconds=59))
    assert is_worth_noting(session(), NOW + timedelta(seconds=60))


def test_a_change_names_what_differs_and_whether_a_contact_is_lost() -> None:
    change = change_client(PAT, {"first_name": "Pat", "postcode": "L1 5AA"})
    assert (change.changed, change.client.version, change.lost_contacts) == (("postcode",), 2, ())
    assert change_client(PAT, {"email": ""}).lost_contacts == (Contact("pat@example.org", "email"),)
    assert change_client(PAT, {"mobile": "+447700900002"}).lost_contacts == (Contact("+447700900001", "sms"),)
    assert change_client(replace(PAT, email=""), {"email": "pat@example.org"}).lost_contacts == ()
    assert change_client(PAT, {"next_of_kin_email": "ruth@example.org"}).lost_contacts == ()
    unchanged = change_client(PAT, {"first_name": "Pat", "unknown": 1})
    assert (unchanged.changed, unchanged.client) == ((), PAT)


def test_a_record_is_found_by_its_words() -> None:
    assert search_words(PAT) == {"pat", "zoe-ek", "marlow", "c1", "pat@example.org", "+447700900001", "07700900001"}
    kin = replace(PAT, next_of_kin_name="Ruth", next_of_kin_email="r@example.org", next_of_kin_mobile="+447700900777")
    assert search_words(kin) == search_words(PAT)
    assert asked_words(" Zoë  mar\x00") == ("zoe", "mar")
    assert asked_words("07700 900 001") == ("07700900001",)
    assert asked_words("a b c d e f g h") == ("a", "b", "c", "d", "e", "f")


def test_a_record_is_never_printed() -> None:
    assert repr(PAT) == f"Client({PAT.client_id}, version 1)"


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        ("correct horse", False),
        ("short", True),
        ("aaaaaaaaaaaabbb", True),
        ("Olga.Smith 2026", True),
        ("x" * 300, True),
    ],
)
def test_weak_passwords(password: str, weak: bool) -> None:
    assert is_weak_password(password, "olga.smith@example.org") is weak


@pytest.mark.parametrize(
    ("text", "good"),
    [("harbour-street", True), ("a", True), ("-a", False), ("A", False), ("a/b", False), ("a\n", False), ("", False)],
)
def test_slugs(text: str, good: bool) -> None:
    assert is_slug(text) is good


@given(st.uuids(), st.text())
def test_a_session_secret_names_its_practice_and_any_text_is_bearable(practice: UUID, text: str) -> None:
    assert secret_texts.practice_of_session_secret(secret_texts.new_session_secret(practice)) == practice
    secret_texts.practice_of_session_secret(text)
    assert len(secret_texts.digest(text)) == 32


def test_link_tokens_have_at_least_128_bits_and_never_repeat() -> None:
    assert secret_texts.LINK_TOKEN_BYTES * 8 >= 128
    tokens = {secret_texts.new_link_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {24}


def test_those_without_a_link_never_take_a_place_from_those_with_one() -> None:
    waiting: list[bool] = []
    rooms = WaitingRooms(5.0, lambda seconds: waiting.append(fill()))

    def fill() -> bool:
        """Everybody comes while somebody waits."""
        return rooms.wait(with_link=False)

    assert rooms.wait(with_link=False)
    assert waiting.count(False) == 1
    assert len(waiting) == ROOM_WITHOUT_LINK
    waiting.clear()
    nested = WaitingRooms(5.0, lambda seconds: waiting.append(nested.wait(with_link=True)))
    assert nested.wait(with_link=True)
    assert len(waiting) == ROOM_WITH_LINK
