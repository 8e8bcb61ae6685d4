"""Whose time does each appointment take? Rebuilt like a view; the live rows are written by the append itself (F35)."""

from collections.abc import Sequence
from typing import Any

from clinic.appointments.application.projections.changes import (
    NOT_OF_AN_APPOINTMENT,
    Change,
    Changed,
    Handles,
    Row,
    View,
)
from clinic.appointments.domain.occupancy import taken
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentImported,
    AppointmentRescheduled,
    AppointmentStatusChanged,
    Slot,
)
from clinic.contracts.codec import to_fact
from clinic.kernel.recorded import Recorded


def began(recorded: Recorded) -> Sequence[Change]:
    """Booked or imported: its time, if it takes any."""
    fact: AppointmentBooked | AppointmentImported = to_fact(recorded)
    values = {
        "practice_id": recorded.practice_id,
        "appointment_id": fact.appointment_id,
        "clinician_id": fact.clinician_id,
        "occupies": fact.occupies,
        "overlap_accepted": fact.overlap_accepted,
    }
    return [Row(values | _times(fact.slot))]


def rescheduled(recorded: Recorded) -> Sequence[Change]:
    """Another time."""
    fact: AppointmentRescheduled = to_fact(recorded)
    return [_changed(recorded, fact, {"overlap_accepted": fact.overlap_accepted} | _times(fact.new))]


def cancelled(recorded: Recorded) -> Sequence[Change]:
    """No time any more."""
    return [_changed(recorded, to_fact(recorded), {"occupies": False})]


def status_changed(recorded: Recorded) -> Sequence[Change]:
    """It may take its time again, or no more."""
    fact: AppointmentStatusChanged = to_fact(recorded)
    return [_changed(recorded, fact, {"occupies": fact.occupies, "overlap_accepted": fact.overlap_accepted})]


def _changed(
    recorded: Recorded,
    fact: AppointmentRescheduled | AppointmentCancelled | AppointmentStatusChanged,
    values: dict[str, Any],
) -> Changed:
    return Changed({"practice_id": recorded.practice_id, "appointment_id": fact.appointment_id}, values)


def _times(slot: Slot) -> dict[str, Any]:
    from_at, until_at = taken(slot)
    return {"from_at": from_at, "until_at": until_at}


HANDLES: Handles = {
    "AppointmentBooked": began,
    "AppointmentImported": began,
    "AppointmentRescheduled": rescheduled,
    "AppointmentCancelled": cancelled,
    "AppointmentStatusChanged": status_changed,
}

OCCUPANCY = View(
    "occupancy",
    1,
    HANDLES,
    ignores=(*NOT_OF_AN_APPOINTMENT, "AppointmentRulesChanged", "PaymentRecorded", "RefundRecorded"),
    key="appointment_id",
)
