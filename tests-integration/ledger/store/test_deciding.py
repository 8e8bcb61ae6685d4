"""What a decision is made from, and whose time is taken: every ledger answers the same."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_records import STAFF, START, Store, booking, message_left, message_read, settings

from clinic.appointments.application.ports import TimeTaken
from clinic.contracts.appointments import ClientMessageRead
from clinic.infra.clock import utc_now
from clinic.kernel.errors import ConcurrencyConflict, Refused
from clinic.kernel.ids import new_id


def test_a_reading_is_the_fold_of_the_stream(store: Store) -> None:
    ledger, one = store.ledger, store.one
    records = [booking(one, new_id()) for _ in range(3)]
    assert [ledger.record(record) for record in records] == [1, 2, 3]
    reading = ledger.read(one, records[1].asked.appointment_id)
    assert (reading.version, reading.position, reading.settings.version) == (1, 2, 0)
    assert reading.appointment is not None
    assert reading.appointment.slot.starts_at == START


def test_what_another_practice_has_is_not_there(store: Store) -> None:
    ledger, one, two = store.ledger, store.one, store.two
    record = booking(one, new_id())
    ledger.record(record)
    reading = ledger.read(two, record.asked.appointment_id, record.asked.command_id)
    assert (reading.appointment, reading.answered) == (None, None)
    with pytest.raises(Refused, match="not_found"):
        ledger.read(new_id())


def test_a_decision_by_other_settings_is_made_again(store: Store) -> None:
    ledger, one = store.ledger, store.one
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
    ledger, one, two = store.ledger, store.one, store.two
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
    ledger, one = store.ledger, store.one
    clinician = new_id()
    ledger.record(booking(one, clinician))
    ledger.record(booking(one, clinician, 30, overlap_accepted=True))
    with pytest.raises(TimeTaken):
        ledger.record(booking(one, clinician, 60))
    ledger.record(booking(one, clinician, 60, overlap_accepted=True))
    assert ledger.record(booking(one, clinician, 100)) == 4


def test_what_does_not_occupy_blocks_nobody(store: Store) -> None:
    ledger, one = store.ledger, store.one
    clinician = new_id()
    ledger.record(booking(one, clinician, status="did_not_attend", occupies=False))
    assert ledger.record(booking(one, clinician)) == 2


def test_time_is_the_stores_own(store: Store) -> None:
    ledger, one = store.ledger, store.one
    first = ledger.read(one).now
    assert first.tzinfo is not None
    assert abs(first - utc_now()) < timedelta(seconds=30)
    assert ledger.read(one).now >= first


def test_announcing_never_fails(store: Store) -> None:
    ledger, one = store.ledger, store.one
    ledger.announce(one)


def test_a_message_is_read_with_who_read_it_and_the_answer_to_the_command(store: Store) -> None:
    ledger, one, two = store.ledger, store.one, store.two
    message_id, record = message_left(one)
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
    assert ledger.record(message_read(one, fact, 2)) == 2
    with pytest.raises(ConcurrencyConflict):
        ledger.record(message_read(one, fact, 2))
    seen = ledger.read_message(one, message_id, new_id())
    assert seen.message is not None
    assert (seen.version, seen.message.read_by, seen.answered) == (2, {STAFF.id}, None)
    assert ledger.read_message(two, message_id, new_id()).message is None
    with pytest.raises(Refused, match="not_found"):
        ledger.read_message(new_id(), message_id, new_id())
