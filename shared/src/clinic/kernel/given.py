"""given / when / then: a decision's test reads as the rule it states."""

from collections.abc import Callable, Iterable
from typing import Any

from clinic.kernel.errors import Refused


class Scenario:
    """Folds the given events, decides, and compares what came out.

    >>> Scenario(evolve, initial).given(booked).when(lambda state: reschedule(state, command, now)).then(rescheduled)
    """

    def __init__(self, evolve: Callable[[Any, Any], Any], initial: Any) -> None:
        self._evolve = evolve
        self._state = initial
        self._events: list[Any] = []
        self._refusal: Refused | None = None

    def given(self, *events: Any) -> "Scenario":
        """The events that happened before."""
        self._state = fold(self._evolve, self._state, events)
        return self

    def when(self, decision: Callable[[Any], Iterable[Any]]) -> "Scenario":
        """Decides on the folded state; a refusal is kept for `refused`."""
        try:
            self._events = list(decision(self._state))
        except Refused as refusal:
            self._refusal = refusal
        return self

    def then(self, *events: Any) -> None:
        """Exactly these events, in this order."""
        if self._refusal:
            raise AssertionError(f"refused: {self._refusal.code}")
        assert self._events == list(events), f"{self._events} != {list(events)}"

    def then_nothing(self) -> None:
        """It stays quiet: no event, no refusal."""
        self.then()

    def refused(self, code: str) -> None:
        """The rule named by `code` said no."""
        assert self._refusal is not None, f"not refused, but {self._events}"
        assert self._refusal.code == code, f"refused by {self._refusal.code}, not {code}"


def fold(evolve: Callable[[Any, Any], Any], state: Any, events: Iterable[Any]) -> Any:
    """The state after all events, in order."""
    for event in events:
        state = evolve(state, event)
    return state
