"""How instants and dates are said: one place for page, mail, SMS and calendar text (ux.md, The client's path)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
UK_ZONES = frozenset({"Europe/London", "Europe/Belfast", "Europe/Jersey", "Europe/Guernsey", "Europe/Isle_of_Man"})


def in_zone(instant: datetime, zone: str) -> datetime:
    """The wall time of an aware instant in an IANA zone."""
    return instant.astimezone(ZoneInfo(zone))


def say_date(day: date, *, year: bool = True) -> str:
    """`Wednesday 2 December 2026`, or without the year."""
    said = f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
    return f"{said} {day.year}" if year else said


def say_time(wall: datetime) -> str:
    """`9am`, `10:20am`, `12pm` for a wall time."""
    hour = wall.hour % 12 or 12
    minutes = f":{wall.minute:02}" if wall.minute else ""
    return f"{hour}{minutes}{'am' if wall.hour < 12 else 'pm'}"


def say_instant(instant: datetime, zone: str, *, year: bool = True) -> str:
    """`Wednesday 2 December 2026, 10:20am` in the given zone."""
    wall = in_zone(instant, zone)
    return f"{say_date(wall.date(), year=year)}, {say_time(wall)}"


def say_instant_for_staff(instant: datetime, zone: str) -> str:
    """`Wed 2 Dec 2026, 10:20` in the given zone: staff read 24 hours."""
    wall = in_zone(instant, zone)
    return f"{DAYS[wall.weekday()][:3]} {wall.day} {MONTHS[wall.month - 1][:3]} {wall.year}, {wall:%H:%M}"


def say_zone(zone: str) -> str:
    """What people call an IANA zone: `UK time`, or the city's."""
    return "UK time" if zone in UK_ZONES else f"{zone.rpartition('/')[2].replace('_', ' ')} time"


def say_window(minutes: int) -> str:
    """`24 hours`, `2 days`, `90 minutes`, `1 hour`: the length of a window; days only from 48 hours in whole days."""
    if minutes % 1440 == 0 and minutes > 1440:
        return _count(minutes // 1440, "day")
    if minutes % 60 == 0 and minutes > 0:
        return _count(minutes // 60, "hour")
    return _count(minutes, "minute")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def utc_text(instant: datetime) -> str:
    """`2026-12-02T10:20:00Z`: RFC 3339 in UTC; microseconds only where there are any. A naive datetime is refused."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
