"""Reminders (F44): which are planned for an appointment, when each is due, and how late it may still go (ADR 0023)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentImported,
    AppointmentRescheduled,
    AppointmentStatusChanged,
    Slot,
)
from clinic.kernel.recorded import Recorded
from clinic.notifications.domain.communications import Communications, reminders_of
from clinic.notifications.domain.messages import MAX_AGE, Channel, Told

Moved = (
    AppointmentBooked | AppointmentImported | AppointmentRescheduled | AppointmentCancelled | AppointmentStatusChanged
)
"""What happens to an appointment and matters to its reminders."""


@dataclass(frozen=True, slots=True)
class Remindable:
    """An appointment as reminders see it. `taken_over`: only another system's import knows of its time (F49)."""

    appointment_id: UUID
    client_id: UUID
    appointment_type_id: UUID
    revision: int
    starts_at: datetime
    ends_at: datetime
    zone: str
    takes_place: bool
    taken_over: bool


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder of one start. The same start, offset and channel are the same one, whatever happened between."""

    appointment_id: UUID
    starts_at: datetime
    minutes_before: int
    channel: Channel

    @property
    def due_at(self) -> datetime:
        """Elapsed time before the start: across a clock change 24 hours are 24 hours (F41)."""
        return self.starts_at - timedelta(minutes=self.minutes_before)

    @property
    def not_after(self) -> datetime:
        """An hour later, or half the time that is left, it is stale: then it is not sent at all."""
        return self.due_at + min(MAX_AGE["reminder"], timedelta(minutes=self.minutes_before) / 2)

    @property
    def cause_id(self) -> UUID:
        """The cause of its message: the same for e-mail and text message, the same for ever."""
        return uuid5(self.appointment_id, f"reminder {self.starts_at.isoformat()} {self.minutes_before}")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to add to the planned reminders and what to drop from them."""

    add: frozenset[Reminder]
    drop: frozenset[Reminder]


def after(before: Remindable | None, fact: Moved, recorded: Recorded) -> Remindable:
    """The appointment after an event. Who changed its time here made it ours, even if it was taken over once."""
    by_import = recorded.actor.kind == "import"
    match fact:
        case AppointmentBooked():
            return _known(fact, fact.slot, takes_place=fact.occupies, taken_over=by_import)
        case AppointmentImported():
            return _known(fact, fact.slot, takes_place=fact.occupies, taken_over=True)
        case AppointmentRescheduled():
            takes_place = before.takes_place if before else True
            taken_over = by_import and (before is None or before.taken_over)
            return _known(fact, fact.new, takes_place=takes_place, taken_over=taken_over)
        case AppointmentCancelled():
            return _known(fact, fact.slot, takes_place=False, taken_over=bool(before and before.taken_over))
        case AppointmentStatusChanged():
            taken_over = before.taken_over if before else by_import
            return _known(fact, fact.slot, takes_place=fact.occupies, taken_over=taken_over)


def began_before_it_was_known(fact: Moved, recorded: Recorded) -> bool:
    """Whether an appointment was first recorded when it had begun: nobody is reminded of it, then or later."""
    return isinstance(fact, AppointmentBooked | AppointmentImported) and fact.slot.starts_at <= recorded.recorded_at


def wanted(appointment: Remindable, decided: Communications) -> frozenset[Reminder]:
    """Every reminder that the appointment has by the practice's triggers, past ones included."""
    if not appointment.takes_place or (appointment.taken_over and not decided.remind_imported):
        return frozenset()
    return frozenset(
        Reminder(appointment.appointment_id, appointment.starts_at, minutes, channel)
        for minutes, channel in reminders_of(decided, appointment.appointment_type_id)
    )


def plan(wanted: frozenset[Reminder], planned: frozenset[Reminder], since: datetime, now: datetime) -> Plan:
    """From the planned ones to the wanted ones.

    None is added that was due before `since` (when the appointment got its time, or the trigger was made): who books 3
    hours ahead is not reminded 24 hours ahead. None that is stale `now` either: it was due while nothing was running.
    """
    fresh = {one for one in wanted - planned if one.due_at > since and one.not_after > now}
    return Plan(frozenset(fresh), planned - wanted)


def told_by_reminder(reminder: Reminder, appointment: Remindable) -> Told:
    """What the client is told when a reminder is due."""
    return Told(
        kind="reminder",
        appointment_id=appointment.appointment_id,
        client_id=appointment.client_id,
        revision=appointment.revision,
        old_starts_at=None,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        zone=appointment.zone,
        minutes_before=reminder.minutes_before,
    )


def _known(fact: Moved, slot: Slot, *, takes_place: bool, taken_over: bool) -> Remindable:
    return Remindable(
        appointment_id=fact.appointment_id,
        client_id=fact.client_id,
        appointment_type_id=fact.appointment_type_id,
        revision=fact.revision,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        zone=slot.zone,
        takes_place=takes_place,
        taken_over=taken_over,
    )
