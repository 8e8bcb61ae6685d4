"""The wording of every outcome, and the picker's week in words."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from clinic.kernel.client_time import say_zone
from clinic.kernel.errors import Refused
from clinic.portal.adapters.appointments import read_appointment
from clinic.portal.adapters.availability import read_catalogue, read_week
from clinic.portal.adapters.identity import HttpIdentity
from clinic.portal.adapters.link_seal import LinkSeal, SealedLink
from clinic.portal.domain.appointment import OfferedDay, OfferedWeek, Paid
from clinic.portal.domain.money import say_paid
from clinic.portal.domain.people import name_choices
from clinic.portal.domain.picker import shown_days, week_title, weeks_on_offer
from clinic.portal.domain.session import Choice
from clinic.portal.domain.wording import WORDINGS, Wording, wording_of

HTTP = Path(__file__).parents[4] / "docs" / "http.md"
STAFF_ONLY = {"unknown_clinician", "unknown_location", "unknown_appointment_type"}
LONDON, NOON = "Europe/London", datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def test_every_refusal_code_of_the_agreed_shape_has_its_wording() -> None:
    text = HTTP.read_text(encoding="utf-8")
    listed = text[text.index("Refusal codes and their status:") :].partition("\n\n")[0]
    codes = set(re.findall(r"`([a-z_]+)`", listed)) - {"appointment"}
    assert len(codes) > 12
    assert codes - STAFF_ONLY <= set(WORDINGS)


@pytest.mark.parametrize("code", sorted(WORDINGS))
def test_no_wording_has_an_open_place_once_it_is_filled(code: str) -> None:
    filled = wording_of(code).fill(
        phone="0151 496 0182", window="24 hours", weeks="8 weeks", new="Monday, 9am", paid="£1"
    )
    assert "{" not in filled.heading + filled.text + filled.way_on
    without = wording_of(code).fill(phone="", window="24 hours", weeks="8 weeks", new="Monday, 9am", paid="£1")
    assert not re.search(r"[Cc]all\b(?! the)|\{", without.heading + without.text + without.way_on)


def test_a_value_is_never_read_as_a_place() -> None:
    assert Wording("{new}", "").fill(phone="1", new="{phone}").heading in {"{phone}", "1"}
    assert Wording("", "", "Call the clinic on {phone}").fill(phone="{new}", new="x").way_on.endswith("{new}")


def test_an_unknown_code_is_told_as_an_unexpected_problem() -> None:
    assert wording_of("something_new") is WORDINGS["unexpected"]


def week(first: str, *free: str, first_week: str | None = "2026-11-30", earlier: str | None = None) -> OfferedWeek:
    start = date.fromisoformat(first)
    days = tuple(OfferedDay(date.fromisoformat(day), (datetime.fromisoformat(f"{day}T09:00Z"),)) for day in free)
    return OfferedWeek(
        zone=LONDON,
        first=start,
        last=date.fromordinal(start.toordinal() + 6),
        up_to_date=True,
        first_week=date.fromisoformat(first_week) if first_week else None,
        days=days,
        earlier_from=date.fromisoformat(earlier) if earlier else None,
        later_from=None,
        last_date=date(2027, 1, 24),
    )


def test_the_first_free_week_begins_with_its_first_free_day_and_says_so() -> None:
    days = shown_days(week("2026-11-30", "2026-12-02"), NOON)
    assert [day.day.day for day in days] == [2, 3, 4]
    assert [day.is_first_free for day in days] == [True, False, False]


def test_a_later_week_shows_all_its_working_days() -> None:
    days = shown_days(week("2026-12-07", "2026-12-09", earlier="2026-11-30"), NOON)
    assert [day.day.day for day in days] == [7, 8, 9, 10, 11]
    assert not any(day.is_first_free for day in days)


def test_a_weekend_day_is_shown_when_it_has_a_time() -> None:
    assert date(2026, 12, 12) in {day.day for day in shown_days(week("2026-12-07", "2026-12-12"), NOON)}


def test_the_present_time_is_marked() -> None:
    (only,) = shown_days(week("2026-12-04", "2026-12-04"), datetime(2026, 12, 4, 9, tzinfo=UTC))[0].times
    assert only.is_current


@pytest.mark.parametrize(
    ("first", "free", "said"),
    [
        ("2026-12-07", ["2026-12-09"], "7 to 11 December"),
        ("2026-11-30", ["2026-11-30"], "30 November to 4 December"),
        ("2026-12-28", ["2026-12-29"], "28 December 2026 to 1 January 2027"),
    ],
)
def test_a_week_is_named_by_its_first_and_last_day(first: str, free: list[str], said: str) -> None:
    found = week(first, *free, first_week="2026-11-30")
    assert week_title(shown_days(found, NOON), found) == said


def test_how_far_was_looked_is_said_in_weeks() -> None:
    assert weeks_on_offer(week("2026-11-30")) == "8 weeks"


@pytest.mark.parametrize(
    ("zone", "said"), [(LONDON, "UK time"), ("Europe/Dublin", "Dublin time"), ("America/New_York", "New York time")]
)
def test_a_zone_is_called_what_people_call_it(zone: str, said: str) -> None:
    assert say_zone(zone) == said


def test_a_sealed_link_opens_for_its_own_practice_only() -> None:
    seal, other = LinkSeal(b"k" * 32), LinkSeal(b"o" * 32)
    sealed = seal.seal("harbour-street", "token")
    assert sealed is not None
    assert "token" not in sealed
    assert seal.open("harbour-street", sealed) == SealedLink("token", is_sign_in=False)
    for opened in (
        seal.open("river-lane", sealed),
        other.open("harbour-street", sealed),
        seal.open("harbour-street", sealed[:-2] + "zz"),
        seal.open("harbour-street", "é"),
        seal.open("harbour-street", None),
    ):
        assert opened is None


@pytest.mark.parametrize("is_sign_in", [True, False])
def test_the_seal_knows_which_address_a_link_came_from(is_sign_in: bool) -> None:
    seal = LinkSeal(b"k" * 32)
    sealed = seal.seal("harbour-street", "token", is_sign_in=is_sign_in)
    assert seal.open("harbour-street", sealed) == SealedLink("token", is_sign_in)
    assert seal.seal("harbour-street", "to\nsign-in") is None


@pytest.mark.parametrize(
    ("amount", "refunded", "currency", "said"),
    [
        (4500, 0, "GBP", "Paid £45.00"),
        (4500, 1500, "GBP", "Paid £45.00, of which £15.00 was refunded"),
        (4500, 4500, "GBP", "Paid £45.00, all of which was refunded"),
        (123456, 5, "EUR", "Paid €1,234.56, of which €0.05 was refunded"),
        (45000, 0, "SEK", "Paid SEK 450.00"),
        (0, 0, "GBP", ""),
    ],
)
def test_what_was_paid_is_said_with_what_was_given_back(amount: int, refunded: int, currency: str, said: str) -> None:
    assert say_paid(Paid(amount, refunded, currency)) == said


def test_nothing_is_said_of_an_unpaid_appointment() -> None:
    assert say_paid(None) == ""


def test_equal_first_names_are_told_apart() -> None:
    choices = [Choice(UUID(int=number), name) for number, name in ((3, "Sam"), (1, "pat"), (2, "Sam"))]
    assert [each.said for each in name_choices(choices)] == ["pat", "Sam (record 1)", "Sam (record 2)"]


def test_the_week_on_the_wire_ends_before_its_last_date() -> None:
    body = {
        "zone": LONDON,
        "from": "2026-11-30",
        "to": "2026-12-07",
        "up_to_date": True,
        "first_week": "2026-11-30",
        "days": [{"date": "2026-11-30", "times": [{"starts_at": "2026-11-30T09:00:00Z", "wall": "09:00"}]}],
        "earlier_from": None,
        "later_from": "2026-12-07",
        "last_date": "2027-01-24",
        "rules_version": 4,
        "a_newer_member": 1,
    }
    found = read_week(body)
    assert found.last == date(2026, 12, 6)
    assert found.days[0].starts == (datetime(2026, 11, 30, 9, tzinfo=UTC),)


def test_an_appointment_on_the_wire_keeps_its_windows() -> None:
    an_id = "018f0000-0000-7000-8000-000000000001"
    body = {
        **dict.fromkeys(("id", "client_id", "clinician_id", "location_id", "appointment_type_id"), an_id),
        "starts_at": "2026-11-30T09:00:00Z",
        "ends_at": "2026-11-30T09:40:00Z",
        "zone": LONDON,
        "duration_minutes": 40,
        "buffer_after_minutes": 0,
        "status": "booked",
        "status_for_client": "Booked",
        "revision": 2,
        "position": 9,
        **dict.fromkeys(("cancelled", "past", "video", "overlap_accepted", "may_leave_message"), False),
        "may_change": {"allowed": False, "reason": "too_late_to_change"},
        "may_cancel": {"allowed": True, "reason": None},
        "policy": {"text": "Please ring us.", "text_version": 3},
        "edit_window": {"kind": "minutes", "minutes": 1440},
        "cancellation_window": {"kind": "never", "minutes": 0},
    }
    found = read_appointment(body)
    assert (found.edit_window.minutes, found.cancellation_window.minutes) == (1440, None)
    assert found.may_change.reason == "too_late_to_change"
    assert found.paid is None
    paid = {"amount_pence": 4500, "refunded_pence": 1500, "currency": "GBP"}
    assert read_appointment(body | {"paid": paid}).paid == Paid(4500, 1500, "GBP")
    assert read_appointment(body | {"paid": None}).paid is None


def test_an_empty_catalogue_is_a_catalogue() -> None:
    body = {"locations": [], "appointment_types": [], "clinicians": [], "first_day_of_week": 0}
    assert read_catalogue(body).clinicians == {}


@pytest.mark.parametrize("slug", ["", ".", ".."])
def test_dots_alone_are_never_asked_about(slug: str) -> None:
    asked_nobody: Any = None
    with pytest.raises(Refused, match="not_found"):
        HttpIdentity(asked_nobody).practice_front(slug)
