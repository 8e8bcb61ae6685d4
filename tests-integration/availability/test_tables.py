"""Rows of a practice are seen by nobody else, and every role can do the least."""

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from harbour_practice import Practice
from sealed_once import seal_once

from clinic.infra.importing import ImportContext

TABLES = (
    "booking_settings", "locations", "clinicians", "appointment_types", "working_hours", "working_dates",
    "timetable_hours", "timetable_dates", "closures", "absences", "busy", "events", "sealed_heads",
)  # fmt: skip


@pytest.mark.parametrize("role", ["api", "worker", "ops"])
def test_a_session_without_practice_sees_no_rows(practice: Practice, role: str, tmp_path: Path) -> None:
    practice.ledger.book(practice.at(1, 10))
    practice.times(min_position=1)
    seal_once(practice.database, "availability", tmp_path)
    with psycopg.connect(practice.database.url(role), autocommit=True) as connection:
        for table in TABLES:
            try:
                assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
            except psycopg.errors.InsufficientPrivilege:
                assert role == "worker", table


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("api", "UPDATE events SET type = 'x'"),
        ("api", "DELETE FROM busy"),
        ("api", "UPDATE booking_settings SET step_minutes = 5"),
        ("api", "INSERT INTO working_hours SELECT * FROM working_hours"),
        ("api", "DELETE FROM clinicians"),
        ("worker", "SELECT * FROM clinicians"),
        ("worker", "UPDATE locations SET name = 'x'"),
        ("worker", "TRUNCATE busy"),
        ("relay", "SELECT * FROM busy"),
        ("projector", "SELECT * FROM busy"),
        ("sealer", "SELECT * FROM busy"),
        ("sealer", "UPDATE events SET type = 'x'"),
        ("sealer", "UPDATE sealed_events SET nodes = nodes"),
        ("sealer", "DELETE FROM sealed_heads"),
        ("api", "INSERT INTO sealed_heads SELECT * FROM sealed_heads"),
        ("ops", "DELETE FROM sealed_breaks"),
        ("ops", "UPDATE reseal_requests SET reason = 'x'"),
        ("ops", "DELETE FROM events"),
        ("ops", "DELETE FROM locations"),
    ],
)
def test_a_role_can_do_no_more_than_it_needs(practice: Practice, role: str, statement: str) -> None:
    with (
        psycopg.connect(practice.database.url(role), autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_an_import_said_twice_writes_nothing_and_gives_the_same_ids(practice: Practice) -> None:
    context = ImportContext(
        practice.id, {("user", "bo"): practice.bo, ("user", "cy"): practice.cy, ("user", "olga"): practice.olga}
    )
    report = practice.run_import(context=context)
    assert (report.created, report.changed, report.unchanged) == (0, 0, 6)
    assert (context.ids["location", "quay"], context.ids["type", "first"]) == (practice.location, practice.type)
    assert practice.execute("SELECT rules_version FROM booking_settings") == [(1,)]
    assert practice.execute("SELECT count(*) FROM events") == [(2,)]


def test_new_rows_of_a_later_import_are_a_new_version_of_the_rules(practice: Practice) -> None:
    directory = practice.directory
    (location,) = directory.locations
    report = practice.run_import(replace(directory, locations=(location, replace(location, ref="hill", name="Hill"))))
    assert (report.created, report.changed, report.unchanged) == (1, 0, 6)
    assert practice.execute("SELECT rules_version FROM booking_settings") == [(2,)]
