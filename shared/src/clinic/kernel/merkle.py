"""Merkle trees as RFC 9162 section 2.1 defines them (SHA-256): roots, inclusion and consistency proofs. Pure.

A *node* is named by its level and its index: node (0, i) is leaf i, node (l, i) covers the leaves i·2^l up to, not
including, (i + 1)·2^l, all of them there: a perfect subtree, which never changes again.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

Node = Callable[[int, int], bytes]
"""Gives a perfect subtree's hash by level and index."""

EMPTY_ROOT = sha256().digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above two."""
    return sha256(b"\x01" + left + right).digest()


def completed_levels(size: int) -> int:
    """How many nodes above its leaf the `size`-th leaf completes (it is the last of that many perfect subtrees)."""
    return (size & -size).bit_length() - 1


def peaks_of(size: int) -> list[tuple[int, int]]:
    """The largest perfect subtrees of a tree, left to right, as (level, index): one for each bit of its size."""
    found, start = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            found.append((level, start >> level))
            start += 1 << level
    return found


class Frontier:
    """A tree that only grows, known by its peaks: all that is needed to go on and to tell the root."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)

    def append(self, leaf: bytes) -> list[bytes]:
        """Adds a leaf's hash; it and the nodes that it completed, from level 0 upwards."""
        self.size += 1
        nodes = [leaf]
        for _ in range(completed_levels(self.size)):
            nodes.append(node_hash(self._peaks.pop(), nodes[-1]))
        self._peaks.append(nodes[-1])
        return nodes

    def root(self) -> bytes:
        """The root of what is there."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def subtree_root(start: int, end: int, node: Node) -> bytes:
    """The root over the leaves [start, end) of a larger tree, where `start` is a place at which RFC 9162 splits it."""
    count = end - start
    if count & (count - 1) == 0 and start % count == 0:
        return node(count.bit_length() - 1, start // count)
    split = _split(count)
    return node_hash(subtree_root(start, start + split, node), subtree_root(start + split, end, node))


def inclusion_path(index: int, size: int, node: Node) -> list[bytes]:
    """PATH(index, D[size]) of section 2.1.3.1, nearest sibling first. ValueError for a leaf that is not in the tree."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtree_root(middle, end, node))
            end = middle
        else:
            path.append(subtree_root(start, middle, node))
            start = middle
    return path[::-1]


def root_from_path(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf and its path give (section 2.1.3.2); None where the path cannot be one of such a tree."""
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(sibling, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def consistency_path(first: int, second: int, node: Node) -> list[bytes]:
    """PROOF(first, D[second]) of section 2.1.4.1 for 0 < first <= second; empty where both are the same."""
    if not 0 < first <= second:
        raise ValueError(f"no proof from {first} to {second}")
    path, start, end, whole = [], 0, second, True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(subtree_root(middle, end, node))
            end = middle
        else:
            path.append(subtree_root(start, middle, node))
            start, whole = middle, False
    if not whole:
        path.append(subtree_root(start, end, node))
    return path[::-1]


def is_consistent(first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a path proves that the tree of `second` leaves goes on from the one of `first` (section 2.1.4.2)."""
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second:
        return False
    hashes = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not hashes:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first_found = second_found = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first_found, second_found = node_hash(sibling, first_found), node_hash(sibling, second_found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second_found = node_hash(second_found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and first_found == first_root and second_found == second_root


def _split(count: int) -> int:
    """The largest power of two below a number above 1."""
    return 1 << (count - 1).bit_length() - 1
