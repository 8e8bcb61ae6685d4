"""Events of availability: who can be booked online, and that the rules changed."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OnlineBookingSwitched:
    """A clinician's switch *available for online booking* was set (F38)."""

    clinician_id: UUID
    available: bool


@dataclass(frozen=True, slots=True)
class AvailabilityRulesChanged:
    """Hours, closures, types or booking settings changed; `changed` names what, `rules_version` is the new number."""

    rules_version: int
    changed: tuple[str, ...]
