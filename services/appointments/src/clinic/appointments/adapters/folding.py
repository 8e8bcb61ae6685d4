"""Views folded from events in memory by the functions that build the tables, and read as the tables are read.

For the ledger in memory and for as-of (ADR 0032): the order of rows is that of the live queries.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from clinic.appointments.adapters.message_rows import message_of_row
from clinic.appointments.adapters.views import described
from clinic.appointments.application.describe import Described
from clinic.appointments.application.projections.changes import Change, Changed, Row, View
from clinic.appointments.application.views import HistoryEntry, Message, Page
from clinic.kernel.recorded import Recorded

Rows = list[dict[str, Any]]


def fold(view: View, events: Iterable[Recorded]) -> Rows:
    """The view's rows after these events, as the projector would have written them."""
    table = _Table()
    for recorded in events:
        if handle := view.handles.get(recorded.type):
            for change in handle(recorded):
                table.write(change)
    return table.rows


def client_page(rows: Rows, client_id: UUID, when: str, now: datetime, page: int, size: int) -> Page:
    """Of a client's appointments: upcoming soonest first, previous newest first."""
    upcoming = when == "upcoming"
    found = [
        row
        for row in rows
        if row["client_id"] == client_id and (row["occupies"] and row["starts_at"] > now) == upcoming
    ]
    found.sort(key=lambda row: row["appointment_id"])
    found.sort(key=lambda row: row["starts_at"], reverse=not upcoming)
    return Page([described(row) for row in found[part(page, size)]], len(found))


def diary_between(rows: Rows, from_at: datetime, until_at: datetime, clinician_id: UUID | None) -> list[Described]:
    """Appointments with any part in [from_at, until_at), by start. None lasts longer than a day (docs/import.md)."""
    found = [
        row
        for row in rows
        if from_at - timedelta(days=1) < row["starts_at"] < until_at and row["ends_at"] > from_at
        if clinician_id in (None, row["clinician_id"])
    ]
    found.sort(key=lambda row: (row["starts_at"], row["clinician_id"], row["appointment_id"]))
    return [described(row) for row in found]


def history_of(rows: Rows, appointment_id: UUID) -> list[HistoryEntry]:
    """All that happened to an appointment, newest first."""
    names = [field.name for field in fields(HistoryEntry)]
    found = (row for row in reversed(rows) if row["appointment_id"] == appointment_id)
    return [HistoryEntry(**{name: row[name] for name in names}) for row in found]


def messages_in(rows: Rows) -> list[Message]:
    """Newest first."""
    return [message_of_row(row) for row in reversed(rows)]


def part(page: int, size: int) -> slice:
    """Where a page lies in a list; pages count from 1."""
    return slice((page - 1) * size, page * size)


class _Table:
    """Rows in the order in which they came; those that are changed are found by their key, not by looking at all."""

    def __init__(self) -> None:
        self.rows: Rows = []
        self._found: dict[tuple[str, ...], dict[tuple[Any, ...], dict[str, Any]]] = defaultdict(dict)

    def write(self, change: Change) -> None:
        match change:
            case Row(values):
                row = dict(values)
                self.rows.append(row)
                for names, known in self._found.items():
                    known[_key(row, names)] = row
            case Changed(key, values, added, appended):
                row = self._row(tuple(key), tuple(key.values()))
                row.update(values)
                row.update({name: row[name] + value for name, value in _sums(added, appended)})

    def _row(self, names: tuple[str, ...], values: tuple[Any, ...]) -> dict[str, Any]:
        """LookupError where there is none: then an event is missing."""
        if names not in self._found:
            self._found[names] = {_key(row, names): row for row in self.rows}
        return self._found[names][values]


def _key(row: dict[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def _sums(*changes: Any) -> Iterator[tuple[str, Any]]:
    for change in changes:
        yield from change.items()
