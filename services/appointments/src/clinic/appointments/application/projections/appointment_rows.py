"""Rows that hold an appointment's present state, as the client list and the diary both do."""

from collections.abc import Sequence
from typing import Any

from clinic.appointments.application.projections.changes import Change, Changed, Handles, Row
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentImported,
    AppointmentRescheduled,
    Slot,
)
from clinic.contracts.codec import to_fact
from clinic.kernel.recorded import Recorded


def began(recorded: Recorded) -> Sequence[Change]:
    """Booked or imported: a new row."""
    fact: AppointmentBooked | AppointmentImported = to_fact(recorded)
    values = {
        "practice_id": recorded.practice_id,
        "appointment_id": fact.appointment_id,
        "client_id": fact.client_id,
        "clinician_id": fact.clinician_id,
        "location_id": fact.location_id,
        "appointment_type_id": fact.appointment_type_id,
        "status": fact.status,
        "occupies": fact.occupies,
        "revision": fact.revision,
        "overlap_accepted": fact.overlap_accepted,
        "video": fact.video,
        "position": recorded.position,
    }
    return [Row(values | _slot(fact.slot))]


def rescheduled(recorded: Recorded) -> Sequence[Change]:
    """Another time; nothing else can change (F17)."""
    fact: AppointmentRescheduled = to_fact(recorded)
    values = {
        "status": fact.status,
        "revision": fact.revision,
        "overlap_accepted": fact.overlap_accepted,
        "position": recorded.position,
    }
    return [Changed(_key(recorded, fact), values | _slot(fact.new))]


def cancelled(recorded: Recorded) -> Sequence[Change]:
    """It occupies no time any more."""
    fact: AppointmentCancelled = to_fact(recorded)
    values = {
        "status": fact.status,
        "occupies": False,
        "revision": fact.revision,
        "position": recorded.position,
    }
    return [Changed(_key(recorded, fact), values)]


HANDLES: Handles = {
    "AppointmentBooked": began,
    "AppointmentImported": began,
    "AppointmentRescheduled": rescheduled,
    "AppointmentCancelled": cancelled,
}


def _key(recorded: Recorded, fact: AppointmentRescheduled | AppointmentCancelled) -> dict[str, Any]:
    return {"practice_id": recorded.practice_id, "appointment_id": fact.appointment_id}


def _slot(slot: Slot) -> dict[str, Any]:
    return {
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "zone": slot.zone,
        "local_start": slot.local_start,
        "duration_minutes": slot.duration_minutes,
        "buffer_after_minutes": slot.buffer_after_minutes,
    }
