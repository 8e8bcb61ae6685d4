"""Listing and check agree, and a refused time names the rule (F18, F42)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from clinic.availability.domain.booking_settings import BookingSettings
from clinic.availability.domain.hours import Hours
from clinic.availability.domain.offered_times import Visit
from clinic.availability.domain.rules import Rules, free_times, why_not_offered
from clinic.availability.domain.wall_time import instant_of, minute_at_or_after

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
"""A Monday."""
RULES = Rules(
    zone="Europe/London",
    plans=[Hours(dict.fromkeys(range(5), ((540, 720), (780, 1020))))],
    absences=[],
    closed_dates=frozenset(),
    settings=BookingSettings(first_day_of_week=0, offset="2h", limit_days=14, step_minutes=15),
    visit=Visit(30, buffer_after=10),
    available_online=True,
    type_offered=True,
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant in December 2026, when London is on UTC; day 0 is 30 November."""
    return datetime(2026, 11, 30, hour, minute, tzinfo=UTC) + timedelta(days=day)


@pytest.mark.parametrize(
    ("starts_at", "reason"),
    [
        (at(0, 10), None),
        (at(0, 9, 45), "too_soon"),
        (at(1, 9), None),
        (at(1, 9, 7), "off_grid"),
        (at(1, 9) + timedelta(seconds=1), "off_grid"),
        (at(1, 9) - timedelta(seconds=1), "off_grid"),
        (at(1, 8, 45), "outside_hours"),
        (at(1, 11, 45), "outside_hours"),
        (at(1, 16, 30), None),
        (at(5, 10), "outside_hours"),
        (at(14, 16, 30), None),
        (at(15, 9), "too_far"),
    ],
)
def test_a_refused_time_names_the_rule(starts_at: datetime, reason: str | None) -> None:
    assert why_not_offered(RULES, NOW, starts_at) == reason


def test_a_closed_date_is_closed() -> None:
    rules = replace(RULES, closed_dates=frozenset({date(2026, 12, 1)}))
    assert why_not_offered(rules, NOW, at(1, 10)) == "closed"
    assert why_not_offered(rules, NOW, at(1, 8)) == "outside_hours"
    assert not [start for start in free_times(rules, NOW, []) if instant_of(start).date() == date(2026, 12, 1)]


def test_an_absence_closes_its_time_and_the_buffer_before_it() -> None:
    noon = minute_at_or_after(at(1, 11))
    rules = replace(RULES, absences=[(noon, noon + 60)])
    assert why_not_offered(rules, NOW, at(1, 11)) == "closed"
    assert why_not_offered(rules, NOW, at(1, 10, 30)) == "closed"
    assert why_not_offered(rules, NOW, at(1, 10, 15)) is None


def test_work_goes_on_over_midnight() -> None:
    rules = replace(RULES, plans=[Hours(dict.fromkeys(range(7), ((0, 1440),)))])
    assert why_not_offered(rules, NOW, at(1, 23, 45)) is None
    assert why_not_offered(rules, NOW, at(1, 23, 50)) == "off_grid"


def test_the_switch_comes_before_every_other_rule() -> None:
    rules = replace(RULES, available_online=False)
    assert why_not_offered(rules, NOW, at(1, 10)) == "clinician_not_available_online"
    assert why_not_offered(rules, NOW, at(1, 10, 1)) == "clinician_not_available_online"


def test_a_type_that_the_clinician_does_not_offer_is_refused() -> None:
    assert why_not_offered(replace(RULES, type_offered=False), NOW, at(1, 10)) == "type_not_offered"


def test_a_location_with_a_timetable_narrows_the_hours() -> None:
    rules = replace(RULES, plans=[*RULES.plans, Hours({1: ((840, 960),)})])
    assert why_not_offered(rules, NOW, at(1, 14)) is None
    assert why_not_offered(rules, NOW, at(1, 10)) == "outside_hours"
    assert why_not_offered(rules, NOW, at(2, 14)) == "outside_hours"


@hypothesis_settings(max_examples=40, deadline=None)
@given(st.sampled_from([10, 15, 25, 60, 90]), st.lists(st.integers(0, 20000), max_size=6))
def test_everything_listed_passes_the_check(step: int, busy_after: list[int]) -> None:
    rules = replace(RULES, settings=replace(RULES.settings, step_minutes=step))
    begin = minute_at_or_after(NOW)
    busy = [(begin + after, begin + after + 47) for after in busy_after]
    for start in free_times(rules, NOW, busy):
        assert why_not_offered(rules, NOW, instant_of(start)) is None


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.integers(-600, 25000))
def test_everything_not_listed_is_refused_when_nothing_is_taken(after: int) -> None:
    start = minute_at_or_after(NOW) + after
    listed = start in free_times(RULES, NOW, [])
    assert (why_not_offered(RULES, NOW, instant_of(start)) is None) == listed
