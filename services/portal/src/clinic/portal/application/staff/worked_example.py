"""What the settings mean for a client, in sentences about an appointment on a Friday at 10:00 (ux.md)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from clinic.kernel.client_time import DAYS, in_zone
from clinic.portal.application.staff.moments import at_wall
from clinic.portal.application.staff.rules import effective, rules_of_type

FRIDAY, AT = 4, time(10)
OFF = "The portal is off: clients cannot see, change or cancel anything online."


def next_friday(now: datetime, zone: str) -> date:
    """The Friday after today in the zone: today's never, whose deadlines may be over."""
    today = in_zone(now, zone).date()
    return today + timedelta(days=(FRIDAY - today.weekday() - 1) % 7 + 1)


def worked_example(settings: Mapping[str, Any], friday: date, zone: str) -> str:
    """`A client with an appointment on Friday 10:00 can change it until Thursday 10:00; cannot cancel online.`

    Windows are elapsed time: where the clocks change before that Friday, the sentence says so (F41).
    """
    if not portal_is_on(settings):
        return OFF
    starts_at = at_wall(friday, AT, zone)
    change = _can("change it", settings["may_change"], settings["edit_window"], starts_at, zone)
    cancel = _can("cancel", settings["may_cancel"], settings["cancellation_window"], starts_at, zone)
    return f"A client with an appointment on Friday 10:00 {change}; {cancel}."


def portal_is_on(settings: Mapping[str, Any]) -> bool:
    """The effective state (F2), as clinic.contracts.portal_state has it."""
    return bool(settings["portal_on"]) and settings["online_booking_edition"] == "v2"


def text_now(settings: Mapping[str, Any]) -> str | None:
    """Which off-text clients read now (F5); None while the portal is on."""
    if portal_is_on(settings):
        return None
    return str(settings["portal_off_text" if settings["online_booking_on"] else "online_booking_off_text"])


def type_examples(settings: Mapping[str, Any], types: Mapping[str, str], friday: date, zone: str) -> list[str]:
    """The example of every type that differs from the practice's, in the order of the types' names."""
    practice = worked_example(settings, friday, zone)
    told = []
    for type_id, name in sorted(types.items(), key=lambda pair: pair[1].casefold()):
        said = worked_example(effective(settings, rules_of_type(settings, type_id)), friday, zone)
        if said != practice:
            told.append(f"{name}: {said}")
    return told


def _can(what: str, ability: bool, window: Mapping[str, Any], starts_at: datetime, zone: str) -> str:
    if not ability or window["kind"] == "never":
        return f"cannot {what} online"
    if window["kind"] == "always" or not window["minutes"]:
        return f"can {what} until it starts"
    return f"can {what} until {_deadline(starts_at, window['minutes'], zone)}"


def _deadline(starts_at: datetime, minutes: int, zone: str) -> str:
    start, end = in_zone(starts_at, zone), in_zone(starts_at.astimezone(UTC) - timedelta(minutes=minutes), zone)
    days = (start.date() - end.date()).days
    said = f"{DAYS[end.weekday()]} {end:%H:%M}"
    notes = [f"{days} days before"] if days >= 7 else []
    if start.utcoffset() != end.utcoffset():
        notes.append("the clocks change in between")
    return f"{said} ({', '.join(notes)})" if notes else said
