"""Verifies a practice's ledger against its signed heads and against heads that were shipped away (F51, ADR 0031)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from clinic.infra.database import Connection
from clinic.infra.proof.heads import BadHead, Head, Place, PublicKeys, check_signature
from clinic.infra.proof.heads_files import BadFile, heads_files, read_lines
from clinic.infra.proof.naming import Fault, first_unchained, name_fault
from clinic.infra.proof.recomputing import recompute
from clinic.infra.proof.seal_rows import SealRows

LATE = timedelta(minutes=5)

_LEDGER = """
    SELECT (SELECT coalesce(max(position), 0) FROM events WHERE practice_id = %(practice)s) AS position,
        (SELECT min(position) FROM events WHERE practice_id = %(practice)s) AS first,
        (SELECT position FROM heads WHERE practice_id = %(practice)s) AS head,
        clinic_now() AS now
"""
_RECORDED_AT = "SELECT recorded_at FROM events WHERE practice_id = %s AND position > %s ORDER BY position LIMIT 1"
_PAST = "SELECT position FROM sealed_events WHERE practice_id = %s AND (epoch, position) > (%s, %s) LIMIT 1"
_BREAKS = "SELECT epoch, old_size, reason FROM sealed_breaks WHERE practice_id = %s ORDER BY epoch"


@dataclass(frozen=True, slots=True)
class Shipped:
    """Heads that were kept elsewhere, per practice; every line was read and its signature found right."""

    heads: dict[UUID, dict[Place, Head]]
    faults: dict[UUID, Fault]
    breaks: frozenset[tuple[UUID, int]]


@dataclass(slots=True)
class Verified:
    """What is true of a practice: `sealed` of `events` are proven by the heads unless there are faults."""

    practice_id: UUID
    events: int = 0
    sealed: int = 0
    sealed_at: datetime | None = None
    heads: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def not_yet_sealed(self) -> int:
        """Events after the last head: of these nothing is proven."""
        return max(0, self.events - self.sealed)


def read_shipped(given: Path, service: str, keys: PublicKeys) -> Shipped:
    """The heads of a service in a file, or in a sealer's directory or the one above it.

    BadFile where a line is cut, unreadable, out of its chain, or signed with another key.
    """
    directory = given / service if (given / service).is_dir() else given
    files = heads_files(directory) if directory.is_dir() else [given]
    if not files:
        raise BadFile(f"{given} holds no file of heads (YYYY-MM-DD.jsonl)")
    heads: dict[UUID, dict[Place, Head]] = {}
    faults: dict[UUID, Fault] = {}
    breaks = set()
    for line in read_lines(files):
        line.check(keys)
        if line.said.get("service") != service:
            raise BadFile(f"{line.place} is of the service {line.said.get('service')}, not of {service}")
        if line.said.get("kind") == "break":
            breaks.add((UUID(str(line.said["practice_id"])), int(line.said["epoch"])))
        for head in line.heads():
            known = heads.setdefault(head.practice_id, {}).setdefault(head.place, head)
            if known.root != head.root:
                what = f"{line.place} names another root of {head.place.size} events than an earlier line"
                faults.setdefault(head.practice_id, Fault("fork", what))
    if not heads:
        raise BadFile(f"{given} names no head")
    return Shipped(heads, faults, frozenset(breaks))


def verify_practice(
    connection: Connection,
    service: str,
    practice_id: UUID,
    keys: PublicKeys,
    shipped: Shipped | None,
    progress: Callable[[int], None] = lambda events: None,
) -> Verified:
    """Recomputes one practice within a transaction that sees one moment (repeatable read)."""
    rows = SealRows(connection, service, practice_id)
    rows.enter()
    ledger = connection.execute(_LEDGER, {"practice": practice_id}).fetchone() or {}
    found = Verified(practice_id, ledger["position"])
    last = rows.last_head()
    place = last.place if last else Place(1, 0)
    found.sealed, found.sealed_at = place.size, last.sealed_at if last else None
    heads = [*_stored(rows, place, keys, found), *_shipped(connection, found, place, shipped)]
    found.heads = len(heads)
    heads.sort(key=lambda head: head.place.size)
    found.faults += _beyond(found, heads, place)
    within = [head for head in heads if head.place.size <= max(found.events, place.size)]
    recomputed = recompute(rows, place.epoch, place.size, within, progress)
    if fault := name_fault(rows, recomputed, within, place.size):
        found.faults.insert(0, fault)
    found.faults += _around(rows, found, place, ledger["first"])
    found.faults += _past(rows, found, ledger["head"], ledger["now"])
    return found


def _stored(rows: SealRows, place: Place, keys: PublicKeys, found: Verified) -> Iterator[Head]:
    """The database's heads whose signatures are right; the first whose is not is a fault."""
    told = False
    for head in rows.heads(place.epoch, 0, place.size):
        try:
            check_signature(head.to_json(), keys)
            yield head
        except BadHead as error:
            if not told:
                what = f"the database's head of {head.place.size} events: {error}"
                found.faults.append(Fault("head_changed", what))
            told = True


def _shipped(connection: Connection, found: Verified, place: Place, shipped: Shipped | None) -> Iterator[Head]:
    """The shipped heads of the present epoch; those of earlier ones are told, not compared."""
    breaks = connection.execute(_BREAKS, (found.practice_id,)).fetchall()
    for row in breaks:
        found.notes.append(f"sealed anew (epoch {row['epoch']}) after {row['old_size']} events: {row['reason']}")
    if shipped is None:
        return
    if fault := shipped.faults.get(found.practice_id):
        found.faults.append(fault)
    heads = shipped.heads.get(found.practice_id, {})
    for place_of, head in heads.items():
        if place_of.epoch == place.epoch:
            yield head
    newest = max(heads, default=place)
    if newest.epoch > place.epoch:
        what = f"a head of epoch {newest.epoch} was shipped, the database is in epoch {place.epoch}: it is an older one"
        found.faults.append(Fault("restored", what))
    if newest.epoch < place.epoch and (found.practice_id, place.epoch) not in shipped.breaks:
        found.notes.append(f"the shipped heads end before epoch {place.epoch} began: ship newer ones")


def _beyond(found: Verified, heads: list[Head], place: Place) -> Iterator[Fault]:
    """Heads that speak of more events than there are."""
    largest = heads[-1] if heads else None
    if largest is not None and largest.place.size > max(found.events, place.size):
        what = f"the ledger has {found.events} events, a head of {largest.place.size} was signed"
        restored = "it was cut, or an older one was restored"
        yield Fault("truncated", f"{what}: {restored}", found.events + 1)


def _around(rows: SealRows, found: Verified, place: Place, first: int | None) -> Iterator[Fault]:
    if first is not None and first < 1:
        yield Fault("inserted", f"an event stands at position {first}, before the first", first)
    row = rows.connection.execute(_PAST, (found.practice_id, place.epoch, place.size)).fetchone()
    if row is not None:
        what = f"sealed_events goes on to position {row['position']} without a head: heads were deleted"
        yield Fault("head_changed", what)


def _past(rows: SealRows, found: Verified, head: int | None, now: datetime) -> Iterator[Fault]:
    """What can be said past the last head: whether it chains, whether it waits for too long, why."""
    if stop := rows.stop():
        yield Fault("stopped", f"the sealer stopped at {stop.stopped_at:%Y-%m-%d %H:%M:%S} UTC: {stop.reason}")
    if head is not None and head != found.events and not found.faults:
        what = f"heads names {head} events, there are {found.events}"
        yield Fault("truncated" if head > found.events else "inserted", what, min(head, found.events) + 1)
    if found.not_yet_sealed == 0:
        return
    if not found.faults and (fault := first_unchained(rows, found.sealed)):
        yield Fault(fault.kind, f"not yet sealed, and {fault.what}", fault.position)
    row = rows.connection.execute(_RECORDED_AT, (found.practice_id, found.sealed)).fetchone()
    if row is not None and now - row["recorded_at"] > LATE:
        what = f"{found.not_yet_sealed} events wait for a head for more than 5 minutes: the sealer does not run"
        yield Fault("late", what, found.sealed + 1)
