"""The diary of a local day, a column per clinician, or of a clinician's week, a column per day.

The page's grid lets a line grow with the text that stands on it, in every column alike. A day is drawn in elapsed time,
so that the day with 25 hours has them all; the days of a week share one axis of wall times.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from clinic.kernel.client_time import DAYS, MONTHS, in_zone
from clinic.portal.application.staff.diary_drawing import Drawing, hour_after, hour_of
from clinic.portal.application.staff.diary_parts import Called, Diary, Taken
from clinic.portal.application.staff.moments import bounds_of, read_instant, say_span

OPENS, CLOSES = timedelta(hours=8), timedelta(hours=18)
A_DAY = timedelta(days=1)
WEEK = 7


def lay_out(
    day: date,
    zone: str,
    appointments: Iterable[Mapping[str, Any]],
    clinicians: Sequence[tuple[UUID, str]],
    called: Called,
    now: datetime,
) -> Diary:
    """One column per clinician, in the given order. Times that are over are not offered for booking."""
    begins, ends = bounds_of(day, zone)
    found = _between([_taken(body) for body in appointments], begins, ends)
    opens, closes = _hours(found, begins, ends)
    drawing = Drawing(opens, closes, zone, called, now)
    columns = tuple(drawing.column(clinician_id, name, day, found) for clinician_id, name in clinicians)
    return Diary(day, drawing.hours, drawing.axis(), columns)


def lay_out_week(
    first: date,
    zone: str,
    appointments: Iterable[Mapping[str, Any]],
    clinician_id: UUID,
    called: Called,
    now: datetime,
) -> Diary:
    """The clinician's seven days from `first` on, at their wall times; the columns' names are the days."""
    everything = [_on_the_wall(_taken(body), zone) for body in appointments]
    mine = [one for one in everything if one.body["clinician_id"] == str(clinician_id)]
    days = [first + number * A_DAY for number in range(WEEK)]
    papers = []
    for day in days:
        begins = datetime.combine(day, time(), UTC)
        found = _between(mine, begins, begins + A_DAY)
        opens, closes = _hours(found, begins, begins + A_DAY)
        papers.append((day, begins, found, opens - begins, closes - begins))
    opens_at, closes_at = min(paper[3] for paper in papers), max(paper[4] for paper in papers)
    wall_now = _wall(now, zone)
    drawings = [
        (Drawing(begins + opens_at, begins + closes_at, "UTC", called, wall_now), day, found)
        for day, begins, found, _, _ in papers
    ]
    columns = tuple(drawing.column(clinician_id, say_day(day), day, found) for drawing, day, found in drawings)
    drawing = drawings[0][0]
    return Diary(first, drawing.hours, drawing.axis(), columns)


def first_of_week(day: date, first_weekday: int) -> date:
    """The day on which the practice's week with this day starts; weekdays count from Monday, 0."""
    return day - timedelta(days=(day.weekday() - first_weekday) % WEEK)


def say_day(day: date) -> str:
    """`Mon 7 Dec`."""
    return f"{DAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]}"


def _taken(body: Mapping[str, Any]) -> Taken:
    starts_at, ends_at = read_instant(body["starts_at"]), read_instant(body["ends_at"])
    free_at = ends_at + timedelta(minutes=body["buffer_after_minutes"])
    return Taken(starts_at, ends_at, free_at, say_span(starts_at, ends_at, body["zone"]), body)


def _wall(instant: datetime, zone: str) -> datetime:
    """The wall time as if it were UTC: all days have 24 hours then, and the repeated hour is drawn once."""
    return in_zone(instant, zone).replace(tzinfo=UTC)


def _on_the_wall(one: Taken, zone: str) -> Taken:
    starts_at = _wall(one.starts_at, zone)
    later = starts_at - one.starts_at
    return Taken(starts_at, one.ends_at + later, one.free_at + later, one.span, one.body)


def _between(everything: Iterable[Taken], begins: datetime, ends: datetime) -> list[Taken]:
    return [one for one in everything if one.starts_at < ends and one.free_at > begins]


def _hours(found: Iterable[Taken], begins: datetime, ends: datetime) -> tuple[datetime, datetime]:
    """From 8 to 18, and further where appointments lie outside."""
    taken = [one for one in found if not one.body["cancelled"]]
    opens = min([begins + OPENS, *(hour_of(max(one.starts_at, begins)) for one in taken)])
    closes = max([min(begins + CLOSES, ends), *(hour_after(min(one.free_at, ends)) for one in taken)])
    return opens, closes
