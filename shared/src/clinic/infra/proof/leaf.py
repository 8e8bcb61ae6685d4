"""The bytes of a leaf: the canonical JSON of a whole event, its data as the stored text (ADR 0031).

Said twice on purpose: in SQL, where the events are, and in Python, for whoever checks without a database.
"""

from datetime import UTC, datetime
from typing import Any

from clinic.kernel.canonical import canonical_json
from clinic.kernel.ids import id_text
from clinic.kernel.merkle import leaf_hash

FORMAT = "clinic sealed ledger v1"
"""Another leaf format, or another meaning of heads, needs another name."""


def _id(column: str) -> str:
    return f"""coalesce('"' || {column}::text || '"', 'null')"""


def _text(column: str) -> str:
    """A JSON string: PostgreSQL escapes exactly what RFC 8785 does."""
    return f"coalesce(pg_catalog.to_json({column})::text, 'null')"


def _instant(column: str) -> str:
    """As to_json writes it, whatever the session's zone and style of dates; the quotation mark goes after the Z."""
    return f"""pg_catalog.rtrim(pg_catalog.to_json({column} AT TIME ZONE 'UTC')::text, '"') || 'Z"'"""


_MEMBERS = {
    "causation_id": _id("causation_id"),
    "command_id": _id("command_id"),
    "correlation_id": _id("correlation_id"),
    "data": _text("data"),
    "event_id": _id("event_id"),
    "occurred_at": _instant("occurred_at"),
    "position": "position::text",
    "practice_id": _id("practice_id"),
    "previous_event_id": _id("previous_event_id"),
    "recorded_at": _instant("recorded_at"),
    "schema_version": "schema_version::text",
    "stream_id": _text("stream_id"),
    "stream_version": "stream_version::text",
    "traceparent": _text("traceparent"),
    "type": _text("type"),
}
COLUMNS = frozenset({*_MEMBERS, "actor_id", "actor_kind"})
"""The columns of `events` that a leaf covers: all of them."""

_ACTOR = f"""'{{"actor":{{"id":' || {_id("actor_id")} || ',"kind":' || {_text("actor_kind")} || '}}'"""
LEAF_TEXT = _ACTOR + "".join(f""" || ',"{name}":' || {said}""" for name, said in _MEMBERS.items()) + " || '}'"
"""The text of an event's leaf as an SQL expression over a row of `events`."""
LEAF_HASH = rf"pg_catalog.sha256('\x00'::bytea || pg_catalog.convert_to({LEAF_TEXT}, 'UTF8'))"
"""The hash of an event's leaf as an SQL expression."""


def leaf_of_row(row: dict[str, Any]) -> dict[str, Any]:
    """The JSON object of a leaf from a row of `events`."""
    return {
        "actor": {"id": id_text(row["actor_id"]), "kind": row["actor_kind"]},
        "causation_id": id_text(row["causation_id"]),
        "command_id": id_text(row["command_id"]),
        "correlation_id": id_text(row["correlation_id"]),
        "data": row["data"],
        "event_id": id_text(row["event_id"]),
        "occurred_at": instant_text(row["occurred_at"]),
        "position": row["position"],
        "practice_id": id_text(row["practice_id"]),
        "previous_event_id": id_text(row["previous_event_id"]),
        "recorded_at": instant_text(row["recorded_at"]),
        "schema_version": row["schema_version"],
        "stream_id": row["stream_id"],
        "stream_version": row["stream_version"],
        "traceparent": row["traceparent"],
        "type": row["type"],
    }


def hash_of_leaf(leaf: dict[str, Any]) -> bytes:
    """The hash of a leaf's JSON object. TypeError or UnicodeEncodeError where it has no canonical form."""
    return leaf_hash(canonical_json(leaf).encode())


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC; the fraction without trailing zeros, none where it is zero."""
    said = instant.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{said.rstrip('0') if '.' in said else said}Z"
