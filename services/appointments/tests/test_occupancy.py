"""Whose time is taken, and which imported appointments overlap."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clinic.appointments.domain.occupancy import Occupancy, occupancy_of, overlapping
from clinic.kernel.ids import new_id

DAY = datetime(2026, 12, 2, tzinfo=UTC)
CLINICIANS = (new_id(), new_id())
rows = st.lists(
    st.builds(
        lambda clinician, start, length, occupies: Occupancy(
            new_id(),
            clinician,
            DAY + timedelta(minutes=start),
            DAY + timedelta(minutes=start + length),
            occupies,
            True,
        ),
        st.sampled_from(CLINICIANS),
        st.integers(0, 200),
        st.integers(1, 60),
        st.booleans(),
    ),
    max_size=25,
)


@given(rows)
def test_exactly_those_that_overlap_another_are_found(given_rows: list[Occupancy]) -> None:
    busy = [row for row in given_rows if row.occupies]
    expected = {
        one.appointment_id
        for one in busy
        for two in busy
        if one is not two
        and one.clinician_id == two.clinician_id
        and one.from_at < two.until_at
        and two.from_at < one.until_at
    }
    assert overlapping(given_rows) == expected


def test_the_buffer_belongs_to_the_time_taken(booked: Any) -> None:
    row = occupancy_of(booked)
    assert row.until_at == booked.slot.ends_at + timedelta(minutes=10)
    assert (row.occupies, row.exclusive) == (True, True)


def test_an_accepted_overlap_is_not_exclusive(booked: Any) -> None:
    assert not occupancy_of(replace(booked, overlap_accepted=True)).exclusive
