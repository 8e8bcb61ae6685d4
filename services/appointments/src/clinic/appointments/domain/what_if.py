"""What if other windows had held? Recorded decisions, decided again (F54).

Docs: ADR 0034.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from clinic.appointments.domain.policy import is_outside
from clinic.appointments.domain.rules import MAX_WINDOW_MINUTES
from clinic.contracts.appointments import Level, PolicySnapshot, Window
from clinic.kernel.client_time import in_zone

Wanted = Literal["change", "cancel"]

BY_A_WINDOW = frozenset(
    {"too_late_to_change", "too_late_to_cancel", "changes_not_offered", "cancellations_not_offered"}
)
"""Refusals that another window, or none, may have changed."""

DAYS = 7
_WINDOW = re.compile(r"([0-9]{1,6})([mhd])")
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}


@dataclass(frozen=True, slots=True)
class Tried:
    """The windows that are tried; None: as it was. `everywhere` also where a type or an appointment had decided."""

    edit_window: Window | None = None
    cancellation_window: Window | None = None
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a client wanted, and whether it was `allowed`, at `decided_at`, of an appointment that began at `starts_at`.

    `zone` is the appointment's location's.
    """

    clinician_id: UUID
    wanted: Wanted
    allowed: bool
    starts_at: datetime
    decided_at: datetime
    zone: str
    policy: PolicySnapshot

    @property
    def decided_on(self) -> date:
        """The local date of the decision."""
        return in_zone(self.decided_at, self.zone).date()


@dataclass(slots=True)
class Count:
    """How many were decided, and how many of them otherwise than they were."""

    decided: int = 0
    allowed: int = 0
    would_be_refused: int = 0
    would_be_allowed: int = 0

    def add(self, decision: Decision, allowed: bool) -> None:
        """One more, which would be `allowed`."""
        self.decided += 1
        self.allowed += decision.allowed
        self.would_be_refused += decision.allowed and not allowed
        self.would_be_allowed += allowed and not decision.allowed


def _week() -> list[Count]:
    return [Count() for _ in range(DAYS)]


@dataclass(slots=True)
class Report:
    """Per clinician and weekday (0 is Monday) of the decision, and in all, per what was wanted.

    `unrecorded` refusals, at least, were left out of the ledger in the period: by which rule is not known.
    """

    weeks: dict[UUID, list[Count]] = field(default_factory=dict)
    totals: dict[Wanted, Count] = field(default_factory=lambda: {"change": Count(), "cancel": Count()})
    unrecorded: int = 0


def read_window(text: str) -> Window:
    """`always`, `never`, `90m`, `24h` or `2d`; ValueError with what to write instead."""
    if text in ("always", "never"):
        return Window(text)  # type: ignore[arg-type]
    found = _WINDOW.fullmatch(text)
    minutes = int(found[1]) * _MINUTES[found[2]] if found else -1
    if not 0 <= minutes <= MAX_WINDOW_MINUTES:
        raise ValueError(f"{text!r} is no window: write always, never, or up to a year as 90m, 24h or 2d")
    return Window("minutes", minutes)


def window_text(window: Window | None) -> str:
    """The shortest text that `read_window` reads as this window; `as it was` for none."""
    if window is None:
        return "as it was"
    if window.kind != "minutes":
        return window.kind
    for unit in ("d", "h"):
        if window.minutes and window.minutes % _MINUTES[unit] == 0:
            return f"{window.minutes // _MINUTES[unit]}{unit}"
    return f"{window.minutes}m"


def would_be_allowed(decision: Decision, tried: Tried) -> bool:
    """Whether ability and window, the tried one where it applies, allow what was wanted."""
    policy = decision.policy
    if decision.wanted == "change":
        offered, held, other = policy.may_change, policy.edit_window, tried.edit_window
        level: Level = policy.rules_from.edit_window if policy.rules_from else "practice"
    else:
        offered, held, other = policy.may_cancel, policy.cancellation_window, tried.cancellation_window
        level = policy.rules_from.cancellation_window if policy.rules_from else "practice"
    applies = other is not None and (tried.everywhere or level == "practice")
    window = other if other is not None and applies else held
    return offered and is_outside(window, decision.starts_at, decision.decided_at)


def what_if(decisions: Iterable[Decision], tried: Tried, unrecorded: int = 0) -> Report:
    """The report on all decisions; clinicians in the order of their ids."""
    report = Report(unrecorded=unrecorded)
    for decision in decisions:
        allowed = would_be_allowed(decision, tried)
        week = report.weeks.setdefault(decision.clinician_id, _week())
        for count in (week[decision.decided_on.weekday()], report.totals[decision.wanted]):
            count.add(decision, allowed)
    report.weeks = dict(sorted(report.weeks.items()))
    return report


def total_of(counts: Sequence[Count]) -> Count:
    """All of them together."""
    return Count(
        sum(count.decided for count in counts),
        sum(count.allowed for count in counts),
        sum(count.would_be_refused for count in counts),
        sum(count.would_be_allowed for count in counts),
    )
