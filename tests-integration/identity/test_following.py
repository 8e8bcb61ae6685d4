"""Identity follows appointments: starts for links (F14), the switch for pages (F5)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentStatus,
    AppointmentStatusChanged,
    PolicySnapshot,
    PortalSettings,
    PortalSettingsChanged,
    Slot,
    Window,
)
from clinic.contracts.catalog import lookup
from clinic.contracts.codec import to_data
from clinic.identity import bootstrap
from clinic.infra.database import Database
from clinic.kernel.recorded import SYSTEM, Recorded

NOW = datetime.now(UTC).replace(microsecond=0)
POLICY = PolicySnapshot(1, "v2", True, True, True, Window("always"), Window("never"), True, 1, 1)


class LedgerInMemory:
    """A source of events."""

    name, trusted = "appointments", False

    def __init__(self, practice_id: UUID) -> None:
        self.practice_id = practice_id
        self.recorded: list[Recorded] = []

    def record(self, stream: str, version: int, fact: Any) -> None:
        """Appends a fact."""
        before = self.recorded[-1].event_id if self.recorded else None
        self.recorded.append(
            Recorded(
                uuid4(), type(fact).__name__, lookup(type(fact).__name__).schema_version, self.practice_id,
                stream, version, len(self.recorded) + 1, before,
                NOW, NOW, SYSTEM, uuid4(), uuid4(), None, None, to_data(fact),
            )
        )  # fmt: skip

    def heads(self) -> Mapping[UUID, int]:
        """The last position."""
        return {self.practice_id: len(self.recorded)}

    def events(
        self, practice_id: UUID, after: int, limit: int, *, timeout_seconds: float | None = None
    ) -> Sequence[Recorded]:
        """In order."""
        return self.recorded[after : after + limit]


def settings(**given: Any) -> PortalSettingsChanged:
    status = AppointmentStatus("booked", "Booked", True, "Booked")
    return PortalSettingsChanged(
        PortalSettings(
            **{
                "version": 2, "online_booking_edition": "v2", "online_booking_on": True,
                "online_booking_off_text": "No booking.", "portal_on": True, "portal_off_text": "Call us.",
                "may_view_upcoming": True, "may_view_previous": True, "may_change": True, "may_cancel": True,
                "may_leave_message": True, "edit_window": Window("always"), "cancellation_window": Window("always"),
                "statuses": (status,), "booked_status": "booked", "cancellation_status": "booked",
                "policy_text_version": 1, "policy_text": "",
                **given,
            }
        ),
        ("portal_on",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "portal"),
    [
        ({}, {"on": True, "off_text": "Call us."}),
        ({"portal_on": False}, {"on": False, "off_text": "Call us."}),
        ({"portal_on": False, "online_booking_on": False}, {"on": False, "off_text": "No booking."}),
        ({"online_booking_edition": "classic"}, {"on": False, "off_text": "Call us."}),
        ({"online_booking_on": False}, {"on": True, "off_text": "No booking."}),
    ],
)
def test_the_page_follows_the_effective_switch(identity: Any, given: dict[str, Any], portal: dict[str, Any]) -> None:
    identity.execute("DELETE FROM portal_switches_v1")
    off = identity.call("GET", "/practices/by-slug/harbour-street", as_="portal").get_json()
    assert off["portal"] == {"on": False, "off_text": ""}, "a new practice's portal is off (F4)"
    ledger = LedgerInMemory(identity.practice_id)
    ledger.record(f"settings-{identity.practice_id}", 1, settings(**given))
    follow(identity, ledger)
    found = identity.call("GET", "/practices/by-slug/harbour-street", as_="portal").get_json()
    assert found["portal"] == portal


@pytest.mark.parametrize(("status", "occupies"), [("cancelled_by_practice", False), ("confirmed", True)])
def test_a_link_follows_whether_the_appointment_takes_its_time(identity: Any, status: str, occupies: bool) -> None:
    pat, appointment_id = identity.ids["client", "pat"], uuid4()
    slot = Slot(NOW + timedelta(days=1), NOW + timedelta(days=1, minutes=30), "Europe/London", "x", 30, 0)
    ids = (appointment_id, pat, uuid4(), uuid4(), uuid4())
    ledger, stream = LedgerInMemory(identity.practice_id), f"appointment-{appointment_id}"
    ledger.record(stream, 1, AppointmentBooked(*ids, slot, "booked", True, 1, False, False))
    ledger.record(stream, 2, AppointmentCancelled(*ids, slot, "booked", "cancelled_by_client", 2, None, POLICY, ""))
    changed = AppointmentStatusChanged(*ids, slot, "cancelled_by_client", status, occupies, 3, False)
    ledger.record(stream, 3, changed)
    follow(identity, ledger)
    assert identity.execute("SELECT client_id, starts_at, cancelled, revision FROM appointment_times_v1") == [
        (pat, slot.starts_at, not occupies, 3)
    ]


def test_starts_are_kept_until_the_cancelled_one_has_passed(identity: Any) -> None:
    pat, appointment_id = identity.ids["client", "pat"], uuid4()
    slot = Slot(NOW + timedelta(days=1), NOW + timedelta(days=1, minutes=30), "Europe/London", "x", 30, 0)
    ids = (appointment_id, pat, uuid4(), uuid4(), uuid4())
    ledger = LedgerInMemory(identity.practice_id)
    ledger.record(f"appointment-{appointment_id}", 1, AppointmentBooked(*ids, slot, "booked", True, 1, False, False))
    ledger.record(
        f"appointment-{appointment_id}", 2, AppointmentCancelled(*ids, slot, "booked", "cancelled", 2, None, POLICY, "")
    )
    follow(identity, ledger)
    assert identity.execute("SELECT client_id, starts_at, cancelled, revision FROM appointment_times_v1") == [
        (pat, slot.starts_at, True, 2)
    ]
    assert identity.open(identity.link(appointment_id))["state"] == "ready"


def follow(identity: Any, ledger: LedgerInMemory) -> None:
    database = Database(identity.database.url("worker"), size=2)
    consumer = bootstrap.appointments_consumer(database, ledger)
    consumer.catch_up_all()
    assert consumer.checkpoint(identity.practice_id).position == len(ledger.recorded)
    database.close()
