"""Repairs consumers whose source's ledger was restored to an older point (ADR 0028)."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from uuid import UUID

from clinic.infra import event_store, operating
from clinic.infra.applying import Handle, said
from clinic.infra.consumer_rows import ConsumerRows
from clinic.infra.database import SERVER_TROUBLE, Connection, Database
from clinic.infra.delivery_rule import Checkpoint
from clinic.infra.operating import RELAY, Followed
from clinic.infra.turns import Turns
from clinic.kernel.errors import Unavailable
from clinic.kernel.recorded import Recorded

GROUP = "clinic.repairs"

Events = Iterator[Recorded]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Copy:
    """A consumer whose rows say what the ledger says: `empty` takes a practice's rows away, `build` makes them from all
    events. `build` is told the last event that both histories share.
    """

    consumer: str
    source: str
    empty: Callable[[Connection, UUID], None]
    build: Callable[[Connection, UUID, Checkpoint, Events], None]


@dataclass(frozen=True, slots=True)
class Reaction:
    """A consumer that reacts once per event, so that it may follow again from common ground. `settle` puts right what
    the lost events left behind, given all events that there are, and says what it did or what people must do.
    """

    consumer: str
    source: str
    settle: Callable[[Connection, UUID, Events], Sequence[str]] = lambda connection, practice_id, events: ()


Repair = Copy | Reaction


@dataclass(frozen=True, slots=True)
class ServiceRepairs:
    """A service's own word on how its consumers are repaired. `afterwards` is called once for a practice of its own
    ledger in which anything was repaired.
    """

    repairs: Sequence[Repair]
    afterwards: Callable[[Database, UUID], Sequence[str]] = lambda database, practice_id: ()


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of one consumer of one practice: it was at `before`, it goes on after `now`."""

    service: str
    consumer: str
    source: str
    practice_id: UUID
    before: int
    now: int
    done: Sequence[str]


def known_repairs() -> dict[str, ServiceRepairs]:
    """What the services say, by service."""
    return {point.name: point.load() for point in entry_points(group=GROUP)}


def built_by(handles: Mapping[str, Handle]) -> Callable[[Connection, UUID, Checkpoint, Events], None]:
    """Builds a copy by the consumer's own handlers."""

    def build(connection: Connection, practice_id: UUID, common: Checkpoint, events: Events) -> None:
        for event in events:
            if handle := handles.get(event.type):
                handle(connection, event)

    return build


def lost_ground(databases: Mapping[str, Database], source: str, practice: UUID | None = None) -> list[Followed]:
    """Every consumer of the source, and its relay, that has followed what the ledger no longer has."""
    return [
        entry
        for entry in operating.followed(databases, databases)
        if entry.source == source
        and practice in (None, entry.practice_id)
        and (entry.checkpoint.stopped_reason or not _is_in(databases[source], entry.practice_id, entry.checkpoint))
    ]


def repair(databases: Mapping[str, Database], source: str, lost: Sequence[Followed]) -> Iterator[Repaired]:
    """Repairs them one by one, each in one transaction; the relays last, from the earliest common ground."""
    repairs = known_repairs()
    table = {(one.consumer, one.source): one for known in repairs.values() for one in known.repairs}
    common: dict[UUID, Checkpoint] = {}
    for entry in (one for one in lost if one.consumer != RELAY):
        database, ledger = databases[entry.service], databases[source]
        shared = _common_ground(ledger, database, entry)
        earliest = common.setdefault(entry.practice_id, shared)
        common[entry.practice_id] = min(earliest, shared, key=lambda place: place.position)
        how = table.get((entry.consumer, source), Reaction(entry.consumer, source))
        yield _repair_one(ledger, database, entry, how, shared)
    if source in repairs:
        for practice_id in sorted({one.practice_id for one in lost if one.service == source and one.consumer != RELAY}):
            done = _afterwards(repairs[source], databases[source], practice_id)
            head = operating.head_of(databases[source], practice_id).position
            yield Repaired(source, "the ledger's own", source, practice_id, head, head, done)
    yield from _repair_relays(databases[source], source, lost, common)


def _repair_one(ledger: Database, database: Database, entry: Followed, how: Repair, common: Checkpoint) -> Repaired:
    before, practice_id = entry.checkpoint.position, entry.practice_id
    match how:
        case _ if _is_in(ledger, practice_id, entry.checkpoint):
            to, done = entry.checkpoint, ["follows on: the ledger has what it had followed"]
            operating.rewind(database, entry.consumer, entry.source, practice_id, to)
        case Copy():
            try:
                to, done = _build_anew(ledger, database, how, practice_id, common)
            except (Unavailable, *SERVER_TROUBLE):
                raise
            except Exception as error:
                log.warning("%s cannot be built at once: %s", entry.consumer, said(error))
                to, done = _start_over(database, how, practice_id)
        case Reaction():
            to, done = _follow_again(ledger, database, how, practice_id, common)
    return Repaired(entry.service, entry.consumer, entry.source, practice_id, before, to.position, done)


def _build_anew(
    ledger: Database, database: Database, copy: Copy, practice_id: UUID, common: Checkpoint
) -> tuple[Checkpoint, list[str]]:
    rows, reached = ConsumerRows(copy.consumer, copy.source), _Reached()
    with (
        ledger.transaction(practice_id) as reading,
        Turns(database, rows).turn(practice_id) as connection,
        connection.transaction(),
    ):
        rows.enter(connection, practice_id)
        rows.rewind(connection, practice_id, Checkpoint())
        copy.empty(connection, practice_id)
        copy.build(connection, practice_id, common, reached.passing(event_store.read_all(reading, practice_id)))
        rows.rewind(connection, practice_id, reached.place)
    return reached.place, [f"built anew from {reached.place.position} events"]


def _start_over(database: Database, copy: Copy, practice_id: UUID) -> tuple[Checkpoint, list[str]]:
    rows = ConsumerRows(copy.consumer, copy.source)
    with Turns(database, rows).turn(practice_id) as connection, connection.transaction():
        rows.enter(connection, practice_id)
        copy.empty(connection, practice_id)
        rows.rewind(connection, practice_id, Checkpoint())
    return Checkpoint(), ["emptied; follows again from the first event, because one cannot be applied"]


def _follow_again(
    ledger: Database, database: Database, reaction: Reaction, practice_id: UUID, common: Checkpoint
) -> tuple[Checkpoint, list[str]]:
    rows = ConsumerRows(reaction.consumer, reaction.source)
    with (
        ledger.transaction(practice_id) as reading,
        Turns(database, rows).turn(practice_id) as connection,
        connection.transaction(),
    ):
        rows.enter(connection, practice_id)
        rows.rewind(connection, practice_id, common)
        settled = reaction.settle(connection, practice_id, event_store.read_all(reading, practice_id))
    return common, [
        f"follows again from position {common.position + 1}; what was done before is not done again",
        *settled,
    ]


def _afterwards(service: ServiceRepairs, database: Database, practice_id: UUID) -> Sequence[str]:
    try:
        return service.afterwards(database, practice_id)
    except (Unavailable, *SERVER_TROUBLE):
        raise
    except Exception as error:
        return [f"NOT rebuilt: {said(error)}"]


def _repair_relays(
    ledger: Database, source: str, lost: Sequence[Followed], common: Mapping[UUID, Checkpoint]
) -> Iterator[Repaired]:
    stopped = {entry.practice_id: entry for entry in lost if entry.consumer == RELAY}
    for practice_id in sorted(stopped.keys() | common.keys()):
        with ledger.transaction(practice_id) as connection:
            row = connection.execute(
                "SELECT position FROM relay_checkpoints WHERE practice_id = %s FOR UPDATE", (practice_id,)
            ).fetchone()
            to = common.get(practice_id) or operating.place_of_head(connection, practice_id)
            if row is None or (practice_id not in stopped and row["position"] <= to.position):
                continue
            connection.execute(
                "UPDATE relay_checkpoints SET position = %s, event_id = %s, stopped_reason = NULL"
                " WHERE practice_id = %s",
                (to.position, to.event_id, practice_id),
            )
        done = [f"publishes again from position {to.position + 1}"]
        yield Repaired(source, RELAY, source, practice_id, row["position"], to.position, done)


def _common_ground(ledger: Database, database: Database, entry: Followed) -> Checkpoint:
    """The newest place of the consumer that the ledger has too."""
    with database.transaction(entry.practice_id) as connection:
        trail = ConsumerRows(entry.consumer, entry.source).trail(connection, entry.practice_id)
    with ledger.transaction(entry.practice_id) as connection:
        rows = connection.execute(
            "SELECT position, event_id FROM events WHERE practice_id = %s AND position = ANY (%s)",
            (entry.practice_id, [place.position for place in trail]),
        )
        there = {(row["position"], row["event_id"]) for row in rows}
    return next((place for place in trail if (place.position, place.event_id) in there), Checkpoint())


def _is_in(ledger: Database, practice_id: UUID, place: Checkpoint) -> bool:
    """Whether the ledger has the checkpoint's event in its place; a relay of the release before knew only places."""
    there = operating.event_at(ledger, practice_id, place.position)
    return there is not None and place.event_id in (None, there.event_id)


class _Reached:
    """Where a reading of events ended."""

    def __init__(self) -> None:
        self.place = Checkpoint()

    def passing(self, events: Events) -> Events:
        for event in events:
            self.place = self.place.moved_to(event)
            yield event
