"""The faults of docs/import.md: each is told with file, line, column and reason; one is enough to import nothing."""

from pathlib import Path
from typing import Any

import pytest

from clinic.practice_files.faults import Fault
from clinic.practice_files.reading import read_directory

A, C, P = "appointments.csv", "clients.csv", "payments.csv"

FAULTS: dict[str, tuple[str, dict[str, str], str, str]] = {
    "an unknown clinician": (A, {"clinician": "nobody"}, "clinician", "there is no clinician 'nobody'"),
    "an unknown client": (A, {"client": "nobody"}, "client", "there is no client 'nobody'"),
    "an unknown type": (A, {"appointment_type": "yoga"}, "appointment_type", "there is no appointment type 'yoga'"),
    "an unknown status": (A, {"status": "maybe"}, "status", "'maybe' is none of booked, confirmed, arrived"),
    "an end before the start": (
        A, {"starts": "2026-12-02T10:20", "ends": "2026-12-02T10:00"}, "ends", "is not after starts",
    ),
    "a duplicate reference": (A, {"ref": "A000001"}, "ref", "'A000001' is used already, in line 2"),
    "two clients with one reference": (C, {"ref": "C00001"}, "ref", "'C00001' is used already, in line 2"),
    "31 June": (A, {"starts": "31/06/2026 10:00"}, "starts", "31/06/2026 is a date that does not exist"),
    "a time in the gap": (
        A, {"starts": "2027-03-28T01:30", "ends": "2027-03-28T02:30"}, "starts", "the clocks go forward over it",
    ),
    "a time in the fold": (
        A, {"starts": "25/10/2026 01:30", "ends": "25/10/2026 02:10"}, "starts", "for example 25/10/2026 01:30+01:00",
    ),
    "a number without a country": (C, {"mobile": "7700900123"}, "mobile", "has no country"),
    "a number of no country": (C, {"mobile": "+9997700900123"}, "mobile", "is not a"),
    "an appointment that was never there": (P, {"appointment": "A9"}, "appointment", "there is no appointment 'A9'"),
    "a payment of nothing": (P, {"amount": "0"}, "amount", "was not paid"),
    "a payment in the future": (P, {"paid_at": "2999-01-01"}, "paid_at", "is in the future"),
    "a method that is none": (P, {"method": "shells"}, "method", "'shells' is none of online, card"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def payments(directory: Path) -> None:
    """Two payments for the first appointments of the directory."""
    rows = (
        "ref,appointment,amount,method,paid_at\nP1,A000001,65.00,card,2026-11-01\nP2,A000001,5,cash,01/11/2026 09:30\n"
    )
    (directory / P).write_text(rows, encoding="utf-8")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_place(directory: Path, change_row: Any, faults_of: Any, fault: str) -> None:
    file, cells, column, reason = FAULTS[fault]
    assert read_directory(directory)
    change_row(file, 3, **cells)
    found: list[Fault] = faults_of()
    named = [one for one in found if (one.file, one.line, one.column) == (file, 3, column)]
    assert len(named) == 1, found
    assert reason in named[0].reason
    assert {one.file for one in found} <= {file, A}


def test_unreadable_bytes_are_told_with_their_line(directory: Path, faults_of: Any) -> None:
    lines = (directory / C).read_bytes().splitlines(keepends=True)
    lines[4] = lines[4].replace(b",", b"\x81,", 1)
    (directory / C).write_bytes(b"".join(lines))
    assert faults_of() == [Fault(C, 5, "", "is neither UTF-8 nor Windows-1252")]


def test_a_file_in_two_encodings_is_told_with_the_line_that_differs(directory: Path, faults_of: Any) -> None:
    lines = (directory / C).read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b",", "é,".encode(), 1)
    lines[6] = lines[6].replace(b",", "é,".encode("cp1252"), 1)
    (directory / C).write_bytes(b"".join(lines))
    assert faults_of() == [Fault(C, 7, "", "is not UTF-8, although other lines are: save the whole file as UTF-8")]


def test_utf_16_is_told(directory: Path, faults_of: Any) -> None:
    path = directory / C
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")
    assert faults_of() == [Fault(C, 0, "", "is UTF-16 or no text at all: save it as UTF-8")]


def test_a_missing_column_is_told_once_and_not_by_every_row_that_needed_it(directory: Path, faults_of: Any) -> None:
    path = directory / C
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    without = rows[0].index("last_name")
    path.write_text("\n".join(",".join(row[:without] + row[without + 1 :]) for row in rows), encoding="utf-8")
    assert faults_of() == [Fault(C, 1, "last_name", "the column is missing")]


def test_an_optional_column_twice_is_told(directory: Path, faults_of: Any) -> None:
    rows = "ref,appointment,amount,method,paid_at,currency,Currency\nP1,A000001,65.00,card,2026-11-01,GBP,EUR\n"
    (directory / P).write_text(rows, encoding="utf-8")
    assert faults_of() == [Fault(P, 1, "currency", "the column stands there twice")]


def test_two_currencies_for_one_appointment_are_told(directory: Path, faults_of: Any) -> None:
    rows = (
        "ref,appointment,amount,method,paid_at,currency\n"
        "P1,A000001,65.00,card,2026-11-01,\nP2,A000001,5,card,2026-11-01,eur\n"
    )
    (directory / P).write_text(rows, encoding="utf-8")
    assert faults_of() == [Fault(P, 3, "currency", "'A000001' was paid in GBP, in line 2")]


def test_hours_that_overlap_are_told(directory: Path, change_row: Any, faults_of: Any) -> None:
    change_row("working_hours.csv", 3, starts="12:59")
    assert faults_of() == [Fault("working_hours.csv", 3, "starts", "overlaps the hours in line 2")]


def test_two_users_with_one_address_are_told(directory: Path, change_row: Any, faults_of: Any) -> None:
    change_row("users.csv", 3, email="OLGA@harbour-street.example")
    assert [(one.line, one.column) for one in faults_of()] == [(3, "email")]


def test_a_quote_that_is_left_open_is_told(directory: Path, faults_of: Any) -> None:
    path = directory / C
    path.write_text(path.read_text(encoding="utf-8") + '"X1,Never,Ends\n', encoding="utf-8")
    (fault,) = faults_of()
    assert (fault.file, fault.column) == (C, "")
    assert "cannot be read from here on" in fault.reason


def test_a_window_of_more_than_a_year_is_told(directory: Path, faults_of: Any) -> None:
    path = directory / "practice.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('edit_window = "24h"', 'edit_window = "366d"', 1))
    assert faults_of() == [Fault("practice.toml", 0, "portal.edit_window", "is longer than 365 days")]
