"""SQL for the practice itself, the copies of what appointments decide, and identity's own events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.identity.domain.links import AppointmentTime
from clinic.identity.domain.practices import Practice
from clinic.infra import event_store
from clinic.infra.database import Connection
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor, NewEvent, Recorded


class PostgresPracticeRows:
    """Rows of one practice, in the transaction of `connection`."""

    def __init__(self, connection: Connection, practice_id: UUID) -> None:
        self._connection = connection
        self._practice_id = practice_id

    def now(self) -> datetime:
        """`clinic_now()`."""
        row = self._connection.execute("SELECT clinic_now() AS now").fetchone()
        now: datetime = (row or {})["now"]
        return now

    def practice(self) -> Practice | None:
        """The practice with the effective state of its portal."""
        row = self._connection.execute(
            """
            SELECT practice_id, slug, name, phone, email, zone, nation,
                coalesce(portal_on, false) AS portal_on, coalesce(off_text, '') AS portal_off_text
            FROM practices LEFT JOIN portal_switches_v1 USING (practice_id)
            WHERE practice_id = %s
            """,
            (self._practice_id,),
        ).fetchone()
        return Practice(**row) if row else None

    def recorded(self, type_name: str, before: int, limit: int) -> list[Recorded]:
        """From the newest position down."""
        rows = self._connection.execute(
            "SELECT * FROM events WHERE practice_id = %s AND type = %s ORDER BY position DESC LIMIT %s OFFSET %s",
            (self._practice_id, type_name, limit, before),
        )
        return [event_store.from_row(row) for row in rows]

    def record(self, actor: Actor, facts: Sequence[tuple[str, Any]], occurred_at: datetime) -> None:
        """Appends; ConcurrencyConflict where somebody else appended to one of the streams first."""
        streams = list({stream for stream, _ in facts})
        rows = self._connection.execute(
            "SELECT stream_id, max(stream_version) AS version FROM events "
            "WHERE practice_id = %s AND stream_id = ANY(%s) GROUP BY stream_id",
            (self._practice_id, streams),
        )
        versions = dict.fromkeys(streams, 0) | {row["stream_id"]: row["version"] for row in rows}
        events: list[NewEvent] = []
        for stream, fact in facts:
            versions[stream] += 1
            events.append(event_store.new_event(fact, stream, versions[stream], occurred_at))
        command = new_id()
        event_store.append(self._connection, self._practice_id, event_store.Cause(actor, command, command), events)

    def note_appointment(self, appointment_id: UUID, time: AppointmentTime, *, cancelled: bool, revision: int) -> None:
        """Upserts unless a later revision is there."""
        self._connection.execute(
            """
            INSERT INTO appointment_times_v1 AS known
                (practice_id, appointment_id, client_id, starts_at, cancelled, revision)
            VALUES (%s, %s, %s, %s, %s, %s)
            ON CONFLICT (practice_id, appointment_id) DO UPDATE SET client_id = excluded.client_id,
                starts_at = excluded.starts_at, cancelled = excluded.cancelled, revision = excluded.revision
            WHERE known.revision < excluded.revision
            """,
            (self._practice_id, appointment_id, time.client_id, time.starts_at, cancelled, revision),
        )

    def forget_copies(self) -> None:
        """Takes the copies of starts and switches away, before they are made anew (ADR 0028)."""
        for table in ("appointment_times_v1", "portal_switches_v1"):
            self._connection.execute(f"DELETE FROM {table} WHERE practice_id = %s", (self._practice_id,))

    def note_portal(self, *, portal_on: bool, off_text: str, settings_version: int) -> None:
        """Upserts unless later settings are there."""
        self._connection.execute(
            """
            INSERT INTO portal_switches_v1 AS known (practice_id, portal_on, off_text, settings_version)
            VALUES (%s, %s, %s, %s)
            ON CONFLICT (practice_id) DO UPDATE SET portal_on = excluded.portal_on, off_text = excluded.off_text,
                settings_version = excluded.settings_version
            WHERE known.settings_version < excluded.settings_version
            """,
            (self._practice_id, portal_on, off_text, settings_version),
        )
