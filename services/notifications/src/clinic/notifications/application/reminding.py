"""Reminders are planned when something happens to an appointment, anew when triggers change, and queued when due."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from clinic.contracts.codec import to_fact
from clinic.kernel.recorded import Recorded
from clinic.notifications.application.ports import Intention, Queue
from clinic.notifications.application.wording import worded
from clinic.notifications.domain.communications import Communications
from clinic.notifications.domain.reminders import (
    Moved,
    Remindable,
    Reminder,
    after,
    began_before_it_was_known,
    plan,
    told_by_reminder,
    wanted,
)

REMINDING = (
    "AppointmentBooked",
    "AppointmentImported",
    "AppointmentRescheduled",
    "AppointmentCancelled",
    "AppointmentStatusChanged",
)
"""The events of appointments that reminders are planned by; all others change no reminder."""

AT_ONCE = 200


class Plans(Protocol):
    """One practice's planned reminders, inside a transaction that nobody else plans in."""

    def now(self) -> datetime:
        """The database's present instant."""

    def communications(self) -> Communications:
        """What the practice decides now."""

    def known(self, appointment_id: UUID) -> Remindable | None:
        """The appointment as it was last told of."""

    def keep(self, appointment: Remindable) -> None:
        """The appointment as it is now."""

    def upcoming(self) -> list[Remindable]:
        """Every appointment that has not begun."""

    def planned(self, appointment_id: UUID) -> frozenset[Reminder]:
        """What is planned for an appointment."""

    def all_planned(self) -> dict[UUID, frozenset[Reminder]]:
        """What is planned, by appointment."""

    def change(self, add: Iterable[Reminder], drop: Iterable[Reminder]) -> None:
        """Plans some more, and some no longer."""

    def take_due(self, limit: int) -> list[tuple[Reminder, Remindable]]:
        """Up to `limit` reminders that are due, the oldest first; they are planned no longer."""

    def is_to_plan_anew(self) -> bool:
        """Whether triggers changed since reminders were last planned."""

    def finish(self) -> None:
        """Notes when to look again."""


class Reminders(Protocol):
    """All practices' planned reminders."""

    def due_practices(self) -> list[UUID]:
        """The practices that are to be looked at now."""

    def of_practice(self, practice_id: UUID) -> AbstractContextManager[tuple[Plans, Queue] | None]:
        """A transaction on one practice's plans; None while somebody else has it."""


def plan_reminders(take: Callable[[], Plans], recorded: Recorded) -> None:
    """What happened to an appointment changes what is planned for it. `take` begins with the practice's plans.

    An appointment that had begun when it was recorded first was never to be reminded of: a practice's history, taken
    over by an import, costs nothing here.
    """
    fact = to_fact(recorded)
    if began_before_it_was_known(fact, recorded):
        return
    plans = take()
    before, appointment = _learned(plans, fact, recorded)
    planned = plans.planned(appointment.appointment_id) if before else frozenset()
    wants = wanted(appointment, plans.communications())
    changes = plan(wants, planned, recorded.recorded_at, plans.now())
    if changes.add or changes.drop:
        plans.change(changes.add, changes.drop)
        plans.finish()


def learn(plans: Plans, recorded: Recorded) -> None:
    """Keeps the appointment as an event leaves it; what is planned stays as it is."""
    fact = to_fact(recorded)
    if not began_before_it_was_known(fact, recorded):
        _learned(plans, fact, recorded)


def _learned(plans: Plans, fact: Moved, recorded: Recorded) -> tuple[Remindable | None, Remindable]:
    before = plans.known(fact.appointment_id)
    appointment = after(before, fact, recorded)
    plans.keep(appointment)
    return before, appointment


def queue_due(reminders: Reminders) -> int:
    """Every due reminder becomes a message, each practice in a transaction of its own; how many did.

    Triggers that changed are followed first, so that nothing goes by one that is gone.
    """
    queued = 0
    for practice_id in reminders.due_practices():
        with reminders.of_practice(practice_id) as found:
            if found is not None:
                queued += _queue_due(*found)
    return queued


def _queue_due(plans: Plans, queue: Queue) -> int:
    decided = plans.communications()
    if plans.is_to_plan_anew():
        _plan_anew(plans, decided)
    due = plans.take_due(AT_ONCE)
    for reminder, appointment in due:
        told = told_by_reminder(reminder, appointment)
        intention = Intention(
            cause_id=reminder.cause_id,
            channel=reminder.channel,
            told=told,
            not_after=min(reminder.not_after, appointment.starts_at),
        )
        queue.put(worded(intention, told, decided, appointment.appointment_type_id))
    plans.finish()
    return len(due)


def _plan_anew(plans: Plans, decided: Communications) -> None:
    now, planned = plans.now(), plans.all_planned()
    add: set[Reminder] = set()
    drop = set().union(*planned.values())
    for appointment in plans.upcoming():
        had = planned.get(appointment.appointment_id, frozenset())
        wants = wanted(appointment, decided)
        add |= plan(wants, had, now, now).add
        drop -= wants
    plans.change(add, drop)
