"""How soon and how far ahead a client may choose (F37)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from clinic.availability.domain.wall_time import day_start, local_date, minute_at_or_after

Offset = Literal["0h", "1h", "2h", "3h", "4h", "5h", "6h", "next_day", "2_days", "3_days", "next_week"]


@dataclass(frozen=True, slots=True)
class BookingSettings:
    """What a practice decides about booking. `first_day_of_week` 0 is Monday; `limit_days` are calendar days ahead."""

    first_day_of_week: int
    offset: Offset
    limit_days: int
    step_minutes: int


def earliest_start(settings: BookingSettings, zone: str, now: datetime) -> int:
    """The first UTC minute at which a time may start.

    Hours are elapsed time from now; day choices are calendar days in the zone, so "next day" hides all of today.
    """
    today = local_date(zone, now)
    match settings.offset:
        case "next_day":
            return day_start(zone, today + timedelta(days=1))
        case "2_days":
            return day_start(zone, today + timedelta(days=2))
        case "3_days":
            return day_start(zone, today + timedelta(days=3))
        case "next_week":
            return day_start(zone, week_start(today, settings.first_day_of_week) + timedelta(days=7))
        case hours:
            return minute_at_or_after(now + timedelta(hours=int(hours.removesuffix("h"))))


def last_date(settings: BookingSettings, zone: str, now: datetime) -> date:
    """The last local date on which a time may start."""
    return local_date(zone, now) + timedelta(days=settings.limit_days)


def week_start(day: date, first_day_of_week: int) -> date:
    """The first day of the week that contains `day`."""
    return day - timedelta(days=(day.weekday() - first_day_of_week) % 7)
