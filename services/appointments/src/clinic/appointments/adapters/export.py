"""The recorded events of a period as lines: JSON, or CSV whose cells no spreadsheet runs. The same bytes each time."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.appointments.adapters.past import snapshot
from clinic.infra import event_store, wire
from clinic.infra.database import Database
from clinic.kernel.canonical import canonical_json
from clinic.kernel.recorded import Recorded

BATCH = 1000
FORMATS = ("jsonl", "csv")
CONTENT_TYPES = {"jsonl": "application/jsonl; charset=utf-8", "csv": "text/csv; charset=utf-8"}
COLUMNS = (
    "position",
    "event_id",
    "previous_event_id",
    "type",
    "schema_version",
    "practice_id",
    "stream_id",
    "stream_version",
    "occurred_at",
    "recorded_at",
    "actor_kind",
    "actor_id",
    "command_id",
    "correlation_id",
    "causation_id",
    "traceparent",
    "data",
)
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell must not begin with: a spreadsheet would take it for a formula."""

_PERIOD = """
    SELECT count(*) AS events, min(position) AS first, max(position) AS last FROM events
    WHERE practice_id = %s AND recorded_at >= %s AND recorded_at < %s
"""

TextOf = Callable[[dict[str, Any]], str | None]
"""The text in clear of an event's JSON; None where it has none, or none any more."""


@dataclass(frozen=True, slots=True)
class Period:
    """Events of a practice with position `first` to `last`, both included; none where `events` is 0."""

    events: int
    first: int
    last: int


def count_events(database: Database, practice_id: UUID, from_at: datetime, until_at: datetime) -> Period:
    """The events recorded in [from_at, until_at): one stretch, as positions rise with that time."""
    with snapshot(database, practice_id) as connection:
        row = connection.execute(_PERIOD, (practice_id, from_at, until_at)).fetchone()
    return Period(row["events"], row["first"] or 1, row["last"] or 0) if row else Period(0, 1, 0)


def events_of(database: Database, practice_id: UUID, period: Period) -> Iterator[Recorded]:
    """The period's events in order, read in batches: no transaction stays open meanwhile."""
    after = period.first - 1
    while after < period.last:
        with snapshot(database, practice_id) as connection:
            events = event_store.read_after(connection, practice_id, after, min(BATCH, period.last - after))
        yield from events
        after += len(events)


def export(
    database: Database, practice_id: UUID, period: Period, form: str, *, with_texts: TextOf | None = None
) -> Iterator[str]:
    """Lines with their ends; of CSV the first names the columns. `with_texts` adds what messages say as `text`."""
    if form == "csv":
        yield _cells([*COLUMNS, "text"] if with_texts else [*COLUMNS])
    for event in events_of(database, practice_id, period):
        body = wire.to_json(event)
        if with_texts and ((text := with_texts(body)) is not None or form == "csv"):
            body["text"] = text
        yield _cells(_row(body)) if form == "csv" else f"{canonical_json(body)}\n"


def _row(body: dict[str, Any]) -> list[str]:
    flat = {**body, "actor_kind": body["actor"]["kind"], "actor_id": body["actor"]["id"]}
    flat["data"] = canonical_json(body["data"])
    names = [*COLUMNS, "text"] if "text" in body else COLUMNS
    return ["" if flat[name] is None else str(flat[name]) for name in names]


def _cells(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([f"'{cell}" if cell.startswith(RUNS) else cell for cell in cells])
    return line.getvalue()
