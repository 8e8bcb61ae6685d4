"""An appointment as its events tell it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentImported,
    AppointmentRescheduled,
    Slot,
)

AppointmentEvent = AppointmentBooked | AppointmentImported | AppointmentRescheduled | AppointmentCancelled

DID_NOT_ATTEND = "did_not_attend"


@dataclass(frozen=True, slots=True)
class Appointment:
    """The present state. It keeps one identity for life (F22); only time, status and revision ever change (F17).

    `occupies` is false once its status is a non-attending one; `revision` rises with every change that a client could
    see.
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

    @property
    def cancelled(self) -> bool:
        """It will not take place; one that was missed did, without the client."""
        return not self.occupies and self.status != DID_NOT_ATTEND

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
