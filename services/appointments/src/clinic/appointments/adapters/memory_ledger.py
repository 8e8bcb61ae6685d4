"""The ledger in memory: the same port, the same refusals, no server. For tests of handlers and for simulation."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.appointments.application.ports import (
    Answer,
    Answered,
    Asked,
    CommandKnown,
    Entry,
    Reading,
    Record,
    Refusal,
    TimeTaken,
)
from clinic.appointments.domain.appointment import Appointment, evolve
from clinic.appointments.domain.client_message import ClientMessage, evolve_message
from clinic.appointments.domain.occupancy import Occupancy
from clinic.appointments.domain.portal_settings import DEFAULT
from clinic.appointments.domain.refusals import WITHIN, is_recorded
from clinic.contracts.appointments import PortalSettings
from clinic.contracts.catalog import lookup
from clinic.contracts.codec import to_data
from clinic.kernel.errors import ConcurrencyConflict, Refused
from clinic.kernel.recorded import Recorded
from clinic.kernel.streams import category_of, stream_id


@dataclass(frozen=True, slots=True)
class _Event:
    recorded: Recorded
    fact: Any


@dataclass(slots=True)
class _Kept:
    settings: PortalSettings = DEFAULT
    position: int = 0
    last_event_id: UUID | None = None
    last_recorded_at: datetime | None = None
    streams: defaultdict[str, list[_Event]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[UUID, Answered] = field(default_factory=dict)
    occupancy: dict[UUID, Occupancy] = field(default_factory=dict)
    left_out: dict[UUID, int] = field(default_factory=dict)


class MemoryLedger:
    """The `Ledger` port. `clock` is the present instant; `announced` counts the knocks."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.announced = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._practices: dict[UUID, _Kept] = {}

    def create(self, practice_id: UUID) -> None:
        """An empty ledger for a practice."""
        self._practices[practice_id] = _Kept()

    def put_settings(self, practice_id: UUID, settings: PortalSettings) -> None:
        """Settings that no command would make, such as a portal that is on under an edition that was lowered."""
        self._practices[practice_id].settings = settings

    def facts(self, practice_id: UUID) -> list[Any]:
        """All facts of a practice in the order of their positions."""
        return [event.fact for event in self._events(practice_id)]

    def recorded(self, practice_id: UUID) -> list[Recorded]:
        """The same as they are recorded; what they were caused by is not kept."""
        return [event.recorded for event in self._events(practice_id)]

    def occupancy(self, practice_id: UUID) -> dict[UUID, Occupancy]:
        """Whose time is taken, per appointment."""
        return dict(self._practices[practice_id].occupancy)

    def _events(self, practice_id: UUID) -> list[_Event]:
        streams = self._practices[practice_id].streams.values()
        return sorted((event for stream in streams for event in stream), key=lambda event: event.recorded.position)

    def read(self, practice_id: UUID, appointment_id: UUID | None = None, command_id: UUID | None = None) -> Reading:
        """What is known now."""
        with self._lock:
            kept = self._practices.get(practice_id)
            if kept is None:
                raise Refused("not_found")
            answered = kept.answers.get(command_id) if command_id else None
            reading = Reading(self._clock(), kept.settings, answered=answered)
            stream = kept.streams.get(stream_id("appointment", appointment_id), []) if appointment_id else []
            state: Appointment | None = None
            for event in stream:
                state = evolve(state, event.fact)
            if stream:
                position = stream[-1].recorded.position
                return replace(reading, appointment=state, version=len(stream), position=position)
            return reading

    def read_message(self, practice_id: UUID, message_id: UUID, command_id: UUID) -> Reading:
        """What is known of a message now."""
        reading = self.read(practice_id, None, command_id)
        with self._lock:
            stream = self._practices[practice_id].streams.get(stream_id("message", message_id), [])
            message: ClientMessage | None = None
            for event in stream:
                message = evolve_message(message, event.fact, event.recorded.actor.id)
            position = stream[-1].recorded.position if stream else 0
            return replace(reading, message=message, version=len(stream), position=position)

    def record(self, record: Record) -> int:
        """Appends and gives the position."""
        asked = record.asked
        with self._lock:
            kept = self._practices[asked.practice_id]
            if known := kept.answers.get(asked.command_id):
                raise CommandKnown(known)
            self._refuse_conflict(kept, record)
            if any(_is_taken(kept.occupancy.values(), row) for row in record.occupancy):
                raise TimeTaken
            self._append(kept, record)
            kept.occupancy.update({row.appointment_id: row for row in record.occupancy})
            kept.answers[asked.command_id] = Answered(replace(record.answer, position=kept.position), asked.fingerprint)
            return kept.position

    def record_settings(self, record: Record) -> int:
        """Appends a change of settings."""
        with self._lock:
            kept = self._practices[record.asked.practice_id]
            self._refuse_conflict(kept, record)
            self._append(kept, record)
            kept.settings = record.entries[-1].fact.settings
            return kept.position

    def remember(self, asked: Asked, answer: Answer, refusal: Refusal | None = None) -> Answered:
        """Keeps an answer unless there is one, and records the refusal within the limits."""
        with self._lock:
            kept = self._practices[asked.practice_id]
            if asked.command_id not in kept.answers:
                position = self._record_refusal(kept, asked, refusal) if refusal else None
                kept.answers[asked.command_id] = Answered(replace(answer, position=position), asked.fingerprint)
            return kept.answers[asked.command_id]

    def announce(self, practice_id: UUID) -> None:
        """Counts."""
        self.announced += 1

    def _record_refusal(self, kept: _Kept, asked: Asked, refusal: Refusal) -> int | None:
        recorded = [
            event.recorded
            for stream, events in kept.streams.items()
            for event in events
            if category_of(stream) == "refusal" and event.recorded.recorded_at > self._clock() - WITHIN
        ]
        of_appointment = sum(one.data["appointment_id"] == str(asked.appointment_id) for one in recorded)
        if not is_recorded(of_appointment, sum(one.actor == asked.actor for one in recorded)):
            kept.left_out[asked.appointment_id] = kept.left_out.get(asked.appointment_id, 0) + 1
            return None
        fact = replace(refusal.fact, unrecorded_before=kept.left_out.pop(asked.appointment_id, 0))
        entry = Entry(refusal.event_id, stream_id("refusal", asked.command_id), 1, fact)
        answer = Answer(fact.code, True, {})
        self._append(kept, Record(asked, (entry,), answer, refusal.occurred_at, kept.settings.version))
        return kept.position

    def _refuse_conflict(self, kept: _Kept, record: Record) -> None:
        if kept.settings.version != record.settings_version:
            raise ConcurrencyConflict("the practice's settings changed")
        versions = {entry.stream_id: len(kept.streams.get(entry.stream_id, ())) for entry in record.entries}
        for entry in record.entries:
            versions[entry.stream_id] += 1
            if versions[entry.stream_id] != entry.version:
                raise ConcurrencyConflict("events_stream_version")

    def _append(self, kept: _Kept, record: Record) -> None:
        """All events of an append have one `recorded_at`, never earlier than one before, however the clock jumps."""
        now = kept.last_recorded_at = max(self._clock(), kept.last_recorded_at or self._clock())
        for entry in record.entries:
            kept.position += 1
            recorded = _recorded(record, entry, kept.position, kept.last_event_id, now)
            kept.streams[entry.stream_id].append(_Event(recorded, entry.fact))
            kept.last_event_id = entry.event_id


def _recorded(record: Record, entry: Entry, position: int, previous: UUID | None, now: datetime) -> Recorded:
    asked = record.asked
    return Recorded(
        event_id=entry.event_id,
        type=type(entry.fact).__name__,
        schema_version=lookup(type(entry.fact).__name__).schema_version,
        practice_id=asked.practice_id,
        stream_id=entry.stream_id,
        stream_version=entry.version,
        position=position,
        previous_event_id=previous,
        occurred_at=record.occurred_at,
        recorded_at=now,
        actor=asked.actor,
        command_id=asked.command_id,
        correlation_id=asked.command_id,
        causation_id=None,
        traceparent=asked.traceparent,
        data=to_data(entry.fact),
    )


def _is_taken(present: Iterable[Occupancy], row: Occupancy) -> bool:
    if not (row.occupies and row.exclusive):
        return False
    return any(
        other.occupies
        and other.clinician_id == row.clinician_id
        and other.appointment_id != row.appointment_id
        and other.from_at < row.until_at
        and row.from_at < other.until_at
        for other in present
    )
