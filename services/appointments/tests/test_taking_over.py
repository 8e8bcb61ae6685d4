"""What a further import makes of an appointment (ADR 0025)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.appointments.domain.appointment import Appointment, evolve
from clinic.appointments.domain.portal_settings import is_attending
from clinic.appointments.domain.taking_over import RowState, after, become, changed_columns, fixed_columns
from clinic.contracts.appointments import Paid
from clinic.kernel.ids import new_id

CODES = ("booked", "confirmed", "arrived", "cancelled_by_client", "cancelled_by_practice", "did_not_attend")


def row_of(state: Appointment, **changes: Any) -> RowState:
    """The row that says what stands."""
    row = RowState(
        state.client_id,
        state.clinician_id,
        state.location_id,
        state.appointment_type_id,
        state.slot.starts_at,
        state.slot.ends_at,
        state.status,
        state.occupies,
    )
    return replace(row, **changes)


@pytest.fixture
def state(booked: Any) -> Appointment:
    """As booked."""
    return evolve(None, booked)


def test_the_same_row_is_no_event(state: Appointment, settings: Any) -> None:
    assert become(state, row_of(state), settings, overlaps=True) == []


def test_a_move_keeps_zone_buffer_and_status_and_tells_no_message(state: Appointment, settings: Any) -> None:
    start = state.slot.starts_at + timedelta(hours=3)
    row = row_of(state, starts_at=start, ends_at=start + timedelta(minutes=50))
    (event,) = become(state, row, settings, overlaps=False)
    moved: Any = event
    assert (moved.new.starts_at, moved.new.duration_minutes, moved.new.buffer_after_minutes) == (start, 50, 10)
    assert (moved.new.zone, moved.status, moved.revision, moved.message_id) == ("Europe/London", "booked", 2, None)


def test_a_cancellation_by_import_shows_no_policy_and_says_what_was_paid(state: Appointment, settings: Any) -> None:
    paid = replace(state, paid_pence=4800, currency="GBP")
    row = row_of(paid, status="cancelled_by_client", occupies=False)
    (event,) = become(paid, row, settings, overlaps=False)
    cancelled: Any = event
    assert type(event).__name__ == "AppointmentCancelled"
    assert (cancelled.policy_text, cancelled.paid, cancelled.old_status) == ("", Paid(4800, 0, "GBP"), "booked")


@pytest.mark.parametrize("column", ["client_id", "clinician_id", "location_id", "appointment_type_id"])
def test_what_never_changes_is_named_and_is_no_event(state: Appointment, settings: Any, column: str) -> None:
    row = row_of(state, **{column: new_id()})
    assert fixed_columns(state, row) == (column.removesuffix("_id"),)
    assert changed_columns(state, row) == ()
    assert become(state, row, settings, overlaps=False) == []


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_its_events_every_appointment_is_what_its_row_says(
    request: pytest.FixtureRequest, data: st.DataObject
) -> None:
    decided: Any = request.getfixturevalue("settings")
    begun = evolve(None, request.getfixturevalue("booked"))
    for _ in range(3):
        code = data.draw(st.sampled_from(CODES))
        start = begun.slot.starts_at + timedelta(minutes=data.draw(st.sampled_from([0, 0, 15, -90])))
        row = row_of(
            begun,
            status=code,
            occupies=is_attending(decided, code),
            starts_at=start,
            ends_at=start + timedelta(minutes=data.draw(st.sampled_from([30, 45]))),
        )
        overlaps = data.draw(st.booleans())
        events = become(begun, row, decided, overlaps=overlaps)
        found = after(begun, events)
        assert changed_columns(found, row) == ()
        assert found.occupies is row.occupies
        assert found.revision == begun.revision + len(events)
        assert become(found, row, decided, overlaps=overlaps) == []
        begun = found
