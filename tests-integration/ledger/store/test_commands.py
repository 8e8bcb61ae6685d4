"""The same command gets the same answer, however often and at once it is said (architecture.md section 4)."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from ledger_records import Store, booking

from clinic.appointments.application.answering import Decide, answer_once
from clinic.appointments.application.ports import Answer, Asked, CommandKnown, Reading, Record
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id

REPEATS = 50
THREADS = 16
Said = tuple[str, Any]


def say(store: Store, asked: Asked, decide: Decide) -> Said:
    """What the command is answered: an outcome with its body, or a refusal with its facts."""
    try:
        reading = store.ledger.read(asked.practice_id, asked.appointment_id, asked.command_id)
        answer = answer_once(store.ledger, asked, reading, decide)
    except Refused as refusal:
        return f"refused: {refusal.code}", dict(refusal.facts)
    return answer.outcome, (answer.body, answer.position)


def fifty_at_once(call: Callable[[], Said]) -> list[Said]:
    """What fifty repeats are answered, as many at the same moment as a process of the API has threads."""
    begin = threading.Barrier(THREADS)

    def repeat(number: int) -> Said:
        if number < THREADS:
            begin.wait()
        return call()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(repeat, range(REPEATS)))


def books(record: Record) -> Decide:
    """A decision that appends."""
    return lambda reading, overlaps: record


def does_nothing(reading: Reading, overlaps: bool) -> Answer:
    """There is nothing to do."""
    return Answer("unchanged", False, {"appointment": {"revision": 3}})


class RefusesOnce:
    """Refuses who asks first, and nobody after that: the reason has gone."""

    def __init__(self, then: Decide) -> None:
        self._then = then
        self._first = threading.Lock()

    def __call__(self, reading: Reading, overlaps: bool) -> Record | Answer:
        if self._first.acquire(blocking=False):
            raise Refused("too_late_to_change", window_minutes=60)
        return self._then(reading, overlaps)


def test_fifty_repeats_are_one_append_and_fifty_equal_answers(store: Store) -> None:
    record = booking(store.one, new_id())
    said = fifty_at_once(lambda: say(store, record.asked, books(record)))
    assert said == [("booked", ({"appointment": {"position": 1}, "position": 1}, 1))] * REPEATS
    assert len(store.recorded(store.one)) == 1


def test_fifty_repeats_that_each_decide_anew_are_one_append(store: Store) -> None:
    """Each has ids of its own for what it would record, as every handler has."""
    one = booking(store.one, new_id())

    def decide_anew(reading: Reading, overlaps: bool) -> Record:
        return replace(booking(store.one, new_id()), asked=one.asked)

    said = fifty_at_once(lambda: say(store, one.asked, decide_anew))
    assert said == [said[0]] * REPEATS
    assert len(store.recorded(store.one)) == len(store.occupancy(store.one)) == 1


def test_fifty_repeats_of_a_refusal_are_refused_alike(store: Store) -> None:
    def refuse(reading: Reading, overlaps: bool) -> Answer:
        raise Refused("too_late_to_change", window_minutes=60)

    asked = booking(store.one, new_id()).asked
    said = fifty_at_once(lambda: say(store, asked, refuse))
    assert said == [("refused: too_late_to_change", {"window_minutes": 60})] * REPEATS
    recorded = len(store.recorded(store.one))
    assert recorded <= 1, "a refusal is a fact once, if at all"
    say(store, asked, refuse)
    assert len(store.recorded(store.one)) == recorded


def test_a_refusal_stands_when_its_reason_has_gone(store: Store) -> None:
    record = booking(store.one, new_id())
    decide = RefusesOnce(books(record))
    first = say(store, record.asked, decide)
    assert first == ("refused: too_late_to_change", {"window_minutes": 60})
    assert [say(store, record.asked, decide) for _ in range(3)] == [first] * 3
    assert record.entries[0].event_id not in {event.event_id for event in store.recorded(store.one)}
    with pytest.raises(CommandKnown):
        store.ledger.record(record)


def test_a_refusal_and_an_append_of_one_command_have_one_winner(store: Store) -> None:
    """One of the fifty sees a reason to refuse that the others do not: all are told what came first."""
    record = booking(store.one, new_id())
    decide = RefusesOnce(books(record))
    said = fifty_at_once(lambda: say(store, record.asked, decide))
    assert said == [said[0]] * REPEATS
    appended = record.entries[0].event_id in {event.event_id for event in store.recorded(store.one)}
    assert appended is (said[0][0] == "booked")


def test_fifty_repeats_of_nothing_to_do_are_answered_alike(store: Store) -> None:
    asked = booking(store.one, new_id()).asked
    said = fifty_at_once(lambda: say(store, asked, does_nothing))
    assert said == [("unchanged", ({"appointment": {"revision": 3}}, None))] * REPEATS
    assert store.recorded(store.one) == []


def test_nothing_to_do_stays_so_for_the_command(store: Store) -> None:
    record = booking(store.one, new_id())
    first = say(store, record.asked, does_nothing)
    assert say(store, record.asked, books(record)) == first
    assert store.recorded(store.one) == []


@pytest.mark.parametrize("first", ["appended", "refused", "nothing to do"])
def test_another_body_under_the_same_id_is_told_so(store: Store, first: str) -> None:
    def refuse(reading: Reading, overlaps: bool) -> Answer:
        raise Refused("slot_taken")

    record = booking(store.one, new_id())
    decide: Decide = {"appended": books(record), "refused": refuse, "nothing to do": does_nothing}[first]
    before = say(store, record.asked, decide)
    events = len(store.recorded(store.one))
    other = booking(store.one, new_id(), minutes=500)
    reused = replace(other, asked=replace(record.asked, fingerprint="other"))
    said = fifty_at_once(lambda: say(store, reused.asked, books(reused)))
    assert said == [("refused: command_reused", {})] * REPEATS
    assert len(store.recorded(store.one)) == events
    assert say(store, record.asked, decide) == before, "the first answer stands"


def test_two_bodies_under_one_id_at_once_have_one_winner(store: Store) -> None:
    record = booking(store.one, new_id())
    other = replace(booking(store.one, new_id()), asked=replace(record.asked, fingerprint="other"))
    turns = iter([record, other] * REPEATS)
    turn = threading.Lock()

    def call() -> Said:
        with turn:
            mine = next(turns)
        return say(store, mine.asked, books(mine))

    outcomes = [outcome for outcome, _ in fifty_at_once(call)]
    assert set(outcomes) == {"booked", "refused: command_reused"}
    assert len(store.recorded(store.one)) == 1


def test_a_known_command_is_told_whatever_else_has_changed(store: Store) -> None:
    record = booking(store.one, new_id())
    store.ledger.record(record)
    changed = [
        record,
        replace(booking(store.one, new_id(), minutes=500), asked=record.asked),
        replace(record, settings_version=7),
        replace(record, entries=(replace(record.entries[0], version=5),)),
    ]
    for repeated in changed:
        with pytest.raises(CommandKnown) as known:
            store.ledger.record(repeated)
        assert known.value.answered.answer == Answer("booked", False, {"appointment": {}}, 1)
        assert known.value.answered.fingerprint == "print"
    assert store.ledger.read(store.one, None, record.asked.command_id).answered == known.value.answered
    assert len(store.recorded(store.one)) == 1


def test_the_first_answer_that_is_kept_stands(store: Store) -> None:
    asked = booking(store.one, new_id()).asked
    refusal = Answer("slot_taken", True, {})
    assert store.ledger.remember(asked, refusal).answer == refusal
    other = store.ledger.remember(replace(asked, fingerprint="other"), Answer("unchanged", False, {}))
    assert (other.answer, other.fingerprint) == (refusal, "print")
    done = booking(store.one, new_id())
    store.ledger.record(done)
    assert store.ledger.remember(done.asked, refusal).answer.outcome == "booked"


def test_another_practice_may_use_the_same_command_id(store: Store) -> None:
    record = booking(store.one, new_id())
    store.ledger.record(record)
    theirs = booking(store.two, new_id())
    theirs = replace(theirs, asked=replace(theirs.asked, command_id=record.asked.command_id))
    assert store.ledger.read(store.two, None, record.asked.command_id).answered is None
    assert store.ledger.record(theirs) == 1
