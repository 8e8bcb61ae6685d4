"""An appointment as clients and staff read it: the JSON of docs/http.md."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.appointments.domain.appointment import Appointment
from clinic.appointments.domain.policy import Face, Permission, may_cancel, may_change, rules_of
from clinic.appointments.domain.portal_settings import status_named
from clinic.appointments.domain.rules import NO_RULES
from clinic.contracts.appointments import PortalSettings, Window
from clinic.contracts.codec import to_data
from clinic.kernel.client_time import utc_text


@dataclass(frozen=True, slots=True)
class Described:
    """An appointment of a view or of the stream, and the position of its last event."""

    appointment: Appointment
    position: int


def describe_state(appointment: Appointment, settings: PortalSettings, now: datetime, position: int) -> dict[str, Any]:
    """The ledger's present word, without anybody's permissions."""
    slot = appointment.slot
    status = status_named(settings, appointment.status, occupies=appointment.occupies)
    return {
        "id": str(appointment.appointment_id),
        "client_id": str(appointment.client_id),
        "clinician_id": str(appointment.clinician_id),
        "location_id": str(appointment.location_id),
        "appointment_type_id": str(appointment.appointment_type_id),
        "starts_at": utc_text(slot.starts_at),
        "ends_at": utc_text(slot.ends_at),
        "zone": slot.zone,
        "duration_minutes": slot.duration_minutes,
        "buffer_after_minutes": slot.buffer_after_minutes,
        "status": appointment.status,
        "status_for_client": status.client_wording,
        "cancelled": appointment.cancelled,
        "past": appointment.is_past(now),
        "video": appointment.video,
        "revision": appointment.revision,
        "position": position,
        "overlap_accepted": appointment.overlap_accepted,
    }


def describe(
    appointment: Appointment,
    settings: PortalSettings,
    now: datetime,
    position: int,
    face: Face,
    available_online: bool | None = None,
) -> dict[str, Any]:
    """The same with what this face may do; the internal status name and where a rule comes from are for staff only."""
    rules = rules_of(appointment, settings)
    described = describe_state(appointment, settings, now, position) | {
        "may_change": _permission(may_change(appointment, settings, now, face=face, available_online=available_online)),
        "may_cancel": _permission(may_cancel(appointment, settings, now, face=face)),
        "may_leave_message": rules.may_leave_message,
        "policy": {"text": settings.policy_text, "text_version": settings.policy_text_version},
        "edit_window": _window(rules.edit_window),
        "cancellation_window": _window(rules.cancellation_window),
        "paid": _paid(appointment) if face == "staff" or settings.online_payments_on else None,
    }
    if face == "staff":
        described |= {
            "status_name": status_named(settings, appointment.status, occupies=appointment.occupies).name,
            "rules": None if appointment.rules == NO_RULES else to_data(appointment.rules),
            "rules_from": to_data(rules.rules_from),
        }
    return described


def _permission(permission: Permission) -> dict[str, Any]:
    return {"allowed": permission.allowed, "reason": permission.reason}


def _paid(appointment: Appointment) -> dict[str, Any] | None:
    """What was paid and what of it was refunded; None where nobody paid (F34)."""
    if not appointment.currency:
        return None
    return {
        "amount_pence": appointment.paid_pence,
        "refunded_pence": appointment.refunded_pence,
        "currency": appointment.currency,
    }


def _window(window: Window) -> dict[str, Any]:
    return {"kind": window.kind, "minutes": window.minutes}
