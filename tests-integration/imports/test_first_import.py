"""A practice is taken over whole: what is written, what is told, and that nobody hears of it."""

import csv
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from clinic.appointments.entrypoints.cli_projections import projections
from clinic.infra.database import Database
from clinic.infra.event_store import from_row
from clinic.notifications.bootstrap import handles

NEW = {"identity": (7, 0), "availability": (8, 0), "appointments": (8, 0)}


def test_everything_is_written_once_and_told(operator: Any) -> None:
    summary = operator.summary()
    written = summary["written"]
    assert {service: (part["new"], part["changed"]) for service, part in written.items()} == NEW
    assert summary["past"] == 1
    assert summary["overlapping"] == [{"line": 3, "ref": "A2"}, {"line": 4, "ref": "A3"}]
    assert (summary["left"], summary["missing"]) == ([], {})
    assert summary["set_up_address"].startswith("https://staff.example/p/quay/set-up/")
    assert operator.numbers() == dict.fromkeys(NEW, (0, 0))
    assert len(operator.events()) == 5 + 3 + 2


def test_streams_and_positions_have_no_holes(operator: Any) -> None:
    operator.summary()
    assert [event["position"] for event in operator.events()] == list(range(1, 11))
    assert operator.stream("A1") == [
        ("AppointmentImported", "import", 1),
        ("PaymentRecorded", "import", 2),
        ("PaymentRecorded", "import", 3),
    ]


def test_payments_are_in_their_appointments_streams(operator: Any) -> None:
    operator.summary()
    assert (operator.state("A1").paid_pence, operator.state("A1").currency) == (4800, "GBP")
    assert operator.state("A2").paid_pence == 4800
    paid = [event["data"] for event in operator.events() if event["type"] == "PaymentRecorded"]
    assert {(one["external_ref"], one["method"]) for one in paid} == {("P1", "card"), ("P2", "cash"), ("P3", "online")}


def test_a_later_payment_is_the_next_version_and_a_changed_one_is_left(operator: Any) -> None:
    operator.summary()
    rows = list(csv.DictReader((operator.directory / "payments.csv").read_text().splitlines()))
    operator.write("payments.csv", [*rows, {**rows[0], "ref": "P4", "appointment": "A2", "amount": "2.50"}])
    operator.change("payments.csv", "P1", amount="41.00")
    summary = operator.summary(code=4)
    assert summary["written"]["appointments"] == {"new": 1, "changed": 0, "unchanged": 8}
    assert [(one["file"], one["line"], one["ref"]) for one in summary["left"]] == [("payments.csv", 2, "P1")]
    assert operator.stream("A2")[-1] == ("PaymentRecorded", "import", 3)
    assert (operator.state("A1").paid_pence, operator.state("A2").paid_pence) == (4800, 5050)


def test_a_dry_run_says_what_would_be_written_and_writes_nothing(operator: Any) -> None:
    assert operator.numbers("--dry-run") == NEW
    for database, table in (
        ("identity", "practices"), ("identity", "events"), ("identity_keys", "private_keys"),
        ("availability", "locations"), ("availability", "events"), ("appointments", "events"),
        ("appointments", "heads"), ("appointments", "occupancy"),
    ):  # fmt: skip
        assert operator.rows(database, f"SELECT count(*) AS n FROM {table}") == [{"n": 0}], table
    operator.summary()
    operator.change("appointments.csv", "A4", starts="2099-01-05T14:00", ends="2099-01-05T14:30")
    operator.change("clients.csv", "eve", last_name="Eklund")
    events = operator.events()
    changes = {"identity": (0, 1), "availability": (0, 0), "appointments": (0, 1)}
    assert operator.numbers("--dry-run") == changes
    assert operator.events() == events
    assert operator.numbers() == changes


def test_one_bad_row_means_that_no_service_writes_anything(operator: Any) -> None:
    operator.change("payments.csv", "P3", appointment="A9")
    told = operator.run()
    assert told.exit_code == 1
    assert "payments.csv, line 4, column appointment: there is no appointment 'A9'" in told.stderr
    for database in ("identity", "availability", "appointments"):
        assert operator.rows(database, "SELECT count(*) AS n FROM events") == [{"n": 0}]
    assert operator.rows("identity_keys", "SELECT count(*) AS n FROM private_keys") == [{"n": 0}]


def test_an_interrupted_import_is_finished_by_the_next(operator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as down:
        down.setenv("APPOINTMENTS_OPS_DATABASE_URL", "postgresql://127.0.0.1:1/nothing")
        told = operator.run()
    assert told.exit_code == 75
    assert "Written and kept: identity, availability." in " ".join(told.stderr.split())
    assert operator.events() == []
    assert operator.numbers() == {"identity": (0, 0), "availability": (0, 0), "appointments": (8, 0)}


def test_another_systems_export_is_read(operator: Any) -> None:
    operator.change("clients.csv", "eve", first_name="Zoë", date_of_birth="04/11/1984")
    for file in ("clients.csv", "appointments.csv"):
        path = operator.directory / file
        header, *rows = path.read_text(encoding="utf-8").replace(",", ";").splitlines()
        path.write_bytes("\r\n".join([header.upper(), *rows]).encode("cp1252"))
    files = operator.summary()["files"]
    assert files["clients.csv"] == {"rows": 3, "encoding": "Windows-1252", "separator": "semicolon"}
    (zoe,) = operator.rows("identity", "SELECT first_name, date_of_birth::text FROM clients WHERE external_ref = 'eve'")
    assert zoe == {"first_name": "Zoë", "date_of_birth": "1984-11-04"}


def test_nobody_is_told_of_an_import_or_of_its_changes(operator: Any) -> None:
    operator.summary()
    operator.change("appointments.csv", "A4", starts="2099-01-05T14:00", ends="2099-01-05T14:30")
    operator.change("appointments.csv", "A3", status="cancelled_by_client")
    operator.change("appointments.csv", "A2", status="confirmed")
    operator.summary()
    told = {event["type"] for event in operator.events()}
    assert {"AppointmentRescheduled", "AppointmentCancelled", "AppointmentStatusChanged", "PaymentRecorded"} <= told
    reactions = handles()
    database = Database(operator.databases["notifications"].url("worker"), size=1)
    for row in operator.rows("appointments", "SELECT * FROM events ORDER BY position"):
        recorded = from_row(row)
        if recorded.type in reactions:
            with database.transaction(recorded.practice_id) as connection:
                reactions[recorded.type](connection, recorded)
    database.close()
    for table in ("messages", "alerts"):
        assert operator.rows("notifications", f"SELECT count(*) AS n FROM {table}") == [{"n": 0}]


def test_reminders_are_asked_for_by_an_option(operator: Any) -> None:
    operator.summary()
    assert operator.rows("notifications", "SELECT * FROM communications") == []
    assert operator.summary("--dry-run", "--with-reminders")["with_reminders"] is True
    assert operator.rows("notifications", "SELECT * FROM communications") == []
    operator.summary("--with-reminders")
    (saved,) = operator.rows("notifications", "SELECT settings, set_by FROM communications")
    assert (saved["settings"]["remind_imported"], saved["set_by"]) == (True, None)


def test_views_built_from_an_import_and_its_changes_are_those_that_a_rebuild_makes(operator: Any) -> None:
    operator.summary()
    operator.change("appointments.csv", "A2", starts="2099-01-05T10:15", ends="2099-01-05T10:45")
    operator.change("appointments.csv", "A3", starts="2099-01-05T10:00", ends="2099-01-05T10:15")
    operator.change("appointments.csv", "A5", status="booked")
    assert operator.numbers()["appointments"] == (0, 3)
    outcome = CliRunner().invoke(projections, ["rebuild", "--check", "occupancy"])
    assert outcome.exit_code == 0, outcome.output
    taken = "SELECT count(*) AS n FROM occupancy WHERE occupies AND NOT exclusive"
    assert operator.rows("appointments", taken) == [{"n": 0}], "nothing overlaps any more"


@pytest.mark.parametrize("database", ["identity", "availability", "appointments"])
def test_another_practice_sees_nothing_of_what_was_said(operator: Any, database: str) -> None:
    operator.summary()
    tables = {"identity": ["clients"], "availability": ["imported_rows"],
              "appointments": ["imported_appointments", "imported_payments", "imported_settings"]}  # fmt: skip
    with psycopg.connect(operator.databases[database].url("ops")) as connection:
        connection.execute("SELECT set_config('app.practice', gen_random_uuid()::text, true)")
        for table in tables[database]:
            assert operator.rows(database, f"SELECT count(*) > 0 AS there FROM {table}") == [{"there": True}]
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # type: ignore[arg-type]
