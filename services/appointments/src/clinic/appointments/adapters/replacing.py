"""Views rebuilt while they are read: in steps beside the live rows, then put in their place (F49, ADR 0029)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID

import psycopg

from clinic.appointments.adapters import staging
from clinic.appointments.adapters.building import STAGING, STEP, CannotBuild, Job, advance
from clinic.appointments.adapters.projections import SOURCE
from clinic.appointments.adapters.rebuild import Rebuilt, built_rows, by_hashing, live_position, live_table, only_in
from clinic.appointments.application.projections.changes import View
from clinic.appointments.application.projections.occupancy_states import OCCUPANCY
from clinic.infra import event_store
from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.database import Connection, Database

NEARLY = 200
"""So many events may be left to the transaction that replaces the live rows."""

LOCK_WAIT = "15s"
"""So long a rebuild waits for one that was killed to be gone from the server."""

Told = Callable[[int], None]
"""Hears how many positions of a practice's events were passed."""


class AnotherRuns(Exception):
    """Somebody else rebuilds views of this ledger now."""


def rebuild(
    database: Database,
    heads: Mapping[UUID, int],
    views: Sequence[View],
    told: Told = lambda positions: None,
    *,
    step: int = STEP,
) -> Iterator[Rebuilt]:
    """Puts rows built anew in the place of the live ones, practice by practice; readers see the rows before or after.

    One that was interrupted within a day goes on where it was: in the middle of a practice, and without those that are
    done. A view that cannot be built from the events keeps its rows of that practice. AnotherRuns: nothing was done.
    """
    with _alone(database):
        for practice_id in heads:
            yield from _practice(database, practice_id, views, told, step)
        for practice_id in heads:
            staging.forget(database, practice_id, views)


def done(database: Database, heads: Mapping[UUID, int], views: Sequence[View]) -> int:
    """How many positions an interrupted rebuild of these views has behind it."""
    passed = 0
    for practice_id, head in heads.items():
        with database.transaction(practice_id) as connection:
            found = [staging.progress(connection, practice_id, view) for view in views]
        passed += min(head if one.placed else min(one.position, head) for one in found)
    return passed


def _practice(database: Database, practice_id: UUID, views: Sequence[View], told: Told, step: int) -> Iterator[Rebuilt]:
    with database.transaction(practice_id) as connection:
        before = {view: staging.begin(connection, practice_id, view) for view in views}
    remaining = [view for view in views if not before[view].placed]
    while remaining:
        try:
            while _step(database, practice_id, remaining, told, step):
                pass
            while remaining:
                yield _place(database, practice_id, remaining[0])
                staging.clear(database, practice_id, remaining.pop(0))
        except CannotBuild as error:
            for view in error.views:
                yield Rebuilt(view, practice_id, error.position, failed=str(error))
                staging.forget(database, practice_id, [view])
            remaining = [view for view in remaining if view not in error.views]


def _step(database: Database, practice_id: UUID, views: Sequence[View], told: Told, step: int) -> bool:
    """One step towards the head, committed; False where little is left."""
    with database.transaction(practice_id) as connection:
        head = event_store.heads(connection).get(practice_id, 0)
        at = {view: staging.progress(connection, practice_id, view).position for view in views}
        if head - min(at.values()) <= NEARLY:
            return False
        until = min(head, min(at.values()) + step)
        jobs = [Job(view, position, until) for view, position in at.items() if position < until]
        advance(connection, practice_id, jobs, STAGING, told=told)
        for job in jobs:
            staging.move(connection, practice_id, job.view, until)
    return True


def _place(database: Database, practice_id: UUID, view: View) -> Rebuilt:
    """The last events, and the rows that differ take the live ones' place: in one transaction."""
    with database.transaction(practice_id) as connection:
        _hold(connection, practice_id, view)
        live = live_position(connection, practice_id, view)
        staged = staging.progress(connection, practice_id, view).position
        if staged < live:
            advance(connection, practice_id, [Job(view, staged, live)], STAGING)
        position = max(staged, live)
        mended = _replace(connection, practice_id, view)
        if view is not OCCUPANCY:
            _follow_from(connection, practice_id, view, position)
        staging.move(connection, practice_id, view, position)
        staging.place(connection, practice_id, view)
        counted = connection.execute(
            f"SELECT count(*) AS rows FROM {live_table(view)} WHERE practice_id = %s", (practice_id,)
        ).fetchone()
    return Rebuilt(view, practice_id, position, rows=counted["rows"] if counted else 0, mended=mended)


def _hold(connection: Connection, practice_id: UUID, view: View) -> None:
    """Nobody moves the live rows until the transaction ends: not the projector, for occupancy not an append."""
    if view is OCCUPANCY:
        connection.execute("SELECT FROM heads WHERE practice_id = %s FOR UPDATE", (practice_id,))
        return
    ConsumerRows(view.consumer, SOURCE).create(connection, practice_id)
    connection.execute(
        "SELECT FROM consumer_checkpoints WHERE consumer = %s AND source = %s AND practice_id = %s FOR UPDATE",
        (view.consumer, SOURCE, practice_id),
    )


def _replace(connection: Connection, practice_id: UUID, view: View) -> int:
    """How many rows were not as they should be, and are now."""
    live, built, key = live_table(view), built_rows(view, STAGING), view.key
    asked = {"practice": practice_id}
    by_hashing(connection)
    found = connection.execute(
        f"SELECT count(*) AS rows FROM (SELECT {key} FROM {only_in(live, built, key)}"
        f" UNION SELECT {key} FROM {only_in(built, live, key)}) AS wrong",
        asked,
    ).fetchone()
    wrong = int(found["rows"]) if found else 0
    if not wrong:
        return 0
    missing = (
        f"INSERT INTO {live} SELECT this.* FROM {built} AS this WHERE this.practice_id = %(practice)s AND NOT EXISTS"
        f" (SELECT FROM {live} AS that WHERE that.practice_id = this.practice_id AND that.{key} = this.{key})"
    )
    connection.execute(f"DELETE FROM {only_in(live, built, key)}", asked)
    if view is OCCUPANCY:
        # Exclusive rows first: the trigger would refuse one that staff overlapped knowingly after it was booked.
        connection.execute(f"DELETE FROM {live} WHERE practice_id = %(practice)s AND NOT exclusive", asked)
        connection.execute(f"{missing} AND this.exclusive", asked)
    connection.execute(missing, asked)
    return wrong


def _follow_from(connection: Connection, practice_id: UUID, view: View, position: int) -> None:
    """The projector goes on after `position`. What was parked or begun up to there has had its effect."""
    names = {"consumer": view.consumer, "source": SOURCE, "practice": practice_id, "position": position}
    key = "consumer = %(consumer)s AND source = %(source)s AND practice_id = %(practice)s"
    connection.execute(f"DELETE FROM parked_events WHERE {key}", names)
    connection.execute(f"DELETE FROM consumer_attempts WHERE {key} AND position <= %(position)s", names)
    connection.execute(
        "UPDATE consumer_checkpoints SET position = %(position)s, parked = 0, stopped_reason = NULL,"
        " event_id = (SELECT event_id FROM events WHERE practice_id = %(practice)s AND position = %(position)s),"
        f" updated_at = clock_timestamp() WHERE {key}",
        names,
    )


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """One rebuild at a time; one that was killed is gone after a moment."""
    lock = "hashtextextended('clinic projections rebuild', 0)"
    with database.connection() as connection:
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
                connection.execute(f"SELECT pg_advisory_lock({lock})")
        except psycopg.errors.LockNotAvailable:
            raise AnotherRuns from None
        try:
            yield
        finally:
            if not connection.closed:
                connection.execute(f"SELECT pg_advisory_unlock({lock})")
