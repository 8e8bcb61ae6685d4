"""What is refused is recorded by its rule, in a stream of its own, and stands in nobody's way (F53, ADR 0033)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from clinic.appointments.adapters.memory_ledger import MemoryLedger
from clinic.appointments.adapters.memory_views import MemoryViews
from clinic.appointments.application.asking import By
from clinic.appointments.application.cancel_appointment import cancel_appointment
from clinic.appointments.application.portal_settings import change_portal_settings
from clinic.appointments.application.ports import Answer, Asked, Entry, Record
from clinic.appointments.application.reschedule_appointment import reschedule_appointment
from clinic.appointments.domain.commands import CancelAppointment, Check, RescheduleAppointment
from clinic.appointments.domain.occupancy import occupancy_of
from clinic.appointments.domain.refusals import PER_APPOINTMENT, PER_PERSON, RECORDED, is_recorded
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    PortalSettings,
    Sealed,
)
from clinic.contracts.codec import to_data
from clinic.contracts.refusals import ChangeRefused
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import SYSTEM, Actor
from clinic.kernel.streams import stream_id


class World:
    """One practice with one appointment of Pat's."""

    def __init__(self, booked: AppointmentBooked, settings: PortalSettings, now: datetime, check: Check) -> None:
        self.practice, self.booked, self.now, self.answer = new_id(), booked, now, check
        self.ledger = MemoryLedger(lambda: self.now)
        self.ledger.create(self.practice)
        self.pat = By(self.practice, Actor("client", booked.client_id))
        self.olga = By(self.practice, Actor("staff", new_id()))
        change_portal_settings(self.ledger, self.olga, 0, settings)
        self.book(booked)

    def book(self, fact: AppointmentBooked) -> None:
        asked = Asked(self.practice, new_id(), "given", fact.appointment_id, SYSTEM, "")
        entries = (Entry(new_id(), stream_id("appointment", fact.appointment_id), 1, fact),)
        self.ledger.record(Record(asked, entries, Answer("given", False, {}), self.now, 1, (occupancy_of(fact),)))

    def book_another(self, start: datetime) -> None:
        """Another client's appointment with the same clinician."""
        shift = start - self.booked.slot.starts_at
        slot = replace(self.booked.slot, starts_at=start, ends_at=self.booked.slot.ends_at + shift)
        self.book(replace(self.booked, appointment_id=new_id(), client_id=new_id(), slot=slot))

    def move(self, by: By, command_id: UUID | None = None, **changes: Any) -> Answer:
        command = RescheduleAppointment(self.booked.appointment_id, 1, self.booked.slot.starts_at + timedelta(days=1))
        known = command_id or new_id()
        return reschedule_appointment(self.ledger, self, self, by, known, replace(command, **changes))

    def cancel(self, by: By, **changes: Any) -> Answer:
        command = CancelAppointment(self.booked.appointment_id, 1, None)
        return cancel_appointment(self.ledger, self, by, new_id(), replace(command, **changes))

    def recorded(self, kind: type) -> list[Any]:
        return [fact for fact in self.ledger.facts(self.practice) if isinstance(fact, kind)]

    def check(self, practice_id: UUID, **asked: Any) -> Check:
        return self.answer

    def is_online(self, practice_id: UUID, clinician_id: UUID) -> bool:
        return self.answer.available_online

    def seal(self, practice_id: UUID, client_id: UUID, text: str, event_id: UUID) -> Sealed:
        return Sealed(new_id(), "", "", "")

    def require_client(self, practice_id: UUID, client_id: UUID) -> None:
        """Every client is known."""


@pytest.fixture
def world(booked: Any, settings: Any, week_before: datetime, offered: Check) -> World:
    """A week before the appointment."""
    return World(booked, settings, week_before, offered)


def refused(world: World, by: By, command_id: UUID | None = None, **changes: Any) -> str:
    with pytest.raises(Refused) as refusal:
        world.move(by, command_id, **changes)
    return refusal.value.code


def late(world: World) -> None:
    world.now = world.booked.slot.starts_at - timedelta(hours=24) + timedelta(microseconds=1)


def test_a_late_change_is_recorded_with_the_policy_and_without_the_message(world: World) -> None:
    late(world)
    command_id, wanted = new_id(), world.booked.slot.starts_at + timedelta(days=3)
    assert refused(world, world.pat, command_id, starts_at=wanted, message="my secret reason") == "too_late_to_change"
    (fact,) = world.recorded(ChangeRefused)
    assert (fact.wanted, fact.code, fact.wanted_starts_at) == ("change", "too_late_to_change", wanted)
    assert (fact.slot, fact.revision, fact.client_id) == (world.booked.slot, 1, world.booked.client_id)
    assert fact.policy.edit_window.minutes == 1440
    assert (fact.policy.clinician_available_online, fact.policy.rules_version) == (None, None), "nobody was asked"
    recorded = world.ledger.recorded(world.practice)[-1]
    assert (recorded.stream_id, recorded.stream_version) == (f"refusal-{command_id}", 1)
    assert (recorded.actor, recorded.command_id, recorded.occurred_at) == (world.pat.actor, command_id, world.now)
    assert "secret" not in str(to_data(fact))


def test_a_late_cancellation_wants_no_time(world: World) -> None:
    late(world)
    with pytest.raises(Refused, match="too_late_to_cancel"):
        world.cancel(world.pat, message="ill")
    (fact,) = world.recorded(ChangeRefused)
    assert (fact.wanted, fact.code, fact.wanted_starts_at) == ("cancel", "too_late_to_cancel", None)


def test_what_availability_said_is_kept(world: World) -> None:
    world.answer = replace(world.answer, available_online=False)
    assert refused(world, world.pat) == "clinician_not_available_online"
    world.answer = replace(world.answer, available_online=True, offered=False)
    assert refused(world, world.pat) == "slot_not_offered"
    said = [(one.policy.clinician_available_online, one.policy.rules_version) for one in world.recorded(ChangeRefused)]
    assert said == [(False, 7), (True, 7)]


def test_taken_time_is_recorded_of_clients_and_of_staff(world: World) -> None:
    wanted = world.booked.slot.starts_at + timedelta(days=1)
    world.book_another(wanted)
    assert refused(world, world.pat, starts_at=wanted) == "slot_taken"
    assert refused(world, world.olga, starts_at=wanted) == "slot_taken"
    world.move(world.olga, starts_at=wanted, overlap_accepted=True)
    assert [fact.code for fact in world.recorded(ChangeRefused)] == ["slot_taken", "slot_taken"]
    actors = [one.actor for one in world.ledger.recorded(world.practice) if one.type == "ChangeRefused"]
    assert actors == [world.pat.actor, world.olga.actor]


def test_a_revision_that_was_not_seen_and_what_is_cancelled_already(world: World) -> None:
    assert refused(world, world.pat, revision=7) == "changed_meanwhile"
    world.cancel(world.pat)
    assert refused(world, world.pat, revision=2) == "already_cancelled"
    assert [fact.code for fact in world.recorded(ChangeRefused)] == ["changed_meanwhile", "already_cancelled"]
    assert [fact.revision for fact in world.recorded(ChangeRefused)] == [1, 2]


def test_what_says_nothing_about_the_command_is_not_recorded(world: World) -> None:
    other = By(world.practice, Actor("client", new_id()))
    assert refused(world, other) == "not_found"
    assert refused(world, world.olga, message="by staff") == "invalid"
    settings = world.ledger.read(world.practice).settings
    change_portal_settings(world.ledger, world.olga, 1, replace(settings, portal_on=False))
    assert refused(world, world.pat) == "portal_off"
    assert world.recorded(ChangeRefused) == []
    assert not RECORDED & {"not_found", "invalid", "portal_off", "unavailable", "forbidden", "command_reused"}


def test_the_same_command_is_refused_the_same_and_recorded_once(world: World) -> None:
    late(world)
    command_id, announced = new_id(), world.ledger.announced
    assert {refused(world, world.pat, command_id) for _ in range(3)} == {"too_late_to_change"}
    world.now -= timedelta(days=2)
    assert refused(world, world.pat, command_id) == "too_late_to_change", "though it would be allowed now"
    assert len(world.recorded(ChangeRefused)) == 1
    assert world.ledger.announced == announced + 1


def test_a_refusal_moves_nothing_of_the_appointment(world: World) -> None:
    before = world.ledger.read(world.practice, world.booked.appointment_id)
    refused(world, world.pat, revision=7)
    after = world.ledger.read(world.practice, world.booked.appointment_id)
    assert (after.version, after.position, after.appointment) == (before.version, before.position, before.appointment)
    assert world.move(world.pat).outcome == "rescheduled"
    assert len(world.recorded(AppointmentRescheduled)) == 1


def test_beyond_the_limit_they_are_counted_by_the_next_that_is_recorded(world: World) -> None:
    for _ in range(PER_APPOINTMENT + 4):
        assert refused(world, world.pat, revision=7) == "changed_meanwhile"
    assert [one.unrecorded_before for one in world.recorded(ChangeRefused)] == [0] * PER_APPOINTMENT
    world.now += timedelta(hours=1)
    for _ in range(2):
        refused(world, world.pat, revision=7)
    assert [one.unrecorded_before for one in world.recorded(ChangeRefused)][PER_APPOINTMENT:] == [4, 0]
    world.cancel(world.pat)
    assert len(world.recorded(AppointmentCancelled)) == 1, "and nothing stands in the way"


@pytest.mark.parametrize(
    ("of_appointment", "of_person", "expected"),
    [
        (0, 0, True),
        (PER_APPOINTMENT - 1, PER_PERSON - 1, True),
        (PER_APPOINTMENT, 0, False),
        (0, PER_PERSON, False),
    ],
)
def test_both_limits_hold(of_appointment: int, of_person: int, expected: bool) -> None:
    assert is_recorded(of_appointment, of_person) is expected


def test_the_view_tells_who_wanted_what_of_whom(world: World) -> None:
    refused(world, world.pat, revision=7)
    late(world)
    with pytest.raises(Refused):
        world.cancel(world.pat)
    views = MemoryViews(world.ledger)
    page = views.refusals(world.practice, world.booked.client_id, None, 1, 1, None)
    assert (page.total, [line.code for line in page.refusals]) == (2, ["too_late_to_cancel"])
    (line,) = page.refusals
    assert (line.actor_kind, line.actor_id, line.wanted) == ("client", world.booked.client_id, "cancel")
    assert (line.starts_at, line.zone) == (world.booked.slot.starts_at, "Europe/London")
    assert views.refusals(world.practice, new_id(), None, 1, 20, None).total == 0
    assert views.refusals(world.practice, None, world.booked.appointment_id, 2, 1, None).refusals[0].wanted == "change"
