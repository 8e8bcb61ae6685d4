"""Windows by property: allowed exactly when the start is far enough away (F27), the same for showing and deciding."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.appointments.domain import decisions
from clinic.appointments.domain.appointment import evolve
from clinic.appointments.domain.commands import CancelAppointment, Check, RescheduleAppointment
from clinic.appointments.domain.decisions import slot_at
from clinic.appointments.domain.policy import is_outside, may_cancel, may_change
from clinic.appointments.domain.portal_settings import DEFAULT
from clinic.contracts.appointments import AppointmentBooked, Window
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id

SETTINGS = replace(DEFAULT, online_booking_edition="v2", portal_on=True, version=1)
ID = new_id()
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0)
)
windows = st.one_of(
    st.just(Window("always")),
    st.just(Window("never")),
    st.integers(0, 60 * 24 * 60).map(lambda minutes: Window("minutes", minutes)),
)
distances = st.timedeltas(timedelta(days=-3), timedelta(days=90))
faces = st.sampled_from(["client", "staff"])


def booked_at(start: datetime) -> Any:
    """An appointment that begins at an instant."""
    slot = slot_at(start, "Europe/London", 30, 0)
    return evolve(None, AppointmentBooked(ID, ID, ID, ID, ID, slot, "booked", True, 1, False, False))


def reason_of(decide: Callable[[], None]) -> str | None:
    """The code that a decision is refused by."""
    try:
        decide()
    except Refused as refusal:
        return refusal.code
    return None


@given(instants, distances, windows)
def test_allowed_when_the_elapsed_time_reaches_the_window(start: datetime, distance: timedelta, window: Window) -> None:
    expected = {
        "always": distance > timedelta(0),
        "never": False,
        "minutes": distance > timedelta(0) and distance >= timedelta(minutes=window.minutes),
    }[window.kind]
    now = start - distance
    settings = replace(SETTINGS, edit_window=window, cancellation_window=window)
    appointment = booked_at(start)
    assert may_change(appointment, settings, now, face="client").allowed == expected
    assert may_cancel(appointment, settings, now, face="client").allowed == expected
    assert may_change(appointment, settings, now, face="staff").allowed
    assert may_cancel(appointment, settings, now, face="staff").allowed


@given(instants, distances, windows, st.booleans(), st.booleans(), st.booleans(), faces)
def test_what_is_shown_is_what_is_decided(
    start: datetime, distance: timedelta, window: Window, able: bool, on: bool, online: bool, face: Any
) -> None:
    settings = replace(
        SETTINGS, edit_window=window, cancellation_window=window, may_change=able, may_cancel=able, portal_on=on
    )
    now, appointment = start - distance, booked_at(start)
    check = Check(True, online, 30, 0, "Europe/London", False, 1)
    later = max(start, now) + timedelta(days=1)

    def change() -> None:
        command = RescheduleAppointment(ID, 1, later)
        decisions.reschedule(appointment, command, settings, now, face, check=check, message_id=None)

    def cancel() -> None:
        decisions.cancel(appointment, CancelAppointment(ID, 1), settings, now, face, message_id=None)

    for shown, decide in (
        (may_change(appointment, settings, now, face=face, available_online=online), change),
        (may_cancel(appointment, settings, now, face=face), cancel),
    ):
        assert shown.reason == reason_of(decide)


@pytest.mark.parametrize(
    ("wall", "hours"),
    [(datetime(2026, 3, 29, 10), 23), (datetime(2026, 10, 25, 10), 25)],  # noqa: DTZ001
)
def test_24_hours_are_elapsed_time_across_the_clock_change(wall: datetime, hours: int) -> None:
    london = ZoneInfo("Europe/London")
    start = wall.replace(tzinfo=london).astimezone(UTC)
    day_before = (wall - timedelta(days=1)).replace(tzinfo=london).astimezone(UTC)
    assert start - day_before == timedelta(hours=hours)
    assert is_outside(Window("minutes", 24 * 60), start, day_before) == (hours >= 24)


def test_the_window_ends_to_the_second() -> None:
    start = datetime(2026, 12, 2, 10, tzinfo=UTC)
    window = Window("minutes", 60)
    assert is_outside(window, start, start - timedelta(minutes=60))
    assert not is_outside(window, start, start - timedelta(minutes=60) + timedelta(microseconds=1))


def test_change_until_24_hours_before_and_no_cancellation_at_all() -> None:
    start = datetime(2026, 12, 4, 10, tzinfo=UTC)
    settings = replace(SETTINGS, cancellation_window=Window("never"))
    now = start - timedelta(hours=24)
    assert may_change(booked_at(start), settings, now, face="client").allowed
    assert (
        may_change(booked_at(start), settings, now + timedelta(seconds=1), face="client").reason == "too_late_to_change"
    )
    assert may_cancel(booked_at(start), settings, now, face="client").reason == "cancellations_not_offered"
