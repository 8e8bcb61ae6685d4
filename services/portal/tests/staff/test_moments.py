"""Dates and times as staff read and type them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic.portal.application.staff import moments


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("9:05", time(9, 5)), ("09.05", time(9, 5)), ("0905", time(9, 5)), ("905", time(9, 5)), (" 23:59 ", time(23, 59))],
)
def test_a_time_can_be_typed_in_several_ways(typed: str, meant: time) -> None:
    assert moments.read_time(typed) == meant


@pytest.mark.parametrize("typed", ["", "24:00", "9", "9:60", "half past", "9:05:00", "²:00"])
def test_what_is_no_time_is_none(typed: str) -> None:
    assert moments.read_time(typed) is None


def test_a_date_comes_from_the_date_field_or_is_typed_as_in_britain() -> None:
    assert moments.read_date("2026-12-02") == moments.read_date("2/12/2026") == date(2026, 12, 2)
    assert moments.read_date("31/6/2026") is None


def test_a_wall_time_in_summer_is_an_hour_earlier_in_utc() -> None:
    assert moments.at_wall(date(2026, 7, 1), time(10), "Europe/London") == datetime(2026, 7, 1, 9, tzinfo=UTC)


def test_a_wall_time_in_the_missing_hour_does_not_exist() -> None:
    with pytest.raises(moments.NoSuchTime):
        moments.at_wall(date(2027, 3, 28), time(1, 30), "Europe/London")


def test_the_repeated_hour_means_its_first_time() -> None:
    assert moments.at_wall(date(2026, 10, 25), time(1, 30), "Europe/London") == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(("day", "hours"), [((2026, 10, 25), 25), ((2027, 3, 28), 23), ((2026, 12, 2), 24)])
def test_a_local_day_has_23_24_or_25_hours(day: tuple[int, int, int], hours: int) -> None:
    begins, ends = moments.bounds_of(date(*day), "Europe/London")
    assert ends - begins == timedelta(hours=hours)


def test_staff_read_24_hours() -> None:
    instant = datetime(2026, 12, 2, 14, 5, tzinfo=UTC)
    assert moments.say_long(instant, "Europe/London") == "Wednesday 2 December 2026, 14:05"
    assert moments.say_span(instant, instant + timedelta(minutes=40), "Europe/London") == "14:05–14:45"


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        moments.read_instant("2026-12-02T10:20")
