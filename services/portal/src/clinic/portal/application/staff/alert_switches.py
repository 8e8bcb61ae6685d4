"""A user's alert switches as a form (F31, F32)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_HOURS = 720
EMAIL = {
    "email_change_own": "A client changes one of {whose} appointments",
    "email_cancel_own": "A client cancels one of {whose} appointments",
    "email_change_any": "A client changes any user’s appointment, {whose} own included",
    "email_cancel_any": "A client cancels any user’s appointment, {whose} own included",
}
ALWAYS_ON = "A client changes or cancels one of {whose} appointments: always on."
IN_APP = {
    "in_app_change_others": "A client changes another user’s appointment",
    "in_app_cancel_others": "A client cancels another user’s appointment",
}
"""`{whose}` is `your`, or `their` where a site administrator reads it."""
HOURS_ERROR = f"Enter a whole number of hours from 1 to {MOST_HOURS}, or leave it empty."


@dataclass(frozen=True, slots=True)
class Read:
    """A form that was read: the switches to send, and what is wrong per field."""

    switches: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)


def as_form(switches: Mapping[str, Any]) -> dict[str, str]:
    """The form's values: a checked box as `on`, no limit as an empty text."""
    form = {name: "on" for name in (*EMAIL, *IN_APP) if switches[name]}
    hours = switches["within_hours"]
    return form | {"within_hours": "" if hours is None else str(hours)}


def read_form(form: Mapping[str, str]) -> Read:
    """What the form says; a switch whose box is not sent is off."""
    switches: dict[str, Any] = {name: form.get(name) == "on" for name in (*EMAIL, *IN_APP)}
    text = form.get("within_hours", "").strip()
    if not text:
        return Read(switches | {"within_hours": None})
    hours = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    errors = {} if 1 <= hours <= MOST_HOURS else {"within_hours": HOURS_ERROR}
    return Read(switches | {"within_hours": hours}, errors)
