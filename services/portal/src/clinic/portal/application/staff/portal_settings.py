"""The portal settings as a form: read, refused next to the field, and said in a worked example (F1–F5, F25–F27)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clinic.kernel.client_time import DAYS

UNITS = {"minutes": 1, "hours": 60, "days": 1440}
EDITIONS = {"none": "None", "classic": "Classic", "v2": "Online Booking 2.0"}
SWITCHES = {"portal_on": "Client Portal", "online_booking_on": "Online Booking"}
ABILITIES = {
    "may_view_upcoming": "See upcoming appointments",
    "may_view_previous": "See previous appointments",
    "may_change": "Change date and time",
    "may_cancel": "Cancel",
    "may_leave_message": "Leave a message with a change or a cancellation",
}
WINDOWS = {"edit_window": "Clients can change date and time", "cancellation_window": "Clients can cancel"}
TEXTS = {
    "portal_off_text": "Text while the portal is off",
    "online_booking_off_text": "Text while Online Booking is off",
    "policy_text": "Cancellation policy",
}
CHOSEN_STATUSES = {
    "cancellation_status": "Status that a cancellation in the portal sets",
    "booked_status": "Status of a new appointment",
}
LABELS = {
    "online_booking_edition": "Online Booking edition",
    **SWITCHES,
    **ABILITIES,
    **WINDOWS,
    **TEXTS,
    **CHOSEN_STATUSES,
    "statuses": "Statuses",
}
"""The label of every field, as the settings page shows it."""

ROW_TEXTS = ("code", "name", "client_wording")
LONGEST_TEXT = 5000
LONGEST_WINDOW = 525_600
EXAMPLE_DAY, EXAMPLE_TIME = 4, 600

UNKNOWN_STATUS = "Choose one of the statuses."


@dataclass(frozen=True, slots=True)
class Read:
    """A form that was read: the settings to send, and what is wrong per field (nothing is sent while there is any)."""

    settings: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)


def as_form(settings: Mapping[str, Any]) -> dict[str, str]:
    """The form's values for these settings: everything as text, a checked box as `on`."""
    form = {name: str(settings[name]) for name in ("online_booking_edition", *CHOSEN_STATUSES)}
    form |= {name: settings[name] for name in TEXTS}
    form |= {name: "on" for name in (*SWITCHES, *ABILITIES) if settings[name]}
    for name in WINDOWS:
        kind, number, unit = split_window(settings[name])
        form |= {name: kind, f"{name}_number": number, f"{name}_unit": unit}
    for row, status in enumerate(settings["statuses"]):
        form |= {
            f"status-{row}-code": status["code"],
            f"status-{row}-name": status["name"],
            f"status-{row}-client_wording": status["client_wording"],
        }
        if status["attending"]:
            form[f"status-{row}-attending"] = "on"
    return form


def rows_of(form: Mapping[str, str]) -> list[int]:
    """The numbers of the status rows of a form, in order."""
    return sorted(int(name.split("-")[1]) for name in form if re.fullmatch(r"status-\d{1,3}-name", name))


def filled_rows(form: Mapping[str, str]) -> list[int]:
    """The rows that hold anything: an empty one is not shown again."""
    return [row for row in rows_of(form) if any(form.get(f"status-{row}-{name}", "").strip() for name in ROW_TEXTS)]


def named_statuses(form: Mapping[str, str]) -> list[tuple[str, str]]:
    """Code and name of every status of a form that has both."""
    pairs = ((form.get(f"status-{row}-code", ""), form.get(f"status-{row}-name", "")) for row in rows_of(form))
    return [(code, name) for code, name in pairs if code and name]


def split_window(window: Mapping[str, Any]) -> tuple[str, str, str]:
    """`always`, `minutes` or `never`, with the number in its largest whole unit."""
    minutes = int(window.get("minutes") or 0)
    if window["kind"] != "minutes":
        return window["kind"], "", "hours"
    unit = next(name for name in ("days", "hours", "minutes") if minutes % UNITS[name] == 0)
    unit = "hours" if minutes == UNITS["days"] else unit
    return "minutes", str(minutes // UNITS[unit]), unit


def read_form(form: Mapping[str, str]) -> Read:
    """What the form says. Both switches, abilities and the flags are off where their box is not sent."""
    errors: dict[str, str] = {}
    settings: dict[str, Any] = {name: form.get(name) == "on" for name in (*SWITCHES, *ABILITIES)}
    settings["online_booking_edition"] = form.get("online_booking_edition", "")
    if settings["online_booking_edition"] not in EDITIONS:
        errors["online_booking_edition"] = "Choose the edition of Online Booking."
    for name in TEXTS:
        settings[name] = form.get(name, "").replace("\r\n", "\n").strip()
        if len(settings[name]) > LONGEST_TEXT:
            errors[name] = f"The text can have {LONGEST_TEXT:,} characters at most; it has {len(settings[name]):,}."
    for name in WINDOWS:
        settings[name] = _window(form, name, errors)
    settings["statuses"] = _statuses(form, errors)
    codes = {status["code"]: status for status in settings["statuses"]}
    for name in CHOSEN_STATUSES:
        settings[name] = form.get(name, "")
        if settings[name] not in codes:
            errors[name] = UNKNOWN_STATUS
    return Read(settings, errors)


def _window(form: Mapping[str, str], name: str, errors: dict[str, str]) -> dict[str, Any]:
    kind = form.get(name, "")
    if kind in {"always", "never"}:
        return {"kind": kind, "minutes": 0}
    if kind != "minutes":
        errors[name] = "Choose always, a time before the start, or never."
        return {"kind": "never", "minutes": 0}
    number, unit = form.get(f"{name}_number", "").strip(), form.get(f"{name}_unit", "")
    minutes = int(number) * UNITS.get(unit, 0) if number.isascii() and number.isdigit() and len(number) < 7 else 0
    if not 1 <= minutes <= LONGEST_WINDOW:
        errors[name] = "Enter a whole number of minutes, hours or days, up to a year."
    return {"kind": "minutes", "minutes": minutes}


def _statuses(form: Mapping[str, str], errors: dict[str, str]) -> list[dict[str, Any]]:
    statuses: list[dict[str, Any]] = []
    for row in rows_of(form):
        name = form.get(f"status-{row}-name", "").strip()
        code = form.get(f"status-{row}-code", "").strip()
        wording = form.get(f"status-{row}-client_wording", "").strip()
        if not (name or code or wording):
            continue
        if not name:
            errors[f"status-{row}-name"] = "Enter a name for this status."
        if not wording:
            errors[f"status-{row}-client_wording"] = "Enter what clients read for this status."
        taken = {status["code"] for status in statuses}
        attending = form.get(f"status-{row}-attending") == "on"
        statuses.append(
            {
                "code": code or _code(name, taken),
                "name": name,
                "attending": attending,
                "client_wording": wording,
            }
        )
    return statuses


def _code(name: str, taken: set[str]) -> str:
    code = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] or "status"
    return next(one for one in (code, *(f"{code}_{n}" for n in range(2, 99))) if one not in taken)


def worked_example(settings: Mapping[str, Any]) -> str:
    """What the settings mean for a client with an appointment on Friday at 10:00; elapsed time, no clock change."""
    if not settings["portal_on"] or settings["online_booking_edition"] != "v2":
        return "The portal is off: clients cannot see, change or cancel anything online."
    change = _can("change it", settings["may_change"], settings["edit_window"])
    cancel = _can("cancel", settings["may_cancel"], settings["cancellation_window"])
    return f"A client with an appointment on Friday 10:00 {change}; {cancel}."


def _can(what: str, ability: bool, window: Mapping[str, Any]) -> str:
    if not ability or window["kind"] == "never":
        return f"cannot {what} online"
    if window["kind"] == "always" or not window["minutes"]:
        return f"can {what} until it starts"
    return f"can {what} until {_before_friday(window['minutes'])}"


def _before_friday(minutes: int) -> str:
    days, minute = divmod(EXAMPLE_TIME - minutes, 1440)
    said = f"{DAYS[(EXAMPLE_DAY + days) % 7]} {minute // 60:02}:{minute % 60:02}"
    return f"{said}, {-days} days before" if days <= -7 else said


def told_errors(facts: Mapping[str, Any], labels: Mapping[str, str] | None = None) -> dict[str, str]:
    """A service's refusal by field: `{field: sentence}`; deeper structures are told at their field.

    With `labels`, a reason that is a predicate gets its subject: `Mobile number is not a possible telephone number`.
    """
    told = {}
    for name, reason in (facts.get("errors") or {}).items():
        text = str(_first(reason))
        label = (labels or {}).get(str(name))
        told[str(name)] = f"{label} {text}" if label and text.startswith("is ") else _sentence(text)
    return told


def _first(reason: Any) -> Any:
    while isinstance(reason, (list, tuple, dict)) and reason:
        reason = next(iter(reason.values())) if isinstance(reason, dict) else reason[0]
    return reason


def _sentence(reason: Any) -> str:
    text = str(reason or "This was refused.")
    return text[:1].upper() + text[1:]
