"""Merkle trees are those of RFC 9162: its vectors, its definitions word for word, and another implementation agree."""

import random
from collections.abc import Sequence
from hashlib import sha256

import pytest
from pymerkle import InmemoryTree, verify_consistency

from clinic.kernel.merkle import (
    EMPTY_ROOT,
    Frontier,
    completed_levels,
    consistency_path,
    inclusion_path,
    is_consistent,
    leaf_hash,
    node_hash,
    peaks_of,
    root_from_path,
)

SMALL = 70
LARGE = [127, 128, 129, 511, 700, 1023, 1024, *random.Random(9162).sample(range(130, 1500), 5)]
# The eight entries and the roots that certificate transparency's implementations publish for them.
ENTRIES = [bytes.fromhex(said) for said in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                            "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


class Grown:
    """A tree of random entries: as it was kept leaf by leaf, and what pymerkle made of the same entries."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.leaves = [leaf_hash(entry) for entry in entries]
        self.theirs = InmemoryTree(algorithm="sha256")
        self.theirs.append_entries(entries)
        self.roots, self._nodes, frontier = [EMPTY_ROOT], {}, Frontier()
        for number, leaf in enumerate(self.leaves):
            for level, node in enumerate(frontier.append(leaf)):
                self._nodes[level, number >> level] = node
            self.roots.append(frontier.root())

    def node(self, level: int, index: int) -> bytes:
        """A perfect subtree; KeyError for one that the tree does not have."""
        return self._nodes[level, index]


@pytest.fixture(scope="module")
def grown() -> Grown:
    """A tree with as many leaves as the largest test asks for."""
    return Grown([b"entry %d" % number for number in range(max(LARGE))])


def rfc_root(leaves: Sequence[bytes]) -> bytes:
    """MTH as section 2.1.1 says it."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = split_of(leaves)
    return sha256(b"\x01" + rfc_root(leaves[:split]) + rfc_root(leaves[split:])).digest()


def rfc_proof(first: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF as section 2.1.4.1 says it; pymerkle's own paths go down further, so only its verdict is compared."""
    if first == len(leaves):
        return [] if whole else [rfc_root(leaves)]
    split = split_of(leaves)
    if first <= split:
        return [*rfc_proof(first, leaves[:split], whole), rfc_root(leaves[split:])]
    return [*rfc_proof(first - split, leaves[split:], False), rfc_root(leaves[:split])]


def split_of(leaves: Sequence[bytes]) -> int:
    """The largest power of two below their number."""
    return max(2**power for power in range(20) if 2**power < len(leaves))


def changed(path: list[bytes]) -> list[list[bytes]]:
    """A path with each of its hashes changed, the path with one less, and with one more at either end."""
    other = sha256(b"other").digest()
    wrong = [[*path[:at], other, *path[at + 1 :]] for at in range(len(path))]
    return [*wrong, *([path[1:], path[:-1], path[::-1]] if len(path) > 1 else []), [*path, other], [other, *path]]


def test_the_published_vectors() -> None:
    frontier = Frontier()
    assert frontier.root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for entry, root in zip(ENTRIES, ROOTS, strict=True):
        frontier.append(leaf_hash(entry))
        assert frontier.root().hex() == root


def test_leaves_and_nodes_are_hashed_apart() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"a") != sha256(b"a").digest()
    assert node_hash(left, right) != node_hash(right, left)


@pytest.mark.parametrize("size", [*range(SMALL + 1), *sorted(LARGE)])
def test_what_is_kept_leaf_by_leaf_gives_the_root_of_the_definition(grown: Grown, size: int) -> None:
    assert grown.roots[size] == rfc_root(grown.leaves[:size]) == grown.theirs.get_root(size)
    peaks = peaks_of(size)
    assert sum(1 << level for level, _ in peaks) == size
    taken_up = Frontier(size, [grown.node(level, index) for level, index in peaks])
    assert taken_up.root() == grown.roots[size]
    if size < len(grown.leaves):
        nodes = taken_up.append(grown.leaves[size])
        assert len(nodes) == completed_levels(size + 1) + 1
        assert taken_up.root() == grown.roots[size + 1]


@pytest.mark.parametrize("size", range(1, SMALL + 1))
def test_every_leaf_is_proven_and_nothing_else(grown: Grown, size: int) -> None:
    for index in range(size):
        path = inclusion_path(index, size, grown.node)
        assert path == grown.theirs.prove_inclusion(index + 1, size).path[1:]
        root, leaf = grown.roots[size], grown.leaves[index]
        assert root_from_path(index, size, leaf, path) == root
        assert root_from_path(index, size, leaf_hash(b"never there"), path) != root
        assert all(root_from_path(index, size, leaf, wrong) != root for wrong in changed(path))
        assert all(root_from_path(at, size, leaf, path) != root for at in range(-1, size + 2) if at != index)


@pytest.mark.parametrize("size", sorted(LARGE))
def test_leaves_of_large_trees_are_proven(grown: Grown, size: int) -> None:
    for index in {0, 1, size // 2, size - 2, size - 1, *random.Random(size).sample(range(size), 20)}:
        path = inclusion_path(index, size, grown.node)
        assert path == grown.theirs.prove_inclusion(index + 1, size).path[1:]
        assert len(path) <= (size - 1).bit_length()
        assert root_from_path(index, size, grown.leaves[index], path) == grown.roots[size]


@pytest.mark.parametrize("second", range(1, SMALL + 1))
def test_each_tree_goes_on_from_each_before_it_and_from_no_other(grown: Grown, second: int) -> None:
    for first in range(1, second + 1):
        path = consistency_path(first, second, grown.node)
        old, new = grown.roots[first], grown.roots[second]
        assert path == rfc_proof(first, grown.leaves[:second])
        verify_consistency(old, new, grown.theirs.prove_consistency(first, second))
        assert is_consistent(first, second, old, new, path)
        other = leaf_hash(b"never there")
        assert not is_consistent(first, second, other, new, path)
        assert not is_consistent(first, second, old, other, path)
        assert not any(is_consistent(first, second, old, new, wrong) for wrong in changed(path))
        if first < second:
            assert not is_consistent(second, first, new, old, path)
            assert not is_consistent(first, second, old, new, [])


@pytest.mark.parametrize("second", sorted(LARGE))
def test_large_trees_go_on(grown: Grown, second: int) -> None:
    for first in {1, second // 2, second - 1, second, *random.Random(second).sample(range(1, second), 20)}:
        path = consistency_path(first, second, grown.node)
        assert path == rfc_proof(first, grown.leaves[:second])
        verify_consistency(grown.roots[first], grown.roots[second], grown.theirs.prove_consistency(first, second))
        assert is_consistent(first, second, grown.roots[first], grown.roots[second], path)


def test_a_tree_with_another_past_does_not_go_on_from_this_one(grown: Grown) -> None:
    for at in range(20):
        other = Grown([b"entry %d" % number if number != at else b"other" for number in range(33)])
        path = consistency_path(20, 33, other.node)
        assert is_consistent(20, 33, other.roots[20], other.roots[33], path)
        assert not is_consistent(20, 33, grown.roots[20], other.roots[33], path)


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (0, 0)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(grown: Grown, index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_path(index, size, grown.node)
    assert root_from_path(index, size, grown.leaves[0], []) is None


@pytest.mark.parametrize(("first", "second"), [(0, 4), (5, 4), (-1, 4)])
def test_there_is_no_proof_from_nothing_or_backwards(grown: Grown, first: int, second: int) -> None:
    with pytest.raises(ValueError, match="no proof"):
        consistency_path(first, second, grown.node)
    assert not is_consistent(first, second, EMPTY_ROOT, grown.roots[4], [])
