"""Reads a practice directory: every row is checked, and all faults are told together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from clinic.infra.clock import utc_now
from clinic.kernel.client_time import in_zone
from clinic.kernel.practice_directory import (
    AppointmentRow,
    ClientRow,
    LocationRow,
    PaymentRow,
    PracticeDirectory,
    PracticeRow,
    TypeRow,
    UserRow,
    WorkingHoursRow,
)
from clinic.practice_files import tables, times
from clinic.practice_files.csv_rows import CsvRows, Progress
from clinic.practice_files.faults import Fault, FaultyDirectory, Invalid
from clinic.practice_files.practice_toml import read_practice_toml

MINUTES_OF_A_DAY = 1440


@dataclass(slots=True)
class _Named:
    """The rows that others may name, by reference."""

    users: dict[str, UserRow] = field(default_factory=dict)
    clinicians: set[str] = field(default_factory=set)
    locations: dict[str, LocationRow] = field(default_factory=dict)
    types: dict[str, TypeRow] = field(default_factory=dict)
    clients: dict[str, ClientRow] = field(default_factory=dict)
    appointments: dict[str, AppointmentRow] = field(default_factory=dict)


def read_directory(path: Path, progress: Progress = lambda file, rows, read_as: None) -> PracticeDirectory:
    """The practice that the files in `path` describe (docs/import.md).

    FaultyDirectory carries every fault that was found: nothing of a directory with a fault is ever imported.
    """
    faults: list[Fault] = []
    practice = read_practice_toml(path / "practice.toml", faults)
    files, named = CsvRows(path, faults, progress), _Named()
    for line, row in files.rows(tables.USERS):
        named.users[row["ref"]] = _user(files, line, row)
    named.clinicians = {ref for ref, user in named.users.items() if user.is_clinician}
    named.locations = {row["ref"]: LocationRow(line=line, **row) for line, row in files.rows(tables.LOCATIONS)}
    for line, row in files.rows(tables.APPOINTMENT_TYPES):
        named.types[row["ref"]] = _type(files, line, row, named)
    hours = [_hours(files, line, row, named) for line, row in files.rows(tables.WORKING_HOURS)]
    _hours_overlap(files, hours)
    named.clients = {row["ref"]: ClientRow(line=line, **row) for line, row in files.rows(tables.CLIENTS)}
    words = _status_words(practice)
    for line, row in files.rows(tables.APPOINTMENTS):
        _appointment(files, line, row, named, words)
    payments = [_payment(files, line, row, named, practice) for line, row in files.rows(tables.PAYMENTS)]
    _one_currency_each(files, payments)
    if faults or practice is None:
        raise FaultyDirectory(faults)
    return PracticeDirectory(
        practice,
        tuple(named.users.values()),
        tuple(named.locations.values()),
        tuple(named.types.values()),
        tuple(hours),
        tuple(named.clients.values()),
        tuple(named.appointments.values()),
        tuple(payment for payment in payments if payment is not None),
    )


def _user(files: CsvRows, line: int, row: dict[str, Any]) -> UserRow:
    if row["available_online"] and not (row["is_clinician"] and row["display_name"]):
        files.fault(tables.USERS, line, "available_online", "needs a clinician with a display_name")
    if not row["email"]:
        files.fault(tables.USERS, line, "email", "is empty")
    return UserRow(line=line, **row)


def _type(files: CsvRows, line: int, row: dict[str, Any], named: _Named) -> TypeRow:
    table = tables.APPOINTMENT_TYPES
    files.known(table, line, "clinicians", row["clinicians"], named.clinicians, tables.USERS)
    files.known(table, line, "locations", row["locations"], named.locations, tables.LOCATIONS)
    return TypeRow(price_pence=row.pop("price"), line=line, **row)


def _hours(files: CsvRows, line: int, row: dict[str, Any], named: _Named) -> WorkingHoursRow:
    table = tables.WORKING_HOURS
    files.known(table, line, "clinician", (row["clinician"],), named.clinicians, tables.USERS)
    files.known(table, line, "location", (row["location"],), named.locations, tables.LOCATIONS)
    if row["starts"] is None or (row["ends"] is not None and row["ends"] <= row["starts"]):
        files.fault(table, line, "ends", "is not after starts")
    return WorkingHoursRow(line=line, **row)


def _hours_overlap(files: CsvRows, hours: list[WorkingHoursRow]) -> None:
    """Two stretches of one clinician at one place on one weekday do not overlap."""
    stretches = [row for row in hours if row.starts is not None]
    ordered = sorted(stretches, key=lambda row: (row.clinician, row.location, row.weekday, row.starts, row.line))
    for earlier, later in pairwise(ordered):
        same = (earlier.clinician, earlier.location, earlier.weekday) == (
            later.clinician,
            later.location,
            later.weekday,
        )
        if same and (earlier.ends is None or later.starts < earlier.ends):
            files.fault(tables.WORKING_HOURS, later.line, "starts", f"overlaps the hours in line {earlier.line}")


def _appointment(files: CsvRows, line: int, row: dict[str, Any], named: _Named, words: Mapping[str, str]) -> None:
    table, before = tables.APPOINTMENTS, len(files.faults)
    files.known(table, line, "client", (row["client"],), named.clients, tables.CLIENTS)
    files.known(table, line, "clinician", (row["clinician"],), named.clinicians, tables.USERS)
    files.known(table, line, "location", (row["location"],), named.locations, tables.LOCATIONS)
    files.known(table, line, "appointment_type", (row["appointment_type"],), named.types, tables.APPOINTMENT_TYPES)
    if (status := words.get(row["status"].casefold())) is None:
        files.fault(table, line, "status", f"{row['status']!r} is none of {', '.join(dict.fromkeys(words.values()))}")
    found = _times(files, line, row, named.locations.get(row["location"]))
    kind = named.types.get(row["appointment_type"])
    if len(files.faults) > before or found is None or kind is None or status is None:
        files.faulty.setdefault(table.file, set()).add(row["ref"])
        return
    starts_at, ends_at, zone = found
    named.appointments[row["ref"]] = AppointmentRow(
        ref=row["ref"],
        client=row["client"],
        clinician=row["clinician"],
        location=row["location"],
        appointment_type=row["appointment_type"],
        starts_at=starts_at,
        ends_at=ends_at,
        zone=zone,
        local_start=in_zone(starts_at, zone).strftime("%Y-%m-%dT%H:%M"),
        duration_minutes=times.elapsed_minutes(starts_at, ends_at),
        buffer_after_minutes=kind.buffer_after_minutes,
        status=status,
        video=kind.video,
        line=line,
    )


def _times(
    files: CsvRows, line: int, row: Mapping[str, Any], location: LocationRow | None
) -> tuple[datetime, datetime, str] | None:
    """Start, end and zone; None where one is missing or they do not fit each other."""
    table = tables.APPOINTMENTS
    if location is None:
        return None
    instants: dict[str, datetime] = {}
    for column in ("starts", "ends"):
        try:
            instants[column] = times.instant(row[column], location.zone)
        except Invalid as error:
            files.fault(table, line, column, str(error))
    if len(instants) < 2:
        return None
    minutes = times.elapsed_minutes(instants["starts"], instants["ends"])
    if not 0 < minutes <= MINUTES_OF_A_DAY:
        reason = "is not after starts" if minutes <= 0 else "is more than 24 hours after starts"
        files.fault(table, line, "ends", reason)
        return None
    return instants["starts"], instants["ends"], location.zone


def _status_words(practice: PracticeRow | None) -> dict[str, str]:
    """Code, name and the other system's words, each without regard to capitals → the status's code."""
    words: dict[str, str] = {}
    for status in practice.statuses if practice else ():
        words |= {word.casefold(): status.code for word in (status.code, status.name, *status.also)}
    if not words:
        for code, (name, _) in tables.STATUSES.items():
            words |= {code.casefold(): code, name.casefold(): code}
    return words


def _payment(
    files: CsvRows, line: int, row: dict[str, Any], named: _Named, practice: PracticeRow | None
) -> PaymentRow | None:
    table, appointment = tables.PAYMENTS, named.appointments.get(row["appointment"])
    files.known(table, line, "appointment", (row["appointment"],), named.appointments, tables.APPOINTMENTS)
    zone = appointment.zone if appointment else practice.zone if practice else "UTC"
    try:
        row["paid_at"] = times.paid_instant(row["paid_at"], zone)
    except Invalid as error:
        files.fault(table, line, "paid_at", str(error))
        return None
    if row["paid_at"] > utc_now():
        files.fault(table, line, "paid_at", "is in the future")
    return PaymentRow(amount_pence=row.pop("amount"), line=line, **row)


def _one_currency_each(files: CsvRows, payments: list[PaymentRow | None]) -> None:
    """One appointment is paid in one currency, or its sum would mean nothing."""
    first: dict[str, PaymentRow] = {}
    for row in payments:
        if row and (other := first.setdefault(row.appointment, row)).currency != row.currency:
            reason = f"{row.appointment!r} was paid in {other.currency}, in line {other.line}"
            files.fault(tables.PAYMENTS, row.line, "currency", reason)
