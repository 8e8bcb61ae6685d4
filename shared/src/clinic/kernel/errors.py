"""The three families of failure: `Refused`, `ConcurrencyConflict`, and everything else."""

from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """A rule said no: told to the person, never retried.

    `code` is the rule's name in snake case (`too_late_to_change`), the same in answers, logs and wording;
    `facts` are values that the answer may show (JSON-ready, never personal data).
    """

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts: Mapping[str, Any] = facts


class ConcurrencyConflict(Exception):
    """Somebody else appended first: the handler reads again and decides once more, then tells."""


class Unavailable(Exception):
    """A service or database that is needed did not answer in time: nothing was changed, try again later."""
