"""Which times are offered: one interval sweep answers both the listing and the check at commit (F19, F42).

Everything is in whole UTC minutes since 1970, half open.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from clinic.availability.domain.hours import Hours, worked
from clinic.availability.domain.intervals import Interval, difference, union
from clinic.availability.domain.wall_time import (
    DAY,
    Segment,
    at_midnights,
    day_start,
    instant_of,
    local_date,
    minute_at_or_after,
    minute_at_or_before,
    segments,
)


@dataclass(frozen=True, slots=True)
class Visit:
    """How much time is wanted: elapsed minutes, and what must stay untaken before and after.

    Buffers need not lie within working hours; they add to the buffers of the neighbours.
    """

    duration: int
    buffer_before: int = 0
    buffer_after: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """Where starts lie, `step` minutes apart.

    `clock`: multiples of the step on the wall clock, counted from midnight. `range`: from the beginning of each free
    gap, rounded up on the wall clock to the coarsest of `ROUND` that divides the step, and anew from each midnight.
    """

    kind: Literal["clock", "range"]
    step: int


ROUND = (60, 30, 20, 15, 10, 5, 1)


def grid_of_step(step: int) -> Grid:
    """The clock grid when the step divides an hour, the range grid otherwise."""
    return Grid("clock" if 60 % step == 0 else "range", step)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one clinician's time at one place in `zone`.

    Starts lie at or after `earliest` and in `[window_from, window_to)`; with `contain` the end lies in it too.
    `busy` holds taken times with their own buffers, in any order. A local date on which `max_per_day` of them begin
    offers nothing.
    """

    zone: str
    plans: Sequence[Hours]
    visit: Visit
    grid: Grid
    earliest: int
    window_from: int
    window_to: int
    busy: Sequence[Interval] = ()
    contain: bool = False
    max_per_day: int | None = None


def taken_minutes(starts_at: datetime, ends_at: datetime) -> Interval:
    """A taken time in whole minutes, rounded outwards."""
    return minute_at_or_before(starts_at), minute_at_or_after(ends_at)


def offered_times(question: Question) -> list[int]:
    """The starts that are offered, ascending."""
    visit, grid = question.visit, question.grid
    first = max(question.window_from, question.earliest)
    last = question.window_to - (visit.duration if question.contain else 1)
    if first > last:
        return []
    horizon = last + visit.duration
    pieces = _pieces(question.zone, first, horizon, whole_date=grid.kind == "range")
    free = difference(worked(question.plans, pieces), _blocked(question))
    if grid.kind == "clock":
        starts = _on_the_clock(free, pieces if DAY % grid.step == 0 else at_midnights(pieces), question, first, last)
    else:
        starts = _along_the_gaps(free, pieces, question, first, last)
    return starts if question.max_per_day is None else _on_days_with_room(starts, question)


def is_offered(question: Question, start: int) -> bool:
    """Whether `start` is among the offered times: the same function over a window of one minute."""
    one_minute = replace(question, window_from=start, window_to=start + 1, contain=False)
    inside = question.window_from <= start < question.window_to
    fits = not question.contain or start + question.visit.duration <= question.window_to
    return inside and fits and offered_times(one_minute) == [start]


def _pieces(zone: str, start: int, end: int, *, whole_date: bool) -> list[Segment]:
    """The horizon with its offsets; with `whole_date` from the beginning of the local date on which it starts."""
    return segments(zone, day_start(zone, local_date(zone, instant_of(start))) if whole_date else start, end)


def _date(piece: Segment) -> int:
    return (piece.start + piece.offset) // DAY


def _blocked(question: Question) -> list[Interval]:
    """Where the visit itself may not lie, so that its buffers keep clear of what is taken."""
    before, after = question.visit.buffer_before, question.visit.buffer_after
    return union((start - after, end + before) for start, end in question.busy)


def _on_the_clock(
    free: Sequence[Interval], pieces: Sequence[Segment], question: Question, first: int, last: int
) -> list[int]:
    step, duration = question.grid.step, question.visit.duration
    starts: list[int] = []
    index = 0
    for begin, end in free:
        low, high = max(begin, first), min(end - duration, last)
        while index < len(pieces) and pieces[index].end <= low:
            index += 1
        following = index
        while low <= high and following < len(pieces):
            _, until, offset = pieces[following]
            aligned = low + -((low + offset) % DAY) % step
            starts.extend(range(aligned, min(high + 1, until), step))
            low = until
            following += 1
    return starts


def _along_the_gaps(
    free: Sequence[Interval], pieces: Sequence[Segment], question: Question, first: int, last: int
) -> list[int]:
    step, duration = question.grid.step, question.visit.duration
    whole = next(minutes for minutes in ROUND if step % minutes == 0)
    days = [piece.start for piece in _whole_days(pieces)]
    starts: list[int] = []
    for begin, end in free:
        gap = _rounded_up(max(begin, question.earliest), pieces, whole)
        high = min(end - duration, last)
        anchors = [gap, *(day for day in days if gap < day <= high)]
        for anchor, until in zip(anchors, [*anchors[1:], high + 1], strict=True):
            low = anchor if anchor >= first else anchor + -((anchor - first) // step) * step
            starts.extend(range(low, until, step))
    return starts


def _rounded_up(minute: int, pieces: Sequence[Segment], whole: int) -> int:
    offset = next((piece.offset for piece in pieces if minute < piece.end), pieces[-1].offset)
    return minute + -(minute + offset) % whole


def _whole_days(pieces: Sequence[Segment]) -> list[Segment]:
    """One piece per beginning of a local date: a change of offset within a date begins none."""
    begun: list[Segment] = []
    for piece in at_midnights(pieces):
        if not begun or _date(piece) != _date(begun[-1]):
            begun.append(piece)
    return begun


def _on_days_with_room(starts: list[int], question: Question) -> list[int]:
    assert question.max_per_day is not None
    horizon = [*starts, *(start for start, _ in question.busy)]
    if not horizon:
        return []
    days = at_midnights(segments(question.zone, min(horizon), max(horizon) + 1))
    taken = Counter(_date(day) for day in days for start, _ in question.busy if day.start <= start < day.end)
    full = {day for day, number in taken.items() if number >= question.max_per_day}
    return [start for day in days if _date(day) not in full for start in starts if day.start <= start < day.end]
