"""Every row is checked first; every fault is named with file, line, column and reason."""

from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from clinic.practice_files.faults import Fault, FaultyDirectory
from clinic.practice_files.reading import read_directory
from clinic.practice_files.sample import write_sample_practice

TODAY = date(2026, 11, 22)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    write_sample_practice(tmp_path, clients=12, months=1, seed=7, today=TODAY)
    return tmp_path


def change_row(directory: Path, file: str, line: int, **cells: str) -> None:
    """Puts other cells into one line (1 is the header) of a file without quoted cells."""
    lines = (directory / file).read_text(encoding="utf-8").splitlines()
    header, row = lines[0].split(","), lines[line - 1].split(",")
    for column, value in cells.items():
        row[header.index(column)] = value
    lines[line - 1] = ",".join(row)
    (directory / file).write_text("\n".join(lines) + "\n", encoding="utf-8")


def faults_of(directory: Path) -> list[Fault]:
    with pytest.raises(FaultyDirectory) as caught:
        read_directory(directory)
    return caught.value.faults


def the_fault(directory: Path) -> Fault:
    (fault,) = faults_of(directory)
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


def test_an_unknown_clinician_is_named(directory: Path) -> None:
    change_row(directory, "appointments.csv", 5, clinician="nobody")
    assert the_fault(directory) == Fault("appointments.csv", 5, "clinician", "there is no clinician 'nobody'")


def test_an_end_before_the_start_is_named(directory: Path) -> None:
    change_row(directory, "appointments.csv", 3, starts="2026-12-02T10:20", ends="2026-12-02T10:00")
    assert the_fault(directory) == Fault("appointments.csv", 3, "ends", "is not after starts")


def test_a_reference_used_twice_is_named_with_both_lines(directory: Path) -> None:
    change_row(directory, "appointments.csv", 4, ref="A000001")
    assert the_fault(directory) == Fault("appointments.csv", 4, "ref", "'A000001' is used already, in line 2")


def test_two_clients_with_one_reference_are_named(directory: Path) -> None:
    change_row(directory, "clients.csv", 3, ref="C00001")
    assert Fault("clients.csv", 3, "ref", "'C00001' is used already, in line 2") in faults_of(directory)


@pytest.mark.parametrize("end_of_line", ["\u2028", "\u2029", "\x85", "\x7f"])
def test_a_name_that_would_end_a_line_elsewhere_is_named(directory: Path, end_of_line: str) -> None:
    change_row(directory, "clients.csv", 2, first_name=f"Hannah{end_of_line}Bcc: x")
    assert (the_fault(directory).column, the_fault(directory).line) == ("first_name", 2)


def test_a_day_that_does_not_exist_is_named(directory: Path) -> None:
    change_row(directory, "appointments.csv", 6, starts="2026-06-31T10:00")
    assert the_fault(directory).column == "starts"
    assert "does not exist" in the_fault(directory).reason


def test_an_unknown_column_is_named(directory: Path) -> None:
    path = directory / "clients.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("sms_opt_in", "fax_opt_in", 1), encoding="utf-8")
    found = faults_of(directory)
    assert [fault.column for fault in found if fault.file == "clients.csv"] == ["fax_opt_in", "sms_opt_in"]
    assert all(fault.line == 1 for fault in found if fault.file == "clients.csv")


def test_a_time_in_the_clock_change_gap_is_named(directory: Path) -> None:
    change_row(directory, "appointments.csv", 2, starts="2027-03-28T01:30", ends="2027-03-28T02:30")
    assert the_fault(directory).column == "starts"
    assert "clocks go forward" in the_fault(directory).reason


def test_a_repeated_wall_time_needs_its_offset(directory: Path) -> None:
    change_row(directory, "appointments.csv", 2, starts="2026-10-25T01:30", ends="2026-10-25T02:10")
    assert "happens twice" in the_fault(directory).reason
    change_row(directory, "appointments.csv", 2, starts="2026-10-25T01:30+01:00")
    row = read_directory(directory).appointments[0]
    assert row.starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert row.duration_minutes == 100
    assert row.local_start == "2026-10-25T01:30"


def test_all_faults_are_told_together(directory: Path) -> None:
    change_row(directory, "appointments.csv", 3, clinician="nobody")
    change_row(directory, "clients.csv", 4, email="not an address")
    change_row(directory, "users.csv", 2, role="emperor")
    assert {fault.file for fault in faults_of(directory)} == {"appointments.csv", "clients.csv", "users.csv"}


def test_a_missing_file_is_named(directory: Path) -> None:
    (directory / "working_hours.csv").unlink()
    assert the_fault(directory) == Fault("working_hours.csv", 0, "", "the file is missing")


def test_a_file_that_is_not_utf_8_is_named(directory: Path) -> None:
    path = directory / "clients.csv"
    path.write_bytes(path.read_bytes().replace(b"yes", b"\xff\xfe", 1))
    assert "is not UTF-8" in next(fault for fault in faults_of(directory) if fault.file == "clients.csv").reason


def test_a_date_of_birth_never_stands_in_the_fault(directory: Path) -> None:
    change_row(directory, "clients.csv", 2, date_of_birth="2031-05-17")
    assert "2031" not in the_fault(directory).reason


def test_the_portal_needs_the_edition_v2(directory: Path) -> None:
    path = directory / "practice.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"v2"', '"classic"'), encoding="utf-8")
    assert the_fault(directory).column == "portal.on"


def test_an_unknown_key_in_the_practice_file_is_named(directory: Path) -> None:
    path = directory / "practice.toml"
    path.write_text('colour = "teal"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert the_fault(directory) == Fault("practice.toml", 0, "colour", "is an unknown key")


def test_a_buffer_of_more_than_a_day_is_named(directory: Path) -> None:
    change_row(directory, "appointment_types.csv", 2, buffer_after_minutes="1441")
    assert the_fault(directory).column == "buffer_after_minutes"
    change_row(directory, "appointment_types.csv", 2, buffer_after_minutes="0")
    assert read_directory(directory).appointment_types[0].buffer_after_minutes == 0
