"""The check at commit: do hours, closures, offset, limit, grid and switch allow this time? (F18, F42)"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.availability.application.ports import Asked, Diary, Unknown
from clinic.availability.domain.rules import Reason, why_not_offered
from clinic.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer, and what the ledger records with its event. Whether the time is taken is the ledger's word alone."""

    offered: bool
    reason: Reason | None
    available_online: bool
    duration_minutes: int
    buffer_after_minutes: int
    zone: str
    video: bool
    rules_version: int


def check(diary: Diary, practice_id: UUID, asked: Asked, starts_at: datetime) -> Checked:
    """Decides from own rows only: no outside call. Refused `invalid` for unknown names."""
    case = diary.case(practice_id, asked, with_taken=False)
    if isinstance(case, Unknown):
        raise Refused("invalid", errors={f"{name}_id": [f"unknown_{name}"] for name in case.names})
    rules = case.rules
    reason = why_not_offered(rules, case.now, starts_at)
    return Checked(
        offered=reason is None,
        reason=reason,
        available_online=rules.available_online,
        duration_minutes=rules.visit.duration,
        buffer_after_minutes=rules.visit.buffer_after,
        zone=rules.zone,
        video=case.video,
        rules_version=case.rules_version,
    )
