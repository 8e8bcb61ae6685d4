"""Reads a practice directory: every row is checked, and all faults are told together."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from clinic.kernel.client_time import in_zone
from clinic.kernel.practice_directory import (
    AppointmentRow,
    ClientRow,
    LocationRow,
    PracticeDirectory,
    TypeRow,
    UserRow,
    WorkingHoursRow,
)
from clinic.practice_files import cells, tables
from clinic.practice_files.faults import Fault, FaultyDirectory, Invalid
from clinic.practice_files.practice_toml import read_practice_toml
from clinic.practice_files.tables import Table

Progress = Callable[[str, int], None]


@dataclass(slots=True)
class _Reader:
    """What has been read so far, and what was wrong with it."""

    directory: Path
    faults: list[Fault]
    progress: Progress
    seen: dict[str, dict[str, int]] = field(default_factory=dict)
    faulty: dict[str, set[str]] = field(default_factory=dict)

    def rows(self, table: Table) -> list[tuple[int, dict[str, Any]]]:
        """The rows of a file that could be parsed, with their line numbers."""
        parsed: list[tuple[int, dict[str, Any]]] = []
        seen = self.seen.setdefault(table.file, {})
        for line, row in self._raw(table):
            values = self._parse(table, line, row)
            if table.unique and (ref := row.get(table.unique, "").strip()):
                if first := seen.get(ref):
                    self.fault(table, line, table.unique, f"{ref!r} is used already, in line {first}")
                seen.setdefault(ref, line)
            if values is None:
                self.faulty.setdefault(table.file, set()).add(row.get(table.unique, "").strip())
            else:
                parsed.append((line, values))
        self.progress(table.file, len(parsed))
        return parsed

    def fault(self, table: Table, line: int, column: str, reason: str) -> None:
        self.faults.append(Fault(table.file, line, column, reason))

    def known(self, table: Table, line: int, column: str, refs: tuple[str, ...], among: Any, target: Table) -> None:
        """Each reference must name a row that exists; a row with a fault of its own counts as one."""
        for ref in refs:
            if ref not in among and ref not in self.faulty.get(target.file, ()):
                self.fault(table, line, column, f"there is no {target.what} {ref!r}")

    def _raw(self, table: Table) -> Iterator[tuple[int, dict[str, str]]]:
        path = self.directory / table.file
        if not path.is_file():
            self.fault(table, 0, "", "the file is missing")
            return
        try:
            content = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self.fault(table, 0, "", f"is not UTF-8: byte {error.start} cannot be read")
            return
        reader = csv.reader(io.StringIO(content, newline=""), strict=True)
        try:
            header = [name.strip() for name in next(reader, [])]
            if not self._header_is_right(table, header):
                return
            for cells_of_row in reader:
                if not any(cell.strip() for cell in cells_of_row):
                    continue
                if len(cells_of_row) != len(header):
                    self.fault(
                        table, reader.line_num, "", f"has {len(cells_of_row)} cells; the header has {len(header)}"
                    )
                    continue
                yield reader.line_num, dict(zip(header, cells_of_row, strict=True))
        except csv.Error as error:
            self.fault(table, reader.line_num, "", f"cannot be read: {error}")

    def _header_is_right(self, table: Table, header: list[str]) -> bool:
        before = len(self.faults)
        for name in header:
            if name not in table.columns:
                self.fault(table, 1, name, f"is an unknown column; known are {', '.join(table.columns)}")
        for name in table.columns:
            if header.count(name) != 1:
                reason = "is missing" if name not in header else "stands there twice"
                self.fault(table, 1, name, f"the column {reason}")
        return len(self.faults) == before

    def _parse(self, table: Table, line: int, row: dict[str, str]) -> dict[str, Any] | None:
        values: dict[str, Any] = {}
        for column, parse in table.columns.items():
            try:
                values[column] = parse(row[column])
            except Invalid as error:
                self.fault(table, line, column, str(error))
        return values if len(values) == len(table.columns) else None


def read_directory(path: Path, progress: Progress = lambda file, rows: None) -> PracticeDirectory:
    """The practice that the files in `path` describe (docs/import.md).

    FaultyDirectory carries every fault that was found: nothing of a directory with a fault is ever imported.
    """
    faults: list[Fault] = []
    practice = read_practice_toml(path / "practice.toml", faults)
    reader = _Reader(path, faults, progress)
    users = {row["ref"]: _user(reader, line, row) for line, row in reader.rows(tables.USERS)}
    locations = {row["ref"]: LocationRow(**row) for _, row in reader.rows(tables.LOCATIONS)}
    types = {
        row["ref"]: _type(reader, line, row, users, locations) for line, row in reader.rows(tables.APPOINTMENT_TYPES)
    }
    hours = [_hours(reader, line, row, users, locations) for line, row in reader.rows(tables.WORKING_HOURS)]
    clients = {row["ref"]: ClientRow(**row) for _, row in reader.rows(tables.CLIENTS)}
    appointments = [
        found
        for line, row in reader.rows(tables.APPOINTMENTS)
        if (found := _appointment(reader, line, row, users, locations, types, clients))
    ]
    if faults or practice is None:
        raise FaultyDirectory(faults)
    return PracticeDirectory(
        practice,
        tuple(users.values()),
        tuple(locations.values()),
        tuple(types.values()),
        tuple(hours),
        tuple(clients.values()),
        tuple(appointments),
    )


def _user(reader: _Reader, line: int, row: dict[str, Any]) -> UserRow:
    if row["available_online"] and not (row["is_clinician"] and row["display_name"]):
        reader.fault(tables.USERS, line, "available_online", "needs a clinician with a display_name")
    if not row["email"]:
        reader.fault(tables.USERS, line, "email", "is empty")
    return UserRow(**row)


def _type(
    reader: _Reader, line: int, row: dict[str, Any], users: dict[str, UserRow], locations: dict[str, LocationRow]
) -> TypeRow:
    table = tables.APPOINTMENT_TYPES
    reader.known(table, line, "clinicians", row["clinicians"], _clinicians(users), tables.USERS)
    reader.known(table, line, "locations", row["locations"], locations, tables.LOCATIONS)
    return TypeRow(price_pence=row.pop("price"), **row)


def _hours(
    reader: _Reader, line: int, row: dict[str, Any], users: dict[str, UserRow], locations: dict[str, LocationRow]
) -> WorkingHoursRow:
    table = tables.WORKING_HOURS
    reader.known(table, line, "clinician", (row["clinician"],), _clinicians(users), tables.USERS)
    reader.known(table, line, "location", (row["location"],), locations, tables.LOCATIONS)
    if row["starts"] is None or (row["ends"] is not None and row["ends"] <= row["starts"]):
        reader.fault(table, line, "ends", "is not after starts")
    return WorkingHoursRow(**row)


def _appointment(
    reader: _Reader,
    line: int,
    row: dict[str, Any],
    users: dict[str, UserRow],
    locations: dict[str, LocationRow],
    types: dict[str, TypeRow],
    clients: dict[str, ClientRow],
) -> AppointmentRow | None:
    table, before = tables.APPOINTMENTS, len(reader.faults)
    reader.known(table, line, "client", (row["client"],), clients, tables.CLIENTS)
    reader.known(table, line, "clinician", (row["clinician"],), _clinicians(users), tables.USERS)
    reader.known(table, line, "location", (row["location"],), locations, tables.LOCATIONS)
    reader.known(table, line, "appointment_type", (row["appointment_type"],), types, tables.APPOINTMENT_TYPES)
    location, kind = locations.get(row["location"]), types.get(row["appointment_type"])
    if location is None or kind is None:
        return None
    instants: dict[str, datetime] = {}
    for column in ("starts", "ends"):
        try:
            instants[column] = cells.instant(row[column], location.zone)
        except Invalid as error:
            reader.fault(table, line, column, str(error))
    if len(reader.faults) > before:
        return None
    minutes = cells.elapsed_minutes(instants["starts"], instants["ends"])
    if not 0 < minutes <= 1440:
        reason = "is not after starts" if minutes <= 0 else "is more than 24 hours after starts"
        reader.fault(table, line, "ends", reason)
        return None
    return AppointmentRow(
        ref=row["ref"],
        client=row["client"],
        clinician=row["clinician"],
        location=row["location"],
        appointment_type=row["appointment_type"],
        starts_at=instants["starts"],
        ends_at=instants["ends"],
        zone=location.zone,
        local_start=in_zone(instants["starts"], location.zone).strftime("%Y-%m-%dT%H:%M"),
        duration_minutes=minutes,
        buffer_after_minutes=kind.buffer_after_minutes,
        status=row["status"],
        video=kind.video,
    )


def _clinicians(users: dict[str, UserRow]) -> set[str]:
    return {ref for ref, user in users.items() if user.is_clinician}
