"""Views and occupancy built anew from the events: compared with the live rows, or put in their place (F49)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from clinic.appointments.adapters.import_store import occupy
from clinic.appointments.adapters.projections import SOURCE, write
from clinic.appointments.application.projections.changes import View
from clinic.appointments.domain.appointment import Appointment, evolve
from clinic.appointments.domain.occupancy import Occupancy, occupancy_of
from clinic.contracts.codec import to_fact
from clinic.infra import event_store
from clinic.infra.database import Connection, Database
from clinic.kernel.recorded import Recorded
from clinic.kernel.streams import category_of

OCCUPANCY = "occupancy"
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that only the live table (`live`) or only the rebuilt one (`rebuilt`) has, as text."""

    side: str
    row: str


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What became of one view of one practice: built up to `position`, out of `rows` rows."""

    name: str
    practice_id: UUID
    position: int
    rows: int
    differences: Sequence[Difference] = ()


def practices(database: Database) -> list[UUID]:
    """Every practice that has a ledger."""
    with database.transaction() as connection:
        return sorted(event_store.heads(connection))


def check(database: Database, practice_id: UUID, views: Mapping[str, View | None]) -> Iterator[Rebuilt]:
    """Builds the named views beside the live ones and compares them byte for byte.

    One snapshot holds the live rows, their checkpoint and the events up to it, so the system may serve and project
    meanwhile; everything that was built is rolled back.
    """
    for name, view in views.items():
        with _snapshot(database, practice_id) as connection:
            position = _position(connection, practice_id, view)
            connection.execute("SET LOCAL search_path = rebuild, public")
            _build(connection, practice_id, view, position)
            table = view.table if view else OCCUPANCY
            yield Rebuilt(name, practice_id, position, _count(connection, table), _differences(connection, table))


def rebuild(database: Database, practice_id: UUID, views: Mapping[str, View | None]) -> Iterator[Rebuilt]:
    """Puts rows built anew in the place of the live ones; readers see the old ones until the commit.

    The projector waits for this practice's view meanwhile, for `occupancy` every append of the practice does.
    """
    for name, view in views.items():
        with database.transaction(practice_id) as connection:
            position = _hold(connection, practice_id, view)
            table = view.table if view else OCCUPANCY
            connection.execute(f"DELETE FROM {table} WHERE practice_id = %s", (practice_id,))
            _build(connection, practice_id, view, position)
            if view is not None:
                _forget_parked(connection, practice_id, view)
            yield Rebuilt(name, practice_id, position, _count(connection, table))


@contextmanager
def _snapshot(database: Database, practice_id: UUID) -> Iterator[Connection]:
    """A repeatable read of one practice that is always rolled back."""
    with database.connection() as connection, connection.transaction(force_rollback=True):
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SELECT set_config('app.practice', %s, true)", (str(practice_id),))
        yield connection


def _build(connection: Connection, practice_id: UUID, view: View | None, position: int) -> None:
    if view is None:
        rows = _occupancy(_events(connection, practice_id, position))
        # Exclusive rows first: the trigger would refuse one that staff overlapped knowingly after it was booked.
        occupy(connection, practice_id, [row for row in rows if row.exclusive])
        occupy(connection, practice_id, [row for row in rows if not row.exclusive])
        return
    for event in _events(connection, practice_id, position):
        if handle := view.handles.get(event.type):
            for change in handle(event):
                write(connection, view.table, change)


def _occupancy(events: Iterator[Recorded]) -> list[Occupancy]:
    states: dict[str, Appointment] = {}
    for event in events:
        if category_of(event.stream_id) == "appointment":
            states[event.stream_id] = evolve(states.get(event.stream_id), to_fact(event))
    return [occupancy_of(state) for state in states.values()]


def _events(connection: Connection, practice_id: UUID, position: int) -> Iterator[Recorded]:
    for event in event_store.read_all(connection, practice_id):
        if event.position > position:
            return
        yield event


def _position(connection: Connection, practice_id: UUID, view: View | None) -> int:
    """How far the live rows are: the view's checkpoint, for occupancy the head."""
    if view is None:
        return event_store.heads(connection)[practice_id]
    row = connection.execute(
        "SELECT position FROM consumer_checkpoints WHERE consumer = %s AND source = %s AND practice_id = %s",
        (view.consumer, SOURCE, practice_id),
    ).fetchone()
    return int(row["position"]) if row else 0


def _hold(connection: Connection, practice_id: UUID, view: View | None) -> int:
    """The same, and nobody moves it until the transaction ends."""
    if view is None:
        connection.execute("SELECT FROM heads WHERE practice_id = %s FOR UPDATE", (practice_id,))
    else:
        connection.execute(
            "SELECT FROM consumer_checkpoints WHERE consumer = %s AND source = %s AND practice_id = %s FOR UPDATE",
            (view.consumer, SOURCE, practice_id),
        )
    return _position(connection, practice_id, view)


def _forget_parked(connection: Connection, practice_id: UUID, view: View) -> None:
    """What was parked has had its effect now."""
    key = (view.consumer, SOURCE, practice_id)
    connection.execute("DELETE FROM parked_events WHERE consumer = %s AND source = %s AND practice_id = %s", key)
    connection.execute(
        "UPDATE consumer_checkpoints SET parked = 0 WHERE consumer = %s AND source = %s AND practice_id = %s", key
    )


def _count(connection: Connection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) AS rows FROM {table}").fetchone()
    return int(row["rows"]) if row else 0


def _differences(connection: Connection, table: str) -> list[Difference]:
    rows = connection.execute(
        f"(SELECT 'live' AS side, r::text AS row FROM public.{table} r"
        f" EXCEPT SELECT 'live', r::text FROM rebuild.{table} r)"
        f" UNION ALL (SELECT 'rebuilt', r::text FROM rebuild.{table} r"
        f" EXCEPT SELECT 'rebuilt', r::text FROM public.{table} r) ORDER BY 2, 1 LIMIT {SHOWN}"
    )
    return [Difference(row["side"], row["row"]) for row in rows]
