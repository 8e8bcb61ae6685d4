"""Proofs that an event is in a sealed ledger: written with the database, checked by anybody without one (F51)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from clinic.infra import event_store
from clinic.infra.database import Database
from clinic.infra.proof.heads import BadHead, Head, PublicKeys, check_signature, head_from_json
from clinic.infra.proof.leaf import hash_of_leaf, leaf_of_row
from clinic.infra.proof.seal_rows import DIGEST, SealRows
from clinic.kernel.merkle import inclusion_path, root_from_path

PROOF_FORMAT = "clinic inclusion proof v1"


class BadProof(Exception):
    """A proof that does not prove anything; the text says what is wrong with it."""


class NotYetSealed(Exception):
    """The event stands past the last head of its practice."""


class NotTheSealedEvent(Exception):
    """The event is not what was sealed at its position."""


def find_event(database: Database, event_id: UUID) -> dict[str, Any] | None:
    """The row of an event, found without knowing its practice; None where there is none."""
    with database.transaction() as connection:
        practices = sorted(event_store.heads(connection))
    for practice_id in practices:
        with database.transaction(practice_id) as connection:
            row = connection.execute(
                "SELECT * FROM events WHERE practice_id = %s AND event_id = %s", (practice_id, event_id)
            ).fetchone()
        if row is not None:
            return row
    return None


def prove(database: Database, service: str, event: dict[str, Any]) -> dict[str, Any]:
    """The proof for a row of `events` under its practice's last head. NotYetSealed, NotTheSealedEvent."""
    with database.transaction(event["practice_id"]) as connection:
        rows = SealRows(connection, service, event["practice_id"])
        head = rows.last_head()
        if head is None or event["position"] > head.place.size:
            sealed = head.place.size if head else 0
            raise NotYetSealed(f"the event stands at position {event['position']}, the last head seals {sealed} events")
        path = _path(rows, head, event["position"] - 1)
    leaf = leaf_of_row(event)
    proof = {
        "format": PROOF_FORMAT,
        "event": leaf,
        "leaf": hash_of_leaf(leaf).hex(),
        "index": event["position"] - 1,
        "size": head.place.size,
        "path": [node.hex() for node in path],
        "head": head.to_json(),
    }
    if root_from_path(proof["index"], proof["size"], hash_of_leaf(leaf), path) != head.root:
        raise NotTheSealedEvent("the event is not the one that was sealed there, or the tree's rows were changed")
    return proof


def check_proof(proof: Any, keys: PublicKeys) -> Head:
    """The head under which a proof proves its event; BadProof for anything else. Needs no database.

    The event's JSON gives the leaf, the leaf and the path give the root, the root is signed with a trusted key.
    """
    if not isinstance(proof, Mapping) or proof.get("format") != PROOF_FORMAT:
        raise BadProof(f"it is no proof of the format {PROOF_FORMAT!r}")
    try:
        head, event, index, size = head_from_json(proof["head"]), proof["event"], proof["index"], proof["size"]
        path = [bytes.fromhex(node) for node in proof["path"]]
        leaf = hash_of_leaf(dict(event))
        check_signature(proof["head"], keys)
    except BadHead as error:
        raise BadProof(f"its head: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BadProof(f"it cannot be read ({type(error).__name__}: {error})") from None
    if proof.get("leaf") != leaf.hex():
        raise BadProof("the event is not the one of its leaf: it was changed")
    if type(index) is not int or type(size) is not int or event.get("position") != index + 1:
        raise BadProof("the event's position is not that of its leaf")
    if size != head.place.size or event.get("practice_id") != str(head.practice_id):
        raise BadProof("the head is of another tree than the proof")
    if any(len(node) != DIGEST for node in path) or root_from_path(index, size, leaf, path) != head.root:
        raise BadProof("its path does not lead to the signed root: the event is not in that ledger")
    return head


def _path(rows: SealRows, head: Head, index: int) -> list[bytes]:
    def node(level: int, place: int) -> bytes:
        position = (place + 1) << level
        kept = rows.sealed(head.place.epoch, [position]).get(position)
        nodes = kept.nodes[level * DIGEST : (level + 1) * DIGEST] if kept else b""
        if len(nodes) != DIGEST:
            raise NotTheSealedEvent(f"the row of position {position} in sealed_events was changed or deleted")
        return nodes

    return inclusion_path(index, head.place.size, node)
