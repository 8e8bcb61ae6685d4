"""What a further import takes of a row: three values are compared per field (ADR 0025)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
