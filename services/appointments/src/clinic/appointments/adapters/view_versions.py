"""Which version of a view is read, and which are built: one row per version (ADR 0029)."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from clinic.appointments.adapters.projections import SOURCE
from clinic.appointments.application.projections.changes import View
from clinic.infra import event_store
from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.database import Connection, Database
from clinic.infra.delivery_rule import Checkpoint
from clinic.infra.turns import Turns

BUILDING, IN_USE, RETIRED, HELD, DROPPED = "building", "in use", "retired", "held", "dropped"
"""Built, to be switched to; read; built though another took over; built, switched to by operators only; no more."""

log = logging.getLogger(__name__)


class VersionStays(Exception):
    """Nothing was changed; the text says what stands in the way."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one version stands: of `practices` it has caught up with `up_to_date`; `lag` events are still to come.

    `parked` events are put aside in all, `stopped` practices are followed no further.
    """

    view: View
    state: str
    practices: int
    up_to_date: int
    lag: int
    parked: int
    stopped: int


class ViewVersions:
    """The projector's `Versions`: registered at its first question."""

    def __init__(self, database: Database, views: Sequence[View]) -> None:
        self._database = database
        self._views = views
        self._registered = False

    def to_build(self) -> dict[str, bool]:
        """The consumers of all versions that are not dropped; True for those in use."""
        if not self._registered:
            register(self._database, self._views)
            self._registered = True
        return {name: state == IN_USE for name, state in states(self._database).items() if state != DROPPED}

    def caught_up(self) -> None:
        """Switches to what is ready."""
        for view in switch_ready(self._database, self._views):
            log.info("%s has caught up: it is read from now on", view.consumer)


def states(database: Database) -> dict[str, str]:
    """The state of every registered version, by its consumer name."""
    with database.connection() as connection:
        return _states(connection)


def register(database: Database, views: Sequence[View]) -> None:
    """Makes versions known that no migration registered: of an unknown view the newest is read, others are built."""
    with database.transaction() as connection:
        known = {name.partition("@")[0] for name, state in _states(connection).items() if state == IN_USE}
        for view in sorted(views, key=lambda view: -view.version):
            state = BUILDING if view.name in known else IN_USE
            known.add(view.name)
            connection.execute(
                "INSERT INTO view_versions (view, version, state) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (view.name, view.version, state),
            )


def standings(database: Database, views: Sequence[View]) -> list[Standing]:
    """How every version stands."""
    with database.transaction() as connection:
        heads, known = event_store.heads(connection), _states(connection)
        return [
            _standing(view, known.get(view.consumer, BUILDING), heads, _checkpoints(connection, view)) for view in views
        ]


def switch_ready(database: Database, views: Sequence[View]) -> list[View]:
    """Switches to every newer version that is being built and has caught up; gives those that are read from now on."""
    with database.connection() as connection:
        waiting = {name for name, state in _states(connection).items() if state == BUILDING}
    switched = []
    for view in views:
        if view.consumer in waiting:
            try:
                switch(database, view)
            except VersionStays:
                continue
            switched.append(view)
    return switched


def switch(database: Database, view: View, *, back: bool = False) -> None:
    """From now on this version is read. VersionStays while it is behind the one in use, or something of it is parked.

    `back` returns to an older version, and the newer one is then `held`: only an operator switches to it again.
    """
    with database.transaction() as connection:
        connection.execute("SELECT FROM view_versions WHERE view = %s ORDER BY version FOR UPDATE", (view.name,))
        known = _states(connection)
        used = _used(known, view.name)
        _refuse_switch(view, used, known.get(view.consumer), back=back)
        in_the_way = _in_the_way(connection, view, used)
        if in_the_way:
            raise VersionStays(f"{view.consumer} {in_the_way}.")
        _set(connection, view.name, used, HELD if back else RETIRED)
        _set(connection, view.name, view.version, IN_USE)


def drop(database: Database, view: View) -> int:
    """Empties an older version and builds it no more; how many rows went. Said twice it finishes what was interrupted.

    VersionStays for the one in use or a newer one.
    """
    with database.transaction() as connection:
        connection.execute("SELECT FROM view_versions WHERE view = %s ORDER BY version FOR UPDATE", (view.name,))
        used = _used(_states(connection), view.name)
        if view.version == used:
            raise VersionStays(f"{view.consumer} is in use.")
        if view.version > used:
            raise VersionStays(f"{view.consumer} is newer than {view.name}@{used}, which is in use.")
        _set(connection, view.name, view.version, DROPPED)
        practices = sorted(event_store.heads(connection))
    return sum(_empty(database, view, practice_id) for practice_id in practices)


def _empty(database: Database, view: View, practice_id: UUID) -> int:
    rows = ConsumerRows(view.consumer, SOURCE)
    with Turns(database, rows).turn(practice_id) as connection, connection.transaction():
        rows.enter(connection, practice_id)
        for table in ("consumer_checkpoints", "consumer_attempts", "parked_events"):
            connection.execute(
                f"DELETE FROM {table} WHERE consumer = %s AND source = %s AND practice_id = %s",
                (view.consumer, SOURCE, practice_id),
            )
        return connection.execute(f"DELETE FROM {view.table} WHERE practice_id = %s", (practice_id,)).rowcount


def _refuse_switch(view: View, used: int, state: str | None, *, back: bool) -> None:
    if view.version == used:
        raise VersionStays(f"{view.consumer} is in use already.")
    if state == DROPPED:
        raise VersionStays(f"{view.consumer} was dropped: it has no rows, and none are built.")
    if state is None:
        raise VersionStays(f"{view.consumer} is not known to this database yet: its projector has not run.")
    if back != (view.version < used):
        which, how = ("older", "only with --back") if view.version < used else ("newer", "without --back")
        raise VersionStays(f"{view.consumer} is {which} than {view.name}@{used}, which is in use: {how}.")


def _in_the_way(connection: Connection, view: View, used: int) -> str:
    """Why readers cannot go over: they would see less than they have seen."""
    heads, own = event_store.heads(connection), _checkpoints(connection, view)
    present = _checkpoints(connection, View(view.name, used, {}, ()))
    behind = {
        practice_id: missing
        for practice_id, head in heads.items()
        if (missing := _position(present, practice_id, head) - _position(own, practice_id, 0)) > 0
    }
    parked = {practice_id: point.parked for practice_id, point in own.items() if point.parked}
    stopped = [practice_id for practice_id, point in own.items() if point.stopped_reason]
    said = []
    if behind:
        said.append(f"is behind in {_practices(behind)}, by {sum(behind.values())} events")
    if parked:
        said.append(f"has {sum(parked.values())} parked events in {_practices(parked)}: see `clinic parked list`")
    if stopped:
        said.append(f"is stopped in {len(stopped)} practices: {own[stopped[0]].stopped_reason}")
    return "; it ".join(said)


def _practices(found: Mapping[UUID, int]) -> str:
    return f"practice {next(iter(found))}" if len(found) == 1 else f"{len(found)} practices"


def _standing(view: View, state: str, heads: Mapping[UUID, int], points: Mapping[UUID, Checkpoint]) -> Standing:
    if state == DROPPED:
        return Standing(view, state, len(heads), 0, 0, 0, 0)
    lags = [max(0, head - _position(points, practice_id, 0)) for practice_id, head in heads.items()]
    return Standing(
        view,
        state,
        practices=len(heads),
        up_to_date=lags.count(0),
        lag=sum(lags),
        parked=sum(point.parked for point in points.values()),
        stopped=sum(bool(point.stopped_reason) for point in points.values()),
    )


def _position(points: Mapping[UUID, Checkpoint], practice_id: UUID, otherwise: int) -> int:
    return points[practice_id].position if practice_id in points else otherwise


def _checkpoints(connection: Connection, view: View) -> dict[UUID, Checkpoint]:
    return ConsumerRows(view.consumer, SOURCE).checkpoints(connection)


def _states(connection: Connection) -> dict[str, str]:
    rows = connection.execute("SELECT view || '@' || version AS name, state FROM view_versions")
    return {row["name"]: row["state"] for row in rows}


def _used(known: Mapping[str, str], name: str) -> int:
    found = [
        int(one.partition("@")[2]) for one, state in known.items() if one.startswith(f"{name}@") and state == IN_USE
    ]
    if not found:
        raise VersionStays(f"No version of {name} is in use yet: its projector has not run.")
    return found[0]


def _set(connection: Connection, name: str, version: int, state: str) -> None:
    connection.execute(
        "UPDATE view_versions SET state = %s, since = clock_timestamp() WHERE view = %s AND version = %s",
        (state, name, version),
    )
