"""A moment as people ask for it: an instant with its offset, or a date and a wall time in a zone (F50)."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:\d\d)?\Z")


class NotAMoment(ValueError):
    """The text says in people's words what is wrong and what would be right."""


def needs_zone(said: str) -> bool:
    """Whether it is a wall time, which only a zone makes a moment."""
    found = MOMENT.match(said.strip())
    return found is not None and found[3] is None


def read_moment(said: str, zone: str) -> datetime:
    """The UTC instant. Refused: a wall time that the clocks skip, and one that they repeat when no offset is given."""
    found = MOMENT.match(said.strip())
    if found is None:
        raise NotAMoment(f"{said.strip()!r} is no moment such as 2026-12-02T10:20:00Z or 2026-12-02 10:20")
    day, time, offset = found.groups()
    try:
        wall = datetime.fromisoformat(f"{day}T{time}{'+00:00' if offset == 'Z' else offset or ''}")
        instant = wall.astimezone(UTC) if wall.tzinfo else _in_zone(wall, zone)
    except (ValueError, OverflowError) as error:
        raise error if isinstance(error, NotAMoment) else NotAMoment(f"{day} {time} does not exist") from None
    return instant


def _in_zone(wall: datetime, zone: str) -> datetime:
    first = wall.replace(tzinfo=ZoneInfo(zone))
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    said = f"{wall:%Y-%m-%d %H:%M}"
    if first.astimezone(UTC).astimezone(first.tzinfo).replace(tzinfo=None) != wall:
        raise NotAMoment(f"{said} does not exist in {zone}: the clocks go forward over it")
    offsets = " or ".join(f"{said}{one.isoformat()[-6:]}" for one in (first, second))
    raise NotAMoment(f"{said} happens twice in {zone}: say which one, {offsets}")
