"""What the views answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from clinic.appointments.application.describe import Described
from clinic.contracts.appointments import PaymentRecorded, PortalSettings, RefundRecorded
from clinic.kernel.recorded import Actor


@dataclass(frozen=True, slots=True)
class Moment:
    """The database's time and the settings at it."""

    now: datetime
    settings: PortalSettings


@dataclass(frozen=True, slots=True)
class Page:
    """A page of appointments out of `total`."""

    appointments: Sequence[Described]
    total: int


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of an appointment's history."""

    position: int
    recorded_at: datetime
    actor_kind: str
    actor_id: UUID | None
    type: str
    title: str
    sentence: str
    message_id: UUID | None


@dataclass(frozen=True, slots=True)
class SettingsVersion:
    """The portal settings as one change left them, and who made it; their `version` counts the changes from 1."""

    settings: PortalSettings
    recorded_at: datetime
    position: int
    actor: Actor


@dataclass(frozen=True, slots=True)
class Done:
    """A user did something with a message, at an instant."""

    user_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """A client's message, sealed; `dealt_with` is None while it waits."""

    message_id: UUID
    event_id: UUID
    appointment_id: UUID
    client_id: UUID
    about: str
    sealed: dict[str, Any]
    left_at: datetime
    dealt_with: Done | None
    read_by: Sequence[Done]


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page of messages out of `total`."""

    messages: Sequence[Message]
    total: int


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A payment or a refund as it was recorded, and who did."""

    fact: PaymentRecorded | RefundRecorded
    actor: Actor


@dataclass(frozen=True, slots=True)
class RefusalLine:
    """A change or a cancellation that was refused, and who asked for it (F53). `zone` is that of `starts_at`."""

    position: int
    recorded_at: datetime
    actor_kind: str
    actor_id: UUID | None
    appointment_id: UUID
    client_id: UUID
    clinician_id: UUID
    wanted: str
    code: str
    starts_at: datetime
    zone: str
    wanted_starts_at: datetime | None
    unrecorded_before: int


@dataclass(frozen=True, slots=True)
class RefusalPage:
    """A page of refusals out of `total`."""

    refusals: Sequence[RefusalLine]
    total: int


class PastViews(Protocol):
    """What can be asked of the present and of the past alike.

    `seen` is a position that the answer should include (None: all that is recorded): waited for at most 300 ms.
    """

    def moment(self, practice_id: UUID) -> Moment:
        """The time and the settings."""

    def settings_versions(self, practice_id: UUID, first: int, last: int) -> list[SettingsVersion]:
        """The settings' versions `first` to `last`, both included, in order: from the stream, never stale."""

    def client_list(
        self, practice_id: UUID, client_id: UUID, when: str, page: int, size: int, seen: int | None
    ) -> Page:
        """Upcoming (soonest first) or previous (newest first) appointments of a client; pages count from 1."""

    def diary(
        self, practice_id: UUID, from_at: datetime, until_at: datetime, clinician_id: UUID | None, seen: int | None
    ) -> list[Described]:
        """Appointments with any part in [from_at, until_at), cancelled ones included."""

    def history(self, practice_id: UUID, appointment_id: UUID, seen: int | None) -> list[HistoryEntry]:
        """All that happened to an appointment, newest first."""

    def messages(self, practice_id: UUID, client_id: UUID, seen: int | None) -> list[Message]:
        """All that a client wrote, newest first."""

    def payments(self, practice_id: UUID, appointment_id: UUID) -> list[PaymentLine]:
        """What was paid and refunded, in the order of recording: from the stream, never stale."""


class Views(PastViews, Protocol):
    """What can be asked of the present."""

    def practice_messages(
        self, practice_id: UUID, dealt_with: bool | None, page: int, size: int, seen: int | None
    ) -> MessagePage:
        """What clients wrote, newest first; only what is dealt with or what waits, None: both. Pages count from 1."""

    def refusals(
        self,
        practice_id: UUID,
        client_id: UUID | None,
        appointment_id: UUID | None,
        page: int,
        size: int,
        seen: int | None,
    ) -> RefusalPage:
        """What was refused, of one client, of one appointment or of all, newest first. Pages count from 1."""
