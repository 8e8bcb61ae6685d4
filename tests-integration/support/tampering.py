"""What the owner of the ledger's tables can do to it, and what verify must say then (F51).

Every tampering is given a sealed practice and a place in it; it returns the kinds that may be named, and the first bad
position.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID

from sealing_bench import Bench

from clinic.infra import event_store
from clinic.infra.event_store import Cause
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import SYSTEM, NewEvent

CHAIN: LiteralString = """
    UPDATE events e SET previous_event_id = c.before FROM (
        SELECT event_id, lag(event_id) OVER (ORDER BY position) AS before FROM events WHERE practice_id = %s
    ) c WHERE c.event_id = e.event_id AND e.practice_id = %s AND e.previous_event_id IS DISTINCT FROM c.before
"""
HEAD: LiteralString = """
    UPDATE heads SET position = l.position, last_event_id = l.event_id FROM (
        SELECT position, event_id FROM events WHERE practice_id = %s ORDER BY position DESC LIMIT 1
    ) l WHERE practice_id = %s
"""
COPY: LiteralString = """
    INSERT INTO events SELECT practice_id, %s, %s, previous_event_id, %s, 1, type, schema_version, occurred_at,
        recorded_at, actor_kind, actor_id, command_id, correlation_id, causation_id, traceparent, data
    FROM events WHERE practice_id = %s AND position = %s
"""
EDITS: dict[str, LiteralString] = {
    "stream_id": "UPDATE events SET stream_id = stream_id || 'x' WHERE practice_id = %s AND position = %s",
    "stream_version": "UPDATE events SET stream_version = stream_version + 9 WHERE practice_id = %s AND position = %s",
    "type": "UPDATE events SET type = type || 'x' WHERE practice_id = %s AND position = %s",
    "schema_version": "UPDATE events SET schema_version = schema_version + 1 WHERE practice_id = %s AND position = %s",
    "occurred_at": "UPDATE events SET occurred_at = occurred_at - interval '1 microsecond'"
    " WHERE practice_id = %s AND position = %s",
    "recorded_at": "UPDATE events SET recorded_at = recorded_at - interval '1 microsecond'"
    " WHERE practice_id = %s AND position = %s",
    "actor_kind": "UPDATE events SET actor_kind = actor_kind || 'x' WHERE practice_id = %s AND position = %s",
    "actor_id": "UPDATE events SET actor_id = gen_random_uuid() WHERE practice_id = %s AND position = %s",
    "command_id": "UPDATE events SET command_id = gen_random_uuid() WHERE practice_id = %s AND position = %s",
    "correlation_id": "UPDATE events SET correlation_id = gen_random_uuid() WHERE practice_id = %s AND position = %s",
    "causation_id": "UPDATE events SET causation_id = gen_random_uuid() WHERE practice_id = %s AND position = %s",
    "traceparent": "UPDATE events SET traceparent = coalesce(traceparent, '') || 'x'"
    " WHERE practice_id = %s AND position = %s",
    "previous_event_id": "UPDATE events SET previous_event_id = gen_random_uuid()"
    " WHERE practice_id = %s AND position = %s",
    "data": "UPDATE events SET data = data || ' ' WHERE practice_id = %s AND position = %s",
}


@dataclass(frozen=True)
class Sealed:
    """A practice with `events` events, the first `size` of them sealed by heads of these `sizes`."""

    bench: Bench
    chance: random.Random
    practice_id: UUID
    size: int
    events: int
    sizes: tuple[int, ...]

    def do(self, statement: LiteralString, *values: Any) -> int:
        """As the owner."""
        return self.bench.tamper(statement, *values)

    def mend(self) -> None:
        """The chain and the head are made to fit again."""
        self.do(CHAIN, self.practice_id, self.practice_id)
        self.do(HEAD, self.practice_id, self.practice_id)

    def order(self) -> list[UUID]:
        """The events' ids by position."""
        query: LiteralString = "SELECT event_id FROM events WHERE practice_id = %s ORDER BY position"
        return [row["event_id"] for row in self.bench.asked(query, self.practice_id)]

    def place(self, order: list[UUID]) -> None:
        """Gives the events these places."""
        self.do("UPDATE events SET position = -position WHERE practice_id = %s", self.practice_id)
        for position, event_id in enumerate(order, 1):
            self.do("UPDATE events SET position = %s WHERE event_id = %s", position, event_id)

    def shift(self, after: int, by: int) -> None:
        """Moves what stands after a position."""
        self.do("UPDATE events SET position = -(position + %s) WHERE practice_id = %s AND position > %s",
                by, self.practice_id, after)  # fmt: skip
        self.do("UPDATE events SET position = -position WHERE practice_id = %s AND position < 0", self.practice_id)


def live(bench: Bench, chance: random.Random, most: int) -> Sealed:
    """A practice that appended and was sealed by turns; now and then something waits for its head."""
    practice_id, events, sizes = bench.practice(), 0, []
    for _ in range(chance.randint(1, 4)):
        events += _append(bench, chance, practice_id, chance.randint(1, most))
        bench.seal()
        sizes.append(events)
    events += _append(bench, chance, practice_id, chance.choice((0, 0, 1, 5)))
    return Sealed(bench, chance, practice_id, sizes[-1], events, tuple(sizes))


def _append(bench: Bench, chance: random.Random, practice_id: UUID, count: int) -> int:
    said = ("plain", "ünï \u2028 \U0001f600", 'q"uo\\te', "")
    events = [
        NewEvent(new_id(), chance.choice(("Noted", "Moved", "Paid")), 1, f"note-{new_id()}", 1, datetime.now(UTC),
                 {"said": chance.choice(said), "number": chance.randint(0, 10**9)})
        for _ in range(count)
    ]  # fmt: skip
    if events:
        with bench.api.transaction(practice_id) as connection:
            event_store.append(connection, practice_id, Cause(SYSTEM, new_id(), new_id()), events)
    return count


Found = tuple[set[str], int]
Tampering = Callable[[Sealed], Found]


def edit(column: str) -> Tampering:
    """One column of one event is another."""

    def tamper(of: Sealed) -> Found:
        at = of.chance.randint(1, of.size)
        assert of.do(EDITS[column], of.practice_id, at) == 1
        return {"changed"}, at

    return tamper


def another_id(of: Sealed) -> Found:
    at = of.chance.randint(1, of.size)
    of.do("UPDATE events SET event_id = gen_random_uuid() WHERE practice_id = %s AND position = %s", of.practice_id, at)
    of.mend()
    return {"replaced"}, at


def another_practice(of: Sealed) -> Found:
    at = of.chance.randint(1, of.size)
    of.do("UPDATE events SET practice_id = gen_random_uuid() WHERE practice_id = %s AND position = %s",
          of.practice_id, at)  # fmt: skip
    return _gone(of, at), at


def another_position(of: Sealed) -> Found:
    at = of.chance.randint(1, of.size)
    of.do("UPDATE events SET position = 1000000 WHERE practice_id = %s AND position = %s", of.practice_id, at)
    return {"out_of_order"}, at


def _gone(of: Sealed, at: int) -> set[str]:
    return {"truncated"} if at == of.events else {"missing"}


def delete(of: Sealed) -> Found:
    at = of.chance.randint(1, of.size)
    of.do("DELETE FROM events WHERE practice_id = %s AND position = %s", of.practice_id, at)
    return _gone(of, at), at


def delete_and_close_up(of: Sealed) -> Found:
    at = of.chance.randint(1, of.size)
    of.do("DELETE FROM events WHERE practice_id = %s AND position = %s", of.practice_id, at)
    of.shift(at, -1)
    of.mend()
    return ({"truncated"} if at == of.events else {"missing", "replaced"}), at


def swap(of: Sealed) -> Found:
    order = of.order()
    first, second = sorted(of.chance.sample(range(of.events), 2)) if of.events > 1 else (0, 0)
    if second == 0 or first >= of.size:
        return edit("data")(of)
    order[first], order[second] = order[second], order[first]
    of.place(order)
    if of.chance.random() < 0.5:
        of.mend()
    return {"out_of_order", "inserted"}, first + 1


def reorder(of: Sealed) -> Found:
    before = of.order()
    after = [*before]
    of.chance.shuffle(after)
    first = next((at for at, (old, new) in enumerate(zip(before, after, strict=True), 1) if old != new), 0)
    if first == 0 or first > of.size:
        return edit("type")(of)
    of.place(after)
    of.mend()
    return {"out_of_order", "inserted"}, first


def truncate(of: Sealed) -> Found:
    until = of.chance.randint(0, of.size - 1)
    of.do("DELETE FROM events WHERE practice_id = %s AND position > %s", of.practice_id, until)
    if until:
        of.mend()
    return {"truncated"}, until + 1


def insert(of: Sealed) -> Found:
    """A forged event among the others; everything after it moves up, and the chain fits."""
    at = of.chance.randint(1, of.size)
    of.shift(at - 1, 1)
    of.do(COPY, at, new_id(), f"note-{new_id()}", of.practice_id, at + 1)
    of.mend()
    return {"inserted"}, at


def replace_it(of: Sealed) -> Found:
    """A forged event in the place of another, and the chain fits."""
    at = of.chance.randint(1, of.size)
    of.do("UPDATE events SET event_id = gen_random_uuid(), data = %s WHERE practice_id = %s AND position = %s",
          json.dumps({"forged": True}), of.practice_id, at)  # fmt: skip
    of.mend()
    return {"replaced"}, at


TAMPERINGS: dict[str, Tampering] = {
    **{f"edit of {column}": edit(column) for column in EDITS},
    "edit of event_id": another_id,
    "edit of practice_id": another_practice,
    "edit of position": another_position,
    "delete": delete,
    "delete, gap closed": delete_and_close_up,
    "swap": swap,
    "reorder": reorder,
    "truncate": truncate,
    "insert, chain fixed": insert,
    "replace, chain fixed": replace_it,
}


def some_node(of: Sealed) -> Found:
    at = of.chance.randint(1, of.size)
    of.do("UPDATE sealed_events SET nodes = set_byte(nodes, length(nodes) - 1, get_byte(nodes, length(nodes) - 1) # 1)"
          " WHERE practice_id = %s AND position = %s", of.practice_id, at)  # fmt: skip
    return {"tree_changed"}, at


def node_deleted(of: Sealed) -> Found:
    at = of.chance.randint(1, of.size)
    of.do("DELETE FROM sealed_events WHERE practice_id = %s AND position = %s", of.practice_id, at)
    return {"tree_changed"}, at


def node_of_another(of: Sealed) -> Found:
    at = of.chance.randint(1, of.size)
    of.do("UPDATE sealed_events SET event_id = gen_random_uuid() WHERE practice_id = %s AND position = %s",
          of.practice_id, at)  # fmt: skip
    return {"tree_changed"}, at


def some_head(change: LiteralString) -> Tampering:
    """A stored head is another."""
    statement: LiteralString = "UPDATE sealed_heads SET " + change + " WHERE practice_id = %s AND size = %s"

    def tamper(of: Sealed) -> Found:
        assert of.do(statement, of.practice_id, of.chance.choice(of.sizes)) == 1
        return {"head_changed"}, 0

    return tamper


def last_head_deleted(of: Sealed) -> Found:
    of.do("DELETE FROM sealed_heads WHERE practice_id = %s AND size = %s", of.practice_id, of.size)
    return {"head_changed"}, 0


SEAL_TAMPERINGS: dict[str, Tampering] = {
    "sealed_events: a node": some_node,
    "sealed_events: a row deleted": node_deleted,
    "sealed_events: an event's id": node_of_another,
    "sealed_heads: root": some_head("root = sha256(root)"),
    "sealed_heads: signature": some_head("signature = sha512(signature)"),
    "sealed_heads: last event": some_head("last_event_id = gen_random_uuid()"),
    "sealed_heads: instant": some_head("sealed_at = sealed_at - interval '1 hour'"),
    "sealed_heads: key": some_head("key_id = '0123456789abcdef'"),
    "sealed_heads: the last deleted": last_head_deleted,
}
