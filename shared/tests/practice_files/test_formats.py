"""What other systems write is read: encodings, separators, headers, dates, statuses, optional columns."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from clinic.practice_files.decoding import Format
from clinic.practice_files.reading import read_directory

FILES = ("users.csv", "locations.csv", "appointment_types.csv", "working_hours.csv", "clients.csv", "appointments.csv")


def rewrite(directory: Path, encoding: str, separator: str, *, capitals: bool = False) -> None:
    """Writes every CSV file of the directory anew."""
    for file in FILES:
        rows = list(csv.reader((directory / file).read_text(encoding="utf-8").splitlines()))
        if capitals:
            rows[0] = [name.upper() for name in rows[0]]
        with (directory / file).open("w", encoding=encoding, newline="") as out:
            csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(rows)


@pytest.mark.parametrize(
    ("encoding", "separator", "told"),
    [
        ("utf-8", ",", Format("UTF-8", "comma")),
        ("utf-8-sig", ";", Format("UTF-8", "semicolon")),
        ("cp1252", ",", Format("Windows-1252", "comma")),
        ("cp1252", ";", Format("Windows-1252", "semicolon")),
    ],
)
def test_the_same_rows_are_read_whatever_the_format(
    directory: Path, change_row: Any, encoding: str, separator: str, told: Format
) -> None:
    change_row("clients.csv", 2, first_name="Zoë", last_name="O’Brien; Müller")
    before = read_directory(directory)
    rewrite(directory, encoding, separator, capitals=True)
    formats: dict[str, Format] = {}
    after = read_directory(directory, lambda file, rows, read_as: formats.update({file: read_as}))
    assert after == before
    assert after.clients[0].last_name == "O’Brien; Müller"
    assert formats["clients.csv"] == told


@pytest.mark.parametrize("separator", [",", ";"])
def test_the_header_alone_decides_the_separator(directory: Path, change_row: Any, separator: str) -> None:
    for line in range(2, 14):
        change_row("clients.csv", line, postcode=";;;;;;;;")
    rewrite(directory, "utf-8", separator)
    assert {row.postcode for row in read_directory(directory).clients} == {";;;;;;;;"}


@pytest.mark.parametrize(
    "written",
    ["2026-12-02T10:20", "2026-12-02 10:20", "02/12/2026 10:20", "2/12/2026 10:20:00", "2026-12-02T11:20+01:00",
     "02/12/2026 10:20Z"],
)  # fmt: skip
def test_an_instant_is_read_in_each_form(directory: Path, change_row: Any, written: str) -> None:
    change_row("appointments.csv", 2, starts=written, ends="02/12/2026 11:00")
    (row,) = (row for row in read_directory(directory).appointments if row.ref == "A000001")
    assert (row.starts_at, row.duration_minutes) == (datetime(2026, 12, 2, 10, 20, tzinfo=UTC), 40)


def test_british_dates_of_birth_are_day_first(directory: Path, change_row: Any) -> None:
    change_row("clients.csv", 2, date_of_birth="04/11/1984")
    assert read_directory(directory).clients[0].date_of_birth == date(1984, 11, 4)


@pytest.mark.parametrize("written", ["07700 900123", "+44 7700 900123", "0044 7700-900123", "(07700) 900123"])
def test_a_number_with_its_country_is_read(directory: Path, change_row: Any, written: str) -> None:
    change_row("clients.csv", 2, mobile=written)
    assert read_directory(directory).clients[0].mobile == "+447700900123"


def test_statuses_are_read_by_code_and_by_name(directory: Path, change_row: Any) -> None:
    change_row("appointments.csv", 2, status="Did Not Attend")
    change_row("appointments.csv", 3, status="ARRIVED")
    found = {row.ref: row.status for row in read_directory(directory).appointments}
    assert (found["A000001"], found["A000002"]) == ("did_not_attend", "arrived")


STATUSES = """
[[statuses]]
code = "expected"
name = "Expected"
attending = true
also = ["booked", "arrived", "Confirmed"]
[[statuses]]
code = "gone"
name = "Gone"
attending = false
client_wording = "Cancelled"
also = ["DNA", "did_not_attend", "cancelled_by_client"]
"""


def own_statuses(directory: Path) -> None:
    """A practice that calls its statuses otherwise."""
    path = directory / "practice.toml"
    named = '[portal]\nbooked_status = "expected"\ncancellation_status = "gone"\n'
    text = path.read_text(encoding="utf-8").replace("[portal]\n", named, 1)
    path.write_text(text + STATUSES, encoding="utf-8")


def test_a_practice_has_statuses_of_its_own(directory: Path, change_row: Any, faults_of: Any) -> None:
    own_statuses(directory)
    change_row("appointments.csv", 2, status="dna")
    found = read_directory(directory)
    assert {row.status for row in found.appointments} <= {"expected", "gone"}
    assert next(row.status for row in found.appointments if row.ref == "A000001") == "gone"
    assert found.practice.statuses[1].client_wording == "Cancelled"
    change_row("appointments.csv", 2, status="cancelled_by_practice")
    (fault,) = faults_of()
    assert fault.reason == "'cancelled_by_practice' is none of expected, gone"


def test_a_cancellation_status_that_attends_is_told(directory: Path, faults_of: Any) -> None:
    own_statuses(directory)
    path = directory / "practice.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('_status = "gone"', '_status = "expected"', 1))
    assert [fault.column for fault in faults_of()] == ["portal.cancellation_status"]


def test_next_of_kin_are_optional_columns(directory: Path) -> None:
    path = directory / "clients.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    plain = [name for name in lines[0].split(",") if not name.startswith("next_of_kin")]
    header = [*plain, "Next_Of_Kin_Name", "next_of_kin_email", "next_of_kin_email_opt_in"]
    rows = [dict(zip(lines[0].split(","), line.split(","), strict=True)) for line in lines[1:]]
    kin = {0: ("Jo Marsh", "Jo@Example.org", "yes"), 1: ("", "", "")}
    out = [",".join(header)]
    for number, row in enumerate(rows):
        out.append(",".join((*(row[name] for name in plain), *kin.get(number, ("", "", "no")))))
    path.write_text("\n".join(out), encoding="utf-8")
    first, second, *_ = read_directory(directory).clients
    assert (first.next_of_kin_name, first.next_of_kin_email, first.next_of_kin_email_opt_in) == (
        "Jo Marsh", "jo@example.org", True,
    )  # fmt: skip
    assert (first.next_of_kin_mobile, second.next_of_kin_name, second.next_of_kin_email_opt_in) == ("", "", False)


def test_payments_are_optional_and_read_with_their_appointments_zone(directory: Path) -> None:
    (directory / "payments.csv").unlink(missing_ok=True)
    assert read_directory(directory).payments == ()
    rows = (
        "REF;appointment;amount;method;paid_at\nP1;A000001;65.00;card;01/07/2026\nP2;A000001;5;cash;2026-07-01 09:30\n"
    )
    (directory / "payments.csv").write_text(rows, encoding="utf-8")
    first, second = read_directory(directory).payments
    assert (first.amount_pence, first.currency, first.paid_at) == (6500, "GBP", datetime(2026, 6, 30, 23, tzinfo=UTC))
    assert (second.amount_pence, second.paid_at) == (500, datetime(2026, 7, 1, 8, 30, tzinfo=UTC))
