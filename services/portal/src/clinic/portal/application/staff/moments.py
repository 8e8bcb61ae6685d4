"""Dates and times as staff read and type them: 24 hours, wall time in the practice's or the location's zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.kernel.client_time import MONTHS, in_zone, say_date


class NoSuchTime(ValueError):
    """The wall time does not exist: the clocks go forward over it."""


def read_instant(text: str) -> datetime:
    """The aware instant of an RFC 3339 text; a text without a zone, or none at all, raises ValueError."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return instant


def read_date(text: str) -> date | None:
    """`2026-12-02` or `2/12/2026` as a date; None for anything else."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007  a calendar date has no zone
        except ValueError:
            continue
    return None


def read_time(text: str) -> time | None:
    """`9:05`, `09.05` or `0905` as a time of day; None for anything else."""
    digits = text.strip().replace(".", ":")
    if ":" not in digits and len(digits) in {3, 4}:
        digits = f"{digits[:-2]}:{digits[-2:]}"
    try:
        hour, minute = (int(part) for part in digits.split(":"))
        return time(hour, minute)
    except ValueError:
        return None


def at_wall(day: date, at: time, zone: str) -> datetime:
    """The UTC instant of a wall time. In the repeated hour it is the first one; in the missing hour NoSuchTime."""
    wall = datetime.combine(day, at, ZoneInfo(zone))
    instant = wall.astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall.replace(tzinfo=None):
        raise NoSuchTime(f"{at:%H:%M} does not exist on {day.isoformat()}")
    return instant


def bounds_of(day: date, zone: str) -> tuple[datetime, datetime]:
    """The instants of a local day, half open: 23 or 25 hours apart when the clocks change."""
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def say_clock(instant: datetime, zone: str) -> str:
    """`09:05` in the zone."""
    return f"{in_zone(instant, zone):%H:%M}"


def say_span(starts_at: datetime, ends_at: datetime, zone: str) -> str:
    """`10:20–11:00` in the zone."""
    return f"{say_clock(starts_at, zone)}–{say_clock(ends_at, zone)}"


def say_long(instant: datetime, zone: str) -> str:
    """`Wednesday 2 December 2026, 10:20` in the zone."""
    wall = in_zone(instant, zone)
    return f"{say_date(wall.date())}, {wall:%H:%M}"


def say_birthday(day: date) -> str:
    """`4 November 1984`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
