"""Choosing a time: the week on offer, and any other date and time that staff type (F35)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from clinic.kernel.client_time import say_date
from clinic.portal.application.staff.moments import (
    NoSuchTime,
    at_wall,
    read_date,
    read_instant,
    read_time,
    say_clock,
    say_long,
)


@dataclass(frozen=True, slots=True)
class OfferedTime:
    """One time on offer: what is sent and what is read."""

    starts_at: str
    wall: str


@dataclass(frozen=True, slots=True)
class OfferedDay:
    """A day of the week on offer, with no times where nothing is free."""

    id: str
    name: str
    times: tuple[OfferedTime, ...]


@dataclass(frozen=True, slots=True)
class OfferedWeek:
    """The picker's week. `earlier` and `later` are None where the rules offer nothing in that direction."""

    name: str
    zone: str
    days: tuple[OfferedDay, ...]
    earlier: str | None
    later: str | None
    first_week: str | None
    is_up_to_date: bool

    @property
    def first_time_on(self) -> str | None:
        """The first day that has a time; None in a week without any."""
        return next((day.id for day in self.days if day.times), None)

    @property
    def is_past_first(self) -> bool:
        """Whether the first week with a free time is another one than this."""
        return self.first_week is not None and self.first_week not in {day.id for day in self.days}


@dataclass(frozen=True, slots=True)
class ChosenTime:
    """A chosen start in its zone."""

    starts_at: datetime
    zone: str

    @property
    def long(self) -> str:
        """`Wednesday 2 December 2026, 10:20`."""
        return say_long(self.starts_at, self.zone)


def week_of(answer: Mapping[str, Any]) -> OfferedWeek:
    """The week of availability's answer (docs/http.md)."""
    days = tuple(_day(one, answer["zone"]) for one in answer["days"])
    first, last = date.fromisoformat(days[0].id), date.fromisoformat(days[-1].id)
    return OfferedWeek(
        name=f"{say_date(first, year=False)} to {say_date(last)}",
        zone=answer["zone"],
        days=days,
        earlier=answer["earlier_from"],
        later=answer["later_from"],
        first_week=answer["first_week"],
        is_up_to_date=answer["up_to_date"],
    )


def _day(one: Mapping[str, Any], zone: str) -> OfferedDay:
    return OfferedDay(
        id=one["date"],
        name=say_date(date.fromisoformat(one["date"]), year=False),
        times=tuple(
            OfferedTime(time["starts_at"], say_clock(read_instant(time["starts_at"]), zone)) for time in one["times"]
        ),
    )


def read_choice(form: Mapping[str, str], zone: str) -> ChosenTime | dict[str, str]:
    """The chosen offered time (`starts_at`) or the typed `date` and `time`; else what is wrong, per field."""
    offered = form.get("starts_at", "")
    if offered:
        try:
            return ChosenTime(read_instant(offered), zone)
        except ValueError:
            return {"starts_at": "Choose a time."}
    if not (form.get("date") or form.get("time")):
        return {"starts_at": "Choose a time."}
    day, at = read_date(form.get("date", "")), read_time(form.get("time", ""))
    errors = {}
    if day is None or not 1970 <= day.year < 9000:
        errors["date"] = "Enter a date, for example 2/12/2026."
    if at is None:
        errors["time"] = "Enter a time in 24 hours, for example 14:30."
    if errors or day is None or at is None:
        return errors
    try:
        return ChosenTime(at_wall(day, at, zone), zone)
    except NoSuchTime:
        return {"time": "This time does not exist on that day: the clocks go forward over it. Enter another."}
