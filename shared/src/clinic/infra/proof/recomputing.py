"""Computes a practice's tree anew from its events and holds it against the heads and the tree that were kept."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from clinic.infra.proof.heads import Head
from clinic.infra.proof.leaf import LEAF_HASH
from clinic.infra.proof.seal_rows import DIGEST, SealRows
from clinic.kernel.merkle import Frontier

BLOCK = 4096

_LEAVES = f"""
    SELECT pg_catalog.string_agg({LEAF_HASH}, ''::bytea ORDER BY position) AS leaves FROM events
    WHERE practice_id = %s AND position > %s AND position <= %s
"""
_NODES = """
    SELECT pg_catalog.string_agg(nodes, ''::bytea ORDER BY position) AS nodes FROM sealed_events
    WHERE practice_id = %s AND epoch = %s AND position > %s AND position <= %s
"""
_KEPT_LEAVES = """
    SELECT pg_catalog.string_agg(pg_catalog.substr(nodes, 1, 32), ''::bytea ORDER BY position) AS leaves
    FROM sealed_events WHERE practice_id = %s AND epoch = %s AND position > %s AND position <= %s
"""


@dataclass(slots=True)
class Recomputed:
    """What came out: the events up to `good` give every root that a head names for them.

    `bad` is the first head that they do not give, `lacking` that fewer or more events than positions were found in the
    block after `good`. `tree_differs_in` is the block (after, until) in which kept nodes are not those of the events.
    """

    good: int = 0
    bad: Head | None = None
    lacking: bool = False
    tree_differs_in: tuple[int, int] | None = None
    events: int = 0


def recompute(
    rows: SealRows, epoch: int, kept_size: int, heads: Iterable[Head], progress: Callable[[int], None]
) -> Recomputed:
    """Goes through the events up to the largest head; ends at the first head that they do not give."""
    wanted: defaultdict[int, list[Head]] = defaultdict(list)
    for head in heads:
        wanted[head.place.size].append(head)
    found, frontier, end = Recomputed(), Frontier(), max(wanted, default=0)
    for after in range(0, end, BLOCK):
        until = min(after + BLOCK, end)
        leaves = leaves_of(rows, after, until)
        if len(leaves) != (until - after) * DIGEST:
            found.lacking = True
            return found
        kept_until, nodes = min(until, kept_size) - after, []
        for number in range(until - after):
            completed = frontier.append(leaves[number * DIGEST : (number + 1) * DIGEST])
            if number < kept_until:
                nodes += completed
            if frontier.size in wanted:
                root = frontier.root()
                for head in wanted[frontier.size]:
                    if head.root != root:
                        found.bad = head
                        return found
                found.good = frontier.size
        found.events = until
        kept = _nodes(rows, epoch, after, min(until, kept_size))
        if found.tree_differs_in is None and kept != b"".join(nodes):
            found.tree_differs_in = (after, until)
        progress(until - after)
    return found


def leaves_of(rows: SealRows, after: int, until: int) -> bytes:
    """The leaves' hashes of the events at after < position <= until, one after the other."""
    return _bytes(rows, _LEAVES, (rows.practice_id, after, until), "leaves")


def kept_leaves_give(rows: SealRows, head: Head) -> bool:
    """Whether the leaves that were kept give a head's root: then they are what was sealed."""
    frontier, size = Frontier(), head.place.size
    for after in range(0, size, BLOCK):
        until = min(after + BLOCK, size)
        leaves = _bytes(rows, _KEPT_LEAVES, (rows.practice_id, head.place.epoch, after, until), "leaves")
        if len(leaves) != (until - after) * DIGEST:
            return False
        for start in range(0, len(leaves), DIGEST):
            frontier.append(leaves[start : start + DIGEST])
    return frontier.root() == head.root


def first_wrong_node(rows: SealRows, epoch: int, block: tuple[int, int]) -> int | None:
    """The first position of a block at which the kept nodes are not those of the events before it."""
    after, until = block
    frontier, sealed = Frontier(), {}
    for start in range(0, until, BLOCK):
        if start == after:
            sealed = rows.sealed(epoch, range(after + 1, until + 1))
        leaves = leaves_of(rows, start, min(start + BLOCK, until))
        for number in range(0, len(leaves), DIGEST):
            nodes = b"".join(frontier.append(leaves[number : number + DIGEST]))
            kept = sealed.get(frontier.size)
            if start == after and (kept is None or kept.nodes != nodes):
                return frontier.size
    return None


def _nodes(rows: SealRows, epoch: int, after: int, until: int) -> bytes:
    return _bytes(rows, _NODES, (rows.practice_id, epoch, after, until), "nodes") if until > after else b""


def _bytes(rows: SealRows, query: str, asked: tuple[UUID | int, ...], column: str) -> bytes:
    row = rows.connection.execute(query, asked, binary=True).fetchone()
    return bytes(row[column]) if row and row[column] is not None else b""
