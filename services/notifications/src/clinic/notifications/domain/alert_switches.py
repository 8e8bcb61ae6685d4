"""What a user is alerted to, and how (F31, F32): switches, and who they alert to one fact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.notifications.domain.alerts import AlertKind

MOST_HOURS = 720


@dataclass(frozen=True, slots=True)
class AlertSwitches:
    """One user's switches; all are off until the user asks. `any` is any user's appointments, one's own included.

    `within_hours` narrows every switch to appointments that are less than so many hours away. The in-app alert for
    one's own appointment has no switch (F31), and nothing narrows it.
    """

    email_change_own: bool = False
    email_change_any: bool = False
    email_cancel_own: bool = False
    email_cancel_any: bool = False
    in_app_change_others: bool = False
    in_app_cancel_others: bool = False
    within_hours: int | None = None


@dataclass(frozen=True, slots=True)
class AlertedUsers:
    """Whom a fact is told to, each at most once per way."""

    in_app: frozenset[UUID]
    by_email: frozenset[UUID]


def alerted_users(
    kind: AlertKind,
    clinician_id: UUID,
    was_to_start_at: datetime,
    recorded_at: datetime,
    switches: Mapping[UUID, AlertSwitches],
) -> AlertedUsers:
    """Whom a change or cancellation by the client is told to.

    `was_to_start_at` is the appointment's time before it, judged as elapsed time from `recorded_at`; `switches` are
    those that held then.
    """
    in_app, by_email = {clinician_id}, set()
    for user_id, chosen in switches.items():
        if not _is_near(chosen, was_to_start_at - recorded_at):
            continue
        is_own = user_id == clinician_id
        if _wants_email(chosen, kind, is_own=is_own):
            by_email.add(user_id)
        if _wants_others_in_app(chosen, kind):
            in_app.add(user_id)
    return AlertedUsers(frozenset(in_app), frozenset(by_email))


def _is_near(chosen: AlertSwitches, away: timedelta) -> bool:
    return chosen.within_hours is None or away < timedelta(hours=chosen.within_hours)


def _wants_email(chosen: AlertSwitches, kind: AlertKind, *, is_own: bool) -> bool:
    if kind == "rescheduled":
        return chosen.email_change_any or (is_own and chosen.email_change_own)
    return chosen.email_cancel_any or (is_own and chosen.email_cancel_own)


def _wants_others_in_app(chosen: AlertSwitches, kind: AlertKind) -> bool:
    return chosen.in_app_change_others if kind == "rescheduled" else chosen.in_app_cancel_others
