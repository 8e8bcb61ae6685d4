"""One practice's tree on its way forward: what the sealer checks before it signs anything (ADR 0031)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from clinic.infra.proof.heads import BadHead, Head, Place, PublicKeys, check_signature
from clinic.infra.proof.seal_rows import Leaf, SealedEvent, SealRows
from clinic.kernel.merkle import EMPTY_ROOT, Frontier

EVENTS_PER_READ = 5000
FIRST_EPOCH = 1


class Contradiction(Exception):
    """The ledger is not what was signed, or no chain: nothing may be signed for it. The text is for people."""


@dataclass(slots=True)
class Tree:
    """The tree of one epoch as far as it was kept, and the event that it ends with."""

    epoch: int
    frontier: Frontier = field(default_factory=Frontier)
    last_event_id: UUID | None = None
    last_leaf: bytes = b""


def nothing_signed(service: str, practice_id: UUID) -> Head:
    """Stands for the head of a practice for which nothing was ever signed."""
    return Head(service, practice_id, Place(0, 0), EMPTY_ROOT, UUID(int=0), datetime.min.replace(tzinfo=UTC))


def last_signed(rows: SealRows, remembered: Head | None, keys: PublicKeys) -> Head:
    """The newest of what the sealer remembers (or its files say) and what the database has.

    Contradiction where both speak of the same place and differ, or the database's head is not signed by a key of ours.
    """
    kept = rows.last_head()
    if kept is not None and (remembered is None or kept.place >= remembered.place):
        try:
            check_signature(kept.to_json(), keys)
        except BadHead as error:
            raise Contradiction(f"the head of {kept.place.size} events that the database has: {error}") from None
        if remembered is not None and kept.place == remembered.place and kept.root != remembered.root:
            raise Contradiction(f"the database has another root of {kept.place.size} events than the one signed")
        return kept
    return remembered or nothing_signed(rows.service, rows.practice_id)


def kept_tree(rows: SealRows, signed: Head) -> Tree:
    """The tree as the database keeps it, up to its last head of the signed head's epoch.

    It may have fewer events than were signed: a crash between files and commit, or an older database. Contradiction
    where its rows do not give its own head's root.
    """
    kept = rows.last_head()
    epoch = max(signed.place.epoch, FIRST_EPOCH)
    if kept is None or kept.place.epoch < epoch:
        return Tree(epoch)
    size = kept.place.size
    last, peaks = rows.sealed(epoch, [size]).get(size), rows.peaks(kept.place)
    if last is None or peaks is None or Frontier(size, peaks).root() != kept.root:
        raise Contradiction(f"the rows of sealed_events do not give the signed root of {size} events")
    return Tree(epoch, Frontier(size, peaks), last.event_id, last.leaf)


def grow(rows: SealRows, tree: Tree, signed: Head, position: int, limit: int) -> list[SealedEvent]:
    """Adds the events after the tree, `limit` at most but at least up to what was signed; what was added.

    Contradiction where the ledger ends before, its chain is broken, the last sealed event is another, or the tree does
    not come through the signed root: then the tree is of no use any more.
    """
    must = signed.place.size if signed.place.epoch == tree.epoch else 0
    if position < must:
        raise Contradiction(
            f"the ledger has {position} events, {must} were signed: it was cut or an older one restored"
        )
    until = min(position, max(tree.frontier.size + limit, must))
    sealed: list[SealedEvent] = []
    _check_last(rows, tree)
    while tree.frontier.size < until:
        leaves = rows.leaves(tree.frontier.size + 1, min(EVENTS_PER_READ, until - tree.frontier.size))
        if not leaves:
            raise Contradiction(f"the chain is broken: position {tree.frontier.size + 1} is missing")
        for leaf in leaves:
            sealed.append(_add(tree, leaf))
            if leaf.position == must and tree.frontier.root() != signed.root:
                raise Contradiction(f"the first {must} events are not those that were signed (another root)")
    return sealed


def _check_last(rows: SealRows, tree: Tree) -> None:
    """The last sealed event still stands where it stood, as it was."""
    size = tree.frontier.size
    if size and [(leaf.event_id, leaf.hash) for leaf in rows.leaves(size, 1) if leaf.position == size] != [
        (tree.last_event_id, tree.last_leaf)
    ]:
        raise Contradiction(f"the event at position {size} is not the one that was sealed")


def _add(tree: Tree, leaf: Leaf) -> SealedEvent:
    expected = tree.frontier.size + 1
    if leaf.position != expected:
        raise Contradiction(f"the chain is broken: position {expected} is missing")
    if leaf.previous_event_id != tree.last_event_id:
        raise Contradiction(f"the chain is broken: position {expected} does not name the event before it")
    tree.last_event_id, tree.last_leaf = leaf.event_id, leaf.hash
    return SealedEvent(leaf.position, leaf.event_id, b"".join(tree.frontier.append(leaf.hash)))
