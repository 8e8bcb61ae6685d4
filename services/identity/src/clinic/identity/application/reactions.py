"""What identity does when appointments tell something: it keeps its copies of starts and switches (F5, F14).

Every function keeps the latest word only (revision, settings version), so that order and repetition do not matter.
"""

from collections.abc import Callable, Mapping
from typing import Any

from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentImported,
    AppointmentRescheduled,
    AppointmentStatusChanged,
    PortalSettingsChanged,
)
from clinic.contracts.portal_state import off_text, portal_is_on
from clinic.identity.application.rows import Rows
from clinic.identity.domain.links import AppointmentTime

Reaction = Callable[[Rows, Any], None]


def when_appointment_booked_note_its_start(rows: Rows, fact: AppointmentBooked | AppointmentImported) -> None:
    """Also for an imported one: its links work like any other."""
    time = AppointmentTime(fact.client_id, fact.slot.starts_at)
    rows.note_appointment(fact.appointment_id, time, cancelled=False, revision=fact.revision)


def when_appointment_rescheduled_note_its_start(rows: Rows, fact: AppointmentRescheduled) -> None:
    """Links live until the new start."""
    time = AppointmentTime(fact.client_id, fact.new.starts_at)
    rows.note_appointment(fact.appointment_id, time, cancelled=False, revision=fact.revision)


def when_appointment_cancelled_note_it(rows: Rows, fact: AppointmentCancelled) -> None:
    """Links still show the state, until the start that it had (F14)."""
    time = AppointmentTime(fact.client_id, fact.slot.starts_at)
    rows.note_appointment(fact.appointment_id, time, cancelled=True, revision=fact.revision)


def when_appointment_status_changed_note_it(rows: Rows, fact: AppointmentStatusChanged) -> None:
    """Links show the state only while it takes no time, and work again once it does (F14, F26)."""
    time = AppointmentTime(fact.client_id, fact.slot.starts_at)
    rows.note_appointment(fact.appointment_id, time, cancelled=not fact.occupies, revision=fact.revision)


def when_portal_settings_changed_note_the_switch(rows: Rows, fact: PortalSettingsChanged) -> None:
    """The effective state: the page to show is picked by it (F5)."""
    settings = fact.settings
    rows.note_portal(portal_on=portal_is_on(settings), off_text=off_text(settings), settings_version=settings.version)


REACTIONS: Mapping[str, Reaction] = {
    "AppointmentBooked": when_appointment_booked_note_its_start,
    "AppointmentImported": when_appointment_booked_note_its_start,
    "AppointmentRescheduled": when_appointment_rescheduled_note_its_start,
    "AppointmentCancelled": when_appointment_cancelled_note_it,
    "AppointmentStatusChanged": when_appointment_status_changed_note_it,
    "PortalSettingsChanged": when_portal_settings_changed_note_the_switch,
}
IGNORED = frozenset(
    {
        "AppointmentRulesChanged",
        "PaymentRecorded",
        "RefundRecorded",
        "ClientMessageLeft",
        "ClientMessageRead",
        "ClientMessageDealtWith",
        "ClientMessageReopened",
        "ChangeRefused",
    }
)
"""Events of appointments that change nothing here."""
