"""Told the same, in any order, the ledger in PostgreSQL and the one in memory answer the same and hold the same."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from ledger_records import Store, asked, booking, both, message_left, payment
from ledger_records import settings as settings_change
from proving import evidence, rounds

from clinic.appointments.application.ports import Answer, Asked, CommandKnown, Record, TimeTaken
from clinic.kernel.errors import ConcurrencyConflict, Refused
from clinic.kernel.ids import new_id

CLINICIANS = (new_id(), new_id())
MINUTES = st.integers(0, 12).map(lambda quarter: 15 * quarter)
places = st.sampled_from(["one", "two"])
nth = st.integers(0, 40)


def outcome(call: Callable[[], Any]) -> tuple[str, Any]:
    """What came of it."""
    try:
        return "did", call()
    except (ConcurrencyConflict, TimeTaken) as error:
        return type(error).__name__, None
    except CommandKnown as known:
        return "CommandKnown", known.answered
    except Refused as refusal:
        return refusal.code, None
    except ValueError as error:
        return str(error), None  # a stream that nobody could have begun so


class SameAnswers(RuleBasedStateMachine):
    """Every rule is said to both; what one answers the other must."""

    twins: Callable[[], tuple[Store, Store]]
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.real, self.memory = type(self).twins()
        self.said: list[tuple[str, Record]] = []
        self.kept: list[Asked] = []
        self.appointments: list[Any] = [new_id()]
        self.settings_version = {"one": 0, "two": 0}

    def both_say(self, place: str, ask: Callable[[Store, Any], Any]) -> str:
        type(self).steps += 1
        real = outcome(lambda: ask(self.real, getattr(self.real, place)))
        memory = outcome(lambda: ask(self.memory, getattr(self.memory, place)))
        assert real == memory
        return real[0]

    def record(self, place: str, record: Record) -> None:
        """The record is made for no practice in particular."""
        self.said.append((place, record))
        self.both_say(place, lambda store, practice: store.ledger.record(of(record, practice)))

    @rule(place=places, clinician=st.sampled_from(CLINICIANS), minutes=MINUTES, knowingly=st.booleans())
    def book(self, place: str, clinician: Any, minutes: int, knowingly: bool) -> None:
        record = booking(new_id(), clinician, minutes, overlap_accepted=knowingly)
        self.appointments.append(record.asked.appointment_id)
        self.record(place, replace(record, settings_version=self.settings_version[place]))

    @rule(place=places, clinician=st.sampled_from(CLINICIANS), minutes=MINUTES)
    def book_and_leave_a_message(self, place: str, clinician: Any, minutes: int) -> None:
        together = both(booking(new_id(), clinician, minutes), message_left(new_id())[1])
        self.record(place, replace(together, settings_version=self.settings_version[place]))

    @rule(place=places, which=nth, version=st.integers(0, 5))
    def pay(self, place: str, which: int, version: int) -> None:
        """As a version that may be stale, next or ahead."""
        record = payment(new_id(), self.appointments[which % len(self.appointments)], version)
        self.record(place, replace(record, settings_version=self.settings_version[place]))

    @rule(which=nth, version=st.integers(0, 2))
    def say_again(self, which: int, version: int) -> None:
        """The same command, perhaps decided by other settings."""
        if self.said:
            place, record = self.said[which % len(self.said)]
            self.record(place, replace(record, settings_version=version))

    @rule(place=places, version=st.integers(0, 3))
    def change_settings(self, place: str, version: int) -> None:
        record = settings_change(new_id(), version)
        done = self.both_say(place, lambda store, practice: store.ledger.record_settings(of(record, practice, True)))
        self.settings_version[place] += done == "did"

    @rule(place=places, refused=st.booleans())
    def answer_without_an_event(self, place: str, refused: bool) -> None:
        self.kept.append(asked(new_id(), new_id(), "book"))
        self.remember(place, len(self.kept) - 1, refused, reused=False)

    @rule(place=places, which=nth, refused=st.booleans(), reused=st.booleans())
    def remember(self, place: str, which: int, refused: bool, reused: bool) -> None:
        known = [*self.kept, *(record.asked for _, record in self.said)]
        if not known:
            return
        command = known[which % len(known)]
        if reused:
            command = replace(command, fingerprint="other")
        answer = Answer("too_late" if refused else "unchanged", refused, {"n": which})
        self.both_say(
            place, lambda store, practice: store.ledger.remember(replace(command, practice_id=practice), answer)
        )

    @rule(place=places, which=nth)
    def read(self, place: str, which: int) -> None:
        about = self.appointments[which % len(self.appointments)]
        command = self.said[which % len(self.said)][1].asked.command_id if self.said else None

        def ask(store: Store, practice: Any) -> Any:
            found = store.ledger.read(practice, about, command)
            return replace(found, now=None)

        self.both_say(place, ask)

    @invariant()
    def they_hold_the_same(self) -> None:
        for place in ("one", "two"):
            real, memory = (self.held(store, getattr(store, place)) for store in (self.real, self.memory))
            assert real == memory

    @staticmethod
    def held(store: Store, practice_id: Any) -> Any:
        """All but the settings stream, which is named by the practice, and the instants."""
        events = [
            (event.position, event.event_id, event.stream_id, event.stream_version, event.type, event.data, event.actor)
            for event in store.recorded(practice_id)
            if not event.stream_id.startswith("settings")
        ]
        return events, len(store.recorded(practice_id)), store.occupancy(practice_id)


def of(record: Record, practice_id: Any, its_settings: bool = False) -> Record:
    """The record as one of a practice."""
    entries = record.entries
    if its_settings:
        entries = tuple(replace(entry, stream_id=f"settings-{practice_id}") for entry in entries)
    return replace(record, asked=replace(record.asked, practice_id=practice_id), entries=entries)


@pytest.mark.prove
def test_both_ledgers_answer_the_same_and_hold_the_same(twins: Callable[[], tuple[Store, Store]]) -> None:
    class Machine(SameAnswers):
        pass

    Machine.twins = staticmethod(twins)
    histories, steps = rounds(gate=25, full=1000), 30
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    evidence(
        "same_answers",
        "The ledger in memory answers as PostgreSQL does",
        [f"{histories} random histories of up to {steps} commands: {Machine.steps} commands, 0 answered differently."],
    )
