"""The ledger while a practice is imported: one transaction that holds the practice's head."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from clinic.appointments.adapters.ledger import append_settings, settings_of
from clinic.appointments.application.import_appointments import Present, Stand
from clinic.appointments.application.import_settings import Said, said_of
from clinic.appointments.application.ports import Answer, Asked, Entry, Record
from clinic.appointments.domain.appointment import Appointment, evolve
from clinic.appointments.domain.occupancy import Occupancy
from clinic.contracts.appointments import PortalSettingsChanged
from clinic.contracts.catalog import lookup, upcast
from clinic.infra import event_store
from clinic.infra.database import Connection, Database
from clinic.infra.event_store import Cause, new_event
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import IMPORT
from clinic.kernel.streams import stream_id

READ_AT_ONCE = 1_000
STATE_CHANGES = (
    "AppointmentBooked", "AppointmentImported", "AppointmentRescheduled", "AppointmentCancelled",
    "AppointmentStatusChanged",
)  # fmt: skip
"""What raises the revision; rules and payments leave an appointment as another system knows it."""

_HEAD = "SELECT settings_version FROM heads WHERE practice_id = %s"

_SETTINGS = """
    SELECT schema_version AS version, data, (SELECT bool_and(actor_kind = 'import') FROM events AS other
        WHERE other.practice_id = latest.practice_id AND other.stream_id = latest.stream_id) AS untouched
    FROM events AS latest WHERE practice_id = %s AND stream_id = %s AND stream_version = %s
"""

_OCCUPIED = """
    SELECT appointment_id, clinician_id, lower(during) AS from_at, upper(during) AS until_at, occupies, exclusive
    FROM occupancy WHERE practice_id = %s AND occupies
"""

_STREAMS = """
    SELECT stream_version, type, schema_version, actor_kind, data FROM events
    WHERE practice_id = %s AND stream_id = ANY(%s) ORDER BY stream_id, stream_version
"""

_OCCUPY = """
    INSERT INTO occupancy (practice_id, appointment_id, clinician_id, during, occupies, exclusive)
    SELECT %(practice)s, o.appointment_id, o.clinician_id, tstzrange(o.from_at, o.until_at), o.occupies, o.exclusive
    FROM unnest(%(appointments)s::uuid[], %(clinicians)s::uuid[], %(from)s::timestamptz[], %(until)s::timestamptz[],
        %(occupies)s::boolean[], %(exclusive)s::boolean[])
        AS o (appointment_id, clinician_id, from_at, until_at, occupies, exclusive)
"""

_STEP_ASIDE = "DELETE FROM occupancy WHERE practice_id = %s AND appointment_id = ANY(%s)"

_KEEP_APPOINTMENTS = """
    INSERT INTO imported_appointments (practice_id, external_ref, appointment_id, fingerprint)
    SELECT %s, said.* FROM unnest(%s::text[], %s::uuid[], %s::text[]) AS said
    ON CONFLICT (practice_id, external_ref) DO UPDATE SET fingerprint = excluded.fingerprint
"""

_KEEP_PAYMENTS = """
    INSERT INTO imported_payments (practice_id, external_ref, payment_id, fingerprint)
    SELECT %s, said.* FROM unnest(%s::text[], %s::uuid[], %s::text[]) AS said
"""

_KEEP_SETTINGS = """
    INSERT INTO imported_settings (practice_id, said) VALUES (%s, %s)
    ON CONFLICT (practice_id) DO UPDATE SET said = excluded.said WHERE imported_settings.said <> excluded.said
"""


class PostgresImportStore:
    """The `ImportStore` port on an open transaction; without `lock` others go on appending, for a dry run."""

    def __init__(self, connection: Connection, practice_id: UUID, *, lock: bool) -> None:
        self._connection = connection
        self._practice = practice_id
        self._lock = lock
        self._command = new_id()
        self._settings_version = 0
        self._now: datetime | None = None

    def present(self) -> Present:
        """What is there; from here on nobody else appends to the practice."""
        if self._lock:
            event_store.create_head(self._connection, self._practice)
        head = self._connection.execute(_HEAD + (" FOR UPDATE" if self._lock else ""), (self._practice,)).fetchone()
        now = self._connection.execute("SELECT clinic_now() AS now").fetchone()
        self._now = now["now"] if now else None
        self._settings_version = head["settings_version"] if head else 0
        stream = stream_id("settings", self._practice)
        latest = self._connection.execute(_SETTINGS, (self._practice, stream, self._settings_version)).fetchone()
        settings = settings_of(latest)
        kept = self._connection.execute(
            "SELECT said FROM imported_settings WHERE practice_id = %s", (self._practice,)
        ).fetchone()
        untouched = said_of(settings) if latest and latest["untouched"] else None
        occupied = self._connection.execute(_OCCUPIED, (self._practice,))
        return Present(
            self._moment(),
            settings,
            kept["said"] if kept else untouched,
            self._said("imported_appointments", "appointment_id"),
            self._said("imported_payments", "payment_id"),
            [Occupancy(**row) for row in occupied],
        )

    def stands(self, appointments: Sequence[UUID]) -> Mapping[UUID, Stand]:
        """A fold of each stream, many streams at once."""
        found: dict[UUID, Stand] = {}
        for start in range(0, len(appointments), READ_AT_ONCE):
            streams = [stream_id("appointment", id_) for id_ in appointments[start : start + READ_AT_ONCE]]
            for row in self._connection.execute(_STREAMS, (self._practice, streams)):
                data = upcast(row["type"], row["schema_version"], json.loads(row["data"]))
                fact: Any = msgspec.convert(data, lookup(row["type"]).cls)
                before = found.get(fact.appointment_id)
                state: Appointment = evolve(before.appointment if before else None, fact)
                by_import = row["actor_kind"] == "import"
                if before and row["type"] not in STATE_CHANGES:
                    by_import = before.by_import
                found[fact.appointment_id] = Stand(state, row["stream_version"], by_import)
        return found

    def append_settings(self, event: PortalSettingsChanged) -> None:
        """The settings change, and the head's settings version with them."""
        asked = Asked(self._practice, self._command, "import", self._practice, IMPORT, "")
        entry = Entry(new_id(), stream_id("settings", self._practice), event.settings.version, event)
        answer = Answer("imported", False, {})
        append_settings(self._connection, Record(asked, (entry,), answer, self._moment(), self._settings_version))
        self._settings_version = event.settings.version

    def append(self, entries: Sequence[tuple[Any, int]]) -> None:
        """In one statement."""
        now = self._moment()
        recorded = [
            new_event(fact, stream_id("appointment", fact.appointment_id), version, now) for fact, version in entries
        ]
        event_store.append(self._connection, self._practice, Cause(IMPORT, self._command, self._command), recorded)

    def occupy(self, rows: Sequence[Occupancy], changed: Sequence[UUID]) -> None:
        """All that change step aside first: two may have swapped their times."""
        if changed:
            self._connection.execute(_STEP_ASIDE, (self._practice, list(changed)))
        occupy(self._connection, self._practice, rows)

    def keep_appointments(self, said: Mapping[str, tuple[UUID, str]]) -> None:
        """In one statement."""
        self._keep(_KEEP_APPOINTMENTS, said)

    def keep_payments(self, said: Mapping[str, tuple[UUID, str]]) -> None:
        """In one statement."""
        self._keep(_KEEP_PAYMENTS, said)

    def keep_settings(self, said: Said) -> None:
        """One row of the practice."""
        self._connection.execute(_KEEP_SETTINGS, (self._practice, Jsonb(said)))

    def _keep(self, statement: str, said: Mapping[str, tuple[UUID, str]]) -> None:
        if said:
            ids, fingerprints = [id_ for id_, _ in said.values()], [fingerprint for _, fingerprint in said.values()]
            self._connection.execute(statement, (self._practice, list(said), ids, fingerprints))

    def _said(self, table: str, key: str) -> dict[str, tuple[UUID, str | None]]:
        rows = self._connection.execute(
            f"SELECT external_ref, {key} AS id, fingerprint FROM {table} WHERE practice_id = %s", (self._practice,)
        )
        return {row["external_ref"]: (row["id"], row["fingerprint"]) for row in rows}

    def _moment(self) -> datetime:
        if self._now is None:
            raise LookupError("present() comes first")
        return self._now


def occupy(connection: Connection, practice_id: UUID, rows: Sequence[Occupancy]) -> None:
    """New rows of whose time is taken."""
    connection.execute(
        _OCCUPY,
        {
            "practice": practice_id,
            "appointments": [row.appointment_id for row in rows],
            "clinicians": [row.clinician_id for row in rows],
            "from": [row.from_at for row in rows],
            "until": [row.until_at for row in rows],
            "occupies": [row.occupies for row in rows],
            "exclusive": [row.exclusive for row in rows],
        },
    )


@contextmanager
def import_store(database: Database, practice_id: UUID, *, dry_run: bool = False) -> Iterator[PostgresImportStore]:
    """One transaction: all of an import or nothing."""
    with database.transaction(practice_id) as connection:
        yield PostgresImportStore(connection, practice_id, lock=not dry_run)
