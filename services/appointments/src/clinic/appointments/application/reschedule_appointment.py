"""A client or staff change an appointment's date and time."""

from datetime import UTC
from functools import cache
from uuid import UUID

from clinic.appointments.application.answering import answer_once
from clinic.appointments.application.asking import (
    By,
    begin,
    body_of,
    reached,
    record_of,
    sealed_message,
    with_present_state,
)
from clinic.appointments.application.describe import describe
from clinic.appointments.application.ports import Answer, Availability, Identity, Ledger, Reading, Record
from clinic.appointments.domain import decisions
from clinic.appointments.domain.appointment import Appointment
from clinic.appointments.domain.commands import Check, RescheduleAppointment
from clinic.appointments.domain.refusals import change_refused
from clinic.contracts.refusals import ChangeRefused
from clinic.kernel.client_time import utc_text
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id


def reschedule_appointment(
    ledger: Ledger,
    availability: Availability,
    identity: Identity,
    by: By,
    command_id: UUID,
    command: RescheduleAppointment,
) -> Answer:
    """`rescheduled`, or `unchanged` when it is at that time already (F21). Refused by the codes of docs/http.md.

    A client's new time is checked with availability before anything is appended; while that is down nothing is changed.
    """
    said = {
        "revision": command.revision,
        "starts_at": utc_text(command.starts_at),
        "overlap_accepted": command.overlap_accepted,
    }
    asked, first = begin(ledger, by, command_id, "reschedule", command.appointment_id, said, command.message)
    message_id = new_id() if command.message else None

    checked: list[Check] = []

    @cache
    def ask(appointment: Appointment) -> Check:
        return availability.check(
            by.practice_id,
            clinician_id=appointment.clinician_id,
            location_id=appointment.location_id,
            appointment_type_id=appointment.appointment_type_id,
            starts_at=command.starts_at,
            duration_minutes=appointment.slot.duration_minutes,
            buffer_after_minutes=appointment.slot.buffer_after_minutes,
            exclude=appointment.appointment_id,
        )

    def decide(reading: Reading, overlaps: bool) -> Record | Answer:
        state = reached(by, reading)
        settings, now = reading.settings, reading.now
        try:
            if not decisions.consider_reschedule(state, command, settings, now, by.face):
                shown = describe(state, settings, now, reading.position, by.face)
                return Answer("unchanged", False, body_of("unchanged", shown))
            check = ask(state) if by.face == "client" else None
            checked[:] = [check] if check else []
            (event,) = decisions.reschedule(
                state, command, settings, now, by.face, check=check, message_id=message_id, overlaps=overlaps
            )
        except Refused as refusal:
            raise with_present_state(refusal, by, reading) from None
        message = sealed_message(identity, by.practice_id, event, command.message)
        return record_of(asked, reading, "rescheduled", event, by, *message)

    def tell(reading: Reading, code: str) -> ChangeRefused | None:
        wanted = command.starts_at.astimezone(UTC)
        check = checked[-1] if checked else None
        return change_refused(
            reached(by, reading), "change", code, reading.settings, wanted_starts_at=wanted, check=check
        )

    accepted = by.face == "staff" and command.overlap_accepted
    return answer_once(ledger, asked, first, decide, overlap_accepted=accepted, tell=tell)
