"""The verdict on one complete post (F8, F10, F14)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from clinic.identity.domain import confirmation
from clinic.identity.domain.clients import Client
from clinic.identity.domain.confirmation import Known, MustWait, Verdict, confirm
from clinic.identity.domain.facts import Facts, same_facts
from clinic.identity.domain.links import AppointmentTime, Link, Reach, can_send_again

NOW = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
PAT, SAM, KAY, LINK, APPOINTMENT = (UUID(int=number) for number in (1, 2, 3, 4, 5))
RIGHT = Facts(date(1985, 3, 7), "l14ds")
WRONG = Facts(date(1985, 3, 7), "l14dt")
RECORD = Client(PAT, "C1", "Pat", "Marlow", date(1985, 3, 7), "L1 4DS", "pat@example.org", "", True, True, 1)
TWIN = replace(RECORD, client_id=SAM, first_name="Sam")
CHILD = replace(RECORD, client_id=KAY, first_name="Kay", date_of_birth=date(2019, 5, 1))
HER_LINK = Link(LINK, "appointment", PAT, APPOINTMENT, None, None, NOW - timedelta(days=9), None, None, 0)
HER_SIGN_IN_LINK = Link(LINK, "sign_in", PAT, None, "email", b"h" * 32, NOW - timedelta(minutes=2), None, None, 0)
START = AppointmentTime(PAT, NOW + timedelta(hours=1))
KNOWN = Known(HER_LINK, Reach([RECORD], START), (), NOW)


def known(**given: Any) -> Known:
    """An appointment link, changed; `sign_in=True` makes it a sign-in link."""
    link, reach = HER_LINK, KNOWN.reach
    if given.pop("sign_in", False):
        link, reach = HER_SIGN_IN_LINK, replace(reach, appointment=None)
    link = replace(link, **{name: given.pop(name) for name in list(given) if hasattr(link, name)})
    reach = replace(reach, **{name: given.pop(name) for name in list(given) if hasattr(reach, name)})
    return replace(Known(link, reach, (), NOW), **given)


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=number) for number in minutes]


def test_right_facts_are_confirmed_and_count_nothing() -> None:
    assert confirm(KNOWN, RIGHT, waited=False) == Verdict("confirmed", (RECORD,))


def test_wrong_facts_count_for_source_practice_link_and_client() -> None:
    assert confirm(KNOWN, WRONG, waited=False) == Verdict("mismatch", counts=True, counts_holder=True, tries_left=4)


def test_tries_left_are_the_fewer_of_link_and_client() -> None:
    assert confirm(known(tries=ago(*range(8))), WRONG, waited=False).tries_left == 1
    assert confirm(known(wrong_tries=4), WRONG, waited=False).tries_left == 0


@pytest.mark.parametrize("facts", [RIGHT, WRONG])
def test_past_a_limit_even_right_facts_open_nothing(facts: Facts) -> None:
    assert confirm(known(wrong_tries=5), facts, waited=False) == Verdict("too_many_tries")
    assert confirm(known(tries=ago(*range(10))), facts, waited=False) == Verdict("too_many_tries")


def test_a_client_s_tries_count_for_exactly_a_day() -> None:
    day = 24 * 60
    assert confirm(known(tries=ago(*[day] * 10)), RIGHT, waited=False).outcome == "confirmed"
    assert confirm(known(tries=ago(*[day - 0.01] * 10)), RIGHT, waited=False).outcome == "too_many_tries"


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
    assert confirm(known(records=[replace(RECORD, postcode=" ")]), RIGHT, waited=False) == Verdict("record_incomplete")
    assert confirm(known(records=[replace(RECORD, date_of_birth=None)]), RIGHT, waited=False) == Verdict(
        "record_incomplete"
    )


def test_the_facts_pick_the_record_among_all_who_have_the_contact() -> None:
    family = known(sign_in=True, records=[RECORD, CHILD])
    assert confirm(family, RIGHT, waited=False) == Verdict("confirmed", (RECORD,))
    assert confirm(family, Facts(date(2019, 5, 1), "l14ds"), waited=False) == Verdict("confirmed", (CHILD,))
    assert confirm(family, WRONG, waited=False) == Verdict("mismatch", counts=True, counts_holder=True, tries_left=4)


def test_twins_are_chosen_among_and_nobody_else_is_offered() -> None:
    twins = known(sign_in=True, records=[RECORD, CHILD, TWIN])
    assert confirm(twins, RIGHT, waited=False) == Verdict("choose_client", (RECORD, TWIN))


def test_incomplete_records_are_told_at_once_where_all_are_and_beside_the_mismatch_where_some_are() -> None:
    empty = replace(TWIN, date_of_birth=None)
    assert confirm(known(sign_in=True, records=[empty]), RIGHT, waited=False) == Verdict("record_incomplete")
    some = known(sign_in=True, records=[empty, CHILD])
    told = Verdict("mismatch", counts=True, counts_holder=True, tries_left=4, some_incomplete=True)
    assert confirm(some, RIGHT, waited=False) == told
    assert confirm(known(sign_in=True, records=[empty, RECORD]), RIGHT, waited=False).outcome == "confirmed"


def test_a_sign_in_link_ends_after_half_an_hour_its_use_a_newer_one_or_with_its_contact() -> None:
    half_an_hour = timedelta(minutes=30)
    last = known(sign_in=True, created_at=NOW - half_an_hour + timedelta(microseconds=1))
    assert confirm(last, RIGHT, waited=False).outcome == "confirmed"
    for ended in (
        known(sign_in=True, created_at=NOW - half_an_hour),
        known(sign_in=True, used_at=NOW),
        known(sign_in=True, revoked_at=NOW),
        known(sign_in=True, records=[]),
    ):
        for facts in (RIGHT, WRONG):
            assert confirm(ended, facts, waited=False) == Verdict("expired")


def test_a_locked_client_is_not_compared_and_where_all_are_the_holder_is_told() -> None:
    one = known(sign_in=True, records=[RECORD, CHILD], locked=frozenset({PAT}))
    assert confirm(one, RIGHT, waited=False).outcome == "mismatch"
    assert confirm(one, Facts(date(2019, 5, 1), "l14ds"), waited=False).clients == (CHILD,)
    both = known(sign_in=True, records=[RECORD, CHILD], locked=frozenset({PAT, KAY}))
    assert confirm(both, RIGHT, waited=False) == Verdict("too_many_tries")


def test_every_record_is_compared_whatever_fits_first(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    def counting(entered: Facts, born: date | None, postcode: str) -> bool:
        compared.append(postcode)
        return same_facts(entered, born, postcode)

    monkeypatch.setattr(confirmation, "same_facts", counting)
    for facts in (RIGHT, WRONG):
        for records in ([RECORD, CHILD, TWIN], [CHILD, TWIN, RECORD]):
            confirm(known(sign_in=True, records=records), facts, waited=False)
    assert len(compared) == 4 * 3
    confirm(known(link=None, records=[]), RIGHT, waited=False)
    assert len(compared) == 4 * 3 + 1


def test_only_a_sign_in_link_that_has_ended_offers_to_be_sent_again() -> None:
    assert can_send_again(HER_SIGN_IN_LINK, "expired")
    assert not can_send_again(HER_SIGN_IN_LINK, "ready")
    assert not can_send_again(HER_LINK, "expired")
    assert not can_send_again(None, "unknown")
