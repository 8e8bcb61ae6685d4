"""What a client may do with an appointment, told from features F2-F29 alone: an oracle for the tests of the ledger.

It knows nothing of the product's code. `start - now` is `DISTANCE`; a window that is *inside* has not let go of the
appointment (it is too late), one that is *outside* has.
"""

from dataclasses import dataclass
from itertools import product
from typing import Any

DISTANCE_HOURS = 24
WINDOWS: dict[str, dict[str, Any]] = {
    "always": {"kind": "always", "minutes": 0},
    "outside": {"kind": "minutes", "minutes": (DISTANCE_HOURS - 1) * 60},
    "inside": {"kind": "minutes", "minutes": (DISTANCE_HOURS + 1) * 60},
    "never": {"kind": "never", "minutes": 0},
}
OPPOSITE = {"always": "never", "outside": "inside", "inside": "outside", "never": "always"}
LEVELS = ("practice", "type", "appointment")
RULES = ("may_change", "may_cancel", "may_leave_message", "edit_window", "cancellation_window")


@dataclass(frozen=True)
class Case:
    """One practice's decisions about one appointment; `levels` says where each rule is decided, in the order of RULES.

    On the levels above the deciding one everything is the opposite, so that a level that is not heard is found out.
    """

    edition: str
    portal_on: bool
    booking_on: bool
    may_change: bool
    may_cancel: bool
    edit_window: str
    cancellation_window: str
    clinician_online: bool
    may_leave_message: bool = True
    levels: tuple[str, str, str, str, str] = ("practice",) * 5

    def change_refused_by(self, *, message: bool = False) -> str | None:
        """Why the client cannot change it, None where they can (F2, F5, F18, F27).

        Where several rules say no, the one told is the first in this order; availability's word comes last.
        """
        if self.edition != "v2" or not self.portal_on:
            return "portal_off"
        if not self.may_change or self.edit_window == "never":
            return "changes_not_offered"
        if self.edit_window == "inside":
            return "too_late_to_change"
        if message and not self.may_leave_message:
            return "messages_not_offered"
        return None if self.clinician_online else "clinician_not_available_online"

    def cancel_refused_by(self, *, message: bool = False) -> str | None:
        """Why the client cannot cancel it (F2, F5, F24, F27); the clinician's switch does not matter."""
        if self.edition != "v2" or not self.portal_on:
            return "portal_off"
        if not self.may_cancel or self.cancellation_window == "never":
            return "cancellations_not_offered"
        if self.cancellation_window == "inside":
            return "too_late_to_cancel"
        return "messages_not_offered" if message and not self.may_leave_message else None

    def window(self, name: str) -> dict[str, Any]:
        """A window that holds, as JSON."""
        return WINDOWS[getattr(self, name)]

    def said_at(self, level: str) -> dict[str, Any]:
        """The rules of one level as JSON; null where it says nothing. The practice always says something."""
        said: dict[str, Any] = {}
        for name, decided_at in zip(RULES, self.levels, strict=True):
            value = getattr(self, name)
            depth, deciding = LEVELS.index(level), LEVELS.index(decided_at)
            if depth > deciding:
                said[name] = None
            elif isinstance(value, bool):
                said[name] = value if depth == deciding else not value
            else:
                said[name] = dict(WINDOWS[value if depth == deciding else OPPOSITE[value]])
        return said


def all_cases(level: str) -> list[Case]:
    """Every combination of edition, portal, booking, abilities, windows and switch, all rules decided at one level."""
    yes_no, windows = (True, False), tuple(WINDOWS)
    return [
        Case(*values, levels=(level,) * 5)  # type: ignore[arg-type]
        for values in product(("none", "classic", "v2"), yes_no, yes_no, yes_no, yes_no, windows, windows, yes_no)
    ]


def sampled_cases(random: Any, count: int) -> list[Case]:
    """Cases in which each rule is decided at a level of its own, most of them with the portal on."""
    return [
        Case(
            random.choice(("v2", "v2", "v2", "v2", "classic", "none")),
            random.random() < 0.85,
            random.random() < 0.5,
            random.random() < 0.7,
            random.random() < 0.7,
            random.choice(tuple(WINDOWS)),
            random.choice(tuple(WINDOWS)),
            random.random() < 0.7,
            random.random() < 0.5,
            tuple(random.choice(LEVELS) for _ in RULES),  # type: ignore[arg-type]
        )
        for _ in range(count)
    ]
