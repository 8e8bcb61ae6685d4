"""A practice's directory in PostgreSQL, in one transaction: what is there, and what an import writes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from clinic.availability.application.import_practice import Known, Plan
from clinic.availability.application.practice_rows import RowKind, Said, Wanted
from clinic.contracts.availability import AvailabilityRulesChanged, OnlineBookingSwitched
from clinic.infra.database import Connection, Database
from clinic.infra.event_store import Cause, append, create_head, new_event
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import IMPORT, NewEvent
from clinic.kernel.streams import stream_id

KEYS: Mapping[RowKind, str] = {
    "booking_settings": "practice_id",
    "locations": "location_id",
    "clinicians": "clinician_id",
    "appointment_types": "appointment_type_id",
}
COLUMNS: Mapping[RowKind, tuple[str, ...]] = {
    "booking_settings": ("first_day_of_week", "booking_offset", "limit_days", "step_minutes"),
    "locations": ("name", "address", "postcode", "zone"),
    "clinicians": ("available_online", "display_name", "title", "description"),
    "appointment_types": (
        "name", "duration_minutes", "buffer_after_minutes", "price_pence", "video", "clinician_ids", "location_ids",
    ),
}  # fmt: skip
WITH_REFERENCE = ("locations", "appointment_types")

HOURS = (
    "SELECT clinician_id, location_id, weekday, starts_minute, ends_minute FROM working_hours WHERE practice_id = %s"
)

ADD_HOURS = """
    INSERT INTO working_hours (practice_id, clinician_id, location_id, weekday, starts_minute, ends_minute)
    VALUES (%s, %s, %s, %s, %s, %s)
"""

KEEP_SAID = """
    INSERT INTO imported_rows (practice_id, kind, ref, said) VALUES (%s, %s, %s, %s)
    ON CONFLICT (practice_id, kind, ref) DO UPDATE SET said = excluded.said
"""

NEXT_VERSION = """
    UPDATE booking_settings SET rules_version = rules_version + 1 WHERE practice_id = %(practice)s
    RETURNING rules_version, clinic_now() AS now
"""


class PostgresPracticeWriter:
    """The writer of `clinic.availability.application.import_practice`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def rows(self, practice_id: UUID) -> Iterator["PostgresPracticeRows"]:
        """One transaction: all of an import or nothing."""
        with self._database.transaction(practice_id) as connection:
            yield PostgresPracticeRows(connection, practice_id)


class PostgresPracticeRows:
    """Rows of one practice, in the transaction of `connection`."""

    def __init__(self, connection: Connection, practice_id: UUID) -> None:
        self._connection = connection
        self._practice_id = practice_id

    def known(self) -> Known:
        """Locked until the end of the transaction."""
        ids: dict[tuple[RowKind, str], UUID] = {}
        values: dict[tuple[RowKind, str], Said] = {}
        for kind, columns in COLUMNS.items():
            for row in self._rows(kind):
                ref = row["external_ref"] if kind in WITH_REFERENCE else str(row[KEYS[kind]])
                key = (kind, "" if kind == "booking_settings" else ref)
                ids[key] = row[KEYS[kind]]
                values[key] = {name: _json(row[name]) for name in columns}
        for row in self._connection.execute(f"{HOURS} FOR UPDATE", (self._practice_id,)):
            stretches = values.setdefault(
                ("working_hours", f"{row['clinician_id']} {row['location_id']}"), {"hours": []}
            )
            stretches["hours"].append([row["weekday"], row["starts_minute"], row["ends_minute"]])
        for of_hours in (each for (kind, _), each in values.items() if kind == "working_hours"):
            of_hours["hours"].sort()
        said = self._connection.execute(
            "SELECT kind, ref, said FROM imported_rows WHERE practice_id = %s", (self._practice_id,)
        )
        return Known(ids, values, {(row["kind"], row["ref"]): row["said"] for row in said})

    def write(self, plan: Plan) -> None:
        """All rules that change are one event."""
        create_head(self._connection, self._practice_id)
        switched: list[tuple[UUID, bool, int]] = []
        for row, id_ in plan.new:
            self._add(row, id_)
            if row.kind == "clinicians" and row.values["available_online"]:
                switched.append((id_, True, 1))
        for row, id_, taken in plan.changed:
            version = self._change(row, id_, taken)
            if "available_online" in taken:
                switched.append((id_, taken["available_online"], version))
        for (kind, ref), said in plan.said.items():
            self._connection.execute(KEEP_SAID, (self._practice_id, kind, ref, Jsonb(said)))
        if plan.kinds:
            self._record(plan.kinds, switched)

    def _rows(self, kind: RowKind) -> list[dict[str, Any]]:
        reference = ", external_ref" if kind in WITH_REFERENCE else ""
        columns = ", ".join((KEYS[kind], *COLUMNS[kind]))
        return self._connection.execute(
            f"SELECT {columns}{reference} FROM {kind} WHERE practice_id = %s FOR UPDATE", (self._practice_id,)
        ).fetchall()

    def _add(self, row: Wanted, id_: UUID) -> None:
        if row.kind == "working_hours":
            self._add_hours(row)
            return
        values: dict[str, Any] = {"practice_id": self._practice_id, KEYS[row.kind]: id_, **row.values}
        if row.kind in WITH_REFERENCE:
            values["external_ref"] = row.ref
        if row.kind == "clinicians":
            values["version"] = int(row.values["available_online"])
        if row.kind == "booking_settings":
            values |= {"practice_id": self._practice_id, "rules_version": 0}
        columns, places = ", ".join(values), ", ".join(_place(name) for name in values)
        self._connection.execute(f"INSERT INTO {row.kind} ({columns}) VALUES ({places})", values)

    def _change(self, row: Wanted, id_: UUID, taken: Said) -> int:
        """The version of a clinician's stream after it; 0 for other kinds."""
        if row.kind == "working_hours":
            clinician, location = row.ref.split()
            self._connection.execute(
                "DELETE FROM working_hours WHERE practice_id = %s AND clinician_id = %s AND location_id = %s",
                (self._practice_id, clinician, location),
            )
            self._add_hours(row)
            return 0
        columns = ", ".join(f"{name} = {_place(name)}" for name in taken)
        version = ""
        if row.kind == "clinicians" and "available_online" in taken:
            columns, version = f"{columns}, version = version + 1", "RETURNING version"
        changed = self._connection.execute(
            f"UPDATE {row.kind} SET {columns} WHERE practice_id = %(practice)s AND {KEYS[row.kind]} = %(id)s {version}",
            {**taken, "practice": self._practice_id, "id": id_},
        )
        found = changed.fetchone() if version else None
        return int(found["version"]) if found else 0

    def _add_hours(self, row: Wanted) -> None:
        clinician, location = row.ref.split()
        for stretch in row.values["hours"]:
            self._connection.execute(ADD_HOURS, (self._practice_id, clinician, location, *stretch))

    def _record(self, changed: tuple[str, ...], switched: list[tuple[UUID, bool, int]]) -> None:
        row = self._connection.execute(NEXT_VERSION, {"practice": self._practice_id}).fetchone()
        assert row is not None, "the settings were written before"
        version, now = row["rules_version"], row["now"]
        events: list[NewEvent] = [
            new_event(OnlineBookingSwitched(id_, available), stream_id("clinician", id_), number, now)
            for id_, available, number in switched
        ]
        fact = AvailabilityRulesChanged(version, changed)
        events.append(new_event(fact, stream_id("rules", self._practice_id), version, now))
        command_id = new_id()
        append(self._connection, self._practice_id, Cause(IMPORT, command_id, command_id), events)


def _place(name: str) -> str:
    return f"%({name})s::uuid[]" if name.endswith("_ids") else f"%({name})s"


def _json(value: Any) -> Any:
    return sorted(str(each) for each in value) if isinstance(value, list) else value
