"""The picker's week as a page shows it: which days, which times, said how."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clinic.kernel.client_time import MONTHS, in_zone, say_date, say_time
from clinic.portal.domain.appointment import OfferedWeek

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class ShownTime:
    """One chip: the instant that it stands for, and whether it is the appointment's present time."""

    starts_at: datetime
    said: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ShownDay:
    """One fieldset. `note` stands in place of times, or beside the date."""

    day: date
    title: str
    times: tuple[ShownTime, ...]
    is_first_free: bool


def shown_days(week: OfferedWeek, current: datetime) -> list[ShownDay]:
    """The days of the week in order.

    A weekend day without times is left out, and so are the days before the first free one in the first week that has
    any: they are gone or too near.
    """
    is_first_week = has_first_free(week)
    starts = {day.day: day.starts for day in week.days}
    shown: list[ShownDay] = []
    for day in _days(week.first, week.last):
        free = starts.get(day, ())
        if not free and (day.weekday() >= SATURDAY or (not shown and is_first_week)):
            continue
        is_first = bool(free) and is_first_week and not any(before.times for before in shown)
        times = tuple(ShownTime(start, say_time(in_zone(start, week.zone)), start == current) for start in free)
        shown.append(ShownDay(day, say_date(day, year=False), times, is_first))
    return shown


def has_first_free(week: OfferedWeek) -> bool:
    """Whether the first free time of all is in this week, so that nothing earlier is worth a look."""
    return week.first_week is not None and week.first <= week.first_week <= week.last


def week_title(days: list[ShownDay], week: OfferedWeek) -> str:
    """`30 November to 4 December`, with the years where they differ."""
    first, last = (days[0].day, days[-1].day) if days else (week.first, week.last)
    if first == last:
        return say_date(first, year=False)
    if first.year != last.year:
        return f"{_day(first)} {first.year} to {_day(last)} {last.year}"
    return f"{first.day} to {_day(last)}" if first.month == last.month else f"{_day(first)} to {_day(last)}"


def weeks_on_offer(week: OfferedWeek) -> str:
    """How far ahead was looked, in words: `8 weeks`."""
    weeks = max(1, -(-((week.last_date - week.first).days + 1) // 7))
    return "1 week" if weeks == 1 else f"{weeks} weeks"


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]}"


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
