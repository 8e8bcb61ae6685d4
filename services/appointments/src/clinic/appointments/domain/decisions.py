"""Decisions about an appointment: pure, from state, command, settings and the moment to events or a refusal."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from clinic.appointments.domain.appointment import Appointment
from clinic.appointments.domain.commands import BookAppointment, CancelAppointment, Check, RescheduleAppointment
from clinic.appointments.domain.policy import Face, Permission, may_cancel, may_change, rules_of, snapshot
from clinic.appointments.domain.portal_settings import is_attending, staff_cancellation_status
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    PortalSettings,
    Slot,
)
from clinic.kernel.client_time import in_zone
from clinic.kernel.errors import Refused


def slot_at(starts_at: datetime, zone: str, duration_minutes: int, buffer_after_minutes: int) -> Slot:
    """The slot that begins at an instant; its end is elapsed time later, its wall time the zone's."""
    start = starts_at.astimezone(UTC)
    return Slot(
        starts_at=start,
        ends_at=start + timedelta(minutes=duration_minutes),
        zone=zone,
        local_start=in_zone(start, zone).strftime("%Y-%m-%dT%H:%M"),
        duration_minutes=duration_minutes,
        buffer_after_minutes=buffer_after_minutes,
    )


def book(command: BookAppointment, settings: PortalSettings, check: Check, *, overlaps: bool) -> AppointmentBooked:
    """Staff book any time; `overlaps` says that another appointment is knowingly overlapped (F35)."""
    return AppointmentBooked(
        appointment_id=command.appointment_id,
        client_id=command.client_id,
        clinician_id=command.clinician_id,
        location_id=command.location_id,
        appointment_type_id=command.appointment_type_id,
        slot=slot_at(command.starts_at, check.zone, check.duration_minutes, check.buffer_after_minutes),
        status=settings.booked_status,
        occupies=is_attending(settings, settings.booked_status),
        revision=1,
        overlap_accepted=overlaps,
        video=check.video,
    )


def consider_reschedule(
    state: Appointment,
    command: RescheduleAppointment,
    settings: PortalSettings,
    now: datetime,
    face: Face,
    available_online: bool | None = None,
) -> bool:
    """Whether there is anything to change; False for the same time (F21).

    Refused by the first rule that says no: cancelled, changed meanwhile, what `may_change` names, messages not offered.
    """
    permission = may_change(state, settings, now, face=face, available_online=available_online)
    _refuse_by(permission, state, command.revision)
    _refuse_message(command.message, state, settings)
    return command.starts_at != state.slot.starts_at


def reschedule(
    state: Appointment,
    command: RescheduleAppointment,
    settings: PortalSettings,
    now: datetime,
    face: Face,
    *,
    check: Check | None,
    message_id: UUID | None,
    overlaps: bool = False,
) -> list[AppointmentRescheduled]:
    """Date and time become others, nothing else (F17); nothing at all for the same time (F21).

    A client needs availability's `check` of the new time; staff need none (F35).
    """
    online = check.available_online if check else None
    if not consider_reschedule(state, command, settings, now, face, online):
        return []
    if face == "client" and (check is None or not check.offered or command.starts_at <= now):
        raise Refused("slot_not_offered")
    slot = state.slot
    new = slot_at(command.starts_at, slot.zone, slot.duration_minutes, slot.buffer_after_minutes)
    return [rescheduled(state, new, settings, overlap_accepted=overlaps, message_id=message_id, check=check)]


def rescheduled(
    state: Appointment,
    new: Slot,
    settings: PortalSettings,
    *,
    overlap_accepted: bool,
    message_id: UUID | None = None,
    check: Check | None = None,
) -> AppointmentRescheduled:
    """The event of another time, with what availability's `check` said of it where it was asked."""
    online, rules_version = (check.available_online, check.rules_version) if check else (None, None)
    return AppointmentRescheduled(
        appointment_id=state.appointment_id,
        client_id=state.client_id,
        clinician_id=state.clinician_id,
        location_id=state.location_id,
        appointment_type_id=state.appointment_type_id,
        old=state.slot,
        new=new,
        status=state.status,
        revision=state.revision + 1,
        overlap_accepted=overlap_accepted,
        message_id=message_id,
        policy=snapshot(state, settings, available_online=online, rules_version=rules_version),
    )


def cancel(
    state: Appointment,
    command: CancelAppointment,
    settings: PortalSettings,
    now: datetime,
    face: Face,
    *,
    message_id: UUID | None,
) -> list[AppointmentCancelled]:
    """The status becomes a non-attending one: the practice's choice for the portal (F25), another for staff.

    A client who was shown an older policy wording is told that it changed meanwhile.
    """
    _refuse_by(may_cancel(state, settings, now, face=face), state, command.revision)
    _refuse_message(command.message, state, settings)
    shown = command.policy_text_version
    if shown is not None and shown != settings.policy_text_version:
        raise Refused("changed_meanwhile")
    by_client = face == "client"
    status = settings.cancellation_status if by_client else staff_cancellation_status(settings)
    policy_text = settings.policy_text if by_client and shown is not None else ""
    return [cancelled(state, status, settings, message_id=message_id, policy_text=policy_text)]


def cancelled(
    state: Appointment, status: str, settings: PortalSettings, *, message_id: UUID | None = None, policy_text: str = ""
) -> AppointmentCancelled:
    """The event of a cancellation, with what was paid and what of it was already refunded (F34)."""
    return AppointmentCancelled(
        appointment_id=state.appointment_id,
        client_id=state.client_id,
        clinician_id=state.clinician_id,
        location_id=state.location_id,
        appointment_type_id=state.appointment_type_id,
        slot=state.slot,
        old_status=state.status,
        status=status,
        revision=state.revision + 1,
        message_id=message_id,
        policy=snapshot(state, settings, available_online=None, rules_version=None),
        policy_text=policy_text,
        paid=state.paid,
    )


def _refuse_by(permission: Permission, state: Appointment, revision: int) -> None:
    if permission.reason in {"portal_off", "already_cancelled"}:
        raise Refused(permission.reason)
    if revision != state.revision:
        raise Refused("changed_meanwhile")
    if permission.reason is not None:
        raise Refused(permission.reason)


def _refuse_message(message: str, state: Appointment, settings: PortalSettings) -> None:
    if message and not rules_of(state, settings).may_leave_message:
        raise Refused("messages_not_offered")
