"""The portal settings as a form: switches, texts, abilities and windows (F1–F5, F25, F27, F34).

Statuses and the rules of appointment types have pages and forms of their own (`statuses`, `rules`).
"""

from collections.abc import Mapping
from typing import Any

from clinic.portal.application.staff import rules, statuses
from clinic.portal.application.staff.form import Read
from clinic.portal.application.staff.windows import read_window, window_form

EDITIONS = {"none": "None", "classic": "Classic", "v2": "Online Booking 2.0"}
SWITCHES = {
    "portal_on": "Client Portal",
    "online_booking_on": "Online Booking",
    "online_payments_on": "Online payments",
}
ABILITIES = {
    "may_view_upcoming": "See upcoming appointments",
    "may_view_previous": "See previous appointments",
    **rules.ABILITIES,
}
WINDOWS = {"edit_window": "Clients can change date and time", "cancellation_window": "Clients can cancel"}
TEXTS = {
    "portal_off_text": "Text while the portal is off",
    "online_booking_off_text": "Text while Online Booking is off",
    "policy_text": "Cancellation policy",
}
LABELS = {
    "online_booking_edition": "Online Booking edition",
    **SWITCHES,
    **ABILITIES,
    **WINDOWS,
    **TEXTS,
    **statuses.LABELS,
    "type_rules": "Rules of appointment types",
}
"""The label of every field, as the settings pages show it."""

NOT_SENT = ("version", "policy_text_version")
LONGEST_TEXT = 5000


def as_form(settings: Mapping[str, Any]) -> dict[str, str]:
    """The form's values for these settings: everything as text, a checked box as `on`."""
    form = {"online_booking_edition": str(settings["online_booking_edition"])}
    form |= {name: settings[name] for name in TEXTS}
    form |= {name: "on" for name in (*SWITCHES, *ABILITIES) if settings[name]}
    for name in WINDOWS:
        form |= window_form(name, settings[name])
    return form


def read_form(form: Mapping[str, str]) -> Read:
    """What the form says. Switches and abilities are off where their box is not sent."""
    errors: dict[str, str] = {}
    settings: dict[str, Any] = {name: form.get(name) == "on" for name in (*SWITCHES, *ABILITIES)}
    settings["online_booking_edition"] = form.get("online_booking_edition", "")
    if settings["online_booking_edition"] not in EDITIONS:
        errors["online_booking_edition"] = "Choose the edition of Online Booking."
    elif settings["portal_on"] and settings["online_booking_edition"] != "v2":
        errors["portal_on"] = "The portal needs the Online Booking 2.0 add-on; it does not work with another edition."
    for name in TEXTS:
        settings[name] = form.get(name, "").replace("\r\n", "\n").strip()
        if len(settings[name]) > LONGEST_TEXT:
            errors[name] = f"The text can have {LONGEST_TEXT:,} characters at most; it has {len(settings[name]):,}."
    for name in WINDOWS:
        settings[name] = read_window(form, name, errors)
    return Read(settings, errors)


def to_send(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """All settings with the changes, as the ledger takes them: a page changes its own part only."""
    return {name: value for name, value in {**settings, **changes}.items() if name not in NOT_SENT}
