"""A recorded event on the broker: CloudEvents 1.0 in binary mode over AMQP 0-9-1.

The CloudEvents AMQP binding (AMQP 1.0) maps attributes to application properties with the prefix `cloudEvents:`; we map
them to headers of the same names. The body is the event's canonical JSON, `content-type` says so. The envelope's other
members are extension attributes: their names lose the underscores, positions and versions are decimal strings.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.contracts.codec import MalformedEvent
from clinic.kernel.canonical import canonical_json
from clinic.kernel.client_time import utc_text
from clinic.kernel.ids import id_of, id_text
from clinic.kernel.recorded import Actor, Recorded

PREFIX = "cloudEvents:"
CONTENT_TYPE = "application/json"
ACTORS = frozenset({"client", "staff", "system", "import"})


@dataclass(frozen=True, slots=True)
class Message:
    """What goes on the wire: `message_id` is the event's id."""

    message_id: str
    headers: dict[str, str]
    body: bytes
    content_type: str = CONTENT_TYPE


def source_uri(service: str) -> str:
    """The `source` attribute of a service's events."""
    return f"urn:clinic:{service}"


def to_message(event: Recorded, service: str, *, canonical_data: str | None = None) -> Message:
    """The message of an event that `service` recorded; `canonical_data` spares writing `data` again."""
    attributes = {
        "specversion": "1.0",
        "id": str(event.event_id),
        "source": source_uri(service),
        "type": event.type,
        "subject": event.stream_id,
        "time": utc_text(event.recorded_at),
        "schemaversion": str(event.schema_version),
        "practiceid": str(event.practice_id),
        "streamversion": str(event.stream_version),
        "position": str(event.position),
        "previouseventid": id_text(event.previous_event_id),
        "occurredat": utc_text(event.occurred_at),
        "actorkind": event.actor.kind,
        "actorid": id_text(event.actor.id),
        "commandid": str(event.command_id),
        "correlationid": str(event.correlation_id),
        "causationid": id_text(event.causation_id),
        "traceparent": event.traceparent,
    }
    body = canonical_json(event.data) if canonical_data is None else canonical_data
    headers = {PREFIX + name: value for name, value in attributes.items() if value is not None}
    return Message(str(event.event_id), headers, body.encode())


def from_message(headers: Mapping[str, Any], body: bytes | str, service: str) -> Recorded:
    """The event in a message from `service`; MalformedEvent where it holds none.

    The text of the error names the kind of fault, never a value.
    """
    try:
        given = {name.removeprefix(PREFIX): str(value) for name, value in headers.items() if name.startswith(PREFIX)}
        if given["specversion"] != "1.0" or given["source"] != source_uri(service) or given["actorkind"] not in ACTORS:
            raise ValueError("specversion, source or actor")
        data = json.loads(body)
        if not isinstance(data, dict):
            raise TypeError("data is no object")
        return _recorded(given, data)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise MalformedEvent(f"not an event: {type(error).__name__}") from None


def _recorded(given: Mapping[str, str], data: dict[str, Any]) -> Recorded:
    return Recorded(
        event_id=UUID(given["id"]),
        type=given["type"],
        schema_version=_number(given["schemaversion"]),
        practice_id=UUID(given["practiceid"]),
        stream_id=given["subject"],
        stream_version=_number(given["streamversion"]),
        position=_number(given["position"]),
        previous_event_id=id_of(given.get("previouseventid")),
        occurred_at=_instant(given["occurredat"]),
        recorded_at=_instant(given["time"]),
        actor=Actor(given["actorkind"], id_of(given.get("actorid"))),  # type: ignore[arg-type]
        command_id=UUID(given["commandid"]),
        correlation_id=UUID(given["correlationid"]),
        causation_id=id_of(given.get("causationid")),
        traceparent=given.get("traceparent"),
        data=data,
    )


def _number(text: str) -> int:
    number = int(text)
    if not 1 <= number < 2**63:
        raise ValueError("a number from 1 is needed")
    return number


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return instant
