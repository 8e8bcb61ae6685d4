"""What the tests of the ledger's stores append: bookings, changes of settings, messages; and what was appended."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from clinic.appointments.application.ports import Answer, Asked, Entry, Ledger, Record
from clinic.appointments.domain.decisions import slot_at
from clinic.appointments.domain.occupancy import Occupancy, occupancy_of
from clinic.appointments.domain.portal_settings import DEFAULT
from clinic.contracts.appointments import (
    AppointmentBooked,
    ClientMessageLeft,
    ClientMessageRead,
    PaymentRecorded,
    PortalSettingsChanged,
    Sealed,
)
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor, Recorded
from clinic.kernel.streams import stream_id

START = datetime(2027, 3, 1, 10, tzinfo=UTC)
STAFF = Actor("staff", new_id())


@dataclass(frozen=True, slots=True)
class Store:
    """A ledger with two empty practices, and what its port does not show.

    `jump(offset)` is the ledger whose clock has jumped by so much.
    """

    ledger: Ledger
    one: UUID
    two: UUID
    recorded: Callable[[UUID], list[Recorded]]
    occupancy: Callable[[UUID], dict[UUID, Occupancy]]
    jump: Callable[[timedelta], Ledger]


def booking(practice_id: UUID, clinician: UUID, minutes: int = 0, **changes: Any) -> Record:
    """A booking that begins some minutes after START and takes forty."""
    event = AppointmentBooked(
        appointment_id=new_id(),
        client_id=new_id(),
        clinician_id=clinician,
        location_id=new_id(),
        appointment_type_id=new_id(),
        slot=slot_at(START + timedelta(minutes=minutes), "Europe/London", 30, 10),
        status="booked",
        occupies=True,
        revision=1,
        overlap_accepted=False,
        video=False,
    )
    event = replace(event, **changes)
    return Record(
        asked=asked(practice_id, event.appointment_id, "book"),
        entries=(Entry(new_id(), stream_id("appointment", event.appointment_id), 1, event),),
        answer=Answer("booked", False, {"appointment": {}}),
        occurred_at=START,
        settings_version=0,
        occupancy=(occupancy_of(event),),
    )


def asked(practice_id: UUID, about: UUID, kind: str) -> Asked:
    """A command of staff that nobody said before."""
    return Asked(practice_id, new_id(), kind, about, STAFF, "print")


def payment(practice_id: UUID, appointment_id: UUID, version: int) -> Record:
    """A payment that is to be the version of an appointment's stream; it takes nobody's time."""
    fact = PaymentRecorded(
        payment_id=new_id(),
        appointment_id=appointment_id,
        client_id=new_id(),
        amount_pence=100,
        currency="GBP",
        method="card",
        paid_at=START,
        external_ref="",
    )
    entries = (Entry(new_id(), stream_id("appointment", appointment_id), version, fact),)
    answer = Answer("recorded", False, {})
    return Record(asked(practice_id, appointment_id, "pay"), entries, answer, START, 0)


def settings(practice_id: UUID, version: int) -> Record:
    """A change of settings from one version to the next."""
    event = PortalSettingsChanged(replace(DEFAULT, version=version + 1, policy_text="x" * version))
    return Record(
        asked=Asked(practice_id, new_id(), "settings", practice_id, STAFF, ""),
        entries=(Entry(new_id(), stream_id("settings", practice_id), version + 1, event),),
        answer=Answer("changed", False, {}),
        occurred_at=START,
        settings_version=version,
    )


def message_left(practice_id: UUID) -> tuple[UUID, Record]:
    """A client's message, and what records it."""
    message_id = new_id()
    fact = ClientMessageLeft(message_id, new_id(), new_id(), new_id(), "change", Sealed(new_id(), "", "", ""))
    said = Asked(practice_id, new_id(), "left", fact.appointment_id, Actor("client", fact.client_id), "print")
    entries = (Entry(new_id(), stream_id("message", message_id), 1, fact),)
    return message_id, Record(said, entries, Answer("left", False, {}), START, 0)


def message_read(practice_id: UUID, fact: ClientMessageRead, version: int) -> Record:
    """A user reads it."""
    entries = (Entry(new_id(), stream_id("message", fact.message_id), version, fact),)
    said = asked(practice_id, fact.appointment_id, "read")
    return Record(said, entries, Answer("recorded", False, {}), START, 0)


def both(one: Record, two: Record) -> Record:
    """What two records say as one append: the events of all their streams, under the first one's command."""
    return replace(one, entries=(*one.entries, *two.entries), occupancy=(*one.occupancy, *two.occupancy))


def again(record: Record, **changes: Any) -> Record:
    """The same decision asked by a command of its own."""
    return replace(record, asked=replace(record.asked, command_id=new_id()), **changes)
