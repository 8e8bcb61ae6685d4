"""A client or staff cancel an appointment."""

from uuid import UUID

from clinic.appointments.application.answering import answer_once
from clinic.appointments.application.asking import By, begin, reached, record_of, sealed_message, with_present_state
from clinic.appointments.application.ports import Answer, Identity, Ledger, Reading, Record
from clinic.appointments.domain import decisions
from clinic.appointments.domain.commands import CancelAppointment
from clinic.appointments.domain.refusals import change_refused
from clinic.contracts.refusals import ChangeRefused
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id


def cancel_appointment(
    ledger: Ledger, identity: Identity, by: By, command_id: UUID, command: CancelAppointment
) -> Answer:
    """`cancelled`. Refused by the codes of docs/http.md. Needs no other service, unless a message is left."""
    said = {"revision": command.revision, "policy_text_version": command.policy_text_version}
    asked, first = begin(ledger, by, command_id, "cancel", command.appointment_id, said, command.message)
    message_id = new_id() if command.message else None

    def decide(reading: Reading, overlaps: bool) -> Record:
        state = reached(by, reading)
        try:
            (event,) = decisions.cancel(state, command, reading.settings, reading.now, by.face, message_id=message_id)
        except Refused as refusal:
            raise with_present_state(refusal, by, reading) from None
        message = sealed_message(identity, by.practice_id, event, command.message)
        return record_of(asked, reading, "cancelled", event, by, *message)

    def tell(reading: Reading, code: str) -> ChangeRefused | None:
        return change_refused(reached(by, reading), "cancel", code, reading.settings)

    return answer_once(ledger, asked, first, decide, tell=tell)
