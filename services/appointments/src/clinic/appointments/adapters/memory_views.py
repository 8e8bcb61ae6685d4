"""The views over a ledger in memory: built by the same functions as the tables, no server. For tests and simulation."""

from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.appointments.adapters.memory_ledger import MemoryLedger
from clinic.appointments.adapters.message_rows import message_of_row
from clinic.appointments.adapters.refusals_shown import refusal_of_row
from clinic.appointments.adapters.views import PAYMENTS, described
from clinic.appointments.application.describe import Described
from clinic.appointments.application.projections.appointment_history import APPOINTMENT_HISTORY
from clinic.appointments.application.projections.changes import Change, Changed, Row, View
from clinic.appointments.application.projections.client_list import CLIENT_LIST
from clinic.appointments.application.projections.client_messages import CLIENT_MESSAGES
from clinic.appointments.application.projections.clinician_diary import CLINICIAN_DIARY
from clinic.appointments.application.projections.refusals import REFUSALS
from clinic.appointments.application.views import (
    HistoryEntry,
    Message,
    MessagePage,
    Moment,
    Page,
    PaymentLine,
    RefusalPage,
    SettingsVersion,
)
from clinic.contracts.codec import to_fact
from clinic.kernel.streams import stream_id

Rows = list[dict[str, Any]]


class MemoryViews:
    """The `Views` port. Every answer is built from position 0, so it is never behind: `seen` does not matter."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger

    def rows(self, practice_id: UUID, view: View) -> Rows:
        """The view's rows as the projector would have written them."""
        rows: Rows = []
        for recorded in self._ledger.recorded(practice_id):
            for change in view.handles[recorded.type](recorded) if recorded.type in view.handles else ():
                _write(rows, change)
        return rows

    def moment(self, practice_id: UUID) -> Moment:
        """The time and the settings."""
        reading = self._ledger.read(practice_id)
        return Moment(reading.now, reading.settings)

    def settings_versions(self, practice_id: UUID, first: int, last: int) -> list[SettingsVersion]:
        """The settings' versions, both ends included."""
        stream = stream_id("settings", practice_id)
        return [
            SettingsVersion(to_fact(one).settings, one.recorded_at, one.position, one.actor)
            for one in self._ledger.recorded(practice_id)
            if one.stream_id == stream and first <= one.stream_version <= last
        ]

    def client_list(
        self, practice_id: UUID, client_id: UUID, when: str, page: int, size: int, seen: int | None
    ) -> Page:
        """One page of a client's appointments."""
        now, upcoming = self._ledger.read(practice_id).now, when == "upcoming"
        found = [
            row
            for row in self.rows(practice_id, CLIENT_LIST)
            if row["client_id"] == client_id and (row["occupies"] and row["starts_at"] > now) == upcoming
        ]
        found.sort(key=lambda row: (row["starts_at"], row["appointment_id"]), reverse=not upcoming)
        return Page([described(row) for row in found[_slice(page, size)]], len(found))

    def diary(
        self, practice_id: UUID, from_at: datetime, until_at: datetime, clinician_id: UUID | None, seen: int | None
    ) -> list[Described]:
        """Appointments with any part in [from_at, until_at)."""
        found = [
            row
            for row in self.rows(practice_id, CLINICIAN_DIARY)
            if row["starts_at"] < until_at and row["ends_at"] > from_at
            if clinician_id in (None, row["clinician_id"])
        ]
        return [described(row) for row in sorted(found, key=lambda row: row["starts_at"])]

    def history(self, practice_id: UUID, appointment_id: UUID, seen: int | None) -> list[HistoryEntry]:
        """All that happened to an appointment, newest first."""
        names = [field.name for field in fields(HistoryEntry)]
        rows = [row for row in self.rows(practice_id, APPOINTMENT_HISTORY) if row["appointment_id"] == appointment_id]
        return [HistoryEntry(**{name: row[name] for name in names}) for row in reversed(rows)]

    def messages(self, practice_id: UUID, client_id: UUID, seen: int | None) -> list[Message]:
        """All that a client wrote, newest first."""
        return [one for one in self._messages(practice_id) if one.client_id == client_id]

    def practice_messages(
        self, practice_id: UUID, dealt_with: bool | None, page: int, size: int, seen: int | None
    ) -> MessagePage:
        """One page of what clients wrote."""
        found = [one for one in self._messages(practice_id) if dealt_with in (None, one.dealt_with is not None)]
        return MessagePage(found[_slice(page, size)], len(found))

    def refusals(
        self,
        practice_id: UUID,
        client_id: UUID | None,
        appointment_id: UUID | None,
        page: int,
        size: int,
        seen: int | None,
    ) -> RefusalPage:
        """One page of what was refused."""
        found = [
            refusal_of_row(row)
            for row in reversed(self.rows(practice_id, REFUSALS))
            if client_id in (None, row["client_id"]) and appointment_id in (None, row["appointment_id"])
        ]
        return RefusalPage(found[_slice(page, size)], len(found))

    def payments(self, practice_id: UUID, appointment_id: UUID) -> list[PaymentLine]:
        """What was paid and refunded."""
        stream = stream_id("appointment", appointment_id)
        return [
            PaymentLine(to_fact(one), one.actor)
            for one in self._ledger.recorded(practice_id)
            if one.stream_id == stream and one.type in PAYMENTS
        ]

    def _messages(self, practice_id: UUID) -> list[Message]:
        return [message_of_row(row) for row in reversed(self.rows(practice_id, CLIENT_MESSAGES))]


def _slice(page: int, size: int) -> slice:
    return slice((page - 1) * size, page * size)


def _write(rows: Rows, change: Change) -> None:
    match change:
        case Row(values):
            rows.append(dict(values))
        case Changed(key, values, added, appended):
            (row,) = (row for row in rows if all(row[name] == value for name, value in key.items()))
            row.update(values)
            row.update({name: row[name] + value for name, value in (*added.items(), *appended.items())})
