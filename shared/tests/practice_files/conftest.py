"""A small sample practice as files, and how a test spoils it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from clinic.practice_files.faults import Fault, FaultyDirectory
from clinic.practice_files.reading import read_directory
from clinic.practice_files.sample import write_sample_practice

TODAY = date(2026, 11, 22)

ChangeRow = Callable[..., None]
FaultsOf = Callable[[], list[Fault]]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The files of a practice with twelve clients."""
    write_sample_practice(tmp_path, clients=12, months=1, seed=7, today=TODAY)
    return tmp_path


@pytest.fixture
def change_row(directory: Path) -> ChangeRow:
    """`change_row(file, line, column=cell)` puts other cells into one line (1 is the header) without quoted cells."""

    def change(file: str, line: int, **cells: str) -> None:
        lines = (directory / file).read_text(encoding="utf-8").splitlines()
        header, row = lines[0].split(","), lines[line - 1].split(",")
        for column, value in cells.items():
            row[header.index(column)] = value
        lines[line - 1] = ",".join(row)
        (directory / file).write_text("\n".join(lines) + "\n", encoding="utf-8")

    return change


@pytest.fixture
def faults_of(directory: Path) -> FaultsOf:
    """All that is wrong with the directory."""

    def find() -> list[Fault]:
        with pytest.raises(FaultyDirectory) as caught:
            read_directory(directory)
        return caught.value.faults

    return find
