"""The weeks of the picker (F20)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from clinic.availability.application.offered_times import Weeks, list_offered_times
from clinic.availability.application.ports import Asked, Case, Unknown
from clinic.availability.application.up_to_date import UpToDate
from clinic.availability.domain.booking_settings import BookingSettings
from clinic.availability.domain.hours import Hours
from clinic.availability.domain.intervals import Interval
from clinic.availability.domain.offered_times import Visit
from clinic.availability.domain.rules import Rules
from clinic.availability.domain.wall_time import minute_at_or_after
from clinic.kernel.errors import Refused

NOW = datetime(2026, 10, 21, 8, 0, tzinfo=UTC)
"""Wednesday 9:00 in London, four days before the clocks go back."""
RULES = Rules(
    zone="Europe/London",
    plans=[Hours(dict.fromkeys(range(5), ((540, 600),)))],
    absences=[],
    closed_dates=frozenset(),
    settings=BookingSettings(first_day_of_week=0, offset="2h", limit_days=14, step_minutes=30),
    visit=Visit(30),
    available_online=True,
    type_offered=True,
)


class Followed:
    """A ledger that always answers."""

    def checkpoint(self, practice_id: UUID) -> int:
        return 9

    def catch_up(self, practice_id: UUID, *, deadline_seconds: float | None = None) -> int:
        return 9


class FixedDiary:
    """A diary with one case."""

    def __init__(self, found: Case | Unknown) -> None:
        self.found = found

    def case(self, practice_id: UUID, asked: Asked, *, with_taken: bool) -> Case | Unknown:
        return self.found


def weeks(
    rules: Rules = RULES,
    taken: Sequence[Interval] = (),
    *,
    start: object = "first",
    number: int = 1,
    for_client: bool = True,
    found: Unknown | None = None,
) -> Weeks:
    diary = FixedDiary(found or Case(NOW, rules, taken, video=False, rules_version=3))
    return list_offered_times(
        diary,
        UpToDate(Followed(), lambda: 0.0),
        uuid4(),
        Asked(uuid4(), uuid4(), uuid4()),
        start=start,  # type: ignore[arg-type]
        weeks=number,
        min_position=0,
        for_client=for_client,
    )


def walls(found: Weeks) -> dict[str, list[str]]:
    return {day.on.isoformat(): [wall for _, wall in day.times] for day in found.days if day.times}


def test_it_opens_on_the_week_of_the_first_free_time() -> None:
    found = weeks()
    assert (found.from_date, found.to_date, found.first_week) == (
        date(2026, 10, 19),
        date(2026, 10, 26),
        date(2026, 10, 19),
    )
    assert walls(found) == {"2026-10-22": ["09:00", "09:30"], "2026-10-23": ["09:00", "09:30"]}
    assert found.earlier_from is None
    assert found.later_from == date(2026, 10, 26)
    assert len(found.days) == 7


def test_a_full_week_is_passed_over() -> None:
    start = minute_at_or_after(NOW)
    found = weeks(taken=[(start, start + 5 * 1440)])
    assert found.from_date == date(2026, 10, 26)
    assert found.earlier_from == date(2026, 10, 19)


def test_the_wall_time_is_the_same_after_the_clock_change() -> None:
    monday = next(day for day in weeks(start=date(2026, 10, 28)).days if day.on == date(2026, 10, 26))
    assert [wall for _, wall in monday.times] == ["09:00", "09:30"]
    assert monday.times[0][0] == datetime(2026, 10, 26, 9, 0, tzinfo=UTC)


def test_the_last_week_ends_with_the_limit() -> None:
    found = weeks(start=date(2026, 11, 3))
    assert list(walls(found)) == ["2026-11-02", "2026-11-03", "2026-11-04"]
    assert found.later_from is None
    assert found.last_date == date(2026, 11, 4)


@pytest.mark.parametrize("start", [date.min, date(2026, 1, 1)])
def test_a_week_in_the_past_is_this_week(start: date) -> None:
    assert weeks(start=start).from_date == date(2026, 10, 19)


@pytest.mark.parametrize("start", [date.max, date(2027, 1, 1)])
def test_a_week_past_the_limit_is_the_last_week(start: date) -> None:
    assert weeks(start=start).from_date == date(2026, 11, 2)


def test_no_free_time_up_to_the_limit_has_no_first_week() -> None:
    start = minute_at_or_after(NOW)
    found = weeks(taken=[(start, start + 60 * 1440)])
    assert found.first_week is None
    assert found.from_date == date(2026, 10, 19)
    assert walls(found) == {}


def test_several_weeks_come_in_one_answer() -> None:
    found = weeks(number=2)
    assert found.to_date - found.from_date == timedelta(days=14)
    assert found.later_from == date(2026, 11, 2)


def test_a_week_may_start_on_sunday() -> None:
    rules = replace(RULES, settings=replace(RULES.settings, first_day_of_week=6))
    assert weeks(rules).from_date == date(2026, 10, 18)


def test_a_client_is_offered_nothing_while_the_switch_is_off_and_staff_are() -> None:
    rules = replace(RULES, available_online=False)
    assert weeks(rules).first_week is None
    assert weeks(rules).available_online is False
    assert weeks(rules, for_client=False).first_week == date(2026, 10, 19)


def test_unknown_names_are_invalid() -> None:
    with pytest.raises(Refused) as refused:
        weeks(found=Unknown(("clinician", "location")))
    assert refused.value.code == "invalid"
    assert refused.value.facts["errors"] == {"clinician": ["unknown_clinician"], "location": ["unknown_location"]}
