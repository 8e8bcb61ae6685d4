"""Whose time an appointment takes: one row per appointment, a fold of its events like any view."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

from clinic.appointments.domain.appointment import AppointmentEvent
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentImported,
    AppointmentRescheduled,
    Slot,
)


@dataclass(frozen=True, slots=True)
class Occupancy:
    """The clinician's time in [`from_at`, `until_at`), the buffer after the appointment included.

    `exclusive` rows never overlap each other; one that overlaps knowingly (F35) or was taken over so (F49) is not
    exclusive, but still blocks every exclusive one.
    """

    appointment_id: UUID
    clinician_id: UUID
    from_at: datetime
    until_at: datetime
    occupies: bool
    exclusive: bool


def occupancy_of(event: AppointmentEvent) -> Occupancy:
    """The row after this event; every event carries all of it."""
    match event:
        case AppointmentBooked() | AppointmentImported():
            slot, occupies, exclusive = event.slot, event.occupies, not event.overlap_accepted
        case AppointmentRescheduled():
            slot, occupies, exclusive = event.new, True, not event.overlap_accepted
        case AppointmentCancelled():
            slot, occupies, exclusive = event.slot, False, True
        case _:
            assert_never(event)
    from_at, until_at = taken(slot)
    return Occupancy(event.appointment_id, event.clinician_id, from_at, until_at, occupies, exclusive)


def taken(slot: Slot) -> tuple[datetime, datetime]:
    """From the start to the end of the buffer."""
    return slot.starts_at, slot.ends_at + timedelta(minutes=slot.buffer_after_minutes)


def overlapping(rows: list[Occupancy]) -> set[UUID]:
    """The appointments whose time overlaps another's of the same clinician; only those that occupy count."""
    found: set[UUID] = set()
    latest: dict[UUID, Occupancy] = {}
    for row in sorted((row for row in rows if row.occupies), key=lambda row: row.from_at):
        before = latest.get(row.clinician_id)
        if before is not None and row.from_at < before.until_at:
            found |= {before.appointment_id, row.appointment_id}
        if before is None or row.until_at > before.until_at:
            latest[row.clinician_id] = row
    return found
