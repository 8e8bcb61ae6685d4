"""The portal settings that `practice.toml` names, and what a further import takes of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clinic.appointments.domain.portal_settings import DEFAULT, broken_rules
from clinic.contracts.appointments import AppointmentStatus, PortalSettings, Window
from clinic.contracts.codec import to_data
from clinic.kernel.practice_directory import PracticeRow
from clinic.kernel.taking_over import CHANGED_HERE, LeftAlone, merge

Said = Mapping[str, Any]

COLUMNS = {
    "online_booking_edition": "portal.edition",
    "online_booking_on": "portal.online_booking_on",
    "online_booking_off_text": "portal.online_booking_off_text",
    "portal_on": "portal.on",
    "portal_off_text": "portal.off_text",
    "edit_window": "portal.edit_window",
    "cancellation_window": "portal.cancellation_window",
    "policy_text": "portal.policy_text",
    "online_payments_on": "portal.online_payments_on",
    "statuses": "statuses",
    "booked_status": "portal.booked_status",
    "cancellation_status": "portal.cancellation_status",
}
"""The settings that `practice.toml` decides, and their keys in it."""

TOGETHER = (("statuses", "booked_status", "cancellation_status"), ("online_booking_edition", "portal_on"))
"""Settings that have to fit each other: where what was changed here keeps them from it, none of them is taken."""
NOT_FITTING = "does not fit what was changed here since the last import"


def imported_settings(practice: PracticeRow) -> PortalSettings:
    """The settings that `practice.toml` names; the rest is the default."""
    statuses = tuple(
        AppointmentStatus(status.code, status.name, status.attending, status.client_wording)
        for status in practice.statuses
    )
    return replace(
        DEFAULT,
        online_booking_edition=practice.online_booking_edition,
        online_booking_on=practice.online_booking_on,
        online_booking_off_text=practice.online_booking_off_text,
        portal_on=practice.portal_on,
        portal_off_text=practice.portal_off_text,
        edit_window=_window(practice.edit_window_minutes),
        cancellation_window=_window(practice.cancellation_window_minutes),
        policy_text=practice.policy_text,
        online_payments_on=practice.online_payments_on,
        statuses=statuses or DEFAULT.statuses,
        booked_status=practice.booked_status,
        cancellation_status=practice.cancellation_status,
    )


def merged_settings(
    here: PortalSettings, before: Said | None, wanted: PortalSettings, *, update: bool
) -> tuple[PortalSettings, list[LeftAlone], Said | None]:
    """The settings after the import, what stays although the file says otherwise, and what to keep as said.

    A practice without settings takes them all.
    """
    if here.version == 0:
        return wanted, [], said_of(wanted)
    if not update:
        return here, [], before
    merged = merge(before, said_of(here), said_of(wanted))
    unfit = [name for group in TOGETHER for name in _unfit(here, wanted, [n for n in group if n in merged.taken])]
    after = replace(here, **{name: getattr(wanted, name) for name in merged.taken if name not in unfit})
    reasons = dict.fromkeys(merged.left, CHANGED_HERE) | dict.fromkeys(unfit, NOT_FITTING)
    left = [LeftAlone("practice.toml", 0, "", COLUMNS[name], reason) for name, reason in reasons.items()]
    return after, left, {**merged.said, **{name: (before or {})[name] for name in unfit}}


def _unfit(here: PortalSettings, wanted: PortalSettings, taken: list[str]) -> list[str]:
    """Those of some settings that are to be taken: all of them where they would break a rule, else none."""
    return taken if broken_rules(replace(here, **{name: getattr(wanted, name) for name in taken})) else []


def said_of(settings: PortalSettings) -> Said:
    """What `practice.toml` decides of them, as JSON."""
    values = to_data(settings)
    return {name: values[name] for name in COLUMNS}


def _window(minutes: int | None) -> Window:
    match minutes:
        case None:
            return Window("never")
        case 0:
            return Window("always")
        case _:
            return Window("minutes", minutes)
