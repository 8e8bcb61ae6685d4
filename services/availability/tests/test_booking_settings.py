"""How soon and how far ahead times are offered (F37)."""

from datetime import UTC, date, datetime

import pytest

from clinic.availability.domain.booking_settings import BookingSettings, Offset, earliest_start, last_date, week_start
from clinic.availability.domain.wall_time import day_start, instant_of

LONDON = "Europe/London"
NOW = datetime(2026, 10, 23, 22, 30, 1, tzinfo=UTC)
"""Friday 23:30:01 in London, two days before the clocks go back."""


def settings(offset: Offset, first_day: int = 0) -> BookingSettings:
    return BookingSettings(first_day_of_week=first_day, offset=offset, limit_days=56, step_minutes=15)


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        ("0h", datetime(2026, 10, 23, 22, 31, tzinfo=UTC)),
        ("6h", datetime(2026, 10, 24, 4, 31, tzinfo=UTC)),
        ("next_day", datetime(2026, 10, 23, 23, 0, tzinfo=UTC)),
        ("2_days", datetime(2026, 10, 24, 23, 0, tzinfo=UTC)),
        ("3_days", datetime(2026, 10, 26, 0, 0, tzinfo=UTC)),
        ("next_week", datetime(2026, 10, 26, 0, 0, tzinfo=UTC)),
    ],
)
def test_hours_are_elapsed_and_days_are_calendar_days_in_the_zone(offset: Offset, expected: datetime) -> None:
    assert instant_of(earliest_start(settings(offset), LONDON, NOW)) == expected


def test_next_week_begins_on_the_practices_first_day() -> None:
    sunday = 6
    assert instant_of(earliest_start(settings("next_week", sunday), LONDON, NOW)) == datetime(
        2026, 10, 24, 23, 0, tzinfo=UTC
    )


def test_the_limit_counts_calendar_days_from_the_local_today() -> None:
    late = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)
    assert last_date(settings("0h"), LONDON, late) == date(2026, 7, 28)


def test_a_week_starts_on_the_chosen_day() -> None:
    wednesday = date(2026, 12, 2)
    assert week_start(wednesday, 0) == date(2026, 11, 30)
    assert week_start(wednesday, 6) == date(2026, 11, 29)
    assert week_start(wednesday, 2) == wednesday


def test_a_date_without_midnight_begins_with_its_first_minute() -> None:
    assert instant_of(day_start("Asia/Beirut", date(2026, 3, 29))) == datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
