"""Whatever happens to an appointment, its stream, the client list and the diary tell the same (F42, F49)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.appointments.adapters.memory_ledger import MemoryLedger
from clinic.appointments.adapters.memory_views import MemoryViews
from clinic.appointments.application import client_messages, queries, staff_commands
from clinic.appointments.application.asking import By
from clinic.appointments.application.book_appointment import book_appointment
from clinic.appointments.application.cancel_appointment import cancel_appointment
from clinic.appointments.application.portal_settings import change_portal_settings
from clinic.appointments.application.reschedule_appointment import reschedule_appointment
from clinic.appointments.domain.commands import (
    BookAppointment,
    CancelAppointment,
    ChangeRules,
    ChangeStatus,
    Check,
    RecordPayment,
    RecordRefund,
    RescheduleAppointment,
)
from clinic.appointments.domain.occupancy import occupancy_of
from clinic.appointments.domain.portal_settings import DEFAULT, STATUSES
from clinic.contracts.appointments import ClientMessageRead, ClientMessageReopened, Rules, Sealed, Window
from clinic.kernel.errors import ConcurrencyConflict, Refused
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor

PRACTICE, PAT, BO, TYPE = (new_id() for _ in range(4))
CLIENT, OLGA, IVO = (
    By(PRACTICE, Actor(kind, one)) for kind, one in (("client", PAT), ("staff", new_id()), ("staff", new_id()))
)
NOW = datetime.fromisoformat("2026-12-01T10:00:00+00:00")


class Others:
    """Everything is offered and everybody is known."""

    def check(self, practice_id: UUID, **asked: Any) -> Check:
        return Check(True, True, 30, 10, "Europe/London", False, 7)

    def is_online(self, practice_id: UUID, clinician_id: UUID) -> bool:
        return True

    def was_online(self, practice_id: UUID, clinician_id: UUID, at: datetime) -> bool:
        return True

    def seal(self, practice_id: UUID, client_id: UUID, text: str, event_id: UUID) -> Sealed:
        return Sealed(new_id(), "", "", "")

    def require_client(self, practice_id: UUID, client_id: UUID) -> None:
        """Everybody is."""


class World:
    """A practice with one appointment of Pat's in two days."""

    def __init__(self) -> None:
        self.others, self.ledger = Others(), MemoryLedger(lambda: NOW)
        self.ledger.create(PRACTICE)
        self.views = MemoryViews(self.ledger)
        change_portal_settings(
            self.ledger, OLGA, 0, replace(DEFAULT, online_booking_edition="v2", portal_on=True, online_payments_on=True)
        )
        self.id = self.book(NOW + timedelta(days=2))

    def book(self, start: datetime) -> UUID:
        command = BookAppointment(new_id(), PAT, BO, new_id(), TYPE, start, True)
        book_appointment(self.ledger, self.others, self.others, OLGA, new_id(), command)
        return command.appointment_id

    def revision(self) -> int:
        state = self.ledger.read(PRACTICE, self.id).appointment
        assert state is not None
        return state.revision

    def do(self, what: str, number: int, by: By) -> None:
        """One of the things that can happen; refusals are part of life."""
        ledger, command, revision = self.ledger, new_id(), self.revision()
        match what:
            case "move":
                wanted = RescheduleAppointment(self.id, revision, NOW + timedelta(hours=number))
                reschedule_appointment(ledger, self.others, self.others, by, command, wanted)
            case "cancel":
                text = "ill" if by is CLIENT else ""
                cancel_appointment(ledger, self.others, by, command, CancelAppointment(self.id, revision, None, text))
            case "status":
                status = STATUSES[number % len(STATUSES)].code
                staff_commands.change_status(ledger, OLGA, command, ChangeStatus(self.id, revision, status, True))
            case "rules":
                rules = Rules(
                    (None, True, False)[number % 3], None, None, (None, Window("minutes", number))[number % 2]
                )
                staff_commands.change_rules(ledger, OLGA, command, ChangeRules(self.id, revision, rules))
            case "pay":
                payment = RecordPayment(self.id, number, "GBP", "card", NOW)
                staff_commands.record_payment(ledger, OLGA, command, payment)
            case "refund":
                staff_commands.record_refund(ledger, OLGA, command, RecordRefund(self.id, number, NOW))

    def told(self, by: By) -> list[dict[str, Any]]:
        """The appointment as its page, the client's list and the diary tell it."""
        lists = [
            one
            for when in ("upcoming", "previous")
            for one in queries.list_appointments(self.views, self.others, by, PAT, when, 1, None)["appointments"]
            if one["id"] == str(self.id)
        ]
        shown = [queries.show_appointment(self.ledger, self.others, by, self.id), *lists]
        if by is not CLIENT:
            days = queries.show_diary(self.views, by, NOW - timedelta(days=9), NOW + timedelta(days=50), None, None)
            shown += [one for one in days if one["id"] == str(self.id)]
        return shown


steps = st.tuples(
    st.sampled_from(["move", "cancel", "status", "status", "rules", "pay", "refund"]),
    st.integers(1, 500),
    st.sampled_from([CLIENT, OLGA]),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(steps, max_size=12))
def test_stream_list_and_diary_tell_the_same_after_every_step(happened: list[tuple[str, int, By]]) -> None:
    world = World()
    for what, number, by in happened:
        try:
            world.do(what, number, by)
        except Refused:
            continue
    for by, places in ((CLIENT, 2), (OLGA, 3)):
        shown = world.told(by)
        assert len(shown) == places
        assert all(one == shown[0] for one in shown), shown
    state = world.ledger.read(PRACTICE, world.id).appointment
    assert state is not None
    assert world.ledger.occupancy(PRACTICE)[world.id] == occupancy_of(state), "the row is the fold's"


def test_a_client_sees_what_was_paid_only_while_the_practice_says_so() -> None:
    world = World()
    world.do("pay", 450, OLGA)
    world.do("refund", 50, OLGA)
    paid = {"amount_pence": 450, "refunded_pence": 50, "currency": "GBP"}
    assert [one["paid"] for one in (*world.told(CLIENT), *world.told(OLGA))] == [paid] * 5
    present = world.ledger.read(PRACTICE).settings
    change_portal_settings(world.ledger, OLGA, 1, replace(present, online_payments_on=False))
    assert [one["paid"] for one in world.told(CLIENT)] == [None, None]
    assert [one["paid"] for one in world.told(OLGA)] == [paid] * 3


def test_a_status_after_a_known_overlap_takes_no_other_time() -> None:
    """Booked first, overlapped knowingly by staff: that the client arrived is no reason to refuse anything."""
    world = World()
    world.book(NOW + timedelta(days=2))
    arrived = [status.code for status in STATUSES].index("arrived")
    world.do("status", arrived, OLGA)
    assert world.told(OLGA)[0]["status"] == "arrived"


class TestMessages:
    @pytest.fixture
    def left(self) -> tuple[World, UUID]:
        """Pat cancelled and left a message."""
        world = World()
        world.do("cancel", 1, CLIENT)
        (message,) = world.views.messages(PRACTICE, PAT, None)
        return world, message.message_id

    def test_it_is_read_once_per_user(self, left: tuple[World, UUID]) -> None:
        world, message_id = left
        for by in (OLGA, OLGA, IVO, OLGA):
            client_messages.read_message(world.ledger, by, message_id)
        (message,) = world.views.messages(PRACTICE, PAT, None)
        assert [(done.user_id, done.at) for done in message.read_by] == [(OLGA.actor.id, NOW), (IVO.actor.id, NOW)]
        assert message.dealt_with is None

    def test_it_is_dealt_with_and_reopened(self, left: tuple[World, UUID]) -> None:
        world, message_id = left

        def say(by: By, dealt_with: bool) -> Any:
            client_messages.deal_with_message(world.ledger, by, new_id(), message_id, dealt_with=dealt_with)
            (message,) = world.views.messages(PRACTICE, PAT, None)
            return message.dealt_with and message.dealt_with.user_id

        assert say(OLGA, True) == OLGA.actor.id
        assert say(IVO, True) == OLGA.actor.id, "who was first stays"
        assert say(IVO, False) is None
        assert len([one for one in world.ledger.facts(PRACTICE) if isinstance(one, ClientMessageReopened)]) == 1
        pages = [
            queries.show_practice_messages(world.views, OLGA, wanted, 1, None)[0].total
            for wanted in (None, False, True)
        ]
        assert pages == [1, 1, 0]

    def test_the_same_command_again_does_nothing_even_after_a_reopening(self, left: tuple[World, UUID]) -> None:
        world, message_id = left
        command = new_id()
        client_messages.deal_with_message(world.ledger, OLGA, command, message_id, dealt_with=True)
        client_messages.deal_with_message(world.ledger, OLGA, new_id(), message_id, dealt_with=False)
        client_messages.deal_with_message(world.ledger, OLGA, command, message_id, dealt_with=True)
        (message,) = world.views.messages(PRACTICE, PAT, None)
        assert message.dealt_with is None
        with pytest.raises(Refused, match="command_reused"):
            client_messages.deal_with_message(world.ledger, OLGA, command, message_id, dealt_with=False)

    def test_somebody_elses_reading_meanwhile_is_read_again(
        self, left: tuple[World, UUID], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world, message_id = left
        record = world.ledger.record

        def later(wanted: Any) -> int:
            monkeypatch.setattr(world.ledger, "record", record)
            client_messages.read_message(world.ledger, IVO, message_id)
            return record(wanted)

        monkeypatch.setattr(world.ledger, "record", later)
        client_messages.read_message(world.ledger, OLGA, message_id)
        read = [one for one in world.ledger.recorded(PRACTICE) if one.type == ClientMessageRead.__name__]
        assert [one.actor.id for one in read] == [IVO.actor.id, OLGA.actor.id]

    def test_a_conflict_that_never_ends_is_told(
        self, left: tuple[World, UUID], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world, message_id = left

        def conflict(wanted: Any) -> int:
            raise ConcurrencyConflict("always")

        monkeypatch.setattr(world.ledger, "record", conflict)
        with pytest.raises(ConcurrencyConflict):
            client_messages.read_message(world.ledger, OLGA, message_id)

    def test_charlie_of_another_practice_finds_no_message(self, left: tuple[World, UUID]) -> None:
        world, message_id = left
        other = new_id()
        world.ledger.create(other)
        charlie = By(other, Actor("staff", new_id()))
        for call in (
            lambda: client_messages.read_message(world.ledger, charlie, message_id),
            lambda: client_messages.deal_with_message(world.ledger, charlie, new_id(), message_id, dealt_with=True),
        ):
            with pytest.raises(Refused, match="not_found"):
                call()
        assert world.views.messages(other, PAT, None) == []
