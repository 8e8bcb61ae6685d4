"""Rows that hold an appointment's present state, as the client list and the diary both do."""

from collections.abc import Sequence
from typing import Any

from clinic.appointments.application.projections.changes import Change, Changed, Handles, Row
from clinic.appointments.domain.appointment import AppointmentEvent
from clinic.appointments.domain.rules import NO_RULES
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentImported,
    AppointmentRescheduled,
    AppointmentRulesChanged,
    AppointmentStatusChanged,
    PaymentRecorded,
    RefundRecorded,
    Slot,
)
from clinic.contracts.codec import to_data, to_fact
from clinic.kernel.canonical import canonical_json
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
        "rules": None,
        "paid_pence": 0,
        "refunded_pence": 0,
        "currency": "",
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


def status_changed(recorded: Recorded) -> Sequence[Change]:
    """It may take its time again, or no more (F26)."""
    fact: AppointmentStatusChanged = to_fact(recorded)
    values = {
        "status": fact.status,
        "occupies": fact.occupies,
        "revision": fact.revision,
        "overlap_accepted": fact.overlap_accepted,
        "position": recorded.position,
    }
    return [Changed(_key(recorded, fact), values)]


def rules_changed(recorded: Recorded) -> Sequence[Change]:
    """Its own rules, None where it has none (F18)."""
    fact: AppointmentRulesChanged = to_fact(recorded)
    rules = None if fact.rules == NO_RULES else canonical_json(to_data(fact.rules))
    return [Changed(_key(recorded, fact), {"rules": rules, "position": recorded.position})]


def paid(recorded: Recorded) -> Sequence[Change]:
    """The sum that was paid (F34)."""
    fact: PaymentRecorded = to_fact(recorded)
    values = {"currency": fact.currency, "position": recorded.position}
    return [Changed(_key(recorded, fact), values, added={"paid_pence": fact.amount_pence})]


def refunded(recorded: Recorded) -> Sequence[Change]:
    """The sum that was given back."""
    fact: RefundRecorded = to_fact(recorded)
    values = {"position": recorded.position}
    return [Changed(_key(recorded, fact), values, added={"refunded_pence": fact.amount_pence})]


HANDLES: Handles = {
    "AppointmentBooked": began,
    "AppointmentImported": began,
    "AppointmentRescheduled": rescheduled,
    "AppointmentCancelled": cancelled,
    "AppointmentStatusChanged": status_changed,
    "AppointmentRulesChanged": rules_changed,
    "PaymentRecorded": paid,
    "RefundRecorded": refunded,
}


def _key(recorded: Recorded, fact: AppointmentEvent) -> dict[str, Any]:
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
