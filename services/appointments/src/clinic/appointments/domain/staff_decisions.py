"""Decisions that only staff make about an appointment: its status, its rules, what was paid (F18, F26, F34)."""

from datetime import datetime
from uuid import UUID

from clinic.appointments.domain.appointment import Appointment
from clinic.appointments.domain.commands import ChangeRules, ChangeStatus, RecordPayment, RecordRefund
from clinic.appointments.domain.portal_settings import is_attending
from clinic.appointments.domain.rules import broken_rules_of
from clinic.contracts.appointments import (
    AppointmentRulesChanged,
    AppointmentStatusChanged,
    PaymentRecorded,
    PortalSettings,
    RefundRecorded,
)
from clinic.kernel.errors import Refused


def change_status(
    state: Appointment, command: ChangeStatus, settings: PortalSettings, *, overlaps: bool = False
) -> list[AppointmentStatusChanged]:
    """Any status of the practice's list; nothing where it has it already (F26).

    A non-attending status frees the time. One that attends again takes it back: `overlaps` says that another
    appointment is knowingly overlapped (F35). One that took time before keeps it, and whether it overlaps. The same
    status is given anew only where the practice has since decided otherwise whether clients with it attend.
    """
    if all(status.code != command.status for status in settings.statuses):
        raise Refused("invalid", errors={"status": ["unknown_status"]})
    if command.revision != state.revision:
        raise Refused("changed_meanwhile")
    occupies = is_attending(settings, command.status)
    if (command.status, occupies) == (state.status, state.occupies):
        return []
    accepted = occupies and (state.overlap_accepted if state.occupies else overlaps)
    return [status_changed(state, command.status, occupies=occupies, overlap_accepted=accepted)]


def status_changed(
    state: Appointment, status: str, *, occupies: bool, overlap_accepted: bool
) -> AppointmentStatusChanged:
    """The event of another status; all else stays as it is."""
    return AppointmentStatusChanged(
        appointment_id=state.appointment_id,
        client_id=state.client_id,
        clinician_id=state.clinician_id,
        location_id=state.location_id,
        appointment_type_id=state.appointment_type_id,
        slot=state.slot,
        old_status=state.status,
        status=status,
        occupies=occupies,
        revision=state.revision + 1,
        overlap_accepted=overlap_accepted,
    )


def change_rules(state: Appointment, command: ChangeRules) -> list[AppointmentRulesChanged]:
    """The appointment's own rules are these; nothing where they are so already (F18)."""
    errors = broken_rules_of(command.rules)
    if errors:
        raise Refused("invalid", errors=errors)
    if command.revision != state.revision:
        raise Refused("changed_meanwhile")
    if command.rules == state.rules:
        return []
    return [AppointmentRulesChanged(state.appointment_id, state.client_id, command.rules)]


def record_payment(state: Appointment, command: RecordPayment, now: datetime, payment_id: UUID) -> PaymentRecorded:
    """What was paid, whatever the appointment's state; one appointment is paid in one currency."""
    if state.currency and command.currency != state.currency:
        raise Refused("invalid", errors={"currency": ["other_currency"]})
    if command.paid_at > now:
        raise Refused("invalid", errors={"paid_at": ["in_the_future"]})
    return PaymentRecorded(
        payment_id=payment_id,
        appointment_id=state.appointment_id,
        client_id=state.client_id,
        amount_pence=command.amount_pence,
        currency=command.currency,
        method=command.method,
        paid_at=command.paid_at,
    )


def record_refund(state: Appointment, command: RecordRefund, now: datetime, refund_id: UUID) -> RefundRecorded:
    """What was given back: never more than was paid and not refunded yet."""
    if command.amount_pence > state.kept_pence:
        raise Refused("invalid", errors={"amount_pence": ["more_than_paid"]})
    if command.refunded_at > now:
        raise Refused("invalid", errors={"refunded_at": ["in_the_future"]})
    return RefundRecorded(
        refund_id=refund_id,
        appointment_id=state.appointment_id,
        client_id=state.client_id,
        amount_pence=command.amount_pence,
        currency=state.currency,
        refunded_at=command.refunded_at,
    )
