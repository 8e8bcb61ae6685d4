"""Views and occupancy built anew from the events and compared with the live rows, byte for byte (F49)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from clinic.appointments.adapters.building import REBUILD, CannotBuild, Job, advance, build
from clinic.appointments.adapters.projections import SOURCE
from clinic.appointments.application.projections.changes import View
from clinic.appointments.application.projections.occupancy_states import OCCUPANCY
from clinic.infra import event_store
from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.database import Connection, Database

__all__ = ["build", "check", "practices", "snapshot"]

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that only the live table (`live`) or only the rebuilt one (`rebuilt`) has, as text."""

    side: str
    row: str


@dataclass(frozen=True, slots=True)
class ParkedStream:
    """A stream that the projector has put aside from its event at `position` on, `events` of it, and why."""

    stream_id: str
    position: int
    type: str
    reason: str
    events: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What became of one version of a view of one practice: built up to `position`, out of `rows` rows.

    `mended` live rows were replaced; `failed` says why it cannot be built from the events.
    """

    view: View
    practice_id: UUID
    position: int
    rows: int = 0
    mended: int = 0
    differences: Sequence[Difference] = ()
    parked: Sequence[ParkedStream] = ()
    failed: str = ""

    @property
    def sound(self) -> bool:
        """The live rows are what the events say, and nothing is left out."""
        return not (self.differences or self.parked or self.failed)


def practices(database: Database) -> dict[UUID, int]:
    """Every practice that has a ledger, with its head."""
    with database.transaction() as connection:
        return dict(sorted(event_store.heads(connection).items()))


def check(
    database: Database, practice_id: UUID, views: Sequence[View], told: Callable[[int], None] = lambda positions: None
) -> list[Rebuilt]:
    """Builds views beside the live ones and compares them byte for byte; says what is parked.

    One snapshot holds the live rows, their checkpoints and the events up to them, so the system may serve and project
    meanwhile; everything that was built is rolled back.
    """
    outcomes: dict[str, Rebuilt] = {}
    remaining = list(views)
    while remaining:
        try:
            with snapshot(database, practice_id) as connection:
                jobs = [Job(view, 0, live_position(connection, practice_id, view)) for view in remaining]
                advance(connection, practice_id, jobs, REBUILD, told=told)
                outcomes |= {job.view.consumer: _compared(connection, practice_id, job) for job in jobs}
                remaining = []
        except CannotBuild as error:
            with snapshot(database, practice_id) as connection:
                for view in error.views:
                    parked = parked_streams(connection, practice_id, view)
                    failed = Rebuilt(view, practice_id, error.position, parked=parked, failed=str(error))
                    outcomes[view.consumer] = failed
            remaining = [view for view in remaining if view not in error.views]
    return [outcomes[view.consumer] for view in views]


@contextmanager
def snapshot(database: Database, practice_id: UUID) -> Iterator[Connection]:
    """A repeatable read of one practice that is always rolled back."""
    with database.connection() as connection, connection.transaction(force_rollback=True):
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SELECT set_config('app.practice', %s, true)", (str(practice_id),))
        yield connection


def live_position(connection: Connection, practice_id: UUID, view: View) -> int:
    """How far the live rows are: the view's checkpoint, for occupancy the head; never beyond the head."""
    head = event_store.heads(connection).get(practice_id, 0)
    if view is OCCUPANCY:
        return head
    checkpoint = ConsumerRows(view.consumer, SOURCE).checkpoint(connection, practice_id)
    return min(checkpoint.position, head) if checkpoint else 0


def live_table(view: View) -> str:
    """The table that is read."""
    return "public.occupancy" if view is OCCUPANCY else f"public.{view.table}"


def built_rows(view: View, schema: str) -> str:
    """The rows that were built, in the columns of the live table."""
    if view is not OCCUPANCY:
        return f"{schema}.{view.table}"
    return (
        "(SELECT practice_id, appointment_id, clinician_id, tstzrange(from_at, until_at) AS during, occupies,"
        f" NOT (occupies AND overlap_accepted) AS exclusive FROM {schema}.{view.table})"
    )


def only_in(these: str, those: str, key: str) -> str:
    """The rows of one side, named `this`, that the other does not have byte for byte."""
    return (
        f"{these} AS this WHERE this.practice_id = %(practice)s AND NOT EXISTS (SELECT FROM {those} AS that"
        f" WHERE that.practice_id = this.practice_id AND that.{key} = this.{key} AND that *= this)"
    )


def by_hashing(connection: Connection) -> None:
    """For this transaction: whole tables are compared, and what was just written has no statistics yet."""
    connection.execute("SELECT set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)")


def parked_streams(connection: Connection, practice_id: UUID, view: View) -> list[ParkedStream]:
    """What the projector has put aside, by stream."""
    rows = connection.execute(
        "SELECT DISTINCT ON (stream_id) stream_id, position, type, reason, count(*) OVER (PARTITION BY stream_id)"
        " AS events FROM parked_events WHERE consumer = %s AND source = %s AND practice_id = %s"
        " ORDER BY stream_id, position",
        (view.consumer, SOURCE, practice_id),
    )
    return [ParkedStream(**row) for row in rows]


def _compared(connection: Connection, practice_id: UUID, job: Job) -> Rebuilt:
    view, live, built = job.view, live_table(job.view), built_rows(job.view, REBUILD)
    by_hashing(connection)
    found = connection.execute(
        f"(SELECT 'live' AS side, this::text AS row FROM {only_in(live, built, view.key)})"
        f" UNION ALL (SELECT 'rebuilt', this::text FROM {only_in(built, live, view.key)}) ORDER BY 2, 1 LIMIT {SHOWN}",
        {"practice": practice_id},
    )
    differences = [Difference(row["side"], row["row"]) for row in found]
    counted = connection.execute(f"SELECT count(*) AS rows FROM {built} AS built").fetchone()
    return Rebuilt(
        view,
        practice_id,
        job.until,
        rows=counted["rows"] if counted else 0,
        differences=differences,
        parked=parked_streams(connection, practice_id, view),
    )
