"""docs/events.md: every event in words, from the catalog, the docstrings and the services' tables."""

from collections.abc import Iterator

from clinic.contracts.catalog import TYPES, EventType
from clinic.contracts.meanings import STREAMS
from clinic.deploy.listeners import listening_to
from clinic.deploy.published import field_rows, says, values
from clinic.deploy.topology import PUBLISHERS

HEAD = """# Events

Made by `make events` from `clinic.contracts`, its docstrings and the services' tables of reactions; do not edit it.
How events travel is in [broker.md](broker.md), the same as a machine reads it in [asyncapi.yaml](asyncapi.yaml),
why they change by versions in [ADR 0030](adr/0030-events-change-by-version-and-upcaster.md).

Around the data of every event there is the same envelope: event id, type, schema version, practice, stream and its
version, position in the practice's ledger, the event before it, when it happened and when it was recorded (UTC), who
did it (`client`, `staff`, `system` or `import`, with an id), the command, the conversation, the cause and the trace.

What was recorded is never rewritten. Whoever reads an event of an earlier version turns it into the present one
first. A field may be added within a version if it has a default; readers pass over fields that they do not know.
"""


def events_document() -> str:
    """The whole text."""
    return "\n".join([HEAD, *_contents(), *_events(), *_values()]).rstrip() + "\n"


def _contents() -> Iterator[str]:
    yield "| event | version | published by | stream |"
    yield "|---|---|---|---|"
    for known in TYPES:
        name = f"[{known.name}](#{known.name.lower()})"
        yield f"| {name} | {known.schema_version} | {known.publisher} | `{STREAMS[known.name]}` |"
    yield ""


def _events() -> Iterator[str]:
    for publisher in PUBLISHERS:
        yield f"# Published by {publisher}\n"
        for known in (one for one in TYPES if one.publisher == publisher):
            yield from _event(known)


def _event(known: EventType) -> Iterator[str]:
    yield f"## {known.name}\n"
    yield f"{says(known.cls)}\n"
    heard = ", ".join(listening_to(known.name)) or "nobody; it is there for the history"
    yield f"Version {known.schema_version}. Stream `{STREAMS[known.name]}`. Listening: {heard}.\n"
    yield from _fields(known.cls)
    for version, upcaster in sorted(known.upcasters.items()):
        yield f"Version {version} is read by `{upcaster.__name__}`: {says(upcaster)}\n"


def _values() -> Iterator[str]:
    yield "# Values inside events\n"
    for cls in values():
        yield f"## {cls.__name__}\n"
        yield f"{says(cls)}\n"
        yield from _fields(cls)


def _fields(cls: type) -> Iterator[str]:
    yield "| field | type | meaning |"
    yield "|---|---|---|"
    for name, kind, means in field_rows(cls):
        yield f"| `{name}` | {kind} | {means} |"
    yield ""
