"""Whose time an appointment takes: one row per appointment, a fold of its events like any view."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.appointments.domain.appointment import Appointment
from clinic.contracts.appointments import AppointmentBooked, AppointmentImported, Slot


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


def occupancy_of(appointment: Appointment | AppointmentBooked | AppointmentImported) -> Occupancy:
    """The row of an appointment in this state; a first event is the state that it begins.

    One that takes no time is exclusive whatever was accepted before: nothing overlaps it.
    """
    from_at, until_at = taken(appointment.slot)
    return Occupancy(
        appointment.appointment_id,
        appointment.clinician_id,
        from_at,
        until_at,
        appointment.occupies,
        exclusive=not (appointment.occupies and appointment.overlap_accepted),
    )


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
