"""UTC minutes and wall time: a horizon is cut where a zone changes its offset, so each piece has one offset (F41)."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = 1440
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MINUTE = timedelta(minutes=1)
_CHUNK = 400 * DAY


class Segment(NamedTuple):
    """UTC minutes `[start, end)` in which wall minute = UTC minute + `offset`."""

    start: int
    end: int
    offset: int


def minute_at_or_before(instant: datetime) -> int:
    """The UTC minute that contains an aware instant."""
    return (instant - EPOCH) // _MINUTE


def minute_at_or_after(instant: datetime) -> int:
    """The first UTC minute that does not begin before an aware instant."""
    return -((EPOCH - instant) // _MINUTE)


def instant_of(minute: int) -> datetime:
    """The aware instant at which a UTC minute begins."""
    return EPOCH + minute * _MINUTE


def day_number(day: date) -> int:
    """Days since 1970-01-01, which was a Thursday."""
    return day.toordinal() - EPOCH_ORDINAL


def offset_at(zone: str, minute: int) -> int:
    """Minutes east of UTC at a UTC minute; a historical offset with seconds is rounded down."""
    offset = instant_of(minute).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None, "an aware datetime has an offset"
    return offset // _MINUTE


def segments(zone: str, start: int, end: int) -> list[Segment]:
    """`[start, end)` in order, cut at the zone's transitions."""
    found: list[Segment] = []
    while start < end:
        chunk = start // _CHUNK
        begins, offsets = _offsets(zone, chunk)
        index = bisect_right(begins, start) - 1
        until = begins[index + 1] if index + 1 < len(begins) else (chunk + 1) * _CHUNK
        until = min(until, end)
        if found and found[-1].offset == offsets[index]:
            found[-1] = Segment(found[-1].start, until, offsets[index])
        else:
            found.append(Segment(start, until, offsets[index]))
        start = until
    return found


@lru_cache(maxsize=1024)
def _offsets(zone: str, chunk: int) -> tuple[list[int], list[int]]:
    """The minutes at which each constant offset of a chunk begins, and those offsets.

    Looked for once a day and then by halving: no zone changes twice within a day back to the same offset.
    """
    start, end = chunk * _CHUNK, (chunk + 1) * _CHUNK
    begins, offsets = [start], [offset_at(zone, start)]
    for probe in range(start + DAY, end + 1, DAY):
        while offset_at(zone, probe - 1) != offsets[-1]:
            low, high = max(begins[-1], probe - DAY), probe - 1
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset_at(zone, middle) == offsets[-1] else (low, middle)
            begins.append(high)
            offsets.append(offset_at(zone, high))
    return begins, offsets


def at_midnights(pieces: Iterable[Segment]) -> list[Segment]:
    """The same pieces, cut also wherever the wall clock reads 00:00."""
    cut: list[Segment] = []
    for start, end, offset in pieces:
        while start < end:
            until = min(end, ((start + offset) // DAY + 1) * DAY - offset)
            cut.append(Segment(start, until, offset))
            start = until
    return cut


def day_start(zone: str, day: date) -> int:
    """The first UTC minute of a local date; where that date, or its midnight, does not exist, the first one after."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return minute_at_or_after(midnight.astimezone(UTC))


def local_date(zone: str, instant: datetime) -> date:
    """The calendar date of an instant in a zone."""
    return instant.astimezone(ZoneInfo(zone)).date()
