"""An appointment as its events tell it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from clinic.appointments.domain.rules import NO_RULES
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentImported,
    AppointmentRescheduled,
    AppointmentRulesChanged,
    AppointmentStatusChanged,
    Paid,
    PaymentRecorded,
    RefundRecorded,
    Rules,
    Slot,
)

AppointmentEvent = (
    AppointmentBooked
    | AppointmentImported
    | AppointmentRescheduled
    | AppointmentCancelled
    | AppointmentStatusChanged
    | AppointmentRulesChanged
    | PaymentRecorded
    | RefundRecorded
)
"""Every event of an appointment's own stream (ADR 0019: payments and rules too)."""

DID_NOT_ATTEND = "did_not_attend"


@dataclass(frozen=True, slots=True)
class Appointment:
    """The present state. It keeps one identity for life (F22); only time, status and revision ever change (F17).

    `occupies` is false once its status is a non-attending one; `revision` rises with every change that a client could
    see. `rules` are its own (F18); `currency` is empty while nobody paid.
    """

    appointment_id: UUID
    client_id: UUID
    clinician_id: UUID
    location_id: UUID
    appointment_type_id: UUID
    slot: Slot
    status: str
    occupies: bool
    revision: int
    overlap_accepted: bool
    video: bool
    rules: Rules = NO_RULES
    paid_pence: int = 0
    refunded_pence: int = 0
    currency: str = ""

    @property
    def cancelled(self) -> bool:
        """It will not take place; one that was missed did, without the client."""
        return not self.occupies and self.status != DID_NOT_ATTEND

    @property
    def paid(self) -> Paid | None:
        """What was paid and refunded so far; None while nobody paid."""
        return Paid(self.paid_pence, self.refunded_pence, self.currency) if self.paid_pence else None

    @property
    def kept_pence(self) -> int:
        """What was paid and not refunded."""
        return self.paid_pence - self.refunded_pence

    def is_past(self, now: datetime) -> bool:
        """It has started."""
        return self.slot.starts_at <= now


def evolve(state: Appointment | None, event: AppointmentEvent) -> Appointment:
    """The state after one event. Anything but a first event on nothing is a ValueError: the stream is broken."""
    match event:
        case AppointmentBooked() | AppointmentImported():
            return _begin(event)
        case AppointmentRescheduled():
            return replace(
                _begun(state),
                slot=event.new,
                status=event.status,
                revision=event.revision,
                overlap_accepted=event.overlap_accepted,
            )
        case AppointmentCancelled():
            return replace(_begun(state), status=event.status, occupies=False, revision=event.revision)
        case AppointmentStatusChanged():
            return replace(
                _begun(state),
                status=event.status,
                occupies=event.occupies,
                revision=event.revision,
                overlap_accepted=event.overlap_accepted,
            )
        case AppointmentRulesChanged():
            return replace(_begun(state), rules=event.rules)
        case PaymentRecorded():
            before = _begun(state)
            return replace(before, paid_pence=before.paid_pence + event.amount_pence, currency=event.currency)
        case RefundRecorded():
            before = _begun(state)
            return replace(before, refunded_pence=before.refunded_pence + event.amount_pence)
        case _:
            assert_never(event)


def _begin(event: AppointmentBooked | AppointmentImported) -> Appointment:
    return Appointment(
        appointment_id=event.appointment_id,
        client_id=event.client_id,
        clinician_id=event.clinician_id,
        location_id=event.location_id,
        appointment_type_id=event.appointment_type_id,
        slot=event.slot,
        status=event.status,
        occupies=event.occupies,
        revision=event.revision,
        overlap_accepted=event.overlap_accepted,
        video=event.video,
    )


def _begun(state: Appointment | None) -> Appointment:
    if state is None:
        raise ValueError("an appointment begins by being booked or imported")
    return state
