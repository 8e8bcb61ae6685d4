"""What a further import makes of an appointment: pure, from state and row to events (ADR 0025)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.appointments.domain.appointment import DID_NOT_ATTEND, Appointment, AppointmentEvent, evolve
from clinic.appointments.domain.decisions import cancelled, rescheduled, slot_at
from clinic.appointments.domain.staff_decisions import status_changed
from clinic.contracts.appointments import (
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentStatusChanged,
    PortalSettings,
)


@dataclass(frozen=True, slots=True)
class RowState:
    """What a row of appointments.csv says; `occupies` is whether its status attends."""

    client_id: UUID
    clinician_id: UUID
    location_id: UUID
    appointment_type_id: UUID
    starts_at: datetime
    ends_at: datetime
    status: str
    occupies: bool


def fixed_columns(state: Appointment, row: RowState) -> tuple[str, ...]:
    """The columns that differ although they never change (F22)."""
    pairs = {
        "client": (state.client_id, row.client_id),
        "clinician": (state.clinician_id, row.clinician_id),
        "location": (state.location_id, row.location_id),
        "appointment_type": (state.appointment_type_id, row.appointment_type_id),
    }
    return tuple(column for column, (here, said) in pairs.items() if here != said)


def changed_columns(state: Appointment, row: RowState) -> tuple[str, ...]:
    """The columns that differ and may change; `starts` stands for both where the start is another."""
    moved = "starts" if state.slot.starts_at != row.starts_at else "ends" if state.slot.ends_at != row.ends_at else ""
    return tuple(column for column in (moved, "status" if state.status != row.status else "") if column)


def become(state: Appointment, row: RowState, settings: PortalSettings, *, overlaps: bool) -> list[AppointmentEvent]:
    """The events after which the appointment has the row's time and status; none where it has them.

    One that attends again does so before it moves, and one that no longer attends after it moved. `overlaps`: in the
    end it overlaps another, as the other system allowed.
    """
    events: list[AppointmentEvent] = []
    changed = changed_columns(state, row)
    attends_again = row.occupies and not state.occupies
    steps = ("status", "time") if attends_again else ("time", "status")
    for step in steps:
        if step == "time" and {"starts", "ends"} & set(changed):
            events.append(_moved(state, row, settings, overlaps=overlaps and row.occupies))
        elif step == "status" and "status" in changed:
            events.append(_given_status(state, row, settings, overlaps=overlaps and row.occupies))
        else:
            continue
        state = evolve(state, events[-1])
    return events


def after(state: Appointment, events: Sequence[AppointmentEvent]) -> Appointment:
    """The state in the end."""
    for event in events:
        state = evolve(state, event)
    return state


def _moved(state: Appointment, row: RowState, settings: PortalSettings, *, overlaps: bool) -> AppointmentRescheduled:
    minutes = int((row.ends_at - row.starts_at).total_seconds()) // 60
    new = slot_at(row.starts_at, state.slot.zone, minutes, state.slot.buffer_after_minutes)
    return rescheduled(state, new, settings, overlap_accepted=overlaps)


def _given_status(
    state: Appointment, row: RowState, settings: PortalSettings, *, overlaps: bool
) -> AppointmentCancelled | AppointmentStatusChanged:
    """Who was to come and will not has been cancelled; any other status is one."""
    if state.occupies and not row.occupies and row.status != DID_NOT_ATTEND:
        return cancelled(state, row.status, settings)
    return status_changed(state, row.status, occupies=row.occupies, overlap_accepted=overlaps)
