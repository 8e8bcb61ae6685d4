"""The views over a ledger in memory: built by the same functions as the tables, no server. For tests and simulation."""

from datetime import datetime
from uuid import UUID

from clinic.appointments.adapters.folding import (
    Rows,
    client_page,
    diary_between,
    fold,
    history_of,
    messages_in,
    part,
)
from clinic.appointments.adapters.memory_ledger import MemoryLedger
from clinic.appointments.adapters.refusals_shown import refusal_of_row
from clinic.appointments.adapters.views import PAYMENTS
from clinic.appointments.application.describe import Described
from clinic.appointments.application.projections.appointment_history import APPOINTMENT_HISTORY
from clinic.appointments.application.projections.changes import View
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


class MemoryViews:
    """The `Views` port. Every answer is built from position 0, so it is never behind: `seen` does not matter."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger

    def rows(self, practice_id: UUID, view: View) -> Rows:
        """The view's rows as the projector would have written them."""
        return fold(view, self._ledger.recorded(practice_id))

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
        now = self._ledger.read(practice_id).now
        return client_page(self.rows(practice_id, CLIENT_LIST), client_id, when, now, page, size)

    def diary(
        self, practice_id: UUID, from_at: datetime, until_at: datetime, clinician_id: UUID | None, seen: int | None
    ) -> list[Described]:
        """Appointments with any part in [from_at, until_at)."""
        return diary_between(self.rows(practice_id, CLINICIAN_DIARY), from_at, until_at, clinician_id)

    def history(self, practice_id: UUID, appointment_id: UUID, seen: int | None) -> list[HistoryEntry]:
        """All that happened to an appointment, newest first."""
        return history_of(self.rows(practice_id, APPOINTMENT_HISTORY), appointment_id)

    def messages(self, practice_id: UUID, client_id: UUID, seen: int | None) -> list[Message]:
        """All that a client wrote, newest first."""
        return [one for one in self._messages(practice_id) if one.client_id == client_id]

    def practice_messages(
        self, practice_id: UUID, dealt_with: bool | None, page: int, size: int, seen: int | None
    ) -> MessagePage:
        """One page of what clients wrote."""
        found = [one for one in self._messages(practice_id) if dealt_with in (None, one.dealt_with is not None)]
        return MessagePage(found[part(page, size)], len(found))

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
        return RefusalPage(found[part(page, size)], len(found))

    def payments(self, practice_id: UUID, appointment_id: UUID) -> list[PaymentLine]:
        """What was paid and refunded."""
        stream = stream_id("appointment", appointment_id)
        return [
            PaymentLine(to_fact(one), one.actor)
            for one in self._ledger.recorded(practice_id)
            if one.stream_id == stream and one.type in PAYMENTS
        ]

    def _messages(self, practice_id: UUID) -> list[Message]:
        return messages_in(self.rows(practice_id, CLIENT_MESSAGES))
