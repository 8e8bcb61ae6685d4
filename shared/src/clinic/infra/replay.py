"""Many recorded events, read and decoded quickly: what folds over whole histories ask for."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import tuple_row

from clinic.contracts.catalog import CATALOG, UnknownEvent, lookup, upcast
from clinic.contracts.codec import Decoded
from clinic.infra.database import Connection
from clinic.kernel.recorded import Actor

PAGE = 2_500

_READ = """
    SELECT event_id, type, schema_version, practice_id, stream_id, stream_version, position, previous_event_id,
        occurred_at, recorded_at, actor_kind, actor_id, command_id, correlation_id, causation_id, traceparent, data
    FROM events
    WHERE practice_id = %(practice)s AND position > %(after)s AND position <= %(until)s
        AND (type = ANY(%(types)s) OR type <> ALL(%(known)s))
        AND (%(streams)s::text[] IS NULL OR stream_id = ANY(%(streams)s))
    ORDER BY position
"""

_decode = msgspec.json.Decoder().decode


class Unreadable(Exception):
    """An event that this release does not know, or whose data do not have their shape; the text says which."""

    def __init__(self, type_name: str, position: int, reason: str) -> None:
        super().__init__(f"position {position}: {reason}")
        self.type_name = type_name
        self.position = position
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Page:
    """Events, and out of how many positions they are those that were asked for."""

    positions: int
    events: Sequence[Decoded]


def replay(
    connection: Connection,
    practice_id: UUID,
    after: int,
    until: int,
    types: Collection[str],
    *,
    only: Sequence[str] | None = None,
) -> Iterator[Page]:
    """The events of some types with position in (`after`, `until`], in order, a page at a time.

    `only` limits them to some streams. A type or version that this release does not know is Unreadable wherever it
    occurs: nobody can say whether it matters.
    """
    asked: dict[str, Any] = {"practice": practice_id, "types": [*types], "known": [*CATALOG], "streams": only}
    with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        for first in range(after, until, PAGE):
            last = min(until, first + PAGE)
            cursor.execute(_READ, asked | {"after": first, "until": last})
            yield Page(last - first, [_decoded(row) for row in cursor])


def _decoded(row: tuple[Any, ...]) -> Decoded:
    name, version, position, text = row[1], row[2], row[6], row[16]
    try:
        known = lookup(name)
        data = _decode(text)
        fact: Any = msgspec.convert(upcast(name, version, data), known.cls)
    except UnknownEvent as error:
        raise Unreadable(name, position, str(error)) from None
    except msgspec.MsgspecError:
        raise Unreadable(name, position, f"{name} does not have its shape") from None
    envelope: Any = (*row[:10], Actor(row[10], row[11]), *row[12:16], data, fact)
    return Decoded(*envelope)
