"""Many changes folded in memory make the same rows as one after the other."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.appointments.application.projections.changes import Change, Changed, Row
from clinic.appointments.application.projections.folding import Fold
from clinic.appointments.application.projections.occupancy_states import OCCUPANCY
from clinic.appointments.domain.appointment import Appointment, AppointmentEvent, evolve
from clinic.appointments.domain.decisions import slot_at
from clinic.appointments.domain.occupancy import occupancy_of
from clinic.appointments.domain.policy import snapshot
from clinic.appointments.domain.portal_settings import DEFAULT
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentStatusChanged,
    PolicySnapshot,
)
from clinic.contracts.codec import to_data
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor, Recorded

KEYS = (1, 2, 3)


def new_row(key: int) -> Row:
    """A row as it begins."""
    return Row({"practice_id": 0, "id": key, "status": "new", "paid": 0, "read_by": []})


changes = st.lists(
    st.one_of(
        st.builds(new_row, st.sampled_from(KEYS)),
        st.builds(
            lambda key, values, added, appended: Changed({"practice_id": 0, "id": key}, values, added, appended),
            st.sampled_from(KEYS),
            st.dictionaries(st.just("status"), st.text(max_size=3)),
            st.dictionaries(st.just("paid"), st.integers(0, 9)),
            st.dictionaries(st.just("read_by"), st.lists(st.integers(0, 9), max_size=2)),
        ),
    ),
    max_size=30,
)


def one_by_one(rows: dict[int, dict[str, Any]], given_changes: Sequence[Change]) -> dict[int, dict[str, Any]]:
    """What a table would hold; LookupError or ValueError where a statement would fail."""
    rows = {key: dict(row) for key, row in rows.items()}
    for change in given_changes:
        if isinstance(change, Row):
            if change.values["id"] in rows:
                raise ValueError
            rows[change.values["id"]] = dict(change.values)
            continue
        row = rows[change.key["id"]]
        row |= change.values
        row |= {name: row[name] + more for name, more in (*change.added.items(), *change.appended.items())}
    return rows


def folded(rows: dict[int, dict[str, Any]], pages: Sequence[Sequence[Change]]) -> dict[int, dict[str, Any]]:
    """The same with the fold, told of the changes a page at a time."""
    fold = Fold("id")
    for page in pages:
        fold.know(rows[key] for key in fold.unknown(page) if key in rows)
        fold.take(page)
    if fold.new.keys() & (rows.keys() - fold.changed.keys()):
        raise ValueError("an insert would fail")
    return rows | fold.changed | fold.new


@given(st.sets(st.sampled_from(KEYS)), changes, st.integers(0, 30))
def test_a_fold_makes_the_same_rows_and_refuses_the_same(present: set[int], told: list[Change], cut: int) -> None:
    rows = {key: dict(new_row(key).values) for key in present}
    before = {key: dict(row) for key, row in rows.items()}
    try:
        expected = one_by_one(rows, told)
    except (LookupError, ValueError):
        with pytest.raises((LookupError, ValueError)):
            folded(rows, [told[:cut], told[cut:]])
    else:
        assert folded(rows, [told[:cut], told[cut:]]) == expected
    assert rows == before, "what is present is never changed in place"


IDS = ("appointment_id", "client_id", "clinician_id", "location_id", "appointment_type_id")
happenings = st.lists(
    st.tuples(st.sampled_from(["moved", "cancelled", "kept", "missed"]), st.integers(1, 40), st.booleans()), max_size=8
)


def happened(state: Appointment, policy: PolicySnapshot, kind: str, days: int, overlap: bool) -> AppointmentEvent:
    """What happens next to an appointment."""
    ids = [getattr(state, name) for name in IDS]
    if kind == "moved":
        later = slot_at(state.slot.starts_at + timedelta(days=days), "Europe/London", 30, 10)
        return AppointmentRescheduled(*ids, state.slot, later, "booked", 2, overlap, None, policy)
    if kind == "cancelled":
        return AppointmentCancelled(*ids, state.slot, "booked", "cancelled", 2, None, policy, "")
    return AppointmentStatusChanged(*ids, state.slot, "booked", kind, kind == "kept", 2, overlap)


@given(happenings)
def test_occupancy_as_a_view_is_the_occupancy_of_the_appointment(told: list[tuple[str, int, bool]]) -> None:
    slot = slot_at(datetime(2026, 12, 2, 10, tzinfo=UTC), "Europe/London", 30, 10)
    booked = AppointmentBooked(*(new_id() for _ in IDS), slot, "booked", True, 1, False, False)
    state, fold = evolve(None, booked), Fold("appointment_id")
    policy = snapshot(state, DEFAULT, available_online=True, rules_version=7)
    fold.take(OCCUPANCY.handles["AppointmentBooked"](recorded(booked)))
    for one in told:
        fact = happened(state, policy, *one)
        state = evolve(state, fact)
        fold.take(OCCUPANCY.handles[type(fact).__name__](recorded(fact)))
    (row,) = fold.new.values()
    expected = occupancy_of(state)
    assert (row["from_at"], row["until_at"]) == (expected.from_at, expected.until_at)
    assert row["occupies"] == expected.occupies
    assert (not (row["occupies"] and row["overlap_accepted"])) == expected.exclusive


def recorded(fact: AppointmentEvent) -> Recorded:
    """The fact as the ledger would record it."""
    id_, now = new_id(), datetime(2026, 11, 2, tzinfo=UTC)
    envelope = (id_, type(fact).__name__, 1, id_, f"appointment-{fact.appointment_id}", 1, 1, None, now, now)
    return Recorded(*envelope, Actor("staff", id_), id_, id_, None, None, to_data(fact))
