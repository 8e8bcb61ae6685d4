"""Who asks for an appointment, what they reach, and what every command about one has in common."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clinic.appointments.application.answering import fingerprint
from clinic.appointments.application.describe import describe
from clinic.appointments.application.ports import Answer, Asked, Entry, Identity, Ledger, Reading, Record
from clinic.appointments.domain.appointment import Appointment, AppointmentEvent, evolve
from clinic.appointments.domain.occupancy import occupancy_of
from clinic.appointments.domain.policy import Face
from clinic.contracts.appointments import (
    AppointmentCancelled,
    AppointmentRescheduled,
    ClientMessageLeft,
    PortalSettings,
)
from clinic.contracts.portal_state import off_text, portal_is_on
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor
from clinic.kernel.streams import stream_id


@dataclass(frozen=True, slots=True)
class By:
    """Who asks, and what they can reach: `only_appointment` limits a session to one appointment (F8)."""

    practice_id: UUID
    actor: Actor
    only_appointment: UUID | None = None
    traceparent: str | None = None

    @property
    def face(self) -> Face:
        """Client or staff."""
        return "client" if self.actor.kind == "client" else "staff"

    def reaches(self, appointment: Appointment) -> bool:
        """Staff reach every appointment of their practice, a client their own, a limited session its one."""
        if self.face == "staff":
            return True
        return appointment.client_id == self.actor.id and self.only_appointment in (None, appointment.appointment_id)


def require_portal(by: By, settings: PortalSettings) -> None:
    """While the portal is off, no client is answered anything else (F5)."""
    if by.face == "client" and not portal_is_on(settings):
        raise Refused("portal_off", off_text=off_text(settings))


def reached(by: By, reading: Reading) -> Appointment:
    """The appointment, if the portal is on and it is this person's to see; another's is `not_found` like none."""
    require_portal(by, reading.settings)
    if reading.appointment is None or not by.reaches(reading.appointment):
        raise Refused("not_found")
    return reading.appointment


def begin(
    ledger: Ledger, by: By, command_id: UUID, kind: str, appointment_id: UUID, said: dict[str, Any], message: str
) -> tuple[Asked, Reading]:
    """Reads what a command about an existing appointment needs. Staff leave no messages (`invalid`)."""
    if message and by.face == "staff":
        raise Refused("invalid", errors={"message": ["Only a client leaves a message."]})
    said_so = fingerprint(kind, appointment_id, by.actor, said, message)
    reading = ledger.read(by.practice_id, appointment_id, command_id)
    reached(by, reading)
    return Asked(by.practice_id, command_id, kind, appointment_id, by.actor, said_so, by.traceparent), reading


def with_present_state(refusal: Refused, by: By, reading: Reading) -> Refused:
    """The refusal; where somebody else changed the appointment it shows what it is now."""
    if refusal.code not in {"changed_meanwhile", "already_cancelled"} or reading.appointment is None:
        return refusal
    shown = describe(reading.appointment, reading.settings, reading.now, reading.position, by.face)
    return Refused(refusal.code, **{**refusal.facts, "appointment": shown})


def record_of(asked: Asked, reading: Reading, outcome: str, event: AppointmentEvent, by: By, *before: Entry) -> Record:
    """What to append for one event of an appointment; `before` are entries of other streams.

    The appointment's event comes last, so that its position is the position of the whole append. Its row of whose time
    is taken is written only where it changes: one that another appointment overlapped knowingly since then would be
    refused, though it takes no other time than before.
    """
    state = evolve(reading.appointment, event)
    row = occupancy_of(state)
    moved = reading.appointment is None or row != occupancy_of(reading.appointment)
    shown = describe(state, reading.settings, reading.now, 0, by.face)
    stream = stream_id("appointment", state.appointment_id)
    return Record(
        asked=asked,
        entries=(*before, Entry(new_id(), stream, reading.version + 1, event)),
        answer=Answer(outcome, False, body_of(outcome, shown)),
        occurred_at=reading.now,
        settings_version=reading.settings.version,
        occupancy=(row,) if moved else (),
    )


def body_of(outcome: str, shown: dict[str, Any]) -> dict[str, Any]:
    """The answer's JSON."""
    return {"outcome": outcome, "appointment": shown, "position": shown["position"], "revision": shown["revision"]}


def sealed_message(
    identity: Identity, practice_id: UUID, event: AppointmentRescheduled | AppointmentCancelled, text: str
) -> list[Entry]:
    """The client's message as an entry of its own stream; none without a text."""
    if event.message_id is None:
        return []
    event_id = new_id()
    fact = ClientMessageLeft(
        message_id=event.message_id,
        appointment_id=event.appointment_id,
        client_id=event.client_id,
        clinician_id=event.clinician_id,
        about="cancel" if isinstance(event, AppointmentCancelled) else "change",
        sealed=identity.seal(practice_id, event.client_id, text, event_id),
    )
    return [Entry(event_id, stream_id("message", event.message_id), 1, fact)]
