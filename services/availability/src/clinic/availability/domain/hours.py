"""Hours of work: a weekly pattern of wall times, and dates that replace it (F36)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from clinic.availability.domain.intervals import Interval, intersection, union
from clinic.availability.domain.wall_time import DAY, Segment, day_number

MONDAY_OF_EPOCH = 3
"""Day 0 was a Thursday: weekday (0 is Monday) = (day + 3) % 7."""

WallHours = Sequence[tuple[int, int]]
"""Pairs of wall minutes of a date, start 0–1439, end 1–1440; an end at or before its start lies on the next date."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of a clinician at a location, or of a location.

    A wall minute is worked when the hours of the date that owns it say so. A date in `dates` replaces its weekday's
    hours and also cuts off what would reach into it from the date before; no hours there mean closed.
    """

    weekly: Mapping[int, WallHours] = field(default_factory=dict)
    dates: Mapping[date, WallHours] = field(default_factory=dict)

    def by_day(self) -> "DayHours":
        """The hours in the form that is asked day by day."""
        weekdays = [
            union([*_own_part(self.weekly.get(day, ())), *_reaching_part(self.weekly.get((day - 1) % 7, ()))])
            for day in range(7)
        ]
        return DayHours(weekdays, {day_number(on): hours for on, hours in self.dates.items()}, self.weekly)


@dataclass(frozen=True, slots=True)
class DayHours:
    """Hours per day number, as sorted intervals of wall minutes within `[0, 1440)`."""

    weekdays: Sequence[Sequence[Interval]]
    dates: Mapping[int, WallHours]
    weekly: Mapping[int, WallHours]

    def on(self, day: int) -> Sequence[Interval]:
        """The worked wall minutes of one calendar day."""
        weekday = (day + MONDAY_OF_EPOCH) % 7
        if self.dates:
            if day in self.dates:
                return union(_own_part(self.dates[day]))
            if day - 1 in self.dates:
                return union([*_own_part(self.weekly.get(weekday, ())), *_reaching_part(self.dates[day - 1])])
        return self.weekdays[weekday]


def worked(plans: Iterable[Hours], pieces: Sequence[Segment]) -> list[Interval]:
    """The UTC minutes that all plans work; no plan, no work.

    Minutes that a clock change skips do not exist, minutes that it repeats count twice.
    """
    swept = [_sweep(plan.by_day(), pieces) for plan in plans]
    return swept[0] if len(swept) == 1 else intersection(swept)


def _sweep(hours: DayHours, pieces: Sequence[Segment]) -> list[Interval]:
    found: list[Interval] = []
    last = None
    for begin, end, offset in pieces:
        for day in range((begin + offset) // DAY, (end + offset - 1) // DAY + 1):
            midnight = day * DAY - offset
            for opens, closes in hours.on(day):
                start, stop = max(midnight + opens, begin), min(midnight + closes, end)
                if start >= stop:
                    continue
                if start == last:
                    found[-1] = (found[-1][0], stop)
                else:
                    found.append((start, stop))
                last = stop
    return found


def _own_part(hours: WallHours) -> list[Interval]:
    return [(start, end if end > start else DAY) for start, end in hours]


def _reaching_part(hours: WallHours) -> list[Interval]:
    return [(0, end) for start, end in hours if end <= start]
