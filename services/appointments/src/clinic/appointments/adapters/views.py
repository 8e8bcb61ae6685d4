"""The views, read: each answer waits a little for the position that the caller has seen."""

import time
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from clinic.appointments.adapters import message_rows
from clinic.appointments.adapters.ledger import settings_of
from clinic.appointments.adapters.projections import SOURCE
from clinic.appointments.application.describe import Described
from clinic.appointments.application.projections.appointment_history import APPOINTMENT_HISTORY
from clinic.appointments.application.projections.changes import View
from clinic.appointments.application.projections.client_list import CLIENT_LIST
from clinic.appointments.application.projections.client_messages import CLIENT_MESSAGES
from clinic.appointments.application.projections.clinician_diary import CLINICIAN_DIARY
from clinic.appointments.application.views import (
    HistoryEntry,
    Message,
    MessagePage,
    Moment,
    Page,
    PaymentLine,
    SettingsVersion,
)
from clinic.appointments.domain.appointment import Appointment
from clinic.appointments.domain.rules import NO_RULES
from clinic.contracts.appointments import Rules, Slot
from clinic.contracts.codec import to_fact
from clinic.infra.database import Connection, Database
from clinic.infra.event_store import read_stream, read_versions
from clinic.kernel.errors import Refused
from clinic.kernel.streams import stream_id

PAYMENTS = frozenset({"PaymentRecorded", "RefundRecorded"})
WAIT_SECONDS = 0.3
STEP_SECONDS = 0.01

_MOMENT = """
    SELECT clinic_now() AS now, (SELECT json_build_object('version', schema_version, 'data', data) FROM events
        WHERE events.practice_id = heads.practice_id
            AND stream_id = %(stream)s AND stream_version = heads.settings_version) AS settings
    FROM heads WHERE practice_id = %(practice)s
"""

_CHECKPOINT = """
    SELECT position FROM consumer_checkpoints
    WHERE consumer = %s AND source = %s AND practice_id = %s AND position >= %s
"""

_UPCOMING = "occupies AND starts_at > clinic_now()"


class PostgresViews:
    """The `Views` port. Every read is one transaction of one practice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def moment(self, practice_id: UUID) -> Moment:
        """The database's time and the practice's settings."""
        with self._database.transaction(practice_id) as connection:
            return _moment(connection, practice_id)

    def settings_versions(self, practice_id: UUID, first: int, last: int) -> list[SettingsVersion]:
        """The settings' versions `first` to `last`, both included, in order."""
        with self._database.transaction(practice_id) as connection:
            events = read_versions(connection, practice_id, stream_id("settings", practice_id), first, last)
        return [SettingsVersion(to_fact(one).settings, one.recorded_at, one.position, one.actor) for one in events]

    def client_list(
        self, practice_id: UUID, client_id: UUID, when: str, page: int, size: int, seen: int | None
    ) -> Page:
        """One page: upcoming soonest first, previous (past and cancelled) newest first."""
        self._wait(CLIENT_LIST, practice_id, seen)
        upcoming = when == "upcoming"
        condition = _UPCOMING if upcoming else f"NOT ({_UPCOMING})"
        order = "ASC" if upcoming else "DESC"
        with self._database.transaction(practice_id) as connection:
            rows = connection.execute(
                f"SELECT *, count(*) OVER () AS total FROM {CLIENT_LIST.table} WHERE practice_id = %s"
                f" AND client_id = %s AND {condition} ORDER BY starts_at {order}, appointment_id LIMIT %s OFFSET %s",
                (practice_id, client_id, size, (page - 1) * size),
            ).fetchall()
            total = rows[0]["total"] if rows else self._count(connection, practice_id, client_id, condition)
        return Page([described(row) for row in rows], total)

    def diary(
        self, practice_id: UUID, from_at: datetime, until_at: datetime, clinician_id: UUID | None, seen: int | None
    ) -> list[Described]:
        """Appointments with any part in [from_at, until_at), by start.

        None lasts longer than a day (docs/import.md): the index is read from a day before on.
        """
        self._wait(CLINICIAN_DIARY, practice_id, seen)
        with self._database.transaction(practice_id) as connection:
            rows = connection.execute(
                f"SELECT * FROM {CLINICIAN_DIARY.table} WHERE practice_id = %(practice)s AND starts_at < %(until)s"
                " AND starts_at > %(from)s - interval '1 day' AND ends_at > %(from)s"
                " AND (%(clinician)s::uuid IS NULL OR clinician_id = %(clinician)s)"
                " ORDER BY starts_at, clinician_id, appointment_id",
                {"practice": practice_id, "from": from_at, "until": until_at, "clinician": clinician_id},
            ).fetchall()
        return [described(row) for row in rows]

    def history(self, practice_id: UUID, appointment_id: UUID, seen: int | None) -> list[HistoryEntry]:
        """All that happened to an appointment, newest first."""
        self._wait(APPOINTMENT_HISTORY, practice_id, seen)
        with self._database.transaction(practice_id) as connection:
            rows = connection.execute(
                f"SELECT * FROM {APPOINTMENT_HISTORY.table} WHERE practice_id = %s AND appointment_id = %s"
                " ORDER BY position DESC",
                (practice_id, appointment_id),
            ).fetchall()
        names = [field.name for field in fields(HistoryEntry)]
        return [HistoryEntry(**{name: row[name] for name in names}) for row in rows]

    def messages(self, practice_id: UUID, client_id: UUID, seen: int | None) -> list[Message]:
        """All that a client wrote, newest first."""
        self._wait(CLIENT_MESSAGES, practice_id, seen)
        with self._database.transaction(practice_id) as connection:
            return message_rows.of_client(connection, practice_id, client_id)

    def practice_messages(
        self, practice_id: UUID, dealt_with: bool | None, page: int, size: int, seen: int | None
    ) -> MessagePage:
        """What clients wrote, newest first."""
        self._wait(CLIENT_MESSAGES, practice_id, seen)
        with self._database.transaction(practice_id) as connection:
            return message_rows.of_practice(connection, practice_id, dealt_with, page, size)

    def payments(self, practice_id: UUID, appointment_id: UUID) -> list[PaymentLine]:
        """What was paid and refunded, from the stream."""
        with self._database.transaction(practice_id) as connection:
            events = read_stream(connection, practice_id, stream_id("appointment", appointment_id))
        return [PaymentLine(to_fact(event), event.actor) for event in events if event.type in PAYMENTS]

    def _count(self, connection: Connection, practice_id: UUID, client_id: UUID, condition: str) -> int:
        row = connection.execute(
            f"SELECT count(*) AS total FROM {CLIENT_LIST.table} WHERE practice_id = %s AND client_id = %s"
            f" AND {condition}",
            (practice_id, client_id),
        ).fetchone()
        return int(row["total"]) if row else 0

    def _wait(self, view: View, practice_id: UUID, seen: int | None) -> None:
        """Returns when the view has the position (None: the ledger's present head), at the latest after 300 ms."""
        if seen == 0:
            return
        until = time.monotonic() + WAIT_SECONDS
        with self._database.connection() as connection:
            position = _head(connection, practice_id) if seen is None else seen
            while not connection.execute(_CHECKPOINT, (view.consumer, SOURCE, practice_id, position)).fetchone():
                if time.monotonic() >= until:
                    return
                time.sleep(STEP_SECONDS)


def _head(connection: Connection, practice_id: UUID) -> int:
    row = connection.execute("SELECT position FROM heads WHERE practice_id = %s", (practice_id,)).fetchone()
    return int(row["position"]) if row else 0


def _moment(connection: Connection, practice_id: UUID) -> Moment:
    row = connection.execute(
        _MOMENT, {"practice": practice_id, "stream": stream_id("settings", practice_id)}
    ).fetchone()
    if row is None:
        raise Refused("not_found")
    return Moment(row["now"], settings_of(row["settings"]))


def described(row: dict[str, Any]) -> Described:
    """The appointment of a row of the client list or the diary."""
    slot = Slot(**{field.name: row[field.name] for field in fields(Slot)})
    rules = msgspec.json.decode(row["rules"], type=Rules) if row["rules"] else NO_RULES
    own = {field.name: row[field.name] for field in fields(Appointment) if field.name not in {"slot", "rules"}}
    return Described(Appointment(slot=slot, rules=rules, **own), row["position"])
