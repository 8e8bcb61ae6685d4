"""Who reacts to which event, read from the services' own tables: docs/events.md and docs/asyncapi.yaml tell it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clinic.appointments.application.projections.all_views import VIEWS
from clinic.availability.application import reactions as availability
from clinic.identity.application import reactions as identity
from clinic.notifications import bootstrap as notifications
from clinic.notifications.application.reminding import REMINDING


@dataclass(frozen=True, slots=True)
class Listener:
    """A consumer of `source`'s events and the types that it reacts to; all others it passes over.

    `by_queue` is false for one that asks the source's feed instead of having a queue.
    """

    service: str
    source: str
    handles: frozenset[str]
    what: str = ""
    by_queue: bool = True

    @property
    def name(self) -> str:
        """As people say it."""
        return f"{self.service} ({self.what})" if self.what else self.service


def listeners() -> tuple[Listener, ...]:
    """All of them; nothing is opened."""
    taken_times: Any = None
    tables: Mapping[tuple[str, str], Any] = {
        ("identity", "appointments"): identity.REACTIONS,
        ("availability", "appointments"): availability.handlers(taken_times),
        ("notifications", "appointments"): notifications.REACTIONS,
        ("notifications", "identity"): notifications.REACTIONS_TO_IDENTITY,
    }
    by_queue = [Listener(service, source, frozenset(handles)) for (service, source), handles in tables.items()]
    views = [Listener("appointments", "appointments", frozenset(v.handles), f"view {v.name}", False) for v in VIEWS]
    planner = Listener("notifications", "appointments", frozenset(REMINDING), "reminders", False)
    return (*by_queue, planner, *views)


def listening_to(type_name: str) -> list[str]:
    """The names of those who react to a type."""
    return [one.name for one in listeners() if type_name in one.handles]
