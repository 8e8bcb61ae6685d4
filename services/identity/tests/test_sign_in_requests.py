"""Which requests for a sign-in link are accepted (F9, F14; promises.md, mail bombing)."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from clinic.identity.domain.contacts import Contact
from clinic.identity.domain.sign_in_requests import (
    LINKS_BY_SMS,
    LINKS_PER_PRACTICE,
    OLDEST,
    PER_CONTACT_A_DAY,
    PER_CONTACT_SHORTLY,
    REQUESTS_PER_SOURCE,
    SignInRequest,
    is_too_old,
    judge,
    windows_of,
)

NOW = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
PAT, STRANGER = Contact("pat@example.org", "email"), Contact("+447700900999", "sms")
MINUTE = timedelta(minutes=1)


def ask(contact: Contact = PAT, number: int = 0, source: str = "", at: datetime = NOW) -> SignInRequest:
    return SignInRequest(UUID(int=number), contact, source or f"10.0.0.{number}", at)


def accepted(requests: Sequence[SignInRequest], windows: Any = None, now: datetime = NOW) -> list[int]:
    judged = judge(requests, {PAT}, windows or {}, now)
    return [request.request_id.int for request in judged.accepted]


def test_a_known_contact_is_accepted_and_a_stranger_leaves_no_trace_but_the_source_s() -> None:
    judged = judge([ask(PAT, 1), ask(STRANGER, 2)], {PAT}, {}, NOW)
    assert [request.request_id.int for request in judged.accepted] == [1]
    assert judged.windows == {
        "practice": [NOW], ask().contact_window: [NOW], "source:10.0.0.1": [NOW], "source:10.0.0.2": [NOW],
    }  # fmt: skip


def test_three_in_a_quarter_of_an_hour() -> None:
    assert accepted([ask(number=number) for number in range(9)]) == [0, 1, 2]
    earlier = {ask().contact_window: [NOW - 15 * MINUTE, NOW - 14 * MINUTE, NOW - 13 * MINUTE]}
    assert accepted([ask(number=number) for number in range(9)], earlier) == [0]


def test_ten_a_day() -> None:
    day = timedelta(days=1)
    spread = [NOW - day + 20 * MINUTE * number for number in range(1, 11)]
    assert accepted([ask()], {ask().contact_window: spread}) == []
    assert accepted([ask()], {ask().contact_window: [NOW - day, *spread[:9]]}) == [0]


def test_a_source_is_dropped_after_sixty_an_hour_whomever_it_asks_for() -> None:
    asked = [ask(STRANGER, number, "192.0.2.1") for number in range(60)] + [ask(PAT, 60, "192.0.2.1"), ask(PAT, 61)]
    assert accepted(asked) == [61]
    assert accepted([ask(PAT, 1, "192.0.2.1")], {"source:192.0.2.1": [NOW - 60 * MINUTE] * 60}) == [1]


def test_what_is_dropped_counts_nothing_against_the_contact() -> None:
    flood = [ask(PAT, number, "192.0.2.1", NOW - OLDEST) for number in range(50)]
    judged = judge(flood, {PAT}, {"source:192.0.2.2": [NOW] * 60}, NOW)
    assert (judged.accepted, judged.windows) == ((), {})
    refused = judge([ask(PAT, 1, "192.0.2.2")], {PAT}, {"source:192.0.2.2": [NOW] * 60}, NOW)
    assert (refused.accepted, refused.windows) == ((), {})


def test_a_request_is_good_for_a_quarter_of_an_hour() -> None:
    assert not is_too_old(ask(at=NOW - 15 * MINUTE + timedelta(microseconds=1)), NOW)
    assert is_too_old(ask(at=NOW - 15 * MINUTE), NOW)


def test_text_messages_have_a_budget_of_their_own_that_leaves_reminders_theirs() -> None:
    known, spent = {PAT, STRANGER}, {"practice by sms": [NOW - MINUTE] * (LINKS_BY_SMS.most - 1)}
    judged = judge([ask(STRANGER, 1), ask(STRANGER, 2), ask(PAT, 3)], known, spent, NOW)
    assert ([request.request_id.int for request in judged.accepted], judged.over_budget) == ([1, 3], True)
    assert judged.windows["practice by sms"] == [*spent["practice by sms"], NOW]
    assert "practice by sms" in windows_of([ask(STRANGER)])
    assert "practice by sms" not in judge([ask(PAT)], known, {}, NOW).windows, "an e-mail costs none of it"
    assert LINKS_BY_SMS.most <= 500, "half of what notifications sends a day by default (ADR 0022)"


def test_the_daily_budget_of_a_practice_ends_all_sending_and_says_so() -> None:
    spent = {"practice": [NOW - MINUTE] * (LINKS_PER_PRACTICE.most - 1)}
    judged = judge([ask(number=1), ask(number=2), ask(STRANGER, 3)], {PAT}, spent, NOW)
    assert ([request.request_id.int for request in judged.accepted], judged.over_budget) == ([1], True)
    assert not judge([ask(STRANGER)], {PAT}, {"practice": [NOW] * 1000}, NOW).over_budget


def test_all_windows_that_requests_count_in_are_named() -> None:
    requests = [ask(PAT, 1), ask(STRANGER, 2)]
    assert judge(requests, {PAT, STRANGER}, {}, NOW).windows.keys() == set(windows_of(requests))


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 40)), max_size=120))
def test_no_contact_is_ever_sent_more_than_the_limits(steps: list[tuple[int, int, int]]) -> None:
    """In batches of random sizes, over random gaps: at no moment more than 3 in 15 minutes, or 10 in a day."""
    contacts = [Contact(f"c{number}@example.org", "email") for number in range(3)]
    windows: dict[str, Sequence[datetime]] = {}
    sent: list[tuple[Contact, datetime]] = []
    now = NOW
    for number, (who, source, gap) in enumerate(steps):
        now += gap * MINUTE
        judged = judge([ask(contacts[who], number, f"10.1.1.{source}", now)], set(contacts), windows, now)
        windows |= judged.windows
        sent += [(request.contact, now) for request in judged.accepted]
        for limit in (PER_CONTACT_SHORTLY, PER_CONTACT_A_DAY):
            recent = Counter(contact for contact, at in sent if at > now - limit.period)
            assert all(count <= limit.most for count in recent.values())
    assert all(len(instants) <= REQUESTS_PER_SOURCE.most for name, instants in windows.items() if name != "practice")
