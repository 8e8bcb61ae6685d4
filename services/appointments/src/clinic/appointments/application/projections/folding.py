"""Many changes folded in memory: each row is written once, whatever happened to it."""

from collections.abc import Iterable, Mapping
from typing import Any

from clinic.appointments.application.projections.changes import Change, Changed, Row

Rows = dict[Any, dict[str, Any]]
"""Rows of one practice by the value of the view's key."""


class Fold:
    """The rows that changes make: `new` ones, and present ones as they are `changed` now.

    The same rows as from writing one change after the other, and the same refusals: a row that exists already is a
    ValueError, one to be changed that does not exist a LookupError.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.new: Rows = {}
        self.changed: Rows = {}

    def unknown(self, changes: Iterable[Change]) -> list[Any]:
        """The keys of rows to be changed that are not here yet: ask for them, then `know` them."""
        found: dict[Any, None] = {}
        begun: set[Any] = set()
        for change in changes:
            if isinstance(change, Row):
                begun.add(change.values[self.key])
            elif (key := change.key[self.key]) not in self.new and key not in self.changed and key not in begun:
                found[key] = None
        return list(found)

    def know(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Takes rows that are present."""
        for row in rows:
            self.changed[row[self.key]] = dict(row)

    def take(self, changes: Iterable[Change]) -> None:
        """Folds changes, in their order, into the rows that are here."""
        for change in changes:
            match change:
                case Row(values):
                    key = values[self.key]
                    if key in self.new or key in self.changed:
                        raise ValueError(f"there is a row {key} already")
                    self.new[key] = dict(values)
                case Changed(named, values, added, appended):
                    row = self._row(named[self.key])
                    row.update(values)
                    for name, value in added.items():
                        row[name] += value
                    for name, more in appended.items():
                        row[name] = row[name] + more

    def _row(self, key: Any) -> dict[str, Any]:
        row = self.new.get(key) or self.changed.get(key)
        if row is None:
            raise LookupError(f"no row {key} to change")
        return row
