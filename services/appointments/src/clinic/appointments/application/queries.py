"""What can be asked of the ledger, and who may."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from clinic.appointments.application.asking import By, reached, require_portal
from clinic.appointments.application.describe import Described, describe, describe_state
from clinic.appointments.application.ports import Availability, Ledger, Reading
from clinic.appointments.application.views import (
    HistoryEntry,
    Message,
    MessagePage,
    Moment,
    PastViews,
    PaymentLine,
    RefusalPage,
    Views,
)
from clinic.appointments.domain.policy import may_change
from clinic.kernel.errors import Refused, Unavailable

PAGE_SIZE = 20


class Switches(Protocol):
    """Clinicians' switches *available for online booking*, now or at an earlier moment."""

    def is_online(self, practice_id: UUID, clinician_id: UUID) -> bool:
        """Whether it is on. `Unavailable` where that cannot be known in time."""


def show_appointment(ledger: Ledger, availability: Availability, by: By, appointment_id: UUID) -> dict[str, Any]:
    """One appointment, folded from its stream: never stale."""
    reading = ledger.read(by.practice_id, appointment_id)
    appointment = reached(by, reading)
    moment = Moment(reading.now, reading.settings)
    (described,) = shown(availability, by, moment, [Described(appointment, reading.position)])
    return described


def show_state(ledger: Ledger, practice_id: UUID, appointment_id: UUID) -> dict[str, Any]:
    """The ledger's present word for other services."""
    reading: Reading = ledger.read(practice_id, appointment_id)
    if reading.appointment is None:
        raise Refused("not_found")
    return describe_state(reading.appointment, reading.settings, reading.now, reading.position)


def list_appointments(
    views: Views, availability: Availability, by: By, client_id: UUID, when: str, page: int, seen: int | None
) -> dict[str, Any]:
    """A client's appointments, 20 a page. A limited session reaches no list at all (F8)."""
    moment = views.moment(by.practice_id)
    require_portal(by, moment.settings)
    if by.face == "client":
        if by.only_appointment is not None or client_id != by.actor.id:
            raise Refused("not_found")
        settings = moment.settings
        if not (settings.may_view_upcoming if when == "upcoming" else settings.may_view_previous):
            raise Refused("forbidden")
    found = views.client_list(by.practice_id, client_id, when, page, PAGE_SIZE, seen)
    return page_of(shown(availability, by, moment, found.appointments), page, found.total)


def page_of(told: list[dict[str, Any]], page: int, total: int) -> dict[str, Any]:
    """One page of a list as JSON."""
    return {"appointments": told, "page": page, "pages": max(1, -(-total // PAGE_SIZE))}


def show_diary(
    views: PastViews, by: By, from_at: datetime, until_at: datetime, clinician_id: UUID | None, seen: int | None
) -> list[dict[str, Any]]:
    """What occupies or occupied time in [from_at, until_at), for staff."""
    moment = views.moment(by.practice_id)
    found = views.diary(by.practice_id, from_at, until_at, clinician_id, seen)
    return [describe(one.appointment, moment.settings, moment.now, one.position, by.face) for one in found]


def show_history(ledger: Ledger, views: Views, by: By, appointment_id: UUID, seen: int | None) -> list[HistoryEntry]:
    """The history log of an appointment, for staff."""
    reached(by, ledger.read(by.practice_id, appointment_id))
    return views.history(by.practice_id, appointment_id, seen)


def show_messages(views: Views, by: By, client_id: UUID, seen: int | None) -> list[Message]:
    """The sealed messages of a client, for staff."""
    return views.messages(by.practice_id, client_id, seen)


def show_practice_messages(
    views: Views, by: By, dealt_with: bool | None, page: int, seen: int | None
) -> tuple[MessagePage, int]:
    """A page of what the practice's clients wrote, and how many pages there are, for staff."""
    found = views.practice_messages(by.practice_id, dealt_with, page, PAGE_SIZE, seen)
    return found, max(1, -(-found.total // PAGE_SIZE))


def show_refusals(
    views: Views, by: By, client_id: UUID | None, appointment_id: UUID | None, page: int, seen: int | None
) -> tuple[RefusalPage, int]:
    """A page of what was refused in the practice, and how many pages there are, for staff (F53)."""
    found = views.refusals(by.practice_id, client_id, appointment_id, page, PAGE_SIZE, seen)
    return found, max(1, -(-found.total // PAGE_SIZE))


def show_payments(ledger: Ledger, views: Views, by: By, appointment_id: UUID) -> list[PaymentLine]:
    """What was paid for an appointment and what of it was refunded, for staff."""
    reached(by, ledger.read(by.practice_id, appointment_id))
    return views.payments(by.practice_id, appointment_id)


def shown(switches: Switches, by: By, moment: Moment, found: Sequence[Described]) -> list[dict[str, Any]]:
    """Described with the clinician's switch, where only that decides; not known while availability is down."""
    online: dict[UUID, bool | None] = {}
    told = []
    for one in found:
        appointment = one.appointment
        switch = None
        if by.face == "client" and may_change(appointment, moment.settings, moment.now, face=by.face).allowed:
            if appointment.clinician_id not in online:
                online[appointment.clinician_id] = _is_online(switches, by, appointment.clinician_id, online)
            switch = online[appointment.clinician_id]
        told.append(describe(appointment, moment.settings, moment.now, one.position, by.face, switch))
    return told


def _is_online(switches: Switches, by: By, clinician_id: UUID, before: dict[UUID, bool | None]) -> bool | None:
    if None in before.values():
        return None
    try:
        return switches.is_online(by.practice_id, clinician_id)
    except Unavailable:
        return None
