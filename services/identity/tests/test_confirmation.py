"""The verdict on one complete post (F8, F10, F14)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from clinic.identity.domain.confirmation import Known, MustWait, Verdict, confirm
from clinic.identity.domain.facts import Facts
from clinic.identity.domain.links import AppointmentTime, Link

NOW = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
PAT, SAM, LINK, APPOINTMENT = (UUID(int=number) for number in (1, 2, 3, 4))
RIGHT = Facts(date(1985, 3, 7), "l14ds")
WRONG = Facts(date(1985, 3, 7), "l14dt")
HER_LINK = Link(LINK, "appointment", PAT, APPOINTMENT, None, 0, date(1985, 3, 7), "L1 4DS")
START = AppointmentTime(PAT, NOW + timedelta(hours=1))
KNOWN = Known(HER_LINK, START, (), (), NOW)


def known(**given: Any) -> Known:
    link = {name: given.pop(name) for name in list(given) if hasattr(HER_LINK, name)}
    return replace(KNOWN, link=replace(HER_LINK, **link), **given) if link else replace(KNOWN, **given)


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=number) for number in minutes]


def test_right_facts_are_confirmed_and_count_nothing() -> None:
    assert confirm(KNOWN, RIGHT, waited=False) == Verdict("confirmed")


def test_wrong_facts_count_for_source_practice_link_and_client() -> None:
    assert confirm(KNOWN, WRONG, waited=False) == Verdict("mismatch", counts=True, counts_client=True, tries_left=4)


def test_tries_left_are_the_fewer_of_link_and_client() -> None:
    assert confirm(known(client_tries=ago(*range(8))), WRONG, waited=False).tries_left == 1
    assert confirm(known(wrong_tries=4), WRONG, waited=False).tries_left == 0


@pytest.mark.parametrize("facts", [RIGHT, WRONG])
def test_past_a_limit_even_right_facts_open_nothing(facts: Facts) -> None:
    assert confirm(known(wrong_tries=5), facts, waited=False) == Verdict("too_many_tries")
    assert confirm(known(client_tries=ago(*range(10))), facts, waited=False) == Verdict("too_many_tries")


def test_a_client_s_tries_count_for_exactly_a_day() -> None:
    day = 24 * 60
    assert confirm(known(client_tries=ago(*[day] * 10)), RIGHT, waited=False).outcome == "confirmed"
    assert confirm(known(client_tries=ago(*[day - 0.01] * 10)), RIGHT, waited=False).outcome == "too_many_tries"


@pytest.mark.parametrize("facts", [RIGHT, WRONG])
def test_an_unknown_link_counts_for_source_and_practice_only(facts: Facts) -> None:
    assert confirm(known(link=None), facts, waited=False) == Verdict("unknown", counts=True)


def test_a_link_to_somebody_else_s_appointment_is_unknown() -> None:
    strange = known(appointment=AppointmentTime(SAM, START.starts_at))
    assert confirm(strange, RIGHT, waited=False) == Verdict("unknown", counts=True)


@pytest.mark.parametrize("link", [HER_LINK, None])
def test_a_source_past_its_limit_waits_before_anything_is_said(link: Link | None) -> None:
    busy = known(link=link, source_tries=ago(*range(20)))
    with pytest.raises(MustWait):
        confirm(busy, RIGHT, waited=False)
    assert confirm(busy, RIGHT, waited=True).outcome == ("confirmed" if link else "too_many_tries")


def test_a_source_s_tries_count_for_an_hour() -> None:
    assert confirm(known(source_tries=ago(*[60] * 20)), RIGHT, waited=False).outcome == "confirmed"


def test_expired_and_revoked_links_and_empty_records_count_nothing() -> None:
    now = known(appointment=AppointmentTime(PAT, NOW))
    assert confirm(now, RIGHT, waited=False) == Verdict("expired")
    assert confirm(known(revoked_at=NOW), RIGHT, waited=False) == Verdict("expired")
    assert confirm(known(postcode=" "), RIGHT, waited=False) == Verdict("record_incomplete")
    assert confirm(known(date_of_birth=None), RIGHT, waited=False) == Verdict("record_incomplete")
