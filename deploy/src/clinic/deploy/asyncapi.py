"""docs/asyncapi.yaml: the published events as AsyncAPI 3.0, from the catalog, the topology and the services' tables.

A channel is an exchange, to which its service sends, or a queue, from which its service receives. The payloads are
the present schema versions: who reads from the broker turns earlier ones into them first (docs/events.md).
"""

from typing import Any

from clinic.contracts.catalog import TYPES, EventType
from clinic.contracts.meanings import STREAMS
from clinic.deploy.listeners import listeners
from clinic.deploy.published import Schema, json_schema, says, values
from clinic.deploy.topology import PUBLISHERS, SUBSCRIPTIONS
from clinic.infra.cloud_events import ACTORS, CONTENT_TYPE, PREFIX, source_uri
from clinic.infra.topology import (
    BINDING,
    EXCHANGE_AUTO_DELETE,
    EXCHANGE_DURABLE,
    EXCHANGE_TYPE,
    PERSISTENT,
    QUEUE_AUTO_DELETE,
    QUEUE_DURABLE,
    QUEUE_EXCLUSIVE,
    SubscriptionQueue,
    exchange_name,
)

Document = dict[str, Any]
AMQP_BINDING = "0.3.0"
UUID_TEXT: Schema = {"type": "string", "format": "uuid"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
DECIMAL: Schema = {"type": "string", "pattern": "^[1-9][0-9]*$"}
ATTRIBUTES: dict[str, tuple[Schema, str]] = {
    "specversion": ({"type": "string", "const": "1.0"}, "CloudEvents 1.0."),
    "id": (UUID_TEXT, "The event's id, also the message id."),
    "source": ({"type": "string", "format": "uri-reference"}, "The publishing service."),
    "type": ({"type": "string"}, "The event's type."),
    "subject": ({"type": "string"}, "The stream that the event belongs to."),
    "time": (INSTANT, "When it was recorded, UTC."),
    "schemaversion": (DECIMAL, "The schema version of the data."),
    "practiceid": (UUID_TEXT, "The practice in whose ledger it is."),
    "streamversion": (DECIMAL, "Its place in its stream, from 1, without gaps."),
    "position": (DECIMAL, "Its place in the practice's ledger, from 1, without gaps; may pass 32 bits."),
    "previouseventid": (UUID_TEXT, "The event at the position before; missing at position 1."),
    "occurredat": (INSTANT, "When it happened, UTC."),
    "actorkind": ({"type": "string", "enum": sorted(ACTORS)}, "Who did it."),
    "actorid": (UUID_TEXT, "The client or user who did it; missing for the system and imports."),
    "commandid": (UUID_TEXT, "The command that it came of."),
    "correlationid": (UUID_TEXT, "The conversation that it is part of."),
    "causationid": (UUID_TEXT, "The event that caused it; missing where none did."),
    "traceparent": ({"type": "string"}, "W3C trace context; missing where there was none."),
}
"""The CloudEvents attributes; each is a header of its name with the prefix `cloudEvents:`."""

OPTIONAL = frozenset({"previouseventid", "actorid", "causationid", "traceparent"})


def document() -> Document:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:clinic:events",
        "info": {
            "title": "Events of the clinic's client portal",
            "version": "1.0.0",
            "description": "Made by `make events` from clinic.contracts; do not edit it. In words: docs/events.md.",
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {
            "broker": {
                "host": "{host}:{port}",
                "protocol": "amqp",
                "protocolVersion": "0-9-1",
                "description": "RabbitMQ with quorum queues (docs/broker.md).",
                "variables": {"host": {"default": "127.0.0.1"}, "port": {"default": "5672"}},
                "security": [{"$ref": "#/components/securitySchemes/serviceUser"}],
            }
        },
        "channels": {**dict(map(_exchange, PUBLISHERS)), **dict(map(_queue, SUBSCRIPTIONS))},
        "operations": {**dict(map(_send, PUBLISHERS)), **dict(map(_receive, SUBSCRIPTIONS))},
        "components": {
            "securitySchemes": {
                "serviceUser": {
                    "type": "userPassword",
                    "description": "Every service has a user of its own, who may write to its own exchange and read its"
                    " own queues, nothing else.",
                }
            },
            "messages": {known.name: _message(known) for known in TYPES},
            "schemas": {
                "CloudEventHeaders": _headers(),
                **{known.name: json_schema(known.cls) for known in TYPES},
                **{cls.__name__: json_schema(cls) for cls in values()},
            },
        },
    }


def _published_by(service: str) -> list[EventType]:
    return [known for known in TYPES if known.publisher == service]


def _messages_of(service: str) -> Document:
    return {known.name: {"$ref": f"#/components/messages/{known.name}"} for known in _published_by(service)}


def _exchange(service: str) -> tuple[str, Document]:
    name = exchange_name(service)
    exchange = {
        "name": name,
        "type": EXCHANGE_TYPE,
        "durable": EXCHANGE_DURABLE,
        "autoDelete": EXCHANGE_AUTO_DELETE,
        "vhost": "/",
    }
    return name, {
        "address": "{practice}.{type}",
        "title": f"Exchange of {service}",
        "description": "The address is the routing key, for people who watch: no queue of ours filters by it.",
        "parameters": {
            "practice": {"description": "The practice's id."},
            "type": {"description": "The event's type.", "enum": [known.name for known in _published_by(service)]},
        },
        "messages": _messages_of(service),
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": AMQP_BINDING}},
    }


def _queue(queue: SubscriptionQueue) -> tuple[str, Document]:
    described = {
        "name": queue.name,
        "durable": QUEUE_DURABLE,
        "exclusive": QUEUE_EXCLUSIVE,
        "autoDelete": QUEUE_AUTO_DELETE,
        "vhost": "/",
    }
    return queue.name, {
        "address": queue.name,
        "title": f"Queue of {queue.consumer} for the events of {queue.source}",
        "description": f"Bound to `{queue.exchange}` with `{BINDING}`. A full queue drops its oldest messages: whoever"
        " finds a gap asks the ledger.",
        "messages": _messages_of(queue.source),
        "bindings": {"amqp": {"is": "queue", "queue": described, "bindingVersion": AMQP_BINDING}},
        "x-queue-arguments": dict(queue.arguments),
    }


def _send(service: str) -> tuple[str, Document]:
    name = exchange_name(service)
    amqp = {"deliveryMode": PERSISTENT, "mandatory": True, "bindingVersion": AMQP_BINDING}
    return f"{service}.sends", {
        "action": "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": f"The relay of {service} publishes what was recorded, in order, and waits for the broker's word.",
        "bindings": {"amqp": amqp},
        "messages": [{"$ref": f"#/channels/{name}/messages/{known.name}"} for known in _published_by(service)],
    }


def _receive(queue: SubscriptionQueue) -> tuple[str, Document]:
    (listener,) = (
        one for one in listeners() if one.by_queue and (one.service, one.source) == (queue.consumer, queue.source)
    )
    heard = [known.name for known in _published_by(queue.source) if known.name in listener.handles]
    return f"{queue.consumer}.receives.{queue.source}", {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{queue.name}"},
        "summary": f"{queue.consumer} reacts to these events of {queue.source} and passes over the others.",
        "bindings": {"amqp": {"ack": True, "bindingVersion": AMQP_BINDING}},
        "messages": [{"$ref": f"#/channels/{queue.name}/messages/{name}"} for name in heard],
    }


def _message(known: EventType) -> Document:
    earlier = [f"Version {number}: {says(upcaster)}" for number, upcaster in sorted(known.upcasters.items())]
    fixed = {
        "type": {"type": "string", "const": known.name},
        "schemaversion": {"type": "string", "const": str(known.schema_version)},
        "source": {"type": "string", "const": source_uri(known.publisher)},
    }
    headers = {
        "allOf": [{"$ref": "#/components/schemas/CloudEventHeaders"}],
        "properties": {PREFIX + name: schema for name, schema in fixed.items()},
    }
    return {
        "name": known.name,
        "title": f"{known.name}, version {known.schema_version}",
        "summary": f"In the stream {STREAMS[known.name]}.",
        "description": "\n\n".join([says(known.cls), *earlier]),
        "contentType": CONTENT_TYPE,
        "headers": {"type": "object", **headers},
        "payload": {"$ref": f"#/components/schemas/{known.name}"},
    }


def _headers() -> Schema:
    return {
        "type": "object",
        "description": "A CloudEvent 1.0 in binary mode: every attribute is a header.",
        "properties": {PREFIX + name: {**schema, "description": said} for name, (schema, said) in ATTRIBUTES.items()},
        "required": [PREFIX + name for name in ATTRIBUTES if name not in OPTIONAL],
    }
