"""Refusals are facts (F53): which of them are recorded, and how many of them.

Docs: ADR 0033.
"""

from datetime import datetime, timedelta
from typing import Literal

from clinic.appointments.domain.appointment import Appointment
from clinic.appointments.domain.commands import Check
from clinic.appointments.domain.policy import snapshot
from clinic.contracts.appointments import PortalSettings
from clinic.contracts.refusals import ChangeRefused

RECORDED = frozenset(
    {
        "too_late_to_change",
        "too_late_to_cancel",
        "changes_not_offered",
        "cancellations_not_offered",
        "messages_not_offered",
        "slot_not_offered",
        "slot_taken",
        "clinician_not_available_online",
        "changed_meanwhile",
        "already_cancelled",
        "in_the_past",
    }
)
"""The broken rules that say something about what was asked.

`portal_off` is not among them: it is told before anybody looks at the appointment, and the same command may succeed
once the portal is on, so that there is no answer to keep that a fact could belong to.
"""

WITHIN = timedelta(hours=1)
PER_APPOINTMENT = 10
PER_PERSON = 30
"""So many refusals of one appointment, and of one person's asking, are recorded within an hour; more are counted."""


def is_recorded(of_appointment: int, of_person: int) -> bool:
    """Whether one more is recorded after so many within the hour."""
    return of_appointment < PER_APPOINTMENT and of_person < PER_PERSON


def change_refused(
    state: Appointment,
    wanted: Literal["change", "cancel"],
    code: str,
    settings: PortalSettings,
    *,
    wanted_starts_at: datetime | None = None,
    check: Check | None = None,
) -> ChangeRefused | None:
    """The fact that a change or a cancellation was refused by the rule `code`; None where that is not recorded.

    Nothing of a message is in it. `check` is what availability said of the time, where it was asked.
    """
    if code not in RECORDED:
        return None
    online, rules_version = (check.available_online, check.rules_version) if check else (None, None)
    return ChangeRefused(
        appointment_id=state.appointment_id,
        client_id=state.client_id,
        clinician_id=state.clinician_id,
        location_id=state.location_id,
        appointment_type_id=state.appointment_type_id,
        wanted=wanted,
        code=code,
        slot=state.slot,
        wanted_starts_at=wanted_starts_at,
        revision=state.revision,
        policy=snapshot(state, settings, available_online=online, rules_version=rules_version),
    )
