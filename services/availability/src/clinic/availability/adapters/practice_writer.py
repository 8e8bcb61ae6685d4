"""Writes a practice's directory: rows that are there already are left alone, all in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from clinic.contracts.availability import AvailabilityRulesChanged, OnlineBookingSwitched
from clinic.infra.database import Connection, Database
from clinic.infra.event_store import Cause, append, create_head, new_event
from clinic.kernel.ids import new_id
from clinic.kernel.practice_directory import (
    Kind,
    LocationRow,
    PracticeDirectory,
    PracticeRow,
    TypeRow,
    UserRow,
    WorkingHoursRow,
)
from clinic.kernel.recorded import IMPORT, NewEvent
from clinic.kernel.streams import stream_id

SETTINGS = """
    INSERT INTO booking_settings (practice_id, first_day_of_week, booking_offset, limit_days, step_minutes,
        rules_version)
    VALUES (%(practice)s, %(first_day_of_week)s, %(offset)s, %(limit_days)s, %(step)s, 0)
    ON CONFLICT DO NOTHING
"""

LOCATION = """
    INSERT INTO locations (practice_id, location_id, external_ref, name, address, postcode, zone)
    VALUES (%(practice)s, %(id)s, %(ref)s, %(name)s, %(address)s, %(postcode)s, %(zone)s)
    ON CONFLICT DO NOTHING
"""

TYPE = """
    INSERT INTO appointment_types (practice_id, appointment_type_id, external_ref, name, duration_minutes,
        buffer_after_minutes, price_pence, video, clinician_ids, location_ids)
    VALUES (%(practice)s, %(id)s, %(ref)s, %(name)s, %(duration)s, %(buffer)s, %(price)s, %(video)s, %(clinicians)s,
        %(locations)s)
    ON CONFLICT DO NOTHING
"""

CLINICIAN = """
    INSERT INTO clinicians (practice_id, clinician_id, available_online, display_name, title, description, version)
    VALUES (%(practice)s, %(id)s, %(available_online)s, %(display_name)s, %(title)s, %(description)s, %(version)s)
    ON CONFLICT DO NOTHING
"""

HOURS = """
    INSERT INTO working_hours (practice_id, clinician_id, location_id, weekday, starts_minute, ends_minute)
    VALUES (%(practice)s, %(clinician)s, %(location)s, %(weekday)s, %(starts)s, %(ends)s)
    ON CONFLICT DO NOTHING
"""

NEXT_VERSION = """
    UPDATE booking_settings SET rules_version = rules_version + 1 WHERE practice_id = %(practice)s
    RETURNING rules_version, clinic_now() AS now
"""


class PostgresPracticeWriter:
    """The writer of `clinic.availability.application.import_practice`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(
        self, practice_id: UUID, directory: PracticeDirectory, users: dict[str, UUID]
    ) -> tuple[int, int, dict[tuple[Kind, str], UUID]]:
        """Rows written, rows that were there, ids of all locations and types. New rules are one event for them all."""
        clinicians = {row.ref: users[row.ref] for row in directory.users if row.is_clinician}
        with self._database.transaction(practice_id) as connection:
            create_head(connection, practice_id)
            written = _Written(connection, practice_id)
            written.one_by_one("booking_settings", SETTINGS, [_settings(directory.practice)])
            written.one_by_one("locations", LOCATION, [_location(row) for row in directory.locations])
            locations = _ids(connection, practice_id, "locations", "location_id")
            new = written.one_by_one(
                "clinicians", CLINICIAN, [_clinician(row, users) for row in directory.users if row.is_clinician]
            )
            types = [_type(row, clinicians, locations) for row in directory.appointment_types]
            written.one_by_one("appointment_types", TYPE, types)
            hours = [_hours(row, clinicians, locations) for row in directory.working_hours]
            written.one_by_one("working_hours", HOURS, hours)
            types_by_ref = _ids(connection, practice_id, "appointment_types", "appointment_type_id")
            _record(connection, practice_id, tuple(written.changed), new)
        found: dict[tuple[Kind, str], UUID] = {("location", ref): id_ for ref, id_ in locations.items()}
        found |= {("type", ref): id_ for ref, id_ in types_by_ref.items()}
        return written.created, written.unchanged, found


class _Written:
    """Counts what an import writes, and remembers which kinds changed."""

    def __init__(self, connection: Connection, practice_id: UUID) -> None:
        self._connection = connection
        self._practice_id = practice_id
        self.created = 0
        self.unchanged = 0
        self.changed: list[str] = []

    def one_by_one(self, kind: str, statement: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Writes rows of a kind; the ones that were new."""
        new = [
            row
            for row in rows
            if self._connection.execute(statement, {"practice": self._practice_id, **row}).rowcount == 1
        ]
        self.created += len(new)
        self.unchanged += len(rows) - len(new)
        if new:
            self.changed.append(kind)
        return new


def _record(
    connection: Connection, practice_id: UUID, changed: tuple[str, ...], clinicians: Iterable[Mapping[str, Any]]
) -> None:
    if not changed:
        return
    row = connection.execute(NEXT_VERSION, {"practice": practice_id}).fetchone()
    assert row is not None, "the settings were written before"
    version, now = row["rules_version"], row["now"]
    events: list[NewEvent] = [
        new_event(OnlineBookingSwitched(clinician["id"], True), stream_id("clinician", clinician["id"]), 1, now)
        for clinician in clinicians
        if clinician["available_online"]
    ]
    fact = AvailabilityRulesChanged(version, changed)
    events.append(new_event(fact, stream_id("rules", practice_id), version, now))
    command_id = new_id()
    append(connection, practice_id, Cause(IMPORT, command_id, command_id), events)


def _ids(connection: Connection, practice_id: UUID, table: str, column: str) -> dict[str, UUID]:
    rows = connection.execute(
        f"SELECT external_ref, {column} AS id FROM {table} WHERE practice_id = %s", (practice_id,)
    )
    return {row["external_ref"]: row["id"] for row in rows}


def _settings(row: PracticeRow) -> dict[str, Any]:
    return {
        "first_day_of_week": row.first_day_of_week,
        "offset": row.booking_offset,
        "limit_days": row.booking_limit_days,
        "step": row.slot_step_minutes,
    }


def _location(row: LocationRow) -> dict[str, Any]:
    return {
        "id": new_id(),
        "ref": row.ref,
        "name": row.name,
        "address": row.address,
        "postcode": row.postcode,
        "zone": row.zone,
    }


def _clinician(row: UserRow, users: Mapping[str, UUID]) -> dict[str, Any]:
    """Clients always have a name to read: the user's own where no display name is given."""
    return {
        "id": users[row.ref],
        "available_online": row.available_online,
        "display_name": row.display_name or row.name,
        "title": row.title,
        "description": row.description,
        "version": int(row.available_online),
    }


def _type(row: TypeRow, clinicians: Mapping[str, UUID], locations: Mapping[str, UUID]) -> dict[str, Any]:
    return {
        "id": new_id(),
        "ref": row.ref,
        "name": row.name,
        "duration": row.duration_minutes,
        "buffer": row.buffer_after_minutes,
        "price": row.price_pence,
        "video": row.video,
        "clinicians": [clinicians[ref] for ref in row.clinicians],
        "locations": [locations[ref] for ref in row.locations],
    }


def _hours(row: WorkingHoursRow, clinicians: Mapping[str, UUID], locations: Mapping[str, UUID]) -> dict[str, Any]:
    return {
        "clinician": clinicians[row.clinician],
        "location": locations[row.location],
        "weekday": row.weekday,
        "starts": row.starts.hour * 60 + row.starts.minute,
        "ends": 1440 if row.ends is None else row.ends.hour * 60 + row.ends.minute,
    }
