"""A clinician's online profile and the switch *available for online booking* (F18, F38)."""

from dataclasses import dataclass
from unicodedata import category
from uuid import UUID

from clinic.contracts.availability import OnlineBookingSwitched
from clinic.contracts.identity import ADMINISTRATOR
from clinic.kernel.errors import Refused

LENGTHS = {"display_name": 120, "title": 120, "description": 2000}
LINES = {"description": "\r\n\t"}
"""The control characters that a text may have; every other one is refused."""
BREAKS = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode's categories of what ends a line somewhere, or is no character at all."""


@dataclass(frozen=True, slots=True)
class OnlineProfile:
    """What clients see of a clinician, and whether they may choose her times. `version` counts the switch's changes."""

    clinician_id: UUID
    available_online: bool
    display_name: str
    title: str
    description: str
    version: int = 0


def may_edit_profile(role: str | None) -> bool:
    """Only site administrators edit users' profiles (F6)."""
    return role == ADMINISTRATOR


def set_profile(state: OnlineProfile, wanted: OnlineProfile) -> list[OnlineBookingSwitched]:
    """The events of a new profile: one when the switch moves, else none. Refused `invalid`, a reason per field."""
    errors: dict[str, list[str]] = {}
    if wanted.available_online and not wanted.display_name.strip():
        errors["display_name"] = ["needed while the clinician is available for online booking"]
    for field, longest in LENGTHS.items():
        text = getattr(wanted, field)
        if len(text) > longest:
            errors[field] = [f"at most {longest} characters"]
        if any(category(character) in BREAKS and character not in LINES.get(field, "") for character in text):
            errors[field] = ["has characters that cannot be shown"]
    if errors:
        raise Refused("invalid", errors=errors)
    if wanted.available_online == state.available_online:
        return []
    return [OnlineBookingSwitched(state.clinician_id, wanted.available_online)]
