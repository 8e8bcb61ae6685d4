"""Names the first bad position and what is wrong there (F51)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clinic.infra.proof.heads import Head
from clinic.infra.proof.leaf import LEAF_HASH
from clinic.infra.proof.recomputing import Recomputed, first_wrong_node, kept_leaves_give
from clinic.infra.proof.seal_rows import SealRows

_FIRST_OTHER = f"""
    SELECT s.position, s.event_id AS sealed, e.event_id AS found,
        (SELECT count(*) FROM events d WHERE d.practice_id = s.practice_id AND d.position = s.position) AS times
    FROM sealed_events s LEFT JOIN
        (SELECT practice_id, position, event_id, {LEAF_HASH} AS leaf FROM events WHERE practice_id = %(practice)s) e
        ON e.practice_id = s.practice_id AND e.position = s.position
    WHERE s.practice_id = %(practice)s AND s.epoch = %(epoch)s AND s.position <= %(size)s
        AND e.leaf IS DISTINCT FROM pg_catalog.substr(s.nodes, 1, 32)
    ORDER BY s.position, (e.event_id = s.event_id) LIMIT 1
"""
_FIRST_UNCHAINED = """
    SELECT position, before_position, positions_off, ids_off FROM (
        SELECT position, lag(position) OVER w AS before_position,
            position <> coalesce(lag(position) OVER w, 0) + 1 AS positions_off,
            previous_event_id IS DISTINCT FROM lag(event_id) OVER w AS ids_off
        FROM events WHERE practice_id = %(practice)s AND position >= %(first)s
        WINDOW w AS (ORDER BY position, event_id)
    ) AS chain
    WHERE (positions_off OR ids_off) AND (position > %(first)s OR %(first)s <= 1) ORDER BY position LIMIT 1
"""
_PLACE = "SELECT position FROM events WHERE practice_id = %s AND event_id = %s ORDER BY position LIMIT 1"
_SEALED_PLACE = """
    SELECT position FROM sealed_events WHERE practice_id = %s AND epoch = %s AND event_id = %s AND position <= %s
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it should be. `kind` is a word for programs, `what` a sentence for people.

    `position` is the first bad one; None where the fault is of no event. `until` where only a range is known.
    """

    kind: str
    what: str
    position: int | None = None
    until: int | None = None


def name_fault(rows: SealRows, found: Recomputed, trusted: list[Head], kept_size: int) -> Fault | None:
    """The first fault of the events, or of the tree's rows; None where all is as it was sealed.

    `trusted` are the heads whose signatures are right, smallest first.
    """
    if found.bad is None and not found.lacking:
        return _fault_of_tree(rows, found, trusted)
    anchor = next((head for head in reversed(trusted) if head.place.size <= kept_size), None)
    if anchor is not None and kept_leaves_give(rows, anchor):
        asked = {"practice": rows.practice_id, "epoch": anchor.place.epoch, "size": anchor.place.size}
        row = rows.connection.execute(_FIRST_OTHER, asked).fetchone()
        if row is not None:
            return _say(rows, anchor, row)
    return _say_range(rows, found, trusted)


def first_unchained(rows: SealRows, first: int) -> Fault | None:
    """The first place from a position on at which the events do not follow each other."""
    row = rows.connection.execute(_FIRST_UNCHAINED, {"practice": rows.practice_id, "first": first}).fetchone()
    if row is None:
        return None
    if row["positions_off"]:
        missing = (row["before_position"] or 0) + 1
        if row["position"] < missing:
            return Fault("inserted", f"two events stand at position {row['position']}", row["position"])
        return Fault("missing", f"there is no event at position {missing}", missing)
    return Fault("unchained", f"position {row['position']} does not name the event before it", row["position"])


def _fault_of_tree(rows: SealRows, found: Recomputed, trusted: list[Head]) -> Fault | None:
    if found.tree_differs_in is None or not trusted:
        return None
    position = first_wrong_node(rows, trusted[-1].place.epoch, found.tree_differs_in)
    what = f"the events are whole, but the row of position {position} in sealed_events was changed or deleted"
    return Fault("tree_changed", what, position)


def _say(rows: SealRows, anchor: Head, row: dict[str, Any]) -> Fault:
    position: int = row["position"]
    sealed, found = row["sealed"], row["found"]
    if found is None:
        return _say_absent(rows, position, sealed)
    if row["times"] > 1:
        return Fault("inserted", f"{row['times']} events stand at position {position}; sealed was {sealed}", position)
    if found == sealed:
        return Fault("changed", f"the event {sealed} is not as it was sealed: its content was changed", position)
    now_at = _one(rows, _PLACE, (rows.practice_id, sealed))
    sealed_at = _one(rows, _SEALED_PLACE, (rows.practice_id, anchor.place.epoch, found, anchor.place.size))
    if sealed_at is None:
        if now_at is None:
            return Fault("replaced", f"the event {sealed} is gone, {found} stands in its place", position)
        return Fault("inserted", f"the event {found} was never sealed; {sealed} was moved to {now_at}", position)
    if now_at is None:
        return Fault("missing", f"the event {sealed} is gone; {found}, sealed at {sealed_at}, was moved up", position)
    what = f"out of order: {found}, sealed at {sealed_at}, stands here; {sealed} was moved to {now_at}"
    return Fault("out_of_order", what, position)


def _say_absent(rows: SealRows, position: int, sealed: UUID) -> Fault:
    now_at = _one(rows, _PLACE, (rows.practice_id, sealed))
    if now_at is not None:
        return Fault("out_of_order", f"the event {sealed} was moved to position {now_at}", position)
    last = rows.connection.execute(
        "SELECT max(position) AS last FROM events WHERE practice_id = %s", (rows.practice_id,)
    ).fetchone()
    if last is None or last["last"] is None or last["last"] < position:
        return Fault(
            "truncated", f"the ledger ends at position {position - 1}; the event {sealed} was sealed", position
        )
    return Fault("missing", f"the event {sealed} is gone", position)


def _say_range(rows: SealRows, found: Recomputed, trusted: list[Head]) -> Fault:
    """The kept tree is of no use: the heads before and after bound the first bad position, the chain may name it."""
    bad = found.bad or next(head for head in trusted if head.place.size > found.good)
    first, until = found.good + 1, bad.place.size
    chain = first_unchained(rows, max(found.good, 1))
    if chain is not None and chain.position is not None and first <= chain.position <= until:
        return chain
    what = f"the first {until} events are not those of the head signed at {bad.sealed_at:%Y-%m-%d %H:%M:%S} UTC"
    return Fault("other_history", f"{what}; the rows of the tree were changed too", first, until)


def _one(rows: SealRows, query: str, asked: tuple[Any, ...]) -> int | None:
    row = rows.connection.execute(query, asked).fetchone()
    return None if row is None else int(row["position"])
