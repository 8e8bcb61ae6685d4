"""Every event of appointments is handled or listed as ignored, and says the right thing to the copy."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from clinic.availability.application.ports import Taken
from clinic.availability.application.reactions import IGNORED, handlers
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentStatusChanged,
    PolicySnapshot,
    Slot,
    Window,
)
from clinic.contracts.catalog import CATALOG
from clinic.contracts.codec import to_data
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import SYSTEM, Recorded

PRACTICE, APPOINTMENT, CLIENT, CLINICIAN = (uuid4() for _ in range(4))
TEN = datetime(2026, 12, 2, 10, 0, tzinfo=UTC)
SLOT = Slot(TEN, TEN.replace(minute=30), "Europe/London", "2026-12-02T10:00", 30, 10)
LATER = replace(SLOT, starts_at=TEN.replace(hour=14), ends_at=TEN.replace(hour=14, minute=30))
NAMES: dict[str, Any] = {
    "appointment_id": APPOINTMENT,
    "client_id": CLIENT,
    "clinician_id": CLINICIAN,
    "location_id": uuid4(),
    "appointment_type_id": uuid4(),
}
POLICY = PolicySnapshot(1, "v2", True, True, True, Window("always"), Window("always"), True, 1, 1)


class RememberedCopy:
    """A copy that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def take(self, connection: Any, taken: Taken) -> None:
        self.told.append(taken)

    def free(self, connection: Any, practice_id: UUID, appointment_id: UUID, revision: int) -> None:
        self.told.append((practice_id, appointment_id, revision))


def told(fact: object) -> list[object]:
    copy = RememberedCopy()
    name = type(fact).__name__
    recorded = Recorded(
        new_id(), name, 1, PRACTICE, f"appointment-{APPOINTMENT}", 1, 1, None, TEN, TEN, SYSTEM, new_id(), new_id(),
        None, None, to_data(fact),
    )  # fmt: skip
    handlers(copy)[name](None, recorded)
    return copy.told


def test_every_event_of_appointments_is_handled_or_ignored() -> None:
    published = {name for name, known in CATALOG.items() if known.publisher == "appointments"}
    assert set(handlers(RememberedCopy())) | IGNORED == published
    assert not set(handlers(RememberedCopy())) & IGNORED


def test_a_booked_appointment_takes_its_time_with_the_buffer() -> None:
    fact = AppointmentBooked(
        **NAMES, slot=SLOT, status="booked", occupies=True, revision=1, overlap_accepted=False, video=False
    )
    until = TEN.replace(minute=40)
    assert told(fact) == [Taken(PRACTICE, APPOINTMENT, CLIENT, CLINICIAN, TEN, until, True, 1)]


def test_a_rescheduled_appointment_moves_its_time() -> None:
    fact = AppointmentRescheduled(
        **NAMES,
        old=SLOT,
        new=LATER,
        status="booked",
        revision=2,
        overlap_accepted=False,
        message_id=None,
        policy=POLICY,
    )
    start, until = TEN.replace(hour=14), TEN.replace(hour=14, minute=40)
    assert told(fact) == [Taken(PRACTICE, APPOINTMENT, CLIENT, CLINICIAN, start, until, None, 2)]


def test_a_cancelled_appointment_frees_its_time() -> None:
    fact = AppointmentCancelled(
        **NAMES,
        slot=SLOT,
        old_status="booked",
        status="cancelled_by_client",
        revision=3,
        message_id=None,
        policy=POLICY,
        policy_text="",
    )
    assert told(fact) == [(PRACTICE, APPOINTMENT, 3)]


@pytest.mark.parametrize(("status", "occupies"), [("did_not_attend", False), ("arrived", True)])
def test_a_changed_status_frees_or_takes_the_time(status: str, occupies: bool) -> None:
    fact = AppointmentStatusChanged(
        **NAMES, slot=SLOT, old_status="booked", status=status, occupies=occupies, revision=4, overlap_accepted=False
    )
    until = TEN.replace(minute=40)
    assert told(fact) == [Taken(PRACTICE, APPOINTMENT, CLIENT, CLINICIAN, TEN, until, occupies, 4)]
