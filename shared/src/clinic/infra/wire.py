"""A recorded event on the wire of the HTTP feed: one JSON object, the envelope's names as they are in the ledger."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.contracts.codec import MalformedEvent
from clinic.kernel.client_time import utc_text
from clinic.kernel.ids import id_of, id_text
from clinic.kernel.recorded import Actor, Recorded


def to_json(event: Recorded) -> dict[str, Any]:
    """The JSON object of an event: UUIDs as text, instants as RFC 3339 in UTC."""
    return {
        "event_id": str(event.event_id),
        "type": event.type,
        "schema_version": event.schema_version,
        "practice_id": str(event.practice_id),
        "stream_id": event.stream_id,
        "stream_version": event.stream_version,
        "position": event.position,
        "previous_event_id": id_text(event.previous_event_id),
        "occurred_at": utc_text(event.occurred_at),
        "recorded_at": utc_text(event.recorded_at),
        "actor": {"kind": event.actor.kind, "id": id_text(event.actor.id)},
        "command_id": str(event.command_id),
        "correlation_id": str(event.correlation_id),
        "causation_id": id_text(event.causation_id),
        "traceparent": event.traceparent,
        "data": event.data,
    }


def from_json(body: dict[str, Any]) -> Recorded:
    """The event of such an object; MalformedEvent where the envelope is not complete and well formed.

    Type, version and data are not judged here: an envelope that is right identifies an event, and only an event can be
    parked.
    """
    try:
        return Recorded(
            event_id=UUID(body["event_id"]),
            type=str(body["type"]),
            schema_version=int(body["schema_version"]),
            practice_id=UUID(body["practice_id"]),
            stream_id=str(body["stream_id"]),
            stream_version=int(body["stream_version"]),
            position=int(body["position"]),
            previous_event_id=id_of(body["previous_event_id"]),
            occurred_at=datetime.fromisoformat(body["occurred_at"]),
            recorded_at=datetime.fromisoformat(body["recorded_at"]),
            actor=Actor(body["actor"]["kind"], id_of(body["actor"]["id"])),
            command_id=UUID(body["command_id"]),
            correlation_id=UUID(body["correlation_id"]),
            causation_id=id_of(body["causation_id"]),
            traceparent=body["traceparent"],
            data=dict(body["data"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedEvent(f"{type(error).__name__}: {error}") from error


def to_text(event: Recorded) -> str:
    """The same as text, for storing a parked event."""
    return json.dumps(to_json(event), separators=(",", ":"))
