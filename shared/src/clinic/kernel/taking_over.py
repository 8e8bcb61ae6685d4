"""What a further import takes of a row: three values are compared per field (ADR 0025)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CHANGED_HERE = "was changed here since the last import"
NEVER_CHANGES = "cannot change after the first import"


@dataclass(frozen=True, slots=True, order=True)
class LeftAlone:
    """A row, or one column of it, that was not taken, and why."""

    file: str
    line: int
    ref: str
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        ref = f" ({self.ref})" if self.ref else ""
        return f"{place}{ref}, {self.column}: {self.reason}" if self.column else f"{place}{ref}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Merged:
    """`taken` are the fields that become what the files say; `left` were changed here as well and stay.

    `said` is what to keep as said: for a field that was left, what was said before, so that it is told of again.
    """

    taken: Mapping[str, Any]
    left: tuple[str, ...]
    said: Mapping[str, Any]


def merge(before: Mapping[str, Any] | None, here: Mapping[str, Any], now: Mapping[str, Any]) -> Merged:
    """`before` is what the last import said (None: unknown), `here` what stands now, `now` what the files say."""
    said_before = before or {}
    taken: dict[str, Any] = {}
    left: list[str] = []
    said = dict(now)
    for name, value in now.items():
        if value == here[name] or (name in said_before and value == said_before[name]):
            continue
        if name in said_before and here[name] == said_before[name]:
            taken[name] = value
        else:
            left.append(name)
            said = {key: kept for key, kept in said.items() if key != name}
            if name in said_before:
                said[name] = said_before[name]
    return Merged(taken, tuple(left), said)
