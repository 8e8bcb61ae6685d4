"""The SQL of the sealed ledger (sql/sealed_ledger_v1.sql), within a transaction of one practice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.infra.database import Connection
from clinic.infra.proof.heads import Head, Place
from clinic.infra.proof.leaf import LEAF_HASH
from clinic.kernel.merkle import peaks_of

DIGEST = 32

_PRACTICE = "SELECT set_config('app.practice', %s, true)"
_HEADS = """
    SELECT epoch, size, root, last_event_id, sealed_at, key_id, signature FROM sealed_heads
    WHERE practice_id = %(practice)s AND epoch = %(epoch)s AND size > %(after)s AND size <= %(until)s ORDER BY size
"""
_LAST_HEAD = """
    SELECT epoch, size, root, last_event_id, sealed_at, key_id, signature FROM sealed_heads
    WHERE practice_id = %s ORDER BY epoch DESC, size DESC LIMIT 1
"""
_LEAVES = f"""
    SELECT position, event_id, previous_event_id, {LEAF_HASH} AS leaf FROM events
    WHERE practice_id = %s AND position >= %s ORDER BY position LIMIT %s
"""
_KEEP_EVENTS = """
    INSERT INTO sealed_events (practice_id, epoch, position, event_id, nodes)
    SELECT %s, %s, e.position, e.event_id, e.nodes
    FROM unnest(%s::bigint[], %s::uuid[], %s::bytea[]) AS e (position, event_id, nodes)
"""
_KEEP_HEAD = """
    INSERT INTO sealed_heads (practice_id, epoch, size, root, last_event_id, sealed_at, key_id, signature)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_STOP = """
    INSERT INTO seal_stops AS s (practice_id, reason, epoch, size, root, stopped_at)
    VALUES (%s, %s, %s, %s, %s, clinic_now())
    ON CONFLICT (practice_id) DO UPDATE SET reason = excluded.reason, epoch = excluded.epoch, size = excluded.size,
        root = excluded.root, stopped_at = excluded.stopped_at
    WHERE (s.reason, s.epoch, s.size, s.root) <> (excluded.reason, excluded.epoch, excluded.size, excluded.root)
"""
_REQUEST = """
    SELECT r.request_id, r.reason, r.asked_by FROM reseal_requests r
    WHERE r.practice_id = %s AND r.epoch = %s AND r.size = %s AND r.root = %s
        AND NOT EXISTS (SELECT FROM sealed_breaks b WHERE b.practice_id = r.practice_id AND b.request_id = r.request_id)
    ORDER BY r.asked_at LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Leaf:
    """An event as the sealer sees it."""

    position: int
    event_id: UUID
    previous_event_id: UUID | None
    hash: bytes


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """An event as it was sealed: `nodes` are its leaf and the nodes that it completed, upwards."""

    position: int
    event_id: UUID
    nodes: bytes

    @property
    def leaf(self) -> bytes:
        """Its leaf's hash."""
        return self.nodes[:DIGEST]


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a practice is sealed no further, and the place and root that were signed last."""

    reason: str
    place: Place
    root: bytes
    stopped_at: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """An operator's wish to go on in a new epoch."""

    request_id: UUID
    reason: str
    asked_by: str


@dataclass(frozen=True, slots=True)
class SealRows:
    """The rows of one practice of a service."""

    connection: Connection
    service: str
    practice_id: UUID

    def enter(self) -> None:
        """From here on the transaction sees this practice."""
        self.connection.execute(_PRACTICE, (str(self.practice_id),))

    def last_head(self) -> Head | None:
        """The head of the newest epoch with the most events."""
        row = self.connection.execute(_LAST_HEAD, (self.practice_id,)).fetchone()
        return None if row is None else self._head(row)

    def heads(self, epoch: int, after: int, until: int) -> list[Head]:
        """The heads of an epoch with after < size <= until, smallest first."""
        asked = {"practice": self.practice_id, "epoch": epoch, "after": after, "until": until}
        return [self._head(row) for row in self.connection.execute(_HEADS, asked)]

    def leaves(self, first: int, limit: int) -> list[Leaf]:
        """Up to `limit` events from a position on."""
        rows = self.connection.execute(_LEAVES, (self.practice_id, first, limit))
        return [Leaf(row["position"], row["event_id"], row["previous_event_id"], row["leaf"]) for row in rows]

    def sealed(self, epoch: int, positions: Sequence[int]) -> dict[int, SealedEvent]:
        """What was sealed at these positions, where something was."""
        rows = self.connection.execute(
            "SELECT position, event_id, nodes FROM sealed_events"
            " WHERE practice_id = %s AND epoch = %s AND position = ANY(%s) ORDER BY position",
            (self.practice_id, epoch, list(positions)),
        )
        return {row["position"]: SealedEvent(**row) for row in rows}

    def peaks(self, place: Place) -> list[bytes] | None:
        """The peaks of the tree as it was kept; None where rows are missing or too short."""
        wanted = [(level, (index + 1) << level) for level, index in peaks_of(place.size)]
        found = self.sealed(place.epoch, [position for _, position in wanted])
        peaks = [found[at].nodes[level * DIGEST : (level + 1) * DIGEST] for level, at in wanted if at in found]
        return peaks if len(peaks) == len(wanted) and all(len(peak) == DIGEST for peak in peaks) else None

    def keep(self, head: Head, sealed: Sequence[SealedEvent]) -> None:
        """Keeps a head, and the events that it seals for the first time."""
        self.keep_events(head.place.epoch, sealed)
        place = head.place
        values = (self.practice_id, place.epoch, place.size, head.root, head.last_event_id, head.sealed_at)
        self.connection.execute(_KEEP_HEAD, (*values, head.key_id, head.signature))

    def keep_events(self, epoch: int, sealed: Sequence[SealedEvent]) -> None:
        """Keeps sealed events."""
        columns = ([event.position for event in sealed], [event.event_id for event in sealed])
        nodes = [event.nodes for event in sealed]
        self.connection.execute(_KEEP_EVENTS, (self.practice_id, epoch, *columns, nodes))

    def stop(self) -> Stop | None:
        """Why nothing more is sealed, if so."""
        row = self.connection.execute(
            "SELECT reason, epoch, size, root, stopped_at FROM seal_stops WHERE practice_id = %s", (self.practice_id,)
        ).fetchone()
        if row is None:
            return None
        return Stop(row["reason"], Place(row["epoch"], row["size"]), row["root"], row["stopped_at"])

    def keep_stop(self, reason: str, signed: Head) -> None:
        """Keeps why; said twice, the first time stays."""
        place = signed.place
        self.connection.execute(_STOP, (self.practice_id, reason, place.epoch, place.size, signed.root))

    def end_stop(self) -> None:
        """It goes on."""
        self.connection.execute("DELETE FROM seal_stops WHERE practice_id = %s", (self.practice_id,))

    def ask_to_reseal(self, request_id: UUID, stop: Stop, reason: str, asked_by: str) -> None:
        """An operator's wish, for exactly the head that the stop names."""
        self.connection.execute(
            "INSERT INTO reseal_requests (practice_id, request_id, epoch, size, root, reason, asked_by, asked_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, clinic_now())",
            (self.practice_id, request_id, stop.place.epoch, stop.place.size, stop.root, reason, asked_by),
        )

    def request(self, signed: Head) -> Request | None:
        """What was asked for the head that was signed last, and not done yet."""
        asked = (self.practice_id, signed.place.epoch, signed.place.size, signed.root)
        row = self.connection.execute(_REQUEST, asked).fetchone()
        return None if row is None else Request(**row)

    def keep_break(self, epoch: int, request: Request, old: Head, now: datetime) -> None:
        """Keeps how an epoch began."""
        self.connection.execute(
            "INSERT INTO sealed_breaks (practice_id, epoch, request_id, old_epoch, old_size, old_root, reason,"
            " asked_by, broken_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (self.practice_id, epoch, request.request_id, old.place.epoch, old.place.size, old.root, request.reason,
             request.asked_by, now),
        )  # fmt: skip

    def _head(self, row: dict[str, Any]) -> Head:
        return Head(
            self.service,
            self.practice_id,
            Place(row["epoch"], row["size"]),
            row["root"],
            row["last_event_id"],
            row["sealed_at"],
            row["key_id"],
            row["signature"],
        )
