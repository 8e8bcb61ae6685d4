"""What a client may do, and why not: the same functions serve what pages show and what commands decide (F42)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from clinic.appointments.domain.appointment import Appointment
from clinic.appointments.domain.rules import EffectiveRules, effective_rules
from clinic.contracts.appointments import PolicySnapshot, PortalSettings, Window
from clinic.contracts.portal_state import portal_is_on

Face = Literal["client", "staff"]


@dataclass(frozen=True, slots=True)
class Permission:
    """Allowed, or the refusal code of the rule that says no."""

    reason: str | None = None

    @property
    def allowed(self) -> bool:
        """No rule says no."""
        return self.reason is None


ALLOWED = Permission()


def is_outside(window: Window, starts_at: datetime, now: datetime) -> bool:
    """Whether the start is far enough away: `starts_at - now >= window`, elapsed time (F27)."""
    match window.kind:
        case "always":
            return True
        case "minutes":
            return starts_at - now >= timedelta(minutes=window.minutes)
        case "never":
            return False


def may_change(
    appointment: Appointment,
    settings: PortalSettings,
    now: datetime,
    *,
    face: Face,
    available_online: bool | None = None,
) -> Permission:
    """Whether date and time may be changed (F18, F35).

    `available_online` is the clinician's switch, None while it is not known: then the commit will ask.
    """
    if face == "staff":
        return _unless_over(appointment)
    common = _client(appointment, settings, now)
    if not common.allowed:
        return common
    rules = rules_of(appointment, settings)
    if not rules.may_change or rules.edit_window.kind == "never":
        return Permission("changes_not_offered")
    if not is_outside(rules.edit_window, appointment.slot.starts_at, now):
        return Permission("too_late_to_change")
    if available_online is False:
        return Permission("clinician_not_available_online")
    return ALLOWED


def may_cancel(appointment: Appointment, settings: PortalSettings, now: datetime, *, face: Face) -> Permission:
    """Whether the appointment may be cancelled (F24, F35)."""
    if face == "staff":
        return _unless_over(appointment)
    common = _client(appointment, settings, now)
    if not common.allowed:
        return common
    rules = rules_of(appointment, settings)
    if not rules.may_cancel or rules.cancellation_window.kind == "never":
        return Permission("cancellations_not_offered")
    if not is_outside(rules.cancellation_window, appointment.slot.starts_at, now):
        return Permission("too_late_to_cancel")
    return ALLOWED


def rules_of(appointment: Appointment, settings: PortalSettings) -> EffectiveRules:
    """The rules that hold for this appointment (F18)."""
    return effective_rules(settings, appointment.appointment_type_id, appointment.rules)


def snapshot(
    appointment: Appointment, settings: PortalSettings, *, available_online: bool | None, rules_version: int | None
) -> PolicySnapshot:
    """What was allowed for this appointment at this decision, to be kept in the event."""
    rules = rules_of(appointment, settings)
    return PolicySnapshot(
        settings_version=settings.version,
        online_booking_edition=settings.online_booking_edition,
        portal_on=settings.portal_on,
        may_change=rules.may_change,
        may_cancel=rules.may_cancel,
        edit_window=rules.edit_window,
        cancellation_window=rules.cancellation_window,
        clinician_available_online=available_online,
        policy_text_version=settings.policy_text_version,
        rules_version=rules_version,
        rules_from=rules.rules_from,
    )


def _client(appointment: Appointment, settings: PortalSettings, now: datetime) -> Permission:
    if not portal_is_on(settings):
        return Permission("portal_off")
    over = _unless_over(appointment)
    if over.allowed and appointment.is_past(now):
        return Permission("in_the_past")
    return over


def _unless_over(appointment: Appointment) -> Permission:
    if appointment.cancelled:
        return Permission("already_cancelled")
    return ALLOWED if appointment.occupies else Permission("in_the_past")
