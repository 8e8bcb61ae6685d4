"""How close to the start something stays allowed, as a form: always, some time before, never (F27)."""

from collections.abc import Mapping
from typing import Any

from clinic.kernel.client_time import say_window

UNITS = {"minutes": 1, "hours": 60, "days": 1440}
KINDS = {
    "always": "Always, until the appointment starts",
    "minutes": "Until some time before the start",
    "never": "Never online",
}
LONGEST_WINDOW = 525_600
NO_KIND = "Choose always, a time before the start, or never."
NO_NUMBER = "Enter a whole number of minutes, hours or days, up to a year."


def window_form(name: str, window: Mapping[str, Any]) -> dict[str, str]:
    """The form's values of the window `name`."""
    kind, number, unit = split_window(window)
    return {name: kind, f"{name}_number": number, f"{name}_unit": unit}


def split_window(window: Mapping[str, Any]) -> tuple[str, str, str]:
    """`always`, `minutes` or `never`, with the number in its largest whole unit."""
    if window["kind"] != "minutes":
        return window["kind"], "", "hours"
    return "minutes", *split_minutes(int(window.get("minutes") or 0))


def split_minutes(minutes: int) -> tuple[str, str]:
    """The number in its largest whole unit, and the unit; one day is 24 hours."""
    unit = next(name for name in ("days", "hours", "minutes") if minutes % UNITS[name] == 0)
    unit = "hours" if minutes == UNITS["days"] else unit
    return str(minutes // UNITS[unit]), unit


def read_window(form: Mapping[str, str], name: str, errors: dict[str, str]) -> dict[str, Any]:
    """The window that the form says; what is wrong with it goes into `errors`."""
    kind = form.get(name, "")
    if kind in {"always", "never"}:
        return {"kind": kind, "minutes": 0}
    if kind != "minutes":
        errors[name] = NO_KIND
        return {"kind": "never", "minutes": 0}
    number, unit = form.get(f"{name}_number", "").strip(), form.get(f"{name}_unit", "")
    minutes = int(number) * UNITS.get(unit, 0) if number.isascii() and number.isdigit() and len(number) < 7 else 0
    if not 1 <= minutes <= LONGEST_WINDOW:
        errors[name] = NO_NUMBER
    return {"kind": "minutes", "minutes": minutes}


def say_bound(window: Mapping[str, Any]) -> str:
    """`always`, `never`, or `until 24 hours before the start`."""
    if window["kind"] != "minutes":
        return str(window["kind"])
    return f"until {say_window(window['minutes'])} before the start" if window["minutes"] else "until the start"
