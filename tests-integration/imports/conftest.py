"""A practice directory, the databases of every service, and `clinic import` as an operator runs it."""

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import typer
from click.testing import Result
from psycopg.rows import dict_row
from typer.testing import CliRunner

from clinic.appointments.adapters.ledger import PostgresLedger
from clinic.appointments.application.ports import Answer, Asked, Entry, Record
from clinic.appointments.domain.appointment import Appointment, evolve
from clinic.appointments.domain.commands import RescheduleAppointment
from clinic.appointments.domain.decisions import reschedule
from clinic.appointments.domain.occupancy import occupancy_of
from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.infra.database import Database
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor
from clinic.kernel.streams import stream_id
from clinic.practice_files.cli import import_practice

DATABASES = ("identity", "identity_keys", "availability", "appointments", "notifications")
PRACTICE = """
slug = "quay"
name = "Quay Physio"
phone = "0151 496 0000"
email = "desk@quay.example"
[portal]
on = true
online_booking_on = true
online_payments_on = true
"""
FILES = {
    "users.csv": """
        ref,name,email,role,is_clinician,available_online,display_name,title,description
        bo,Bo Berg,bo@quay.example,clinician,yes,yes,Dr Bo,,
        cy,Cy Cole,cy@quay.example,clinician,yes,no,,,
        olga,Olga Orr,olga@quay.example,site_administrator,no,no,,,
        """,
    "locations.csv": """
        ref,name,address,postcode,zone
        quay,Quay Street,1 Quay Street,L1 1AA,Europe/London
        hill,Hill Road,2 Hill Road,L2 2BB,Europe/London
        """,
    "appointment_types.csv": """
        ref,name,duration_minutes,buffer_after_minutes,price,video,clinicians,locations
        first,First visit,30,0,48.00,no,bo cy,quay hill
        """,
    "working_hours.csv": """
        clinician,location,weekday,starts,ends
        bo,quay,Monday,09:00,12:00
        bo,quay,Monday,13:00,17:00
        bo,hill,Tuesday,09:00,17:00
        """,
    "clients.csv": """
        ref,first_name,last_name,date_of_birth,postcode,email,mobile,email_opt_in,sms_opt_in
        pat,Pat,Marlow,1985-03-07,L1 4DS,pat@x.example,07700 900001,yes,yes
        sam,Sam,Marlow,1985-03-07,L1 4DS,pat@x.example,07700 900001,yes,no
        eve,Eve,Ek,,,,,no,no
        """,
    "appointments.csv": """
        ref,client,clinician,location,appointment_type,starts,ends,status
        A1,pat,bo,quay,first,2020-01-06T09:00,2020-01-06T09:30,arrived
        A2,pat,bo,quay,first,2099-01-05T10:00,2099-01-05T10:30,booked
        A3,sam,bo,quay,first,2099-01-05T10:15,2099-01-05T10:45,booked
        A4,sam,cy,quay,first,2099-01-05T11:00,2099-01-05T11:30,booked
        A5,eve,cy,quay,first,2099-01-05T12:00,2099-01-05T12:30,cancelled_by_client
        """,
    "payments.csv": """
        ref,appointment,amount,method,paid_at
        P1,A1,40.00,card,2020-01-06 09:35
        P2,A1,8.00,cash,2020-01-06
        P3,A2,48.00,online,2024-05-01
        """,
}


@dataclass
class Operator:
    """Somebody at the command line, with a directory of files and the databases of a running product."""

    directory: Path
    databases: Mapping[str, ServiceDatabase]

    def run(self, *options: str) -> Result:
        """`clinic import DIR …`."""
        app = typer.Typer()
        app.command()(import_practice)
        return CliRunner().invoke(app, [str(self.directory), *options])

    def summary(self, *options: str, code: int = 0) -> dict[str, Any]:
        """The same with `--json`; its exit code is checked."""
        said = self.run("--json", *options)
        assert said.exit_code == code, said.output + repr(said.exception)
        found: dict[str, Any] = json.loads(said.stdout)
        return found

    def numbers(self, *options: str, code: int = 0) -> dict[str, tuple[int, int]]:
        """New and changed rows per service."""
        summary = self.summary(*options, code=code)
        written = summary.get("written") or summary["would_write"]
        return {service: (part["new"], part["changed"]) for service, part in written.items()}

    def change(self, file: str, ref: str, key: str = "ref", **cells: str) -> None:
        """Puts other cells into the rows of a reference."""
        path = self.directory / file
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        for row in rows:
            if row[key] == ref:
                row.update(cells)
        self.write(file, rows)

    def drop(self, file: str, ref: str) -> None:
        """The file no longer names a row."""
        rows = list(csv.DictReader((self.directory / file).read_text(encoding="utf-8").splitlines()))
        self.write(file, [row for row in rows if row["ref"] != ref])

    def write(self, file: str, rows: list[dict[str, str]]) -> None:
        """A file anew."""
        with (self.directory / file).open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def rows(self, database: str, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Straight from a database, past every rule."""
        url = self.databases[database].url("superuser")
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
            found = connection.execute(statement, values)
            return found.fetchall() if found.description else []

    def events(self, database: str = "appointments") -> list[dict[str, Any]]:
        """All events in order, with their data."""
        found = self.rows(database, "SELECT * FROM events ORDER BY practice_id, position")
        return [event | {"data": json.loads(event["data"])} for event in found]

    def appointment(self, ref: str) -> UUID:
        """The id of an imported appointment."""
        statement = "SELECT appointment_id FROM imported_appointments WHERE external_ref = %s"
        (row,) = self.rows("appointments", statement, ref)
        found: UUID = row["appointment_id"]
        return found

    def state(self, ref: str) -> Appointment:
        """Where an appointment stands, by its stream."""
        (practice,) = self.rows("appointments", "SELECT practice_id FROM heads")
        database = Database(self.databases["appointments"].url("api"), size=1)
        try:
            found = PostgresLedger(database).read(practice["practice_id"], self.appointment(ref)).appointment
        finally:
            database.close()
        assert found is not None
        return found

    def stream(self, ref: str) -> list[tuple[str, str, int]]:
        """Type, actor and stream version of an appointment's events."""
        stream = stream_id("appointment", self.appointment(ref))
        return [
            (event["type"], event["actor_kind"], event["stream_version"])
            for event in self.events()
            if event["stream_id"] == stream
        ]

    def client_moves(self, ref: str, starts_at: datetime) -> None:
        """A client moves an appointment in the portal (availability said yes)."""
        (practice,) = self.rows("appointments", "SELECT practice_id FROM heads")
        practice_id, appointment_id = practice["practice_id"], self.appointment(ref)
        database = Database(self.databases["appointments"].url("api"), size=1)
        try:
            ledger = PostgresLedger(database)
            reading = ledger.read(practice_id, appointment_id)
            state = reading.appointment
            assert state is not None
            command = RescheduleAppointment(appointment_id, state.revision, starts_at.astimezone(UTC))
            (event,) = reschedule(state, command, reading.settings, reading.now, "staff", check=None, message_id=None)
            actor, stream = Actor("client", state.client_id), stream_id("appointment", appointment_id)
            asked = Asked(practice_id, new_id(), "reschedule", appointment_id, actor, "f")
            entry = Entry(new_id(), stream, reading.version + 1, event)
            occupied = (occupancy_of(evolve(state, event)),)
            answer = Answer("rescheduled", False, {})
            ledger.record(Record(asked, (entry,), answer, reading.now, reading.settings.version, occupied))
        finally:
            database.close()


@pytest.fixture
def operator(
    service_database: Callable[[str], ServiceDatabase], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Operator:
    """Nothing is imported yet."""
    databases = {name: service_database(name) for name in DATABASES}
    for name, database in databases.items():
        monkeypatch.setenv(f"{name.upper()}_OPS_DATABASE_URL", database.url("ops"))
    monkeypatch.setenv("STAFF_URL", "https://staff.example")
    (tmp_path / "practice.toml").write_text(PRACTICE, encoding="utf-8")
    for file, text in FILES.items():
        lines = [line.strip() for line in text.strip().splitlines()]
        (tmp_path / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Operator(tmp_path, databases)
