"""Pat's appointment with Dr Bo, and the settings of their practice, for every test."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clinic.appointments.domain.commands import Check
from clinic.appointments.domain.decisions import slot_at
from clinic.appointments.domain.portal_settings import DEFAULT
from clinic.contracts.appointments import AppointmentBooked, PortalSettings
from clinic.kernel.ids import new_id

START = datetime(2026, 12, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def settings() -> PortalSettings:
    """The default with the portal on and a policy."""
    return replace(
        DEFAULT,
        version=3,
        online_booking_edition="v2",
        online_booking_on=True,
        portal_on=True,
        policy_text="Free until 24 hours before.",
        policy_text_version=2,
    )


@pytest.fixture
def booked() -> AppointmentBooked:
    """Wednesday 2 December 2026, 10:00 in London, 30 minutes and 10 after it."""
    return booking()


@pytest.fixture
def week_before() -> datetime:
    """A moment outside every usual window."""
    return START - timedelta(days=7)


@pytest.fixture
def offered() -> Check:
    """Availability offers the time."""
    return Check(True, True, 30, 10, "Europe/London", False, 7)


def booking(start: datetime = START, **changes: Any) -> AppointmentBooked:
    """An appointment as booked."""
    event = AppointmentBooked(
        appointment_id=new_id(),
        client_id=new_id(),
        clinician_id=new_id(),
        location_id=new_id(),
        appointment_type_id=new_id(),
        slot=slot_at(start, "Europe/London", 30, 10),
        status="booked",
        occupies=True,
        revision=1,
        overlap_accepted=False,
        video=False,
    )
    return replace(event, **changes)
