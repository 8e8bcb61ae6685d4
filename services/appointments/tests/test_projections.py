"""Every event is told by a view or named as passed over; history is told in pinned sentences."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from clinic.appointments.application.projections.all_views import VIEWS
from clinic.appointments.application.projections.appointment_history import sentence, told
from clinic.appointments.application.projections.appointment_rows import began, cancelled, rescheduled
from clinic.appointments.application.projections.changes import Changed, Row, View
from clinic.appointments.application.projections.client_messages import left
from clinic.appointments.domain.appointment import evolve
from clinic.appointments.domain.decisions import slot_at
from clinic.appointments.domain.policy import snapshot
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentImported,
    AppointmentRescheduled,
    AppointmentRulesChanged,
    AppointmentStatusChanged,
    ClientMessageLeft,
    Paid,
    PaymentRecorded,
    RefundRecorded,
    Rules,
    Sealed,
    Window,
)
from clinic.contracts.catalog import CATALOG
from clinic.contracts.codec import to_data
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import IMPORT, SYSTEM, Actor, Recorded

GOLDEN = Path(__file__).parent / "golden" / "history.json"
ID = UUID("018f0000-0000-7000-8000-000000000001")
CLIENT, USER = Actor("client", ID), Actor("staff", ID)
START = datetime(2026, 12, 2, 10, tzinfo=UTC)


def recorded(fact: Any, actor: Actor = CLIENT) -> Recorded:
    """The fact as the ledger would record it."""
    return Recorded(
        event_id=ID,
        type=type(fact).__name__,
        schema_version=CATALOG[type(fact).__name__].schema_version,
        practice_id=ID,
        stream_id=f"appointment-{ID}",
        stream_version=1,
        position=5,
        previous_event_id=None,
        occurred_at=START,
        recorded_at=START,
        actor=actor,
        command_id=ID,
        correlation_id=ID,
        causation_id=None,
        traceparent=None,
        data=to_data(fact),
    )


def facts(settings: Any) -> Iterator[tuple[str, Any, Actor]]:
    """Every kind of thing that can happen to an appointment, by whom, with a name."""
    slot = slot_at(START, "Europe/London", 30, 10)
    summer = slot_at(datetime(2026, 7, 6, 8, 20, tzinfo=UTC), "Europe/London", 30, 10)
    booked = AppointmentBooked(ID, ID, ID, ID, ID, slot, "booked", True, 1, False, False)
    policy = snapshot(evolve(None, booked), settings, available_online=True, rules_version=7)
    imported = AppointmentImported(ID, ID, ID, ID, ID, slot, "did_not_attend", False, 1, False, False, "A1")
    moved = AppointmentRescheduled(ID, ID, ID, ID, ID, slot, summer, "booked", 2, False, None, policy)
    gone = AppointmentCancelled(
        ID, ID, ID, ID, ID, summer, "booked", "cancelled_by_client", 3, None, policy, "Free until then."
    )
    by_practice = replace(gone, status="cancelled_by_practice", policy_text="")
    yield "booked by staff", booked, USER
    yield "booked by staff, overlapping", replace(booked, overlap_accepted=True), USER
    yield "imported", imported, IMPORT
    yield "imported, overlapping", replace(imported, status="booked", occupies=True, overlap_accepted=True), IMPORT
    yield "moved by the client", moved, CLIENT
    yield "moved by the client with a message", replace(moved, message_id=ID), CLIENT
    yield "moved by staff", moved, USER
    yield "moved by staff, overlapping", replace(moved, overlap_accepted=True), USER
    yield "cancelled by the client", gone, CLIENT
    yield "cancelled by the client with a message", replace(gone, message_id=ID), CLIENT
    yield "cancelled by the client, no policy shown", replace(gone, policy_text=""), CLIENT
    yield "cancelled by staff", by_practice, USER
    yield "cancelled by the system", by_practice, SYSTEM
    yield "cancelled by the client after paying", replace(gone, paid=Paid(4505, 0, "GBP")), CLIENT
    yield "cancelled after some was refunded", replace(by_practice, paid=Paid(4505, 1000, "GBP")), USER
    yield "cancelled after all was refunded", replace(gone, paid=Paid(4505, 4505, "CHF")), CLIENT
    missed = AppointmentStatusChanged(ID, ID, ID, ID, ID, slot, "booked", "did_not_attend", False, 2, False)
    back = replace(missed, old_status="cancelled_by_client", status="booked", occupies=True, revision=3)
    yield "status changed, time freed", missed, USER
    yield "status changed by the import", missed, IMPORT
    yield "status changed, takes its time again", back, USER
    yield "status changed, overlapping", replace(back, overlap_accepted=True), USER
    rules = Rules(False, True, False, Window("minutes", 90), Window("never"))
    yield "rules of its own", AppointmentRulesChanged(ID, ID, rules), USER
    yield "one rule of its own", AppointmentRulesChanged(ID, ID, Rules(edit_window=Window("always"))), USER
    yield "rules taken back", AppointmentRulesChanged(ID, ID, Rules()), USER
    paid = PaymentRecorded(ID, ID, ID, 4505, "GBP", "card", START)
    yield "paid", paid, USER
    yield "paid, imported, another currency", replace(paid, currency="CHF", method="online"), IMPORT
    yield "refunded", RefundRecorded(ID, ID, ID, 1000, "GBP", START), USER


def test_history_is_told_in_these_sentences(settings: Any) -> None:
    said = {name: sentence(fact, actor) for name, fact, actor in facts(settings)}
    assert said == json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_event_of_the_ledger_is_handled_or_named_as_ignored(view: View) -> None:
    published = {name for name, known in CATALOG.items() if known.publisher == "appointments"}
    assert {*view.handles} | {*view.ignores} == published
    assert not {*view.handles} & {*view.ignores}


def test_a_row_begins_is_moved_and_ends(settings: Any) -> None:
    happened = {name: (fact, actor) for name, fact, actor in facts(settings)}
    (row,) = began(recorded(*happened["booked by staff"]))
    assert isinstance(row, Row)
    (move,) = rescheduled(recorded(*happened["moved by the client"]))
    (end,) = cancelled(recorded(*happened["cancelled by the client"]))
    assert isinstance(move, Changed)
    assert isinstance(end, Changed)
    assert move.key == end.key == {"practice_id": ID, "appointment_id": ID}
    after = {**row.values, **move.values, **end.values}
    assert set(after) == set(row.values), "a change names only columns that the row has"
    assert (after["local_start"], after["occupies"], after["revision"]) == ("2026-07-06T09:20", False, 3)
    assert after["ends_at"] - after["starts_at"] == timedelta(minutes=30)


def test_history_links_to_the_message(settings: Any) -> None:
    happened = {name: (fact, actor) for name, fact, actor in facts(settings)}
    (row,) = told(recorded(*happened["cancelled by the client with a message"]))
    assert isinstance(row, Row)
    assert (row.values["message_id"], row.values["actor_kind"], row.values["title"]) == (ID, "client", "Cancelled")


def test_a_message_stays_sealed() -> None:
    fact = ClientMessageLeft(ID, ID, ID, ID, "cancel", Sealed(new_id(), "ephemeral", "nonce", "ciphertext"))
    (row,) = left(recorded(fact))
    assert isinstance(row, Row)
    assert json.loads(row.values["sealed"])["ciphertext"] == "ciphertext"
    assert row.values["event_id"] == ID
