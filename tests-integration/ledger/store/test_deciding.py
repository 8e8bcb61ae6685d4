"""One suite for every ledger: PostgreSQL's and the one in memory answer the same."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from clinic.appointments.adapters.import_store import import_store
from clinic.appointments.adapters.ledger import PostgresLedger
from clinic.appointments.adapters.memory_ledger import MemoryLedger
from clinic.appointments.application.ports import Answer, Asked, CommandKnown, Entry, Ledger, Record, TimeTaken
from clinic.appointments.domain.decisions import slot_at
from clinic.appointments.domain.occupancy import occupancy_of
from clinic.appointments.domain.portal_settings import DEFAULT
from clinic.contracts.appointments import (
    AppointmentBooked,
    ClientMessageLeft,
    ClientMessageRead,
    PortalSettingsChanged,
    Sealed,
)
from clinic.infra.clock import utc_now
from clinic.infra.database import Database
from clinic.kernel.errors import ConcurrencyConflict, Refused
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor
from clinic.kernel.streams import stream_id

START = datetime(2027, 3, 1, 10, tzinfo=UTC)
STAFF = Actor("staff", new_id())
Store = tuple[Ledger, UUID, UUID]


@pytest.fixture(params=["postgres", "memory"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A ledger with two empty practices."""
    one, two = new_id(), new_id()
    if request.param == "memory":
        memory = MemoryLedger(utc_now)
        memory.create(one)
        memory.create(two)
        yield memory, one, two
        return
    rows = request.getfixturevalue("ledger_rows")
    operator = Database(rows.url("ops"), limits=False)
    for practice_id in (one, two):
        with import_store(operator, practice_id) as made:
            made.present()
    operator.close()
    database = Database(rows.url("api"))
    yield PostgresLedger(database), one, two
    database.close()


def booking(practice_id: UUID, clinician: UUID, minutes: int = 0, **changes: Any) -> Record:
    """A booking that begins some minutes after START and takes forty."""
    event = AppointmentBooked(
        appointment_id=new_id(),
        client_id=new_id(),
        clinician_id=clinician,
        location_id=new_id(),
        appointment_type_id=new_id(),
        slot=slot_at(START + timedelta(minutes=minutes), "Europe/London", 30, 10),
        status="booked",
        occupies=True,
        revision=1,
        overlap_accepted=False,
        video=False,
    )
    event = replace(event, **changes)
    return Record(
        asked=Asked(practice_id, new_id(), "book", event.appointment_id, STAFF, "print"),
        entries=(Entry(new_id(), stream_id("appointment", event.appointment_id), 1, event),),
        answer=Answer("booked", False, {"appointment": {}}),
        occurred_at=START,
        settings_version=0,
        occupancy=(occupancy_of(event),),
    )


def settings(practice_id: UUID, version: int) -> Record:
    """A change of settings from one version to the next."""
    event = PortalSettingsChanged(replace(DEFAULT, version=version + 1, policy_text="x" * version))
    return Record(
        asked=Asked(practice_id, new_id(), "settings", practice_id, STAFF, ""),
        entries=(Entry(new_id(), stream_id("settings", practice_id), version + 1, event),),
        answer=Answer("changed", False, {}),
        occurred_at=START,
        settings_version=version,
    )


def nothing_appended(ledger: Ledger, practice_id: UUID, expected: int, clinician: UUID) -> None:
    """The next append gets the next position."""
    assert ledger.record(booking(practice_id, clinician, minutes=10_000)) == expected + 1


def test_positions_are_dense_per_practice_and_reads_fold(store: Store) -> None:
    ledger, one, two = store
    records = [booking(one, new_id()) for _ in range(3)]
    assert [ledger.record(record) for record in records] == [1, 2, 3]
    assert ledger.record(booking(two, new_id())) == 1
    reading = ledger.read(one, records[1].asked.appointment_id)
    assert (reading.version, reading.position, reading.settings.version) == (1, 2, 0)
    assert reading.appointment is not None
    assert reading.appointment.slot.starts_at == START


def test_what_another_practice_has_is_not_there(store: Store) -> None:
    ledger, one, two = store
    record = booking(one, new_id())
    ledger.record(record)
    reading = ledger.read(two, record.asked.appointment_id, record.asked.command_id)
    assert (reading.appointment, reading.answered) == (None, None)
    with pytest.raises(Refused, match="not_found"):
        ledger.read(new_id())


def test_the_same_command_is_known_and_appends_nothing(store: Store) -> None:
    ledger, one, _ = store
    clinician = new_id()
    record = booking(one, clinician)
    ledger.record(record)
    for again in (record, replace(booking(one, new_id(), minutes=500), asked=record.asked)):
        with pytest.raises(CommandKnown) as known:
            ledger.record(again)
        assert known.value.answered.answer == Answer("booked", False, {"appointment": {}}, 1)
        assert known.value.answered.fingerprint == "print"
    answered = ledger.read(one, None, record.asked.command_id).answered
    assert answered == known.value.answered
    nothing_appended(ledger, one, 1, clinician)


def test_who_comes_second_to_a_stream_reads_again(store: Store) -> None:
    ledger, one, _ = store
    clinician = new_id()
    record = booking(one, clinician)
    ledger.record(record)
    with pytest.raises(ConcurrencyConflict):
        ledger.record(replace(record, asked=replace(record.asked, command_id=new_id()), occupancy=()))
    nothing_appended(ledger, one, 1, clinician)


def test_a_decision_by_other_settings_is_made_again(store: Store) -> None:
    ledger, one, _ = store
    clinician = new_id()
    with pytest.raises(ConcurrencyConflict):
        ledger.record(replace(booking(one, clinician), settings_version=4))
    assert ledger.record_settings(settings(one, 0)) == 1
    with pytest.raises(ConcurrencyConflict):
        ledger.record(booking(one, clinician))
    with pytest.raises(ConcurrencyConflict):
        ledger.record_settings(settings(one, 0))
    assert ledger.record_settings(settings(one, 1)) == 2
    assert ledger.read(one).settings.policy_text == "x"
    assert ledger.record(replace(booking(one, clinician), settings_version=2)) == 3


def test_taken_time_is_taken_until_the_end_of_the_buffer(store: Store) -> None:
    ledger, one, two = store
    clinician = new_id()
    ledger.record(booking(one, clinician))
    for minutes in (-39, 0, 39):
        with pytest.raises(TimeTaken):
            ledger.record(booking(one, clinician, minutes))
    assert ledger.record(booking(one, clinician, 40)) == 2
    assert ledger.record(booking(one, clinician, -40)) == 3
    assert ledger.record(booking(one, new_id())) == 4, "another clinician"
    assert ledger.record(booking(two, clinician)) == 1, "another practice"


def test_a_known_overlap_is_recorded_and_still_blocks_the_others(store: Store) -> None:
    ledger, one, _ = store
    clinician = new_id()
    ledger.record(booking(one, clinician))
    ledger.record(booking(one, clinician, 30, overlap_accepted=True))
    with pytest.raises(TimeTaken):
        ledger.record(booking(one, clinician, 60))
    ledger.record(booking(one, clinician, 60, overlap_accepted=True))
    assert ledger.record(booking(one, clinician, 100)) == 4


def test_what_does_not_occupy_blocks_nobody(store: Store) -> None:
    ledger, one, _ = store
    clinician = new_id()
    ledger.record(booking(one, clinician, status="did_not_attend", occupies=False))
    assert ledger.record(booking(one, clinician)) == 2


def test_the_first_answer_stands(store: Store) -> None:
    ledger, one, _ = store
    asked = booking(one, new_id()).asked
    refusal = Answer("slot_taken", True, {})
    assert ledger.remember(asked, refusal).answer == refusal
    assert ledger.remember(replace(asked, fingerprint="other"), Answer("unchanged", False, {})).answer == refusal
    done = booking(one, new_id())
    ledger.record(done)
    assert ledger.remember(done.asked, refusal).answer.outcome == "booked"
    late = replace(booking(one, new_id()), asked=asked)
    with pytest.raises(CommandKnown):
        ledger.record(late)


def test_time_is_the_stores_own(store: Store) -> None:
    ledger, one, _ = store
    first = ledger.read(one).now
    assert first.tzinfo is not None
    assert abs(first - utc_now()) < timedelta(seconds=30)
    assert ledger.read(one).now >= first


def test_announcing_never_fails(store: Store) -> None:
    ledger, one, _ = store
    announce: Callable[[UUID], None] = ledger.announce
    announce(one)


def left(practice_id: UUID) -> tuple[UUID, Record]:
    """A client's message, and what records it."""
    message_id = new_id()
    fact = ClientMessageLeft(message_id, new_id(), new_id(), new_id(), "change", Sealed(new_id(), "", "", ""))
    asked = Asked(practice_id, new_id(), "left", fact.appointment_id, Actor("client", fact.client_id), "print")
    entries = (Entry(new_id(), stream_id("message", message_id), 1, fact),)
    return message_id, Record(asked, entries, Answer("left", False, {}), START, 0)


def read(practice_id: UUID, fact: ClientMessageRead, version: int) -> Record:
    """A user reads it."""
    asked = Asked(practice_id, new_id(), "read", fact.appointment_id, STAFF, "print")
    entries = (Entry(new_id(), stream_id("message", fact.message_id), version, fact),)
    return Record(asked, entries, Answer("recorded", False, {}), START, 0)


def test_a_message_is_read_with_who_read_it_and_the_answer_to_the_command(store: Store) -> None:
    ledger, one, two = store
    message_id, record = left(one)
    ledger.record(record)
    begun = ledger.read_message(one, message_id, record.asked.command_id)
    assert begun.message is not None
    assert (begun.version, begun.position, begun.message.read_by, begun.message.dealt_with) == (
        1,
        1,
        frozenset(),
        False,
    )
    assert begun.answered is not None
    assert begun.answered.answer.outcome == "left"
    fact = ClientMessageRead(message_id, begun.message.appointment_id, begun.message.client_id)
    assert ledger.record(read(one, fact, 2)) == 2
    with pytest.raises(ConcurrencyConflict):
        ledger.record(read(one, fact, 2))
    seen = ledger.read_message(one, message_id, new_id())
    assert seen.message is not None
    assert (seen.version, seen.message.read_by, seen.answered) == (2, {STAFF.id}, None)
    assert ledger.read_message(two, message_id, new_id()).message is None
    with pytest.raises(Refused, match="not_found"):
        ledger.read_message(new_id(), message_id, new_id())
