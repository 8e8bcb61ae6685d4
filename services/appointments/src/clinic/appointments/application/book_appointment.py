"""Staff book an appointment."""

from functools import cache
from uuid import UUID

from clinic.appointments.application.answering import answer_once, fingerprint
from clinic.appointments.application.asking import By, record_of
from clinic.appointments.application.ports import Answer, Asked, Availability, Identity, Ledger, Reading, Record
from clinic.appointments.domain import decisions
from clinic.appointments.domain.commands import BookAppointment, Check
from clinic.kernel.client_time import utc_text


def book_appointment(
    ledger: Ledger, availability: Availability, identity: Identity, by: By, command_id: UUID, command: BookAppointment
) -> Answer:
    """`booked`; refused: `slot_taken` (may be asked again as another command, overlap accepted), `invalid` ids."""
    said = {
        "client": str(command.client_id),
        "clinician": str(command.clinician_id),
        "location": str(command.location_id),
        "type": str(command.appointment_type_id),
        "starts_at": utc_text(command.starts_at),
        "overlap_accepted": command.overlap_accepted,
    }
    said_so = fingerprint("book", None, by.actor, said)
    asked = Asked(by.practice_id, command_id, "book", command.appointment_id, by.actor, said_so, by.traceparent)

    @cache
    def ask() -> Check:
        identity.require_client(by.practice_id, command.client_id)
        return availability.check(
            by.practice_id,
            clinician_id=command.clinician_id,
            location_id=command.location_id,
            appointment_type_id=command.appointment_type_id,
            starts_at=command.starts_at,
        )

    def decide(reading: Reading, overlaps: bool) -> Record:
        event = decisions.book(command, reading.settings, ask(), overlaps=overlaps)
        return record_of(asked, reading, "booked", event, by)

    reading = ledger.read(by.practice_id, None, command_id)
    return answer_once(ledger, asked, reading, decide, overlap_accepted=command.overlap_accepted)
