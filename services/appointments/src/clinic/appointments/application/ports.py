"""What the handlers need from outside, in the business's words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from clinic.appointments.domain.appointment import Appointment
from clinic.appointments.domain.client_message import ClientMessage
from clinic.appointments.domain.commands import Check
from clinic.appointments.domain.occupancy import Occupancy
from clinic.contracts.appointments import PortalSettings, Sealed
from clinic.contracts.refusals import ChangeRefused
from clinic.kernel.recorded import Actor


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as it was asked: by whom, under which id, and a fingerprint of everything that it says."""

    practice_id: UUID
    command_id: UUID
    kind: str
    appointment_id: UUID
    actor: Actor
    fingerprint: str
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command was answered: `body` as JSON, its positions not yet filled in.

    `position` is that of the append, None where nothing was recorded.
    """

    outcome: str
    refused: bool
    body: dict[str, Any]
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that was given before, and the fingerprint of what was asked then."""

    answer: Answer
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a decision is made from, read together: the database's time, the settings, the appointment or the message.

    `version` is the version of the stream that was read (0: none), `position` that of its last event. `answered` is
    what this command was answered before.
    """

    now: datetime
    settings: PortalSettings
    appointment: Appointment | None = None
    version: int = 0
    position: int = 0
    answered: Answered | None = None
    message: ClientMessage | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact that is to be recorded as `version` of a stream."""

    event_id: UUID
    stream_id: str
    version: int
    fact: Any


@dataclass(frozen=True, slots=True)
class Record:
    """All that one decision appends, all or nothing: events of several streams, whose time is taken, the answer."""

    asked: Asked
    entries: Sequence[Entry]
    answer: Answer
    occurred_at: datetime
    settings_version: int
    occupancy: Sequence[Occupancy] = field(default=())


@dataclass(frozen=True, slots=True)
class Refusal:
    """The fact of a refusal that is to be recorded with its answer, in a stream of its own (F53)."""

    event_id: UUID
    fact: ChangeRefused
    occurred_at: datetime


class TimeTaken(Exception):
    """Another appointment of the clinician has the time."""


class CommandKnown(Exception):
    """The command was answered meanwhile."""

    def __init__(self, answered: Answered) -> None:
        super().__init__("answered before")
        self.answered = answered


class Ledger(Protocol):
    """Reads for a decision and appends what was decided."""

    def read(self, practice_id: UUID, appointment_id: UUID | None = None, command_id: UUID | None = None) -> Reading:
        """What is known now. Refused as `not_found` for a practice that has no ledger."""

    def read_message(self, practice_id: UUID, message_id: UUID, command_id: UUID) -> Reading:
        """What is known of a client's message now. Refused as `not_found` like `read`."""

    def record(self, record: Record) -> int:
        """Appends and gives the position. ConcurrencyConflict, TimeTaken or CommandKnown: nothing was appended."""

    def remember(self, asked: Asked, answer: Answer, refusal: Refusal | None = None) -> Answered:
        """Keeps an answer that changed nothing; gives the one that stands if the command was answered before.

        A refusal is recorded with it, all or nothing, whatever happened to the appointment or the settings meanwhile;
        beyond the limits of `domain.refusals` it is only counted. The position is that of the event, None without.
        """

    def record_settings(self, record: Record) -> int:
        """Appends a change of settings and raises the head's settings version; ConcurrencyConflict as above."""

    def announce(self, practice_id: UUID) -> None:
        """Wakes the projector and the relay; failing is harmless, they look by themselves."""


class Availability(Protocol):
    """The rules about time, asked before the append. `Unavailable` when it does not answer in time."""

    def check(
        self,
        practice_id: UUID,
        *,
        clinician_id: UUID,
        location_id: UUID,
        appointment_type_id: UUID,
        starts_at: datetime,
        duration_minutes: int | None = None,
        buffer_after_minutes: int | None = None,
        exclude: UUID | None = None,
    ) -> Check:
        """What the rules say about one time. Refused as `invalid` for ids that it does not know."""

    def is_online(self, practice_id: UUID, clinician_id: UUID) -> bool:
        """Whether the clinician is available for online booking."""

    def was_online(self, practice_id: UUID, clinician_id: UUID, at: datetime) -> bool:
        """Whether the clinician was so at an instant."""


class Identity(Protocol):
    """The keepers of clients. `Unavailable` when it does not answer in time."""

    def seal(self, practice_id: UUID, client_id: UUID, text: str, event_id: UUID) -> Sealed:
        """The text, sealed to the client's key for this event."""

    def require_client(self, practice_id: UUID, client_id: UUID) -> None:
        """Refused as `invalid` when the practice has no such client."""
