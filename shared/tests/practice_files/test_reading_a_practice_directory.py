"""Every row is checked first; every fault is named with file, line, column and reason."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from clinic.practice_files.faults import Fault, FaultyDirectory
from clinic.practice_files.reading import read_directory
from clinic.practice_files.sample import write_sample_practice

TODAY = date(2026, 11, 22)


def the_fault(directory: Path) -> Fault:
    """The one thing that is wrong."""
    with pytest.raises(FaultyDirectory) as caught:
        read_directory(directory)
    (fault,) = caught.value.faults
    return fault


def test_the_sample_practice_is_read_whole(directory: Path) -> None:
    practice = read_directory(directory)
    assert practice.practice.slug == "harbour-street"
    assert practice.practice.edit_window_minutes == 1440
    assert len(practice.clients) == 12
    assert {row.client for row in practice.appointments} <= {row.ref for row in practice.clients}
    assert practice.clients[0].mobile == "+447700900001"


def test_the_same_seed_and_day_write_the_same_practice(
    directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    again = tmp_path_factory.mktemp("again")
    write_sample_practice(again, clients=12, months=1, seed=7, today=TODAY)
    for file in directory.iterdir():
        assert file.read_bytes() == (again / file.name).read_bytes()


def test_no_two_sample_appointments_of_a_clinician_overlap(directory: Path) -> None:
    rows = sorted(read_directory(directory).appointments, key=lambda row: (row.clinician, row.starts_at))
    for earlier, later in pairwise(rows):
        assert earlier.clinician != later.clinician or earlier.ends_at <= later.starts_at


@pytest.mark.parametrize("end_of_line", ["\u2028", "\u2029", "\x85", "\x7f"])
def test_a_name_that_would_end_a_line_elsewhere_is_named(directory: Path, change_row: Any, end_of_line: str) -> None:
    change_row("clients.csv", 2, first_name=f"Hannah{end_of_line}Bcc: x")
    assert (the_fault(directory).column, the_fault(directory).line) == ("first_name", 2)


def test_an_unknown_column_is_named(directory: Path, faults_of: Any) -> None:
    path = directory / "clients.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("sms_opt_in", "fax_opt_in", 1), encoding="utf-8")
    found = faults_of()
    assert [fault.column for fault in found if fault.file == "clients.csv"] == ["fax_opt_in", "sms_opt_in"]
    assert all(fault.line == 1 for fault in found if fault.file == "clients.csv")


def test_a_repeated_wall_time_needs_its_offset(directory: Path, change_row: Any) -> None:
    change_row("appointments.csv", 2, starts="2026-10-25T01:30", ends="2026-10-25T02:10")
    assert "happens twice" in the_fault(directory).reason
    change_row("appointments.csv", 2, starts="2026-10-25T01:30+01:00")
    row = read_directory(directory).appointments[0]
    assert row.starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert row.duration_minutes == 100
    assert row.local_start == "2026-10-25T01:30"


def test_all_faults_are_told_together(directory: Path, change_row: Any, faults_of: Any) -> None:
    change_row("appointments.csv", 3, clinician="nobody")
    change_row("clients.csv", 4, email="not an address")
    change_row("users.csv", 2, role="emperor")
    assert {fault.file for fault in faults_of()} == {"appointments.csv", "clients.csv", "users.csv"}


def test_a_missing_file_is_named(directory: Path) -> None:
    (directory / "working_hours.csv").unlink()
    assert the_fault(directory) == Fault("working_hours.csv", 0, "", "the file is missing")


def test_a_date_of_birth_never_stands_in_the_fault(directory: Path, change_row: Any) -> None:
    change_row("clients.csv", 2, date_of_birth="2031-05-17")
    assert "2031" not in the_fault(directory).reason


def test_the_portal_needs_the_edition_v2(directory: Path) -> None:
    path = directory / "practice.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"v2"', '"classic"'), encoding="utf-8")
    assert the_fault(directory).column == "portal.on"


def test_an_unknown_key_in_the_practice_file_is_named(directory: Path) -> None:
    path = directory / "practice.toml"
    path.write_text('colour = "teal"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert the_fault(directory) == Fault("practice.toml", 0, "colour", "is an unknown key")


def test_a_buffer_of_more_than_a_day_is_named(directory: Path, change_row: Any) -> None:
    change_row("appointment_types.csv", 2, buffer_after_minutes="1441")
    assert the_fault(directory).column == "buffer_after_minutes"
    change_row("appointment_types.csv", 2, buffer_after_minutes="0")
    assert read_directory(directory).appointment_types[0].buffer_after_minutes == 0


def test_the_sample_has_twins_a_family_missing_facts_and_next_of_kin(tmp_path: Path) -> None:
    write_sample_practice(tmp_path, clients=30, months=6, seed=1, today=TODAY)
    practice = read_directory(tmp_path)
    people = {row.ref: row for row in practice.clients}
    assert len(people) == 30
    one, other = people["T00001"], people["T00002"]
    assert one.first_name != other.first_name
    for name in ("date_of_birth", "postcode", "email", "mobile"):
        assert getattr(one, name) == getattr(other, name) != ""
    family = [row for row in practice.clients if row.email == people["M00001"].email]
    assert len(family) == 4
    assert len({row.date_of_birth for row in family}) == 4
    assert people["N00001"].date_of_birth is None
    assert people["N00002"].postcode == ""
    assert sum(bool(row.next_of_kin_name) for row in practice.clients) == 3
    ahead = {row.client for row in practice.appointments if row.starts_at.date() > TODAY and row.status == "booked"}
    assert set(people) <= ahead


def test_the_sample_has_history_payments_video_and_two_places(tmp_path: Path) -> None:
    write_sample_practice(tmp_path, clients=30, months=6, seed=1, today=TODAY)
    practice = read_directory(tmp_path)
    days = [row.starts_at.date() for row in practice.appointments]
    assert min(days) < TODAY - timedelta(days=150)
    assert max(days) > TODAY + timedelta(days=45)
    assert {row.location for row in practice.appointments} == {"harbour", "pier"}
    assert any(row.video for row in practice.appointments)
    statuses = {row.ref: row.status for row in practice.appointments}
    assert {statuses[row.appointment] for row in practice.payments} == {"arrived", "booked"}


@pytest.mark.parametrize("clients", [3, 12, 29])
def test_a_small_sample_has_as_many_clients_as_asked_for(tmp_path: Path, clients: int) -> None:
    write_sample_practice(tmp_path, clients=clients, months=0, seed=1, today=TODAY)
    assert len(read_directory(tmp_path).clients) == clients
