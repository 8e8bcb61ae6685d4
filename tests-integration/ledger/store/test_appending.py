"""Expected versions, dense positions, one order, all or nothing: every ledger appends the same."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from ledger_records import Store, again, asked, booking, both, message_left, payment, settings

from clinic.appointments.application.ports import Record, TimeTaken
from clinic.kernel.errors import ConcurrencyConflict
from clinic.kernel.ids import new_id

WRITERS = 8
EACH = 12


def in_order(store: Store, practice_id: UUID) -> int:
    """How many events a practice has: dense, linked, each stream without a hole, the time never going back."""
    events = store.recorded(practice_id)
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    ids = [event.event_id for event in events]
    assert [event.previous_event_id for event in events] == [None, *ids][: len(events)]
    assert all(before.recorded_at <= after.recorded_at for before, after in pairwise(events))
    for stream in {event.stream_id for event in events}:
        versions = [event.stream_version for event in events if event.stream_id == stream]
        assert versions == list(range(1, len(versions) + 1))
    assert {event.practice_id for event in events} <= {practice_id}
    return len(events)


def nothing_was_left_behind(store: Store, practice_id: UUID, events: int) -> None:
    """As many events as before, nobody's time taken, and the next append gets the next position."""
    assert in_order(store, practice_id) == events
    assert store.ledger.record(booking(practice_id, new_id(), minutes=50_000)) == events + 1


@pytest.mark.parametrize(("version", "appends"), [(1, False), (2, False), (3, True), (4, False), (9, False)])
def test_only_the_version_that_comes_next_is_appended(store: Store, version: int, appends: bool) -> None:
    """Stale, equal to what is there already, next, and ahead of the stream (which would leave a hole)."""
    booked = booking(store.one, new_id())
    store.ledger.record(booked)
    about = booked.asked.appointment_id
    store.ledger.record(payment(store.one, about, 2))
    if appends:
        assert store.ledger.record(payment(store.one, about, version)) == 3
        return
    with pytest.raises(ConcurrencyConflict):
        store.ledger.record(payment(store.one, about, version))
    nothing_was_left_behind(store, store.one, 2)


@pytest.mark.parametrize("version", [0, 2, 7])
def test_a_stream_begins_with_its_first_version(store: Store, version: int) -> None:
    with pytest.raises(ConcurrencyConflict):
        store.ledger.record(payment(store.one, new_id(), version))
    nothing_was_left_behind(store, store.one, 0)


@pytest.mark.parametrize("versions", [(2, 4), (3, 2), (2, 2)])
def test_a_hole_within_an_append_is_refused(store: Store, versions: tuple[int, int]) -> None:
    booked = booking(store.one, new_id())
    store.ledger.record(booked)
    first, second = (payment(store.one, booked.asked.appointment_id, version) for version in versions)
    with pytest.raises(ConcurrencyConflict):
        store.ledger.record(both(first, second))
    nothing_was_left_behind(store, store.one, 1)


def test_several_versions_of_a_stream_may_come_in_one_append(store: Store) -> None:
    booked = booking(store.one, new_id())
    about = booked.asked.appointment_id
    store.ledger.record(both(booked, payment(store.one, about, 2)))
    assert store.ledger.record(both(payment(store.one, about, 3), payment(store.one, about, 4))) == 4
    assert in_order(store, store.one) == 4


def test_a_settings_version_that_is_ahead_or_stale_is_refused(store: Store) -> None:
    for version in (1, 5):
        with pytest.raises(ConcurrencyConflict):
            store.ledger.record_settings(settings(store.one, version))
    assert store.ledger.record_settings(settings(store.one, 0)) == 1
    with pytest.raises(ConcurrencyConflict):
        store.ledger.record_settings(settings(store.one, 0))
    assert in_order(store, store.one) == 1
    assert store.ledger.record_settings(settings(store.one, 1)) == 2


def test_several_streams_are_appended_together_or_not_at_all(store: Store) -> None:
    clinician = new_id()
    _, message = message_left(store.one)
    together = both(booking(store.one, clinician), message)
    assert store.ledger.record(together) == 2
    events = store.recorded(store.one)
    assert [event.stream_id.partition("-")[0] for event in events] == ["appointment", "message"]
    assert {event.command_id for event in events} == {together.asked.command_id}
    assert events[0].recorded_at == events[1].recorded_at
    _, other = message_left(store.one)
    conflicts = [
        both(booking(store.one, new_id()), again(message)),
        both(other, again(together)),
        both(other, payment(store.one, new_id(), 4)),
    ]
    for record in conflicts:
        with pytest.raises(ConcurrencyConflict):
            store.ledger.record(again(record, occupancy=()))
    with pytest.raises(TimeTaken):
        store.ledger.record(both(other, booking(store.one, clinician, 10)))
    assert len(store.occupancy(store.one)) == 1
    nothing_was_left_behind(store, store.one, 2)


def test_an_event_is_recorded_once_whatever_its_stream(store: Store) -> None:
    record = booking(store.one, new_id())
    store.ledger.record(record)
    (event,) = store.recorded(store.one)
    assert event.event_id == record.entries[0].event_id
    assert event.occurred_at == record.occurred_at
    assert (event.actor, event.command_id) == (record.asked.actor, record.asked.command_id)


def test_time_goes_on_when_the_clock_jumps_back(store: Store) -> None:
    for _ in range(2):
        store.ledger.record(booking(store.one, new_id()))
    put_back = store.jump(timedelta(hours=-3))
    for _ in range(2):
        put_back.record(booking(store.one, new_id()))
    assert put_back.record_settings(settings(store.one, 0)) == 5
    assert put_back.record(booking(store.two, new_id())) == 1
    assert in_order(store, store.one) == 5
    assert store.recorded(store.two)[0].recorded_at < store.recorded(store.one)[0].recorded_at, "each by itself"


def test_positions_are_dense_under_writers_of_several_practices(store: Store) -> None:
    """Half of the appends lose a race for their stream or their time; none of them leaves a hole."""
    begin = threading.Barrier(WRITERS)
    contested = {practice_id: [new_id() for _ in range(EACH)] for practice_id in (store.one, store.two)}

    def write(number: int) -> list[tuple[UUID, int]]:
        practice_id = (store.one, store.two)[number % 2]
        begin.wait()
        got = []
        for about in contested[practice_id]:
            for record in (payment(practice_id, about, 1), booking(practice_id, about), two_streams(practice_id)):
                try:
                    got.append((practice_id, store.ledger.record(record)))
                except (ConcurrencyConflict, TimeTaken):
                    continue
        return got

    with ThreadPoolExecutor(WRITERS) as pool:
        answered = [one for many in pool.map(write, range(WRITERS)) for one in many]
    for practice_id in (store.one, store.two):
        last = [position for practice, position in answered if practice == practice_id]
        assert len(last) == len(set(last)), "an append's position is its own"
        assert len(last) == EACH * (2 + WRITERS // 2)
        events = in_order(store, practice_id)
        assert events == max(last) == EACH * (2 + 2 * (WRITERS // 2))


def two_streams(practice_id: UUID) -> Record:
    """A booking that leaves a message, of a clinician whom nobody else books."""
    _, message = message_left(practice_id)
    return both(booking(practice_id, new_id()), message)


def test_an_answer_that_records_nothing_takes_no_position(store: Store) -> None:
    record = booking(store.one, new_id())
    store.ledger.remember(asked(store.one, new_id(), "book"), record.answer)
    assert store.ledger.record(record) == 1
