"""Handlers with a ledger in memory: what is asked of whom, what is recorded, what is answered again."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from clinic.appointments.adapters.memory_ledger import MemoryLedger
from clinic.appointments.application.asking import By
from clinic.appointments.application.cancel_appointment import cancel_appointment
from clinic.appointments.application.portal_settings import change_portal_settings
from clinic.appointments.application.ports import Answer, Asked, Entry, Record
from clinic.appointments.application.reschedule_appointment import reschedule_appointment
from clinic.appointments.application.staff_commands import change_rules, record_payment
from clinic.appointments.domain.commands import (
    CancelAppointment,
    ChangeRules,
    Check,
    RecordPayment,
    RescheduleAppointment,
)
from clinic.appointments.domain.occupancy import occupancy_of
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    ClientMessageLeft,
    Paid,
    PortalSettingsChanged,
    Rules,
    Sealed,
    Window,
)
from clinic.kernel.errors import ConcurrencyConflict, Refused, Unavailable
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import SYSTEM, Actor
from clinic.kernel.streams import stream_id


class Others:
    """Availability and identity: they count what they are asked, and may be down."""

    def __init__(self, check: Check) -> None:
        self.answer: Check = check
        self.asked: list[dict[str, Any]] = []
        self.sealed: list[str] = []
        self.down = False

    def check(self, practice_id: UUID, **asked: Any) -> Check:
        self.asked.append(asked)
        if self.down:
            raise Unavailable("availability")
        return self.answer

    def is_online(self, practice_id: UUID, clinician_id: UUID) -> bool:
        return self.answer.available_online

    def seal(self, practice_id: UUID, client_id: UUID, text: str, event_id: UUID) -> Sealed:
        self.sealed.append(text)
        return Sealed(new_id(), "", "", "")

    def require_client(self, practice_id: UUID, client_id: UUID) -> None:
        """Every client is known."""


class World:
    """One practice with one appointment of Pat's."""

    def __init__(self, booked: AppointmentBooked, settings: Any, now: datetime, check: Check) -> None:
        self.practice, self.booked, self.now = new_id(), booked, now
        self.others = Others(check)
        self.ledger = MemoryLedger(lambda: self.now)
        self.ledger.create(self.practice)
        changed = PortalSettingsChanged(replace(settings, version=1))
        self._record(stream_id("settings", self.practice), changed, 0, settings=True)
        self._record(stream_id("appointment", booked.appointment_id), booked, 1)
        self.pat = By(self.practice, Actor("client", booked.client_id))
        self.olga = By(self.practice, Actor("staff", new_id()))

    def _record(self, stream: str, fact: Any, settings_version: int, *, settings: bool = False) -> None:
        asked = Asked(self.practice, new_id(), "given", self.practice, SYSTEM, "")
        occupancy = () if settings else (occupancy_of(fact),)
        entries = (Entry(new_id(), stream, 1, fact),)
        record = Record(asked, entries, Answer("given", False, {}), self.now, settings_version, occupancy)
        if settings:
            self.ledger.record_settings(record)
        else:
            self.ledger.record(record)

    def book_another(self, start: datetime) -> None:
        """Another client's appointment with the same clinician."""
        shift = start - self.booked.slot.starts_at
        slot = replace(self.booked.slot, starts_at=start, ends_at=self.booked.slot.ends_at + shift)
        other = replace(self.booked, appointment_id=new_id(), client_id=new_id(), slot=slot)
        self._record(stream_id("appointment", other.appointment_id), other, 1)

    def move(self, by: By, command_id: UUID | None = None, **changes: Any) -> Answer:
        command = RescheduleAppointment(self.booked.appointment_id, 1, self.booked.slot.starts_at + timedelta(days=1))
        return reschedule_appointment(
            self.ledger, self.others, self.others, by, command_id or new_id(), replace(command, **changes)
        )

    def cancel(self, by: By, **changes: Any) -> Answer:
        command = CancelAppointment(self.booked.appointment_id, 1, None)
        return cancel_appointment(self.ledger, self.others, by, new_id(), replace(command, **changes))

    def recorded(self, kind: type) -> list[Any]:
        return [fact for fact in self.ledger.facts(self.practice) if isinstance(fact, kind)]


@pytest.fixture
def world(booked: Any, settings: Any, week_before: Any, offered: Any) -> World:
    """A week before the appointment."""
    return World(booked, settings, week_before, offered)


def test_availability_is_asked_with_the_appointments_own_length_and_without_itself(world: World) -> None:
    world.move(world.pat)
    (asked,) = world.others.asked
    slot = world.booked.slot
    assert (asked["duration_minutes"], asked["buffer_after_minutes"]) == (
        slot.duration_minutes,
        slot.buffer_after_minutes,
    )
    assert asked["exclude"] == world.booked.appointment_id


def test_staff_ask_nobody(world: World) -> None:
    world.others.down = True
    assert world.move(world.olga).outcome == "rescheduled"
    assert world.others.asked == []


def test_who_is_refused_anyway_costs_no_call(world: World) -> None:
    world.now = world.booked.slot.starts_at - timedelta(hours=1)
    with pytest.raises(Refused, match="too_late_to_change"):
        world.move(world.pat, message="please")
    assert (world.others.asked, world.others.sealed) == ([], [])


def test_a_message_and_its_move_are_recorded_together(world: World) -> None:
    answer = world.move(world.pat, message="please")
    (message,) = world.recorded(ClientMessageLeft)
    (moved,) = world.recorded(AppointmentRescheduled)
    assert message.message_id == moved.message_id
    assert world.ledger.facts(world.practice)[-1] is moved, "its position is the answer's position"
    assert answer.position == answer.body["position"] == answer.body["appointment"]["position"] == 4
    assert world.others.sealed == ["please"]


def test_every_success_is_announced_once(world: World) -> None:
    command = new_id()
    for _ in range(3):
        world.move(world.pat, command)
    assert world.ledger.announced == 1


def test_unavailable_is_not_remembered(world: World) -> None:
    world.others.down = True
    command = new_id()
    with pytest.raises(Unavailable):
        world.move(world.pat, command)
    world.others.down = False
    assert world.move(world.pat, command).outcome == "rescheduled"


def test_a_taken_time_is_refused_and_stays_so_for_this_command(world: World) -> None:
    wanted = world.booked.slot.starts_at + timedelta(days=1)
    world.book_another(wanted)
    command = new_id()
    for _ in range(2):
        with pytest.raises(Refused, match="slot_taken"):
            world.move(world.pat, command)
    assert world.move(world.olga, overlap_accepted=True).body["appointment"]["overlap_accepted"] is True


def test_a_client_cannot_accept_an_overlap(world: World) -> None:
    world.book_another(world.booked.slot.starts_at + timedelta(days=1))
    with pytest.raises(Refused, match="slot_taken"):
        world.move(world.pat, overlap_accepted=True)


def test_a_conflict_is_decided_once_more_and_then_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    record, failures = world.ledger.record, [ConcurrencyConflict("first")]

    def fails(wanted: Record) -> int:
        if failures:
            raise failures.pop()
        return record(wanted)

    monkeypatch.setattr(world.ledger, "record", fails)
    assert world.move(world.pat).outcome == "rescheduled"
    failures += [ConcurrencyConflict("again"), ConcurrencyConflict("again")]
    with pytest.raises(ConcurrencyConflict):
        world.cancel(world.pat, revision=2)
    assert len(world.others.asked) == 1


@pytest.mark.parametrize("rules", [Rules(may_change=False), Rules(edit_window=Window("minutes", 60 * 24 * 30))])
def test_rules_that_staff_change_meanwhile_decide(world: World, monkeypatch: pytest.MonkeyPatch, rules: Rules) -> None:
    record = world.ledger.record

    def later(wanted: Record) -> int:
        monkeypatch.setattr(world.ledger, "record", record)
        change_rules(world.ledger, world.olga, new_id(), ChangeRules(world.booked.appointment_id, 1, rules))
        return record(wanted)

    monkeypatch.setattr(world.ledger, "record", later)
    with pytest.raises(Refused, match=r"changes_not_offered|too_late_to_change"):
        world.move(world.pat)
    assert world.recorded(AppointmentRescheduled) == []


def test_a_payment_meanwhile_is_in_the_cancellation(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    record = world.ledger.record

    def later(wanted: Record) -> int:
        monkeypatch.setattr(world.ledger, "record", record)
        paid = RecordPayment(world.booked.appointment_id, 4500, "GBP", "card", world.now)
        record_payment(world.ledger, world.olga, new_id(), paid)
        return record(wanted)

    monkeypatch.setattr(world.ledger, "record", later)
    assert world.cancel(world.pat).outcome == "cancelled", "a payment is no reason to refuse"
    (cancelled,) = world.recorded(AppointmentCancelled)
    assert cancelled.paid == Paid(4500, 0, "GBP")


def test_cancelling_needs_no_other_service_without_a_message(world: World) -> None:
    world.others.down = True
    answer = world.cancel(world.pat)
    assert (answer.outcome, answer.body["appointment"]["cancelled"]) == ("cancelled", True)
    assert world.others.sealed == []


def test_charlie_and_limited_sessions_find_nothing(world: World) -> None:
    charlie = By(world.practice, Actor("client", new_id()))
    for by in (charlie, replace(world.pat, only_appointment=new_id())):
        with pytest.raises(Refused, match="not_found"):
            world.cancel(by)


def test_settings_are_changed_from_the_version_that_was_seen(world: World, settings: Any) -> None:
    wanted = replace(settings, may_cancel=False)
    with pytest.raises(Refused, match="changed_meanwhile"):
        change_portal_settings(world.ledger, world.olga, 9, wanted)
    changed = change_portal_settings(world.ledger, world.olga, 1, wanted)
    assert (changed.version, changed.may_cancel) == (2, False)
    assert change_portal_settings(world.ledger, world.olga, 2, wanted) == changed
    assert len(world.recorded(PortalSettingsChanged)) == 2
