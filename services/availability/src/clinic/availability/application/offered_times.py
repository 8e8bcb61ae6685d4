"""Which times may this client choose: the weeks that the picker shows (F19, F20, F42)."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.availability.application.ports import Asked, Case, Diary, OfferedDay, Unknown
from clinic.availability.application.up_to_date import UpToDate
from clinic.availability.domain.booking_settings import earliest_start, last_date, week_start
from clinic.availability.domain.rules import free_times
from clinic.availability.domain.wall_time import day_start, instant_of, local_date
from clinic.kernel.errors import Refused

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Weeks:
    """Offered times of the local dates `[from_date, to_date)`, whole weeks of the practice.

    `first_week` is the week of the first free time up to the limit, None when there is none. `earlier_from` and
    `later_from` are None where the booking offset or limit leave nothing. Not `up_to_date`: the ledger did not answer,
    times may be taken.
    """

    zone: str
    from_date: date
    to_date: date
    up_to_date: bool
    first_week: date | None
    days: Sequence[OfferedDay]
    earlier_from: date | None
    later_from: date | None
    last_date: date
    rules_version: int
    available_online: bool


def list_offered_times(
    diary: Diary,
    copy: UpToDate,
    practice_id: UUID,
    asked: Asked,
    *,
    start: date | Literal["first"],
    weeks: int,
    min_position: int,
    for_client: bool,
) -> Weeks:
    """The offered times of some weeks. A client is offered nothing while her clinician's switch is off (F18).

    `start` is moved to the first day of its week and into the bookable time. Refused `invalid` for unknown names.
    """
    up_to_date = copy.bring(practice_id, min_position)
    case = diary.case(practice_id, asked, with_taken=True)
    if isinstance(case, Unknown):
        raise Refused("invalid", errors={name: [f"unknown_{name}"] for name in case.names})
    rules = case.rules
    closed = for_client and not (rules.available_online and rules.type_offered)
    times = [] if closed else free_times(rules, case.now, case.taken)
    return _weeks(case, times, start, weeks, up_to_date)


def _weeks(case: Case, times: Sequence[int], start: date | Literal["first"], weeks: int, up_to_date: bool) -> Weeks:
    rules, first_day = case.rules, case.rules.settings.first_day_of_week
    soonest = local_date(rules.zone, instant_of(earliest_start(rules.settings, rules.zone, case.now)))
    latest = last_date(rules.settings, rules.zone, case.now)
    first_week = week_start(local_date(rules.zone, instant_of(times[0])), first_day) if times else None
    if start == "first":
        from_date = first_week or week_start(soonest, first_day)
    else:
        from_date = week_start(min(max(start, local_date(rules.zone, case.now)), latest), first_day)
    to_date = from_date + weeks * WEEK
    return Weeks(
        zone=rules.zone,
        from_date=from_date,
        to_date=to_date,
        up_to_date=up_to_date,
        first_week=first_week,
        days=_days(times, rules.zone, from_date, to_date),
        earlier_from=max(from_date - weeks * WEEK, week_start(soonest, first_day)) if soonest < from_date else None,
        later_from=to_date if to_date <= latest else None,
        last_date=latest,
        rules_version=case.rules_version,
        available_online=rules.available_online,
    )


def _days(times: Sequence[int], zone: str, from_date: date, to_date: date) -> list[OfferedDay]:
    info = ZoneInfo(zone)
    by_date: defaultdict[date, list[tuple[datetime, str]]] = defaultdict(list)
    begin, end = (bisect_left(times, day_start(zone, day)) for day in (from_date, to_date))
    for instant in map(instant_of, times[begin:end]):
        wall = instant.astimezone(info)
        by_date[wall.date()].append((instant, wall.strftime("%H:%M")))
    dates = (from_date + timedelta(days=number) for number in range((to_date - from_date).days))
    return [OfferedDay(on, by_date[on]) for on in dates]
