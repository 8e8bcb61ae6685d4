"""Views written to PostgreSQL: a pure view becomes a projection that the projector runs."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from clinic.appointments.adapters.bulk import apply_changes
from clinic.appointments.application.projections.changes import Change, Changed, Row, View
from clinic.infra.database import Connection
from clinic.kernel.projection import Apply, ApplyMany, Projection
from clinic.kernel.recorded import Recorded

SOURCE = "appointments"
"""Whose events the views follow: the service's own."""

FOLDED_FROM = 8
"""From how many changes on few statements cost less than one for each."""


def projection_of(view: View) -> Projection:
    """The projection that writes the view's table."""
    handles = {name: _apply(view.table, handle) for name, handle in view.handles.items()}
    return Projection(view.name, view.version, (view.table,), handles, _apply_many(view))


def _apply_many(view: View) -> ApplyMany:
    def apply_many(connection: Connection, events: Sequence[Recorded]) -> None:
        changes = [change for event in events for change in view.handles[event.type](event)]
        if len(changes) < FOLDED_FROM:
            for change in changes:
                write(connection, view.table, change)
        else:
            apply_changes(connection, view.table, view.key, events[0].practice_id, changes)

    return apply_many


def _apply(table: str, handle: Callable[[Recorded], Sequence[Change]]) -> Apply:
    def apply(connection: Connection, recorded: Recorded) -> None:
        for change in handle(recorded):
            write(connection, table, change)

    return apply


def write(connection: Connection, table: str, change: Change) -> None:
    """Writes one change; LookupError when the row to be changed is not there: then an event is missing."""
    match change:
        case Row(values):
            connection.execute(_insert(table, tuple(values)), values)
        case Changed(key, values, added, appended):
            parameters: Mapping[str, Any] = {**key, **values, **added, **appended}
            statement = _update(table, tuple(key), tuple(values), tuple(added), tuple(appended))
            if connection.execute(statement, parameters).rowcount != 1:
                raise LookupError(f"no row to change in {table}")


@cache
def _insert(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f'%({name})s' for name in columns)})"


@cache
def _update(
    table: str, key: tuple[str, ...], columns: tuple[str, ...], added: tuple[str, ...], appended: tuple[str, ...]
) -> str:
    settings = [f"{name} = %({name})s" for name in columns]
    settings += [f"{name} = {name} + %({name})s" for name in added]
    settings += [f"{name} = {name} || %({name})s" for name in appended]
    return f"UPDATE {table} SET {', '.join(settings)} WHERE {' AND '.join(f'{name} = %({name})s' for name in key)}"
