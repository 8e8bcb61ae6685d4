"""The rules about one clinician's time for one type at one place: the same for listing and commit (F42)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from clinic.availability.domain.booking_settings import BookingSettings, earliest_start, last_date
from clinic.availability.domain.hours import Hours, worked
from clinic.availability.domain.intervals import Interval, covers
from clinic.availability.domain.offered_times import Grid, Question, Visit, grid_of_step, is_offered, offered_times
from clinic.availability.domain.wall_time import day_start, instant_of, local_date, minute_at_or_after, segments

Reason = Literal[
    "clinician_not_available_online",
    "type_not_offered",
    "too_soon",
    "too_far",
    "closed",
    "outside_hours",
    "off_grid",
]


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that availability knows of the case but what other appointments take.

    `plans` are worked together: the clinician's hours at the location and, where it has one, the location's timetable.
    `absences` are UTC minutes, `closed_dates` whole dates in `zone`. `type_offered` says that this clinician offers the
    type at this location; an appointment that exists already may move all the same.
    """

    zone: str
    plans: Sequence[Hours]
    absences: Sequence[Interval]
    closed_dates: frozenset[date]
    settings: BookingSettings
    visit: Visit
    available_online: bool
    type_offered: bool


def question(rules: Rules, now: datetime, busy: Sequence[Interval] = ()) -> Question:
    """All starts from the booking offset to the booking limit, past what is taken."""
    closed = dict.fromkeys(rules.closed_dates, ())
    earliest = earliest_start(rules.settings, rules.zone, now)
    return Question(
        zone=rules.zone,
        plans=[Hours(plan.weekly, {**plan.dates, **closed}) for plan in rules.plans],
        visit=rules.visit,
        grid=grid_of_step(rules.settings.step_minutes),
        earliest=earliest,
        window_from=earliest,
        window_to=day_start(rules.zone, last_date(rules.settings, rules.zone, now) + timedelta(days=1)),
        busy=[*rules.absences, *busy],
    )


def free_times(rules: Rules, now: datetime, busy: Sequence[Interval]) -> list[int]:
    """The UTC minutes that are offered from the booking offset to the booking limit."""
    return offered_times(question(rules, now, busy))


def why_not_offered(rules: Rules, now: datetime, starts_at: datetime) -> Reason | None:
    """The first rule that speaks against a start; None when it is offered. What is taken is the ledger's word.

    On a range grid the starts move with what is taken, so there any start that fits the hours is offered.
    """
    if not rules.available_online:
        return "clinician_not_available_online"
    if not rules.type_offered:
        return "type_not_offered"
    start = minute_at_or_after(starts_at)
    asked = question(rules, now)
    if start < asked.earliest:
        return "too_soon"
    if start >= asked.window_to:
        return "too_far"
    if asked.grid.kind == "range":
        asked = replace(asked, grid=Grid("clock", 1))
    if starts_at == instant_of(start) and is_offered(asked, start):
        return None
    return _why_not_in_time(rules, asked, start)


def _why_not_in_time(rules: Rules, asked: Question, start: int) -> Reason:
    end = start + rules.visit.duration
    pieces = segments(rules.zone, start, end)
    if not covers(worked(asked.plans, pieces), (start, end)):
        closed = local_date(rules.zone, instant_of(start)) in rules.closed_dates
        return "closed" if closed and covers(worked(rules.plans, pieces), (start, end)) else "outside_hours"
    taken_until = end + rules.visit.buffer_after
    absent = any(begin < taken_until and start < over for begin, over in rules.absences)
    return "closed" if absent else "off_grid"
