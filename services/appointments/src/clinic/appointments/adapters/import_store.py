"""The ledger while a practice is imported: one transaction that holds the practice's head."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from clinic.appointments.adapters.ledger import append_settings, settings_of
from clinic.appointments.application.import_practice import Present
from clinic.appointments.application.ports import Answer, Asked, Entry, Record
from clinic.appointments.domain.occupancy import Occupancy, occupancy_of
from clinic.contracts.appointments import AppointmentImported, PortalSettingsChanged
from clinic.infra import event_store
from clinic.infra.database import Connection, Database
from clinic.infra.event_store import Cause, new_event
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import IMPORT
from clinic.kernel.streams import stream_id

_HEAD = "SELECT clinic_now() AS now, settings_version FROM heads WHERE practice_id = %s FOR UPDATE"

_SETTINGS = "SELECT data FROM events WHERE practice_id = %s AND stream_id = %s AND stream_version = %s"

_OCCUPIED = """
    SELECT appointment_id, clinician_id, lower(during) AS from_at, upper(during) AS until_at, occupies, exclusive
    FROM occupancy WHERE practice_id = %s AND occupies
"""

_OCCUPY = """
    INSERT INTO occupancy (practice_id, appointment_id, clinician_id, during, occupies, exclusive)
    SELECT %(practice)s, o.appointment_id, o.clinician_id, tstzrange(o.from_at, o.until_at), o.occupies, o.exclusive
    FROM unnest(%(appointments)s::uuid[], %(clinicians)s::uuid[], %(from)s::timestamptz[], %(until)s::timestamptz[],
        %(occupies)s::boolean[], %(exclusive)s::boolean[])
        AS o (appointment_id, clinician_id, from_at, until_at, occupies, exclusive)
"""

_REFERENCES = """
    INSERT INTO imported_appointments (practice_id, external_ref, appointment_id)
    SELECT %s, r.external_ref, r.appointment_id FROM unnest(%s::text[], %s::uuid[]) AS r (external_ref, appointment_id)
"""


class PostgresImportStore:
    """The `ImportStore` port on an open transaction."""

    def __init__(self, connection: Connection, practice_id: UUID) -> None:
        self._connection = connection
        self._practice = practice_id
        self._command = new_id()
        self._settings_version = 0
        self._now: datetime | None = None

    def present(self) -> Present:
        """What is there; from here on nobody else appends to the practice."""
        event_store.create_head(self._connection, self._practice)
        head = self._connection.execute(_HEAD, (self._practice,)).fetchone()
        if head is None:
            raise LookupError("the practice's head is gone")
        self._now, self._settings_version = head["now"], head["settings_version"]
        stream = stream_id("settings", self._practice)
        settings = self._connection.execute(_SETTINGS, (self._practice, stream, self._settings_version)).fetchone()
        imported = self._connection.execute(
            "SELECT external_ref, appointment_id FROM imported_appointments WHERE practice_id = %s", (self._practice,)
        )
        occupied = self._connection.execute(_OCCUPIED, (self._practice,))
        return Present(
            settings_of(settings["data"] if settings else None),
            {row["external_ref"]: row["appointment_id"] for row in imported},
            [Occupancy(**row) for row in occupied],
        )

    def append_settings(self, event: PortalSettingsChanged) -> None:
        """The settings change, and the head's settings version with them."""
        asked = Asked(self._practice, self._command, "import", self._practice, IMPORT, "")
        entry = Entry(new_id(), stream_id("settings", self._practice), event.settings.version, event)
        answer = Answer("imported", False, {})
        append_settings(self._connection, Record(asked, (entry,), answer, self._moment(), self._settings_version))
        self._settings_version = event.settings.version

    def append_imported(self, events: Sequence[AppointmentImported]) -> None:
        """Appointments, with whose time they take and their references."""
        now = self._moment()
        recorded = [new_event(event, stream_id("appointment", event.appointment_id), 1, now) for event in events]
        event_store.append(self._connection, self._practice, Cause(IMPORT, self._command, self._command), recorded)
        occupy(self._connection, self._practice, [occupancy_of(event) for event in events])
        references = ([event.external_ref for event in events], [event.appointment_id for event in events])
        self._connection.execute(_REFERENCES, (self._practice, *references))

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
def import_store(database: Database, practice_id: UUID) -> Iterator[PostgresImportStore]:
    """One transaction: all of an import or nothing."""
    with database.transaction(practice_id) as connection:
        yield PostgresImportStore(connection, practice_id)
