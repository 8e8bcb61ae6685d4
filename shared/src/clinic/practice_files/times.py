"""A date, a time of day or an instant in a cell; `Invalid` says what is wrong and what would be right."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from clinic.infra.clock import utc_now
from clinic.practice_files.faults import Invalid

_ISO_DATE, _BRITISH_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)"), re.compile(r"(\d\d?)/(\d\d?)/(\d{4})")
_INSTANT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d|\d\d?/\d\d?/\d{4})[T ](?P<time>\d\d:\d\d)(?::00(?:\.0+)?)?(?P<offset>Z|[+-]\d\d:\d\d)?"
)


def calendar_date(cell: str) -> date:
    """`YYYY-MM-DD` or `dd/mm/yyyy`, a day that exists."""
    trimmed = cell.strip()
    if found := _ISO_DATE.fullmatch(trimmed):
        year, month, day = (int(part) for part in found.groups())
    elif found := _BRITISH_DATE.fullmatch(trimmed):
        day, month, year = (int(part) for part in found.groups())
    else:
        raise Invalid(f"{trimmed!r} is not a date such as 1984-11-04 or 04/11/1984")
    try:
        return date(year, month, day)
    except ValueError:
        raise Invalid(f"{trimmed} is a date that does not exist") from None


def birth_date(cell: str) -> date | None:
    """A date of birth, or None for an empty cell. No fault repeats it."""
    if not cell.strip():
        return None
    try:
        born = calendar_date(cell)
    except Invalid as error:
        known = "is a date that does not exist" if "exist" in str(error) else "is not a date such as 1984-11-04"
        raise Invalid(known) from None
    if born.year < 1890 or born > utc_now().date():
        raise Invalid("cannot be a date of birth: it is in the future or before 1890")
    return born


def wall_time(cell: str) -> time | None:
    """`HH:MM`; None for `24:00` (and for `23:59`, which other systems write when they mean it)."""
    trimmed = cell.strip()
    if trimmed in {"24:00", "23:59"}:
        return None
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", trimmed):
        raise Invalid(f"{trimmed!r} is not a time such as 09:30")
    return time.fromisoformat(trimmed)


def instant(cell: str, zone_name: str) -> datetime:
    """A date and `HH:MM` in the zone, or with an offset (`+01:00`, `Z`), as a UTC instant.

    Refused: a wall time that the clock change skips, and one that it repeats when no offset says which is meant.
    """
    trimmed = cell.strip()
    found = _INSTANT.fullmatch(trimmed)
    if found is None:
        raise Invalid(f"{trimmed!r} is not a time such as 2026-12-02T10:20 or 02/12/2026 10:20")
    day = calendar_date(found["date"])
    try:
        wall = datetime.fromisoformat(f"{day.isoformat()}T{found['time']}{found['offset'] or ''}")
    except ValueError:
        raise Invalid(f"{trimmed} is a time that does not exist") from None
    return wall.astimezone(UTC) if wall.tzinfo is not None else _in_zone(wall, trimmed, zone_name)


def paid_instant(cell: str, zone_name: str) -> datetime:
    """The same, or a date alone: then its beginning in the zone."""
    trimmed = cell.strip()
    if _ISO_DATE.fullmatch(trimmed) or _BRITISH_DATE.fullmatch(trimmed):
        return datetime.combine(calendar_date(trimmed), time(), _zone(zone_name)).astimezone(UTC)
    return instant(trimmed, zone_name)


def _in_zone(wall: datetime, said: str, zone_name: str) -> datetime:
    zone = _zone(zone_name)
    first = wall.replace(tzinfo=zone)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        raise Invalid(f"{said} does not exist in {zone_name}: the clocks go forward over it")
    offset = f"{first:%z}"[:3] + ":" + f"{first:%z}"[3:]
    raise Invalid(f"{said} happens twice in {zone_name}: give it with its offset, for example {said}{offset}")


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def elapsed_minutes(starts_at: datetime, ends_at: datetime) -> int:
    """The whole minutes between two instants."""
    return int((ends_at - starts_at) / timedelta(minutes=1))
