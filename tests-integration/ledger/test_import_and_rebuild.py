"""A practice taken over, views rebuilt, history told: what operators do."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from clinic.appointments.adapters.memory_ledger import MemoryLedger
from clinic.appointments.adapters.memory_views import MemoryViews
from clinic.appointments.application.projections.all_views import VIEWS
from clinic.appointments.entrypoints.cli_ledger import ledger
from clinic.appointments.entrypoints.cli_projections import projections
from clinic.infra import event_store
from clinic.infra.clock import utc_now
from clinic.kernel.ids import new_id
from clinic.kernel.practice_directory import AppointmentRow, PracticeDirectory

At = Callable[..., datetime]


def row(ref: str, starts_at: datetime, *, minutes: int = 30, status: str = "booked") -> AppointmentRow:
    """A line of appointments.csv, parsed."""
    return AppointmentRow(
        ref=ref,
        client="pat",
        clinician="bo",
        location="place",
        appointment_type="type",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        zone="Europe/London",
        local_start=starts_at.strftime("%Y-%m-%dT%H:%M"),
        duration_minutes=minutes,
        buffer_after_minutes=0,
        status=status,
        video=False,
    )


def test_an_import_said_twice_creates_nothing_new(practice: Any, empty_directory: PracticeDirectory, at: At) -> None:
    rows = (row("A1", at(9)), row("A2", at(9, 15)), row("A3", at(11)), row("A4", at(11), status="cancelled_by_client"))
    directory = replace(empty_directory, appointments=rows)
    first = practice.take_over(directory)
    assert (first.created, first.unchanged) == (4, 0)
    again = practice.take_over(replace(directory, appointments=(*rows, row("A5", at(13)))))
    assert (again.created, again.unchanged) == (1, 4)
    marked = {event["external_ref"]: event["overlap_accepted"] for event in practice.events("AppointmentImported")}
    assert marked == {"A1": True, "A2": True, "A3": False, "A4": False, "A5": False}
    taken = practice.post("/v1/appointments", practice.as_staff(), **practice.booking(at(9, 20)))
    assert taken.get_json()["code"] == "slot_taken", "an imported overlap still blocks"


def test_an_import_leaves_settings_that_somebody_changed(practice: Any, empty_directory: PracticeDirectory) -> None:
    practice.settings(portal_on=False, policy_text="Ours.")
    practice.take_over(empty_directory)
    settings = practice.get("/v1/settings/portal", practice.as_staff()).get_json()
    assert (settings["portal_on"], settings["policy_text"]) == (False, "Ours.")


def test_twenty_thousand_appointments_are_taken_over_quickly(practice: Any, empty_directory: PracticeDirectory) -> None:
    start = datetime(2026, 1, 5, 9, tzinfo=UTC)
    rows = tuple(row(f"N{number}", start + timedelta(minutes=31 * number)) for number in range(20_000))
    began = time.monotonic()
    report = practice.take_over(replace(empty_directory, appointments=rows))
    took = time.monotonic() - began
    assert report.created == 20_000
    assert took < 25, f"{took:.1f} s"
    began = time.monotonic()
    practice.project()
    print(f"import {took:.1f} s, views {time.monotonic() - began:.1f} s")


def busy(practice: Any, empty_directory: PracticeDirectory, at: At) -> str:
    """A practice in which everything happened once; an appointment that was moved and cancelled."""
    rows = (row("A1", at(9)), row("A2", at(9, 15)))
    practice.take_over(replace(empty_directory, appointments=rows))
    booked = practice.book(at(14))
    path = f"/v1/appointments/{booked['id']}"
    practice.post(f"{path}/reschedule", practice.as_pat(), revision=1, starts_at=at(15).isoformat(), message="late")
    practice.post(f"{path}/cancel", practice.as_pat(), revision=2, policy_text_version=1, message="ill")
    practice.book(at(9, 10), overlap_accepted=True)
    by_staff(practice, at)
    practice.project()
    return str(booked["id"])


def by_staff(practice: Any, at: At) -> None:
    """All that only staff do, to an appointment that another one overlaps knowingly, and to both messages."""
    booked = practice.book(at(12))
    practice.book(at(12, 20), overlap_accepted=True)
    path, staff, yesterday = f"/v1/appointments/{booked['id']}", practice.as_staff(), at(9, days=-1).isoformat()
    paid = {"amount_pence": 4500, "currency": "GBP", "method": "card", "paid_at": yesterday}
    rules = {"may_cancel": False, "edit_window": {"kind": "minutes", "minutes": 90}}
    answers = [
        practice.post(f"{path}/payments", staff, **paid),
        practice.post(f"{path}/payments", staff, **paid | {"amount_pence": 500}),
        practice.post(f"{path}/refunds", staff, amount_pence=1000, refunded_at=yesterday),
        practice.http.put(
            f"{path}/rules", json={"command_id": str(new_id()), "revision": 1, "rules": rules}, headers=staff
        ),
        practice.post(f"{path}/status", staff, revision=1, status="arrived"),
        practice.post(f"{path}/status", staff, revision=2, status="did_not_attend"),
        practice.post(f"{path}/status", staff, revision=3, status="booked", overlap_accepted=True),
    ]
    practice.project()
    messages = practice.get("/v1/messages", staff).get_json()["messages"]
    for message in messages:
        answers.append(practice.post(f"/v1/messages/{message['message_id']}/read", staff))
        answers.append(practice.post(f"/v1/messages/{message['message_id']}/dealt-with", staff, dealt_with=True))
    last = messages[0]["message_id"]
    answers.append(practice.post(f"/v1/messages/{last}/dealt-with", staff, dealt_with=False))
    assert [answer.status_code for answer in answers] == [200] * 7 + [204] * 5, [answer.text for answer in answers]


def test_a_rebuild_finds_no_difference(practice: Any, empty_directory: PracticeDirectory, at: At) -> None:
    busy(practice, empty_directory, at)
    outcome = CliRunner().invoke(projections, ["rebuild", "--check", "--json"])
    assert outcome.exit_code == 0, outcome.output
    views = {entry["view"]: entry for entry in json.loads(outcome.stdout)}
    assert {name: entry["rows"] for name, entry in views.items()} == {
        "client_list": 6,
        "clinician_diary": 6,
        "appointment_history": 15,
        "client_messages": 2,
        "refusals": 0,
        "appointment_times": 7,
        "occupancy": 6,
    }
    assert all(entry["differences"] == [] and entry["position"] > 0 for entry in views.values())


def test_the_views_in_memory_are_the_tables(practice: Any, empty_directory: PracticeDirectory, at: At) -> None:
    """The stand-in for tests of handlers builds the same rows from the same events."""
    busy(practice, empty_directory, at)
    with practice.database.transaction(practice.practice_id) as connection:
        recorded = list(event_store.read_all(connection, practice.practice_id))
        tables = {view.name: connection.execute(f"SELECT * FROM {view.table}").fetchall() for view in VIEWS}
    ledger = MemoryLedger(utc_now)
    ledger.recorded = lambda practice_id: recorded  # type: ignore[method-assign]
    views = MemoryViews(ledger)
    for view in VIEWS:
        rows = views.rows(practice.practice_id, view)
        assert sorted(rows, key=str_of) == sorted(tables[view.name], key=str_of), view.name


def str_of(row: dict[str, Any]) -> str:
    """Something to sort rows by."""
    return "|".join(str(row[name]) for name in sorted(row))


@pytest.mark.parametrize(
    ("view", "fault"),
    [
        ("client_list", "UPDATE client_list_v2 SET revision = revision + 1"),
        ("client_list", "UPDATE client_list_v2 SET paid_pence = paid_pence - 1 WHERE paid_pence > 0"),
        ("client_list", "UPDATE client_list_v2 SET rules = NULL WHERE rules IS NOT NULL"),
        ("clinician_diary", "DELETE FROM clinician_diary_v2"),
        ("appointment_history", "UPDATE appointment_history_v3 SET sentence = sentence || ' '"),
        ("client_messages", "UPDATE client_messages_v2 SET position = position + 1"),
        ("client_messages", "UPDATE client_messages_v2 SET read_by = '{}', read_at = '{}'"),
        ("occupancy", "DELETE FROM occupancy WHERE NOT exclusive"),
    ],
)
def test_a_planted_difference_is_found_named_and_mended(
    practice: Any, empty_directory: PracticeDirectory, at: At, view: str, fault: str
) -> None:
    busy(practice, empty_directory, at)
    with psycopg.connect(practice.rows.url("ops")) as connection:
        connection.execute("SELECT set_config('app.practice', %s, true)", (str(practice.practice_id),))
        assert connection.execute(fault).rowcount > 0
    found = CliRunner().invoke(projections, ["rebuild", "--check", view])
    assert found.exit_code == 3
    assert f"{view} only rebuilt: (" in found.stdout
    assert CliRunner().invoke(projections, ["rebuild", view, "--yes"]).exit_code == 0
    assert CliRunner().invoke(projections, ["rebuild", "--check"]).exit_code == 0


def test_a_check_of_a_view_that_is_behind_compares_what_it_has(practice: Any, at: At) -> None:
    practice.book(at(9))
    practice.project()
    practice.book(at(11))
    outcome = CliRunner().invoke(projections, ["rebuild", "--check"])
    assert outcome.exit_code == 0, outcome.output


def test_a_check_while_the_system_serves_finds_nothing(practice: Any, at: At) -> None:
    serving = threading.Event()

    def serve() -> int:
        """Books and projects until told to stop; how many were booked."""
        booked = 0
        while not serving.is_set():
            practice.book(at(8) + timedelta(hours=booked))
            booked += 1
            if booked % 3 == 0:
                practice.project()
        return booked

    with ThreadPoolExecutor(1) as pool:
        served = pool.submit(serve)
        try:
            for _ in range(5):
                for arguments in (["rebuild", "--check"], ["rebuild", "--yes"]):
                    outcome = CliRunner().invoke(projections, arguments)
                    assert outcome.exit_code == 0, outcome.output
        finally:
            serving.set()
        assert served.result() > 5
    practice.project()
    assert CliRunner().invoke(projections, ["rebuild", "--check"]).exit_code == 0


def test_history_is_told_in_sentences(practice: Any, empty_directory: PracticeDirectory, at: At) -> None:
    appointment = busy(practice, empty_directory, at)
    told = CliRunner(env={"COLUMNS": "400"}).invoke(ledger, ["history", appointment])
    assert told.exit_code == 0
    for said in ("A member of staff booked", "The client moved the appointment from", "The client left a message."):
        assert said in told.stdout
    raw = json.loads(CliRunner().invoke(ledger, ["history", appointment, "--json"]).stdout)
    types = [event["type"] for event in raw if not event["type"].startswith("ClientMessage")]
    assert types == ["AppointmentBooked", "AppointmentRescheduled", "AppointmentCancelled"]
    assert [event["type"] for event in raw].count("ClientMessageLeft") == 2


def test_what_is_not_there_is_said(ledger_rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = "018f0000-0000-7000-8000-000000000000"
    assert CliRunner().invoke(ledger, ["history", nobody]).exit_code == 1
    assert CliRunner().invoke(projections, ["rebuild", "--check", "moon"]).exit_code == 2
    monkeypatch.setenv("APPOINTMENTS_OPS_DATABASE_URL", "postgresql://127.0.0.1:1/nothing")
    assert CliRunner().invoke(ledger, ["history", nobody]).exit_code == 75
    monkeypatch.delenv("APPOINTMENTS_OPS_DATABASE_URL")
    assert CliRunner().invoke(ledger, ["history", nobody]).exit_code == 75
