"""Files that somebody made to break the import: every fault is told with its place, and nothing is imported."""

from pathlib import Path
from typing import Any

import pytest

from clinic.practice_files.reading import read_directory


@pytest.mark.parametrize(
    "amount", ["1e999999", "-1e999999", "1e-999999", "NaN", "sNaN", "Infinity", "9" * 400, "1_0.0.0"]
)
def test_an_amount_that_no_machine_can_count_is_a_fault(change_row: Any, faults_of: Any, amount: str) -> None:
    change_row("appointment_types.csv", 2, price=amount)
    assert [(fault.file, fault.line, fault.column) for fault in faults_of()] == [("appointment_types.csv", 2, "price")]


@pytest.mark.parametrize(
    "cell", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-2", "../../etc/passwd", "<b>x</b>", "{{7*7}}"]
)
def test_what_other_programs_would_run_is_a_text_here(directory: Path, change_row: Any, cell: str) -> None:
    change_row("clients.csv", 2, last_name=cell)
    assert read_directory(directory).clients[0].last_name == cell


@pytest.mark.parametrize("cell", ["a\rBcc: x@y.z", "a\x0bb", "a\x85b", "a\u2028b", "a\x1b[2J", "x" * 501])
def test_what_ends_a_line_somewhere_or_is_huge_is_a_fault(change_row: Any, faults_of: Any, cell: str) -> None:
    change_row("clients.csv", 2, last_name=f'"{cell}"')
    assert {fault.file for fault in faults_of()} == {"clients.csv"}


def test_a_cell_beyond_all_bounds_and_a_zero_byte_are_faults(directory: Path, change_row: Any, faults_of: Any) -> None:
    change_row("clients.csv", 2, last_name="x" * 200_000)
    assert "clients.csv" in {fault.file for fault in faults_of()}
    change_row("clients.csv", 2, last_name="a\x00b")
    assert "clients.csv" in {fault.file for fault in faults_of()}


@pytest.mark.parametrize("key", ["policy_text", "off_text", "online_booking_off_text"])
@pytest.mark.parametrize("text", ["a\\u0000b", "a\\u001Bb", "a\\rb"])
def test_a_text_for_clients_that_no_database_keeps_is_a_fault(
    directory: Path, faults_of: Any, key: str, text: str
) -> None:
    path = directory / "practice.toml"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith(f"{key} ")]
    lines.insert(lines.index("[portal]") + 1, f'{key} = "{text}"')
    path.write_text("\n".join(lines), encoding="utf-8")
    assert [fault.column for fault in faults_of()] == [f"portal.{key}"]


@pytest.mark.parametrize(
    ("code", "name", "wording"), [("a" * 51, "A", "A"), ("a", "A" * 101, "A"), ("a", "A", "A" * 101)]
)
def test_a_status_that_the_settings_page_could_not_save_again_is_a_fault(
    directory: Path, faults_of: Any, code: str, name: str, wording: str
) -> None:
    path = directory / "practice.toml"
    status = f'[[statuses]]\ncode = "{code}"\nname = "{name}"\nattending = true\nclient_wording = "{wording}"\n'
    path.write_text(path.read_text(encoding="utf-8") + status, encoding="utf-8")
    assert "statuses" in {fault.column for fault in faults_of()}


@pytest.mark.parametrize("content", ["a = " + "[" * 5000, "a" * 5_000_000, "x = 1\n" * 2])
def test_a_practice_file_that_nobody_wrote_is_a_fault(directory: Path, faults_of: Any, content: str) -> None:
    (directory / "practice.toml").write_text(content, encoding="utf-8")
    assert "practice.toml" in {fault.file for fault in faults_of()}


def test_no_fault_writes_to_the_operators_terminal(directory: Path, faults_of: Any) -> None:
    path = directory / "clients.csv"
    path.write_text("\x1b[2Jname\u202e," + path.read_text(encoding="utf-8"), encoding="utf-8")
    toml = directory / "practice.toml"
    toml.write_text('"\\u001b[2J" = 1\n' + toml.read_text(encoding="utf-8"), encoding="utf-8")
    told = [str(fault) for fault in faults_of()]
    assert any("\\x1b[2jname\\u202e" in line for line in told)
    assert any("practice.toml" in line and "\\x1b[2J" in line for line in told)
    assert all(line.isprintable() for line in told)
