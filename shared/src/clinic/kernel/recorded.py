"""An event as the ledger recorded it: the envelope around the fact."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

ActorKind = Literal["client", "staff", "system", "import"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who caused an event: `id` is the client's or the user's, None for the system and for an import."""

    kind: ActorKind
    id: UUID | None = None


SYSTEM = Actor("system")
IMPORT = Actor("import")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event with its envelope. `occurred_at` is the decision, `recorded_at` the database's word (UTC both).

    `position` is dense per practice (1, 2, 3 …), `stream_version` dense per stream; `previous_event_id` is the event
    at `position - 1` of the same practice (None at position 1). `data` is the JSON object of the fact, in
    `schema_version`.
    """

    event_id: UUID
    type: str
    schema_version: int
    practice_id: UUID
    stream_id: str
    stream_version: int
    position: int
    previous_event_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    command_id: UUID
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a practice's ledger. `event_id` is the last event's, None before the first or where nobody told it."""

    position: int
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that is to be appended: `stream_version` is the version it will have (expected version + 1)."""

    event_id: UUID
    type: str
    schema_version: int
    stream_id: str
    stream_version: int
    occurred_at: datetime
    data: dict[str, Any]
