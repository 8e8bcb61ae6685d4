"""What only staff do to an existing appointment: its status, its rules, payments and refunds (F18, F26, F34)."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from clinic.appointments.application.answering import answer_once
from clinic.appointments.application.asking import By, begin, body_of, reached, record_of, with_present_state
from clinic.appointments.application.describe import describe
from clinic.appointments.application.ports import Answer, Asked, Ledger, Reading, Record
from clinic.appointments.domain import staff_decisions
from clinic.appointments.domain.appointment import Appointment, AppointmentEvent
from clinic.appointments.domain.commands import ChangeRules, ChangeStatus, RecordPayment, RecordRefund
from clinic.contracts.codec import to_data
from clinic.kernel.client_time import utc_text
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id

Decision = Callable[[Appointment, Reading, bool], Sequence[AppointmentEvent]]


def change_status(ledger: Ledger, by: By, command_id: UUID, command: ChangeStatus) -> Answer:
    """`status_changed` or `unchanged`; refused: `slot_taken` where time is needed that is taken, `invalid` status."""
    said = {
        "revision": command.revision,
        "status": command.status,
        "overlap_accepted": command.overlap_accepted,
    }
    asked, first = begin(ledger, by, command_id, "status", command.appointment_id, said, "")

    def decision(state: Appointment, reading: Reading, overlaps: bool) -> Sequence[AppointmentEvent]:
        return staff_decisions.change_status(state, command, reading.settings, overlaps=overlaps)

    return _answer(ledger, asked, by, first, "status_changed", decision, overlap_accepted=command.overlap_accepted)


def change_rules(ledger: Ledger, by: By, command_id: UUID, command: ChangeRules) -> Answer:
    """`rules_changed` or `unchanged`; the revision stays, because nothing that the client was told changed."""
    said = {"revision": command.revision, "rules": to_data(command.rules)}
    asked, first = begin(ledger, by, command_id, "rules", command.appointment_id, said, "")

    def decision(state: Appointment, reading: Reading, overlaps: bool) -> Sequence[AppointmentEvent]:
        return staff_decisions.change_rules(state, command)

    return _answer(ledger, asked, by, first, "rules_changed", decision)


def record_payment(ledger: Ledger, by: By, command_id: UUID, command: RecordPayment) -> Answer:
    """`payment_recorded`, once per command."""
    said = {
        "amount_pence": command.amount_pence,
        "currency": command.currency,
        "method": command.method,
        "paid_at": utc_text(command.paid_at),
    }
    asked, first = begin(ledger, by, command_id, "payment", command.appointment_id, said, "")
    payment_id = new_id()

    def decision(state: Appointment, reading: Reading, overlaps: bool) -> Sequence[AppointmentEvent]:
        return [staff_decisions.record_payment(state, command, reading.now, payment_id)]

    return _answer(ledger, asked, by, first, "payment_recorded", decision)


def record_refund(ledger: Ledger, by: By, command_id: UUID, command: RecordRefund) -> Answer:
    """`refund_recorded`, once per command; the sums of two at once are exact, because both are in one stream."""
    said = {"amount_pence": command.amount_pence, "refunded_at": utc_text(command.refunded_at)}
    asked, first = begin(ledger, by, command_id, "refund", command.appointment_id, said, "")
    refund_id = new_id()

    def decision(state: Appointment, reading: Reading, overlaps: bool) -> Sequence[AppointmentEvent]:
        return [staff_decisions.record_refund(state, command, reading.now, refund_id)]

    return _answer(ledger, asked, by, first, "refund_recorded", decision)


def _answer(
    ledger: Ledger,
    asked: Asked,
    by: By,
    first: Reading,
    outcome: str,
    decision: Decision,
    *,
    overlap_accepted: bool = False,
) -> Answer:
    def decide(reading: Reading, overlaps: bool) -> Record | Answer:
        state = reached(by, reading)
        try:
            events = decision(state, reading, overlaps)
        except Refused as refusal:
            raise with_present_state(refusal, by, reading) from None
        if not events:
            return Answer("unchanged", False, _unchanged(state, by, reading))
        (event,) = events
        return record_of(asked, reading, outcome, event, by)

    return answer_once(ledger, asked, first, decide, overlap_accepted=overlap_accepted)


def _unchanged(state: Appointment, by: By, reading: Reading) -> dict[str, Any]:
    return body_of("unchanged", describe(state, reading.settings, reading.now, reading.position, by.face))
