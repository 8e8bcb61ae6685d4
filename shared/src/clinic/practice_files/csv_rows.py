"""The rows of one practice directory's CSV files, cell by cell, with every fault kept."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from clinic.practice_files.decoding import (
    SEPARATORS,
    Format,
    Undecodable,
    decoded,
    header_names,
    lines_of,
    separator_of,
)
from clinic.practice_files.faults import Fault, Invalid
from clinic.practice_files.tables import Table


class Progress(Protocol):
    """Told of each file that could be read: its rows without a fault, and how it was read."""

    def __call__(self, file: str, rows: int, read_as: Format, /) -> None:
        """One more file is checked."""


@dataclass(slots=True)
class CsvRows:
    """What has been read so far, and what was wrong with it."""

    directory: Path
    faults: list[Fault]
    progress: Progress
    faulty: dict[str, set[str]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)

    def rows(self, table: Table) -> list[tuple[int, dict[str, Any]]]:
        """The rows of a file that could be parsed, with the lines they end on."""
        text, encoding = self._text(table)
        if text is None:
            return []
        separator = separator_of(text, table.known)
        parsed = list(self._parsed(table, text, separator))
        self.progress(table.file, len(parsed), Format(encoding, SEPARATORS[separator]))
        return parsed

    def fault(self, table: Table, line: int, column: str, reason: str) -> None:
        """One more thing to mend."""
        self.faults.append(Fault(table.file, line, column, reason))

    def known(
        self, table: Table, line: int, column: str, refs: Sequence[str], among: Collection[str], target: Table
    ) -> None:
        """Each reference must name a row that exists; one with a fault of its own does, and any of an unread file."""
        for ref in refs:
            if ref not in among and target.file not in self.unread and ref not in self.faulty.get(target.file, ()):
                self.fault(table, line, column, f"there is no {target.what} {ref!r}")

    def _text(self, table: Table) -> tuple[str | None, str]:
        path = self.directory / table.file
        if not path.is_file():
            if not table.may_be_missing:
                self.fault(table, 0, "", "the file is missing")
                self.unread.add(table.file)
            return None, ""
        try:
            return decoded(path.read_bytes())
        except Undecodable as error:
            self.fault(table, error.line, "", str(error))
            self.unread.add(table.file)
            return None, ""

    def _parsed(self, table: Table, text: str, separator: str) -> Iterator[tuple[int, dict[str, Any]]]:
        lines = lines_of(text, separator)
        seen: dict[str, dict[Any, int]] = {column: {} for column in table.unique}
        line = 1
        try:
            _, first = next(lines, (1, []))
            header = header_names(first)
            if not self._header_is_right(table, header):
                self.unread.add(table.file)
                return
            parsers = [(name, table.known[name]) for name in header]
            for line, cells in lines:
                if len(cells) != len(header):
                    self.fault(table, line, "", f"has {len(cells)} cells; the header has {len(header)}")
                    continue
                values = self._parse(table, line, parsers, cells)
                self._unlike_others(table, line, seen, dict(zip(header, cells, strict=True)))
                if len(values) == len(header):
                    yield line, values
                elif table.unique:
                    self.faulty.setdefault(table.file, set()).add(cells[header.index("ref")].strip())
        except csv.Error as error:
            self.fault(table, line, "", f"cannot be read from here on: {error}")
            self.unread.add(table.file)

    def _header_is_right(self, table: Table, header: list[str]) -> bool:
        before = len(self.faults)
        for name in header:
            if name not in table.known:
                self.fault(table, 1, name, f"is an unknown column; known are {', '.join(table.known)}")
        for name in table.known:
            if name in table.columns and name not in header:
                self.fault(table, 1, name, "the column is missing")
            if header.count(name) > 1:
                self.fault(table, 1, name, "the column stands there twice")
        return len(self.faults) == before

    def _parse(
        self, table: Table, line: int, parsers: Sequence[tuple[str, Any]], cells: Sequence[str]
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for (column, parse), cell in zip(parsers, cells, strict=True):
            try:
                values[column] = parse(cell)
            except Invalid as error:
                self.fault(table, line, column, str(error))
        return values

    def _unlike_others(
        self, table: Table, line: int, seen: Mapping[str, dict[Any, int]], row: Mapping[str, str]
    ) -> None:
        for column, lines in seen.items():
            if value := row[column].strip():
                key = value.lower() if column == "email" else value
                if first := lines.get(key):
                    self.fault(table, line, column, f"{value!r} is used already, in line {first}")
                lines.setdefault(key, line)
