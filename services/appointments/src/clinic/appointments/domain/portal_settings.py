"""What a practice decides about its portal: the default, the rules for a change, and what changed."""

from dataclasses import fields, replace
from typing import Any

from clinic.appointments.domain.rules import MAX_TYPE_RULES, WINDOWS, broken_rules_of, broken_window
from clinic.contracts.appointments import AppointmentStatus, PortalSettings, PortalSettingsChanged, Window
from clinic.kernel.errors import Refused

MAX_TEXT = 5_000
MAX_STATUSES = 50

STATUSES = (
    AppointmentStatus("booked", "Booked", True, "Booked"),
    AppointmentStatus("confirmed", "Confirmed", True, "Confirmed"),
    AppointmentStatus("arrived", "Arrived", True, "Arrived"),
    AppointmentStatus("cancelled_by_client", "Cancelled by client", False, "Cancelled by you"),
    AppointmentStatus("cancelled_by_practice", "Cancelled by practice", False, "Cancelled by the practice"),
    AppointmentStatus("did_not_attend", "Did not attend", False, "Missed"),
)

DEFAULT = PortalSettings(
    version=0,
    online_booking_edition="none",
    online_booking_on=False,
    online_booking_off_text="",
    portal_on=False,
    portal_off_text="",
    may_view_upcoming=True,
    may_view_previous=True,
    may_change=True,
    may_cancel=True,
    may_leave_message=True,
    edit_window=Window("minutes", 24 * 60),
    cancellation_window=Window("minutes", 24 * 60),
    statuses=STATUSES,
    booked_status="booked",
    cancellation_status="cancelled_by_client",
    policy_text_version=0,
    policy_text="",
)
"""A practice that nobody has configured: the portal is off (F4), both windows are 24 hours (F27)."""

COUNTERS = ("version", "policy_text_version")
TEXTS = ("online_booking_off_text", "portal_off_text", "policy_text")


def change_settings(present: PortalSettings, wanted: PortalSettings) -> list[PortalSettingsChanged]:
    """The settings become the wanted ones; nothing when they are so already.

    The counters of `wanted` do not matter: `version` rises by one, `policy_text_version` when the wording changes.
    Refused as `invalid` with the reason of every field that breaks a rule (F2, F26).
    """
    changed = changed_fields(present, wanted)
    errors = broken_rules(wanted)
    if errors:
        raise Refused("invalid", errors=errors)
    if not changed and present.version > 0:
        return []
    text_version = present.policy_text_version + (1 if "policy_text" in changed else 0)
    return [
        PortalSettingsChanged(
            settings=replace(wanted, version=present.version + 1, policy_text_version=text_version), changed=changed
        )
    ]


def changed_fields(before: PortalSettings, after: PortalSettings) -> tuple[str, ...]:
    """The names of the fields that differ, in the order of the settings; the counters are not a decision."""
    return tuple(
        field.name
        for field in fields(PortalSettings)
        if field.name not in COUNTERS and getattr(before, field.name) != getattr(after, field.name)
    )


def broken_rules(settings: PortalSettings) -> dict[str, list[str]]:
    """The reasons why these settings cannot be, per field."""
    errors: dict[str, list[str]] = {}

    def refuse(field: str, reason: str) -> None:
        errors.setdefault(field, []).append(reason)

    if settings.portal_on and settings.online_booking_edition != "v2":
        refuse("portal_on", "The portal needs the Online Booking 2.0 add-on; it does not work with another edition.")
    for name in TEXTS:
        if len(getattr(settings, name)) > MAX_TEXT:
            refuse(name, "Longer than 5,000 characters.")
    for name in WINDOWS:
        if reason := broken_window(getattr(settings, name)):
            refuse(name, reason)
    _check_type_rules(settings, refuse)
    _check_statuses(settings, refuse)
    return errors


def _check_type_rules(settings: PortalSettings, refuse: Any) -> None:
    types = [one.appointment_type_id for one in settings.type_rules]
    if len(set(types)) != len(types):
        refuse("type_rules", "Every appointment type has its rules once.")
    if len(types) > MAX_TYPE_RULES:
        refuse("type_rules", f"At most {MAX_TYPE_RULES} appointment types.")
    for one in settings.type_rules:
        for reasons in broken_rules_of(one.rules).values():
            for reason in reasons:
                refuse("type_rules", reason)


def _check_statuses(settings: PortalSettings, refuse: Any) -> None:
    codes = [status.code for status in settings.statuses]
    if len(set(codes)) != len(codes):
        refuse("statuses", "Every status has a code of its own.")
    if not 1 <= len(codes) <= MAX_STATUSES:
        refuse("statuses", f"Between 1 and {MAX_STATUSES} statuses.")
    if settings.booked_status not in codes or not is_attending(settings, settings.booked_status):
        refuse("booked_status", "A new appointment needs a status in which the client is attending.")
    if settings.cancellation_status not in codes or is_attending(settings, settings.cancellation_status):
        refuse(
            "cancellation_status",
            "A cancelled appointment needs a status in which the client is not attending, or its time stays taken.",
        )


def is_attending(settings: PortalSettings, code: str) -> bool:
    """Whether a status occupies time; one that the practice does not have does."""
    return all(status.attending for status in settings.statuses if status.code == code)


def staff_cancellation_status(settings: PortalSettings) -> str:
    """`cancelled_by_practice` where the practice has it, else what a cancellation in the portal sets."""
    codes = {status.code for status in settings.statuses if not status.attending}
    return "cancelled_by_practice" if "cancelled_by_practice" in codes else settings.cancellation_status


def status_named(settings: PortalSettings, code: str, *, occupies: bool) -> AppointmentStatus:
    """The status of a code; for one that the practice no longer has, words that are true."""
    known = next((status for status in settings.statuses if status.code == code), None)
    if known is not None:
        return known
    name = code.replace("_", " ").capitalize()
    return AppointmentStatus(code, name, occupies, "Booked" if occupies else "Cancelled")
