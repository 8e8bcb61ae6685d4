"""Reminders (F44, F46, F49): which are planned, when each is due, and when it is too late."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.contracts.appointments import AppointmentImported, AppointmentStatusChanged
from clinic.contracts.catalog import CATALOG
from clinic.kernel.recorded import IMPORT
from clinic.notifications.application.reminding import REMINDING, plan_reminders, queue_due
from clinic.notifications.application.sender import Sender
from clinic.notifications.bootstrap import planning_handles
from clinic.notifications.domain.communications import DEFAULTS, Communications, Trigger, reminders_of, trigger_of
from clinic.notifications.domain.delivery import SUPERSEDED
from clinic.notifications.domain.messages import Told
from clinic.notifications.domain.reminders import Remindable, Reminder, plan, wanted

HOUR = timedelta(hours=1)
PHYSIO, PODIATRY = UUID(int=1), UUID(int=2)
PAT = UUID(int=3)


@dataclass
class FakePlans:
    """The `Plans` port in memory."""

    present: datetime
    decided: Communications = DEFAULTS
    appointments: dict[UUID, Remindable] = field(default_factory=dict)
    reminders: set[Reminder] = field(default_factory=set)
    plan_anew: bool = False
    finished: int = 0

    def now(self) -> datetime:
        return self.present

    def communications(self) -> Communications:
        return self.decided

    def known(self, appointment_id: UUID) -> Remindable | None:
        return self.appointments.get(appointment_id)

    def keep(self, appointment: Remindable) -> None:
        self.appointments[appointment.appointment_id] = appointment

    def upcoming(self) -> list[Remindable]:
        return [one for one in self.appointments.values() if one.starts_at > self.present]

    def planned(self, appointment_id: UUID) -> frozenset[Reminder]:
        return frozenset(one for one in self.reminders if one.appointment_id == appointment_id)

    def all_planned(self) -> dict[UUID, frozenset[Reminder]]:
        return {one: self.planned(one) for one in {reminder.appointment_id for reminder in self.reminders}}

    def change(self, add: Any, drop: Any) -> None:
        self.reminders |= set(add)
        self.reminders -= set(drop)

    def take_due(self, limit: int) -> list[tuple[Reminder, Remindable]]:
        due = sorted(
            (one for one in self.reminders if one.due_at <= self.present), key=lambda one: (one.due_at, one.channel)
        )[:limit]
        self.reminders -= set(due)
        return [(one, self.appointments[one.appointment_id]) for one in due]

    def is_to_plan_anew(self) -> bool:
        return self.plan_anew

    def finish(self) -> None:
        self.finished += 1
        self.plan_anew = False


@dataclass
class FakeReminders:
    """The `Reminders` port for one practice."""

    plans: FakePlans
    queue: Any

    def due_practices(self) -> list[UUID]:
        return [UUID(int=9)]

    @contextmanager
    def of_practice(self, practice_id: UUID) -> Any:
        yield self.plans, self.queue


@pytest.fixture
def plans(cast: Any) -> FakePlans:
    """Nothing planned, at the cast's present."""
    return FakePlans(cast.now)


@pytest.fixture
def remind(plans: FakePlans, queue: Any) -> Callable[[datetime], list[Any]]:
    """`remind(instant)`: what is queued when the worker looks then."""

    def at(instant: datetime) -> list[Any]:
        plans.present = instant
        before = len(queue.intentions)
        queue_due(FakeReminders(plans, queue))
        return list(queue.intentions[before:])

    return at


def only(*triggers: Trigger, remind_imported: bool = False) -> Communications:
    """These triggers and no others."""
    return replace(DEFAULTS, triggers=triggers, remind_imported=remind_imported)


def reminder(minutes: int, *, on: bool = True, channel: Any = "email", of: UUID | None = None) -> Trigger:
    """A reminder's trigger."""
    return Trigger("reminder", channel, on, minutes_before=minutes, appointment_type_id=of)


def status_changed(cast: Any, *, occupies: bool) -> AppointmentStatusChanged:
    """Pat's appointment at the old start, with another status."""
    booked = cast.booked()
    return AppointmentStatusChanged(
        booked.appointment_id, booked.client_id, booked.clinician_id, booked.location_id, booked.appointment_type_id,
        booked.slot, "booked", "other", occupies, 2, False,
    )  # fmt: skip


def imported(cast: Any) -> AppointmentImported:
    """Pat's appointment at the old start, taken over."""
    booked = cast.booked()
    return AppointmentImported(
        booked.appointment_id, booked.client_id, booked.clinician_id, booked.location_id, booked.appointment_type_id,
        booked.slot, "booked", True, 1, False, False, "x-1",
    )  # fmt: skip


def test_every_event_of_appointments_plans_reminders_or_cannot_matter_to_them() -> None:
    ignored = {
        "AppointmentRulesChanged", "PaymentRecorded", "RefundRecorded", "ClientMessageLeft", "ClientMessageRead",
        "ClientMessageDealtWith", "ClientMessageReopened", "PortalSettingsChanged", "ChangeRefused",
    }  # fmt: skip
    known = {name for name, event in CATALOG.items() if event.publisher == "appointments"}
    assert set(planning_handles()) == set(REMINDING) == known - ignored


def test_a_new_practice_reminds_by_mail_and_text_24_hours_before(cast: Any, plans: FakePlans, remind: Any) -> None:
    plan_reminders(lambda: plans, cast.recorded(cast.booked()))
    assert remind(cast.old_start - 24 * HOUR - timedelta(seconds=1)) == []
    queued = remind(cast.old_start - 24 * HOUR)
    assert [(one.channel, one.told.kind, one.told.starts_at) for one in queued] == [
        ("email", "reminder", cast.old_start),
        ("sms", "reminder", cast.old_start),
    ]
    assert {one.not_after for one in queued} == {cast.old_start - 23 * HOUR}
    assert remind(cast.old_start) == []


def test_reading_an_event_again_reminds_nobody_again(cast: Any, plans: FakePlans, remind: Any) -> None:
    plan_reminders(lambda: plans, cast.recorded(cast.booked()))
    first = remind(cast.old_start - 24 * HOUR)
    plan_reminders(lambda: plans, cast.recorded(cast.booked()))
    again = remind(cast.old_start - 24 * HOUR + timedelta(minutes=1))
    assert {one.cause_id for one in again} <= {one.cause_id for one in first}


def test_a_move_takes_its_reminders_along(cast: Any, plans: FakePlans, remind: Any) -> None:
    plan_reminders(lambda: plans, cast.recorded(cast.booked()))
    plan_reminders(lambda: plans, cast.recorded(cast.rescheduled()))
    assert remind(cast.old_start - 24 * HOUR) == []
    assert {one.told.starts_at for one in remind(cast.start - 24 * HOUR)} == {cast.start}


def test_a_cancelled_appointment_is_not_reminded_of(cast: Any, plans: FakePlans, remind: Any) -> None:
    plan_reminders(lambda: plans, cast.recorded(cast.rescheduled()))
    plan_reminders(lambda: plans, cast.recorded(cast.cancelled()))
    assert plans.reminders == set()
    assert remind(cast.start - 24 * HOUR) == []


def test_a_status_that_frees_the_time_ends_reminders_and_one_that_takes_it_again_brings_them_back(
    cast: Any, plans: FakePlans
) -> None:
    plan_reminders(lambda: plans, cast.recorded(cast.booked()))
    before = set(plans.reminders)
    plan_reminders(lambda: plans, cast.recorded(status_changed(cast, occupies=False)))
    assert plans.reminders == set()
    plan_reminders(lambda: plans, cast.recorded(status_changed(cast, occupies=True)))
    assert plans.reminders == before


def test_who_books_three_hours_ahead_is_not_reminded_24_hours_ahead(cast: Any, plans: FakePlans) -> None:
    soon = cast.slot(cast.now + 3 * HOUR)
    plans.decided = only(reminder(1440), reminder(120))
    plan_reminders(lambda: plans, cast.recorded(replace(cast.booked(), slot=soon)))
    assert {one.minutes_before for one in plans.reminders} == {120}


def test_an_imported_appointment_is_reminded_of_only_on_request(cast: Any, plans: FakePlans) -> None:
    plan_reminders(lambda: plans, cast.recorded(imported(cast)))
    assert plans.reminders == set()
    plans.decided = replace(DEFAULTS, remind_imported=True)
    plan_reminders(lambda: plans, cast.recorded(imported(cast)))
    assert len(plans.reminders) == 2


def test_an_imported_appointment_that_a_client_moves_here_is_ours_and_a_later_import_leaves_it_so(
    cast: Any, plans: FakePlans
) -> None:
    plan_reminders(lambda: plans, cast.recorded(imported(cast)))
    by_import = replace(cast.recorded(cast.rescheduled()), actor=IMPORT)
    plan_reminders(lambda: plans, by_import)
    assert plans.reminders == set()
    plan_reminders(lambda: plans, cast.recorded(cast.rescheduled()))
    assert len(plans.reminders) == 2
    plan_reminders(lambda: plans, by_import)
    assert len(plans.reminders) == 2


def test_new_triggers_are_followed_before_anything_goes_by_the_old_ones(
    cast: Any, plans: FakePlans, remind: Any
) -> None:
    plan_reminders(lambda: plans, cast.recorded(cast.booked()))
    plans.decided, plans.plan_anew = only(reminder(120, channel="sms")), True
    assert remind(cast.old_start - 24 * HOUR) == []
    (queued,) = remind(cast.old_start - 2 * HOUR)
    assert (queued.channel, queued.told.minutes_before) == ("sms", 120)
    assert not plans.plan_anew


def test_saving_triggers_keeps_what_is_due_and_reminds_of_nothing_that_is_over(
    cast: Any, plans: FakePlans, remind: Any
) -> None:
    plan_reminders(lambda: plans, cast.recorded(cast.booked()))
    plans.decided, plans.plan_anew = only(reminder(1440), reminder(1470)), True
    queued = remind(cast.old_start - 24 * HOUR + timedelta(minutes=5))
    assert [one.told.minutes_before for one in queued] == [1440]


def test_a_worker_that_was_down_for_a_day_sends_no_stale_reminder(
    cast: Any, plans: FakePlans, remind: Any, outbox: Any, directory: Any, transport: Any
) -> None:
    plan_reminders(lambda: plans, cast.recorded(cast.booked()))
    late = cast.old_start - 1 * HOUR
    for queued in remind(late):
        message = replace(cast.message(), told=queued.told, now=late, not_after=queued.not_after)
        Sender(outbox, directory, {"email": transport, "sms": transport}, spawn=lambda work: work()).send(message)
    assert [(ending.state, ending.reason) for _, ending in outbox.endings] == [("failed", "too old")] * 2
    assert transport.letters == []


def test_a_ledger_that_is_read_anew_plans_nothing_that_was_over_before(cast: Any, plans: FakePlans) -> None:
    plans.present = cast.old_start - 22 * HOUR
    plan_reminders(lambda: plans, cast.recorded(cast.booked()))
    assert plans.reminders == set()


def told_to_remind(cast: Any, **changes: Any) -> Told:
    """A reminder of the new start."""
    return replace(cast.told(kind="reminder", old_starts_at=None, minutes_before=1440), **changes)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "sent"),
        ({"revision": 5}, "sent"),
        ({"cancelled": True, "revision": 3}, "suppressed"),
        ({"starts_at": datetime(2026, 12, 3, 10, 20, tzinfo=UTC), "revision": 3}, "suppressed"),
        ({"revision": 1}, "queued"),
    ],
)
def test_at_sending_the_ledger_is_asked_again(
    cast: Any, outbox: Any, directory: Any, transport: Any, changes: dict[str, Any], state: str
) -> None:
    directory.appointment_now = replace(cast.appointment, **changes)
    Sender(outbox, directory, {"email": transport}, spawn=lambda work: work()).send(
        replace(cast.message(), told=told_to_remind(cast))
    )
    ((_, ending),) = outbox.endings
    assert ending.state == state
    assert ending.reason == (SUPERSEDED if state == "suppressed" else ending.reason)


def test_details_that_were_added_after_the_booking_get_the_reminder(
    cast: Any, outbox: Any, directory: Any, transport: Any
) -> None:
    directory.contact_now = replace(cast.contact, email="", email_opt_in=False)
    sender = Sender(outbox, directory, {"email": transport}, spawn=lambda work: work())
    sender.send(cast.message(kind="confirmation", old_starts_at=None))
    directory.contact_now = cast.contact
    sender.send(replace(cast.message(), told=told_to_remind(cast)))
    assert [ending.state for _, ending in outbox.endings] == ["suppressed", "sent"]


def test_the_most_specific_trigger_wins_for_each_time_and_channel() -> None:
    decided = only(
        reminder(1440), reminder(1440, on=False, of=PHYSIO), reminder(120, of=PHYSIO), reminder(60, channel="sms")
    )
    assert list(reminders_of(decided, PHYSIO)) == [(120, "email"), (60, "sms")]
    assert list(reminders_of(decided, PODIATRY)) == [(1440, "email"), (60, "sms")]
    assert trigger_of(decided, "confirmation", "email", PHYSIO) is None


NIGHTS = [datetime(2026, 10, 25, tzinfo=UTC), datetime(2027, 3, 28, tzinfo=UTC)]


@pytest.mark.parametrize("night", NIGHTS)
@pytest.mark.parametrize("minutes", [60, 1440, 10080])
def test_across_a_clock_change_the_time_before_is_elapsed_time(night: datetime, minutes: int) -> None:
    zone = ZoneInfo("Europe/London")
    for quarter in range(24 * 4):
        starts_at = night + timedelta(minutes=15 * quarter)
        due = Reminder(UUID(int=1), starts_at, minutes, "email").due_at
        assert (starts_at - due) == timedelta(minutes=minutes)
        assert due.astimezone(zone).astimezone(UTC) == due


@given(
    starts=st.lists(st.integers(0, 20_000), min_size=1, max_size=6),
    offsets=st.sets(st.integers(60, 10_080), max_size=4),
    looks=st.lists(st.integers(0, 30_000), max_size=30),
)
def test_however_an_appointment_moves_no_reminder_is_planned_twice_or_for_another_time(
    starts: list[int], offsets: set[int], looks: list[int]
) -> None:
    begin = datetime(2026, 10, 20, tzinfo=UTC)
    decided = only(*(reminder(minutes) for minutes in offsets))
    planned: frozenset[Reminder] = frozenset()
    sent: list[Reminder] = []
    appointment = None
    now = begin
    for minute in starts:
        start = begin + timedelta(minutes=minute)
        appointment = Remindable(UUID(int=1), PAT, PHYSIO, 1, start, start + HOUR, "Europe/London", True, False)
        changes = plan(wanted(appointment, decided), planned, now, now)
        planned = (planned | changes.add) - changes.drop
        assert {one.starts_at for one in planned} <= {start}
        now += timedelta(minutes=looks.pop() if looks else 1)
        due = {one for one in planned if one.due_at <= now}
        sent += due
        planned -= due
    assert len(sent) == len(set(sent))
