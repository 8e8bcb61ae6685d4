"""What a practice sends, when, and in which words (F43, F44): triggers and texts, and which one a message follows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from clinic.notifications.domain.messages import CHANNELS, Channel, Kind

Triggered = Literal["confirmation", "changed", "cancelled", "status_changed", "reminder"]
TRIGGERED: tuple[Triggered, ...] = ("confirmation", "changed", "cancelled", "status_changed", "reminder")
"""Kinds of messages to clients that a practice decides about; an appointment that is booked is *confirmed*."""

LEAST_MINUTES_BEFORE = 60
MOST_MINUTES_BEFORE = 7 * 24 * 60
"""A reminder goes 7 days to 1 hour before the start, in elapsed time (F41, F44)."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One kind of message on one channel, on or off. Exactly a reminder has `minutes_before`.

    With an `appointment_type_id` it decides for that type alone, and before the one that decides for all. `template_id`
    None is the built-in text.
    """

    kind: Triggered
    channel: Channel
    on: bool
    minutes_before: int | None = None
    appointment_type_id: UUID | None = None
    template_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A text that the practice wrote for one kind and channel; `subject` is an e-mail's, empty for a text message."""

    id: UUID
    name: str
    kind: Triggered
    channel: Channel
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Communications:
    """All that a practice decides about its messages. `version` rises by one with every saving; 0 are the defaults.

    `remind_imported`: appointments taken over from another system are reminded of as well (F49).
    """

    version: int
    remind_imported: bool
    triggers: tuple[Trigger, ...]
    templates: tuple[Template, ...]


DEFAULTS = Communications(
    version=0,
    remind_imported=False,
    triggers=tuple(
        Trigger(kind, channel, on=kind != "status_changed", minutes_before=1440 if kind == "reminder" else None)
        for kind in TRIGGERED
        for channel in CHANNELS
    ),
    templates=(),
)
"""Until a practice decides: everything but status changes, reminders 24 hours before (ADR 0023)."""


def trigger_of(
    decided: Communications,
    kind: Kind,
    channel: Channel,
    appointment_type_id: UUID | None,
    minutes_before: int | None = None,
) -> Trigger | None:
    """The trigger that decides about a message: the type's own before the one for all types. None: nothing is sent."""
    fitting = {
        trigger.appointment_type_id: trigger
        for trigger in decided.triggers
        if (trigger.kind, trigger.channel, trigger.minutes_before) == (kind, channel, minutes_before)
    }
    return fitting.get(appointment_type_id) or fitting.get(None)


def template_of(decided: Communications, trigger: Trigger | None) -> Template | None:
    """The text that a trigger names, None for the built-in one."""
    wanted = trigger.template_id if trigger else None
    return next((template for template in decided.templates if template.id == wanted), None)


def reminders_of(decided: Communications, appointment_type_id: UUID) -> Iterator[tuple[int, Channel]]:
    """When and how an appointment of this type is reminded of: each (minutes before, channel) once."""
    offsets = {trigger.minutes_before for trigger in decided.triggers if trigger.minutes_before is not None}
    for minutes in sorted(offsets, reverse=True):
        for channel in CHANNELS:
            trigger = trigger_of(decided, "reminder", channel, appointment_type_id, minutes)
            if trigger is not None and trigger.on:
                yield minutes, channel


def changed_parts(before: Communications, after: Communications) -> tuple[str, ...]:
    """The names of what differs, for the history."""
    parts: Mapping[str, tuple[object, object]] = {
        "remind_imported": (before.remind_imported, after.remind_imported),
        "triggers": (set(before.triggers), set(after.triggers)),
        "templates": (set(before.templates), set(after.templates)),
    }
    return tuple(name for name, (old, new) in parts.items() if old != new)
