"""Everything that happened to an appointment or to all of a client's, in one order, in sentences (F50).

A message that a client left is told, never what it says: `[sealed]`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clinic.appointments.application.projections.appointment_history import APPOINTMENT_HISTORY
from clinic.appointments.application.projections.changes import Row
from clinic.contracts.appointments import ClientMessageLeft
from clinic.contracts.codec import to_fact
from clinic.kernel.recorded import Recorded

SEALED = "[sealed]"
LEFT = "{client} left a message with the "
ABOUT = {"change": "change: ", "cancel": "cancellation: "}
MESSAGES = {
    "ClientMessageLeft": ("Message left", LEFT),
    "ClientMessageRead": ("Message read", "{user} read the message."),
    "ClientMessageDealtWith": ("Message dealt with", "{user} dealt with the message."),
    "ClientMessageReopened": ("Message reopened", "{user} reopened the message."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One event, told; `{client}`, `{clinician}`, `{user}` stand for the people of `event`."""

    event: Recorded
    title: str
    sentence: str
    appointment_id: UUID | None
    client_id: UUID | None
    clinician_id: UUID | None


def told_lines(events: Iterable[Recorded], texts: Mapping[UUID, str | None] | None = None) -> list[Line]:
    """The lines in the order given. `texts` are messages in clear by event id, None where the key is gone."""
    return [_line(event, texts) for event in events]


def _line(event: Recorded, texts: Mapping[UUID, str | None] | None) -> Line:
    fact = to_fact(event)
    title, sentence = _told(event, fact, texts)
    people = (getattr(fact, name, None) for name in ("appointment_id", "client_id", "clinician_id"))
    return Line(event, title, sentence, *people)


def _told(event: Recorded, fact: Any, texts: Mapping[UUID, str | None] | None) -> tuple[str, str]:
    if handle := APPOINTMENT_HISTORY.handles.get(event.type):
        rows = [change.values for change in handle(event) if isinstance(change, Row)]
        return rows[0]["title"], " ".join(row["sentence"] for row in rows)
    title, sentence = MESSAGES.get(event.type, (event.type, f"{event.type}."))
    if isinstance(fact, ClientMessageLeft):
        return title, f"{sentence}{ABOUT[fact.about]}{_text(event.event_id, texts)}"
    return title, sentence


def _text(event_id: UUID, texts: Mapping[UUID, str | None] | None) -> str:
    if texts is None or event_id not in texts:
        return SEALED
    text = texts[event_id]
    return "[cannot be read any more]" if text is None else f"“{text}”"


def sealed_messages(events: Iterable[Recorded]) -> dict[UUID, list[tuple[UUID, dict[str, Any]]]]:
    """What can be unsealed, by client: event ids and sealed texts."""
    found: dict[UUID, list[tuple[UUID, dict[str, Any]]]] = {}
    for event in events:
        if event.type == ClientMessageLeft.__name__:
            found.setdefault(UUID(event.data["client_id"]), []).append((event.event_id, event.data["sealed"]))
    return found
