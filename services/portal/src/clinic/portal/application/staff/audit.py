"""The past in an auditor's words (F50): moments typed and told, what replaced what, what a client could do then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from clinic.kernel.asked_moment import NotAMoment, read_moment
from clinic.kernel.client_time import in_zone, say_date, say_instant_for_staff, utc_text
from clinic.kernel.money import say_money
from clinic.portal.application.staff.history import Moment, Names, timeline
from clinic.portal.application.staff.moments import bounds_of, read_instant
from clinic.portal.application.staff.portal_settings import ABILITIES, LABELS, TEXTS
from clinic.portal.application.staff.ports import Json
from clinic.portal.application.staff.rules import said_own
from clinic.portal.application.staff.settings_history import say_setting, say_status

NO_DATE = "Enter a real date, for example 2 12 2026."
NO_TIME = "Enter a time such as 14:05 or 14:05:30."
FUTURE = "This moment is still to come. Enter one that has been."
INVERTED = "The last day is before the first one."
REASONS = {
    "portal_off": "the portal was off",
    "changes_not_offered": "changes were not offered",
    "cancellations_not_offered": "cancellations were not offered",
    "too_late_to_change": "it was too late",
    "too_late_to_cancel": "it was too late",
    "clinician_not_available_online": "the clinician was not available online",
    "already_cancelled": "it was cancelled",
    "in_the_past": "it was in the past",
}
CHANGED = {
    "starts_at": "Start",
    "ends_at": "End",
    "buffer_after_minutes": "Minutes kept free after it",
    "status": "Status",
    "occupies": "Takes its time in the diary",
    "overlap_accepted": "Overlaps another one, knowingly",
    "rules": "Rules of its own",
    "paid_pence": "Paid",
    "refunded_pence": "Refunded",
}


@dataclass(frozen=True, slots=True)
class Replaced:
    """One fact with its old and new value."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ToldThen:
    """A point of the timeline and what it replaced by what."""

    moment: Moment
    replaced: tuple[Replaced, ...]


@dataclass(frozen=True, slots=True)
class Banner:
    """The moment that a page is about, and the event that it stands on."""

    at: str
    said: str
    position: int
    recorded: str


def form_of(instant: datetime, zone: str) -> dict[str, str]:
    """The form's values for a moment: the date in three boxes, the time to the second."""
    wall = in_zone(instant, zone)
    return {"day": str(wall.day), "month": str(wall.month), "year": str(wall.year), "time": f"{wall:%H:%M:%S}"}


def read_form(given: Mapping[str, str], now: datetime, zone: str) -> tuple[str, dict[str, str]]:
    """The moment as an instant in UTC, and what is wrong per field. A repeated hour needs its offset: `01:30+01:00`."""
    day = read_day(given, "")
    time = given.get("time", "").strip()
    if ":" not in time:
        time = time.replace(".", ":")
    if day is None:
        return "", {"date": NO_DATE}
    if len(time) > 1 and time[1] == ":":
        time = f"0{time}"
    try:
        instant = read_moment(f"{day.isoformat()} {time}", zone)
    except NotAMoment as error:
        return "", {"time": NO_TIME if "no moment" in str(error) else _sentence(str(error))}
    return (utc_text(instant), {}) if instant <= now else ("", {"date": FUTURE})


def read_day(given: Mapping[str, str], prefix: str) -> date | None:
    """The date in the boxes `<prefix>day`, `…month`, `…year`; None where it is none."""
    parts = [given.get(f"{prefix}{name}", "").strip() for name in ("year", "month", "day")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        return None
    try:
        found = date(*(int(part) for part in parts))
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None


def read_days(given: Mapping[str, str], zone: str) -> tuple[tuple[str, str], dict[str, str]]:
    """The instants of whole days, both included, as a half-open period; what is wrong per field."""
    first, last = read_day(given, "from_"), read_day(given, "to_")
    wrong = {name: NO_DATE for name, day in (("from_date", first), ("to_date", last)) if day is None}
    if first and last and last < first:
        wrong["to_date"] = INVERTED
    if wrong or not first or not last:
        return ("", ""), wrong
    return (utc_text(bounds_of(first, zone)[0]), utc_text(bounds_of(last, zone)[1])), {}


def days_form(today: date) -> dict[str, str]:
    """The last 30 days, today included."""
    bounds = (("from_", today - timedelta(days=29)), ("to_", today))
    return {f"{prefix}{name}": str(getattr(day, name)) for prefix, day in bounds for name in ("day", "month", "year")}


def banner(as_of: Mapping[str, Any], zone: str) -> Banner:
    """The banner of an answer."""
    recorded = say_moment(read_instant(as_of["recorded_at"]), zone)
    return Banner(as_of["at"], say_moment(read_instant(as_of["at"]), zone), as_of["position"], recorded)


def say_moment(instant: datetime, zone: str) -> str:
    """`Wednesday 2 December 2026, 10:20:30` in the zone."""
    wall = in_zone(instant, zone)
    return f"{say_date(wall.date())}, {wall:%H:%M:%S}"


def say_permission(permission: Mapping[str, Any]) -> str:
    """`yes`, or `no: it was too late`."""
    return "yes" if permission["allowed"] else f"no: {REASONS.get(permission['reason'], permission['reason'])}"


def say_list_shown(shown: Mapping[str, Any]) -> str:
    """Why the client was not shown a list; empty where the client was."""
    if shown["shown"]:
        return ""
    if shown["reason"] == "portal_off":
        text = shown["off_text"] or "no text"
        return f"The portal was off: the client was shown no list but this text: “{text}”"
    return "The client was not shown this list: the practice did not offer it."


def timeline_then(
    entries: Sequence[Json], appointment: Json, names: Names, zone: str, statuses: Sequence[Json]
) -> list[ToldThen]:
    """The timeline until then, newest first, with what each point replaced by what."""
    called = {status["code"]: str(status["name"]) for status in statuses}
    currency = (appointment.get("paid") or {}).get("currency", "GBP")
    moments = timeline(entries, appointment, names, zone)
    return [
        ToldThen(moment, tuple(_replaced(entry["changed"], appointment["zone"], called, currency)))
        for moment, entry in zip(moments, entries, strict=True)
    ]


def _replaced(changed: Iterable[Json], zone: str, called: Mapping[str, str], currency: str) -> Iterable[Replaced]:
    for one in changed:
        if one["field"] in CHANGED:
            before, after = (_value(one["field"], one[side], zone, called, currency) for side in ("before", "after"))
            yield Replaced(CHANGED[one["field"]], before, after)


def _value(field: str, value: Any, zone: str, called: Mapping[str, str], currency: str) -> str:
    match field:
        case "starts_at" | "ends_at":
            return say_instant_for_staff(read_instant(value), zone)
        case "status":
            return called.get(value, str(value).replace("_", " "))
        case "paid_pence" | "refunded_pence":
            return say_money(value, currency)
        case "rules":
            return "; ".join(said_own(value)) or "none"
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def said_readings(found: Sequence[Json], names: Names, zone: str) -> list[tuple[str, str, str, str]]:
    """Who read a client's messages: when, who, whose and how many, and why."""
    told = []
    for one in found:
        who = names.user(one["actor"]["id"]) if one["actor"]["id"] else "An operator, at the command line"
        count = "1 message" if one["messages"] == 1 else f"{one['messages']} messages"
        at = say_moment(read_instant(one["recorded_at"]), zone)
        told.append((at, who, f"{count} of {names.client(one['client_id'])}", one["reason"]))
    return told


def said_settings(settings: Mapping[str, Any], types: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Every setting but the texts, in words and in the order of the settings pages."""
    called = {status["code"]: str(status["name"]) for status in settings["statuses"]}
    told: list[tuple[str, list[str]]] = []
    for name, label in LABELS.items():
        if name in TEXTS or name not in settings:
            continue
        value = settings[name]
        if name == "statuses":
            told.append((label, [say_status(one).removeprefix("Added ") for one in value]))
        elif name == "type_rules":
            told.append((label, [_of_type(one, types) for one in value] or ["none"]))
        else:
            said = f"Clients may: {label[:1].lower()}{label[1:]}" if name in ABILITIES else label
            told.append((said, [say_setting(name, value, called)]))
    return told


def _of_type(one: Json, types: Mapping[str, str]) -> str:
    return f"{types.get(one['appointment_type_id'], 'A type that is gone')}: {'; '.join(said_own(one['rules']))}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
