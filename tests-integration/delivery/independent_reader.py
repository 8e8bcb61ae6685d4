"""Reads events from the broker as somebody who has nothing of ours would: pika, json and the CloudEvents text.

`independent_reader.py URL EXCHANGE QUEUE COUNT`: binds a queue of its own, says `bound`, and writes every message as
one line of JSON: its CloudEvent in the JSON format, and what of the message is outside it. Whatever is no CloudEvent
1.0 ends it with what is wrong.
"""

import json
import re
import sys

import pika

PREFIX = "cloudEvents:"
REQUIRED = ("id", "source", "specversion", "type")
DEFINED = {*REQUIRED, "datacontenttype", "dataschema", "subject", "time"}
ATTRIBUTE_NAME = re.compile(r"[a-z0-9]{1,20}")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
URI_REFERENCE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)?[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
SECONDS = 60


def cloud_event(properties: pika.BasicProperties, body: bytes) -> dict[str, object]:
    """The event of a message in binary mode; ValueError with the broken sentence of the specification."""
    attributes = {
        name.removeprefix(PREFIX): value
        for name, value in (properties.headers or {}).items()
        if name.startswith(PREFIX)
    }
    check(attributes, properties.content_type)
    return {**attributes, "datacontenttype": properties.content_type, "data": json.loads(body.decode("utf-8"))}


def check(attributes: dict[str, object], content_type: str | None) -> None:
    """Section 3 of CloudEvents 1.0."""
    broken = [f"{name} is required" for name in REQUIRED if not attributes.get(name)]
    broken += [f"{name!r} is no attribute name" for name in attributes if not ATTRIBUTE_NAME.fullmatch(name)]
    broken += [f"{name} is no text" for name, value in attributes.items() if not isinstance(value, str) or not value]
    broken += [f"{name} has control characters" for name, value in attributes.items() if CONTROL.search(str(value))]
    if attributes.get("specversion") != "1.0":
        broken.append("specversion is not 1.0")
    if not URI_REFERENCE.fullmatch(str(attributes.get("source"))):
        broken.append("source is no URI reference")
    if "time" in attributes and not RFC_3339.fullmatch(str(attributes["time"])):
        broken.append("time is not RFC 3339")
    if content_type != "application/json":
        broken.append("the content type is not the data's")
    if broken:
        raise ValueError("; ".join(broken))


def main(url: str, exchange: str, queue: str, count: int) -> None:
    """Reads `count` messages, acknowledges them and takes its queue away."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.exchange_declare(exchange, exchange_type="topic", durable=True)
    channel.queue_declare(queue, exclusive=True, auto_delete=True)
    channel.queue_bind(queue, exchange, routing_key="#")
    print("bound", flush=True)
    for number, (method, properties, body) in enumerate(channel.consume(queue, inactivity_timeout=SECONDS), 1):
        if method is None:
            raise TimeoutError(f"nothing came for {SECONDS} s")
        read = {
            "event": cloud_event(properties, body),
            "routing_key": method.routing_key,
            "message_id": properties.message_id,
            "delivery_mode": properties.delivery_mode,
            "headers": properties.headers,
            "body": body.decode("utf-8"),
        }
        print(json.dumps(read), flush=True)
        channel.basic_ack(method.delivery_tag)
        if number == count:
            break
    channel.cancel()
    connection.close()
    if ours := sorted(name for name in sys.modules if name.split(".")[0] == "clinic"):
        raise ImportError(f"this reader must not know {ours}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
