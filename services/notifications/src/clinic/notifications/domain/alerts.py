"""Alerts: the clinician of the appointment learns of every change that a client made (F31), others where they ask."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from clinic.contracts.appointments import AppointmentCancelled, AppointmentRescheduled, Paid
from clinic.kernel.recorded import Recorded
from clinic.notifications.domain.messages import paid_for

AlertKind = Literal["rescheduled", "cancelled"]


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert to one user. `message_id` names the message that the client left, None without one.

    `paid` is what had been paid, and refunded, for what was cancelled: the rest is for the practice to decide (F34).
    """

    event_id: UUID
    user_id: UUID
    kind: AlertKind
    appointment_id: UUID
    client_id: UUID
    clinician_id: UUID
    old_starts_at: datetime | None
    starts_at: datetime
    zone: str
    message_id: UUID | None
    happened_at: datetime
    paid: Paid | None = None


def alert_of(fact: AppointmentRescheduled | AppointmentCancelled, recorded: Recorded) -> Alert | None:
    """The clinician's alert; None unless a client did it: staff are not alerted to staff's changes (F35)."""
    if recorded.actor.kind != "client":
        return None
    match fact:
        case AppointmentRescheduled():
            kind: AlertKind = "rescheduled"
            old: datetime | None = fact.old.starts_at
            slot = fact.new
        case AppointmentCancelled():
            kind, old, slot = "cancelled", None, fact.slot
    return Alert(
        event_id=recorded.event_id,
        user_id=fact.clinician_id,
        kind=kind,
        appointment_id=fact.appointment_id,
        client_id=fact.client_id,
        clinician_id=fact.clinician_id,
        old_starts_at=old,
        starts_at=slot.starts_at,
        zone=slot.zone,
        message_id=fact.message_id,
        happened_at=recorded.recorded_at,
        paid=paid_for(fact),
    )
