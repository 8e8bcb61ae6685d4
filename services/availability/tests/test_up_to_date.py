"""The copy is asked for again after 200 ms, or when the caller has seen more than it."""

from collections.abc import Callable
from uuid import UUID, uuid4

from clinic.availability.application.up_to_date import UpToDate
from clinic.kernel.errors import Unavailable

PRACTICE = uuid4()


class Ledger:
    """A follower over a ledger with a head, that counts how often it is asked."""

    def __init__(self) -> None:
        self.head = 5
        self.reached = 0
        self.asked = 0
        self.answers = True
        self.takes: Callable[[], None] = lambda: None

    def checkpoint(self, practice_id: UUID) -> int:
        return self.reached

    def catch_up(self, practice_id: UUID, *, deadline_seconds: float | None = None) -> int:
        self.asked += 1
        if not self.answers:
            raise Unavailable("appointments")
        self.takes()
        self.reached = self.head
        return self.reached


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_the_ledger_is_asked_again_only_after_200_milliseconds() -> None:
    ledger, clock = Ledger(), Clock()
    copy = UpToDate(ledger, clock)
    assert copy.bring(PRACTICE, 0)
    clock.seconds += 0.1
    assert copy.bring(PRACTICE, 0)
    assert ledger.asked == 1
    clock.seconds += 0.15
    assert copy.bring(PRACTICE, 0)
    assert ledger.asked == 2


def test_a_caller_who_has_seen_more_makes_it_ask_at_once() -> None:
    ledger, clock = Ledger(), Clock()
    copy = UpToDate(ledger, clock)
    copy.bring(PRACTICE, 0)
    ledger.head = 6
    assert copy.bring(PRACTICE, 6)
    assert ledger.asked == 2


def test_a_position_that_the_ledger_does_not_have_is_not_up_to_date() -> None:
    assert not UpToDate(Ledger(), Clock()).bring(PRACTICE, 7)


def test_a_silent_ledger_is_told_and_asked_again_next_time() -> None:
    ledger, clock = Ledger(), Clock()
    copy = UpToDate(ledger, clock)
    ledger.answers = False
    assert not copy.bring(PRACTICE, 0)
    ledger.answers = True
    assert copy.bring(PRACTICE, 0)


def test_a_copy_that_could_not_catch_up_in_time_is_not_up_to_date() -> None:
    ledger, clock = Ledger(), Clock()

    def take_long() -> None:
        clock.seconds += 0.5

    ledger.takes = take_long
    copy = UpToDate(ledger, clock)
    assert not copy.bring(PRACTICE, 0)
    assert not copy.bring(PRACTICE, 0)
    assert ledger.asked == 2


def test_practices_are_asked_for_one_by_one() -> None:
    ledger, clock = Ledger(), Clock()
    copy = UpToDate(ledger, clock)
    copy.bring(PRACTICE, 0)
    copy.bring(uuid4(), 0)
    assert ledger.asked == 2
