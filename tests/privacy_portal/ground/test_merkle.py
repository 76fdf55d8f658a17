"""The tree (L3) against the published roots of RFC 6962's test vectors, and against pymerkle."""

import hashlib

import pytest
from hypothesis import given, strategies as st
from pymerkle import InmemoryTree

from privacy_portal.ground.log.merkle import EMPTY_ROOT, Frontier, leaf_hash, leaf_hashes

# Certificate Transparency's reference leaves and the roots over the first 1 to 8 of them.
LEAVES = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    bytes.fromhex("5051525354555657"),
    bytes.fromhex("606162636465666768696a6b6c6d6e6f"),
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_no_leaves():
    assert Frontier().root() == EMPTY_ROOT == hashlib.sha256().digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_reference_roots(size):
    tree = Frontier()
    for leaf in LEAVES[:size]:
        tree.add(leaf_hash(leaf))
    assert tree.root().hex() == ROOTS[size - 1]


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70))
def test_the_same_root_as_pymerkle(leaves):
    theirs = InmemoryTree(algorithm="sha256")
    ours = Frontier()
    for leaf in leaves:
        theirs.append_entry(leaf)
        ours.add(leaf_hash(leaf))
    assert ours.root() == theirs.get_root()


@given(st.lists(st.integers(1, 40), max_size=6))
def test_adding_many_at_once_is_adding_one_by_one(sizes):
    at_once, one_by_one, number = Frontier(), Frontier(), 0
    for size in sizes:
        batch = leaf_hashes([b"%d" % (number + each) for each in range(size)])
        number += size
        at_once.extend(batch)
        for leaf in batch:
            one_by_one.add(leaf)
        assert at_once.root() == one_by_one.root()
        assert at_once.size == number
        assert Frontier.from_bytes(number, at_once.as_bytes()).root() == at_once.root()


def test_a_frontier_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="2 complete subtrees"):
        Frontier(3, [b"x" * 32])


@given(st.integers(0, 5), st.integers(0, 4), st.integers(0, 16))
def test_trees_behind_each_other_are_the_tree_over_all(whole, power, last):
    """Trees over 2^n leaves each, and one over no more behind them."""
    length, tree, leaves = 1 << power, Frontier(), []
    for size in [*[length] * whole, min(last, length)]:
        part = leaf_hashes([b"%d" % (len(leaves) + place) for place in range(size)])
        leaves += part
        stretch = Frontier()
        stretch.extend(part)
        tree.append(stretch)
    over_all = Frontier()
    over_all.extend(leaves)
    assert (tree.size, tree.hashes) == (over_all.size, over_all.hashes)


@pytest.mark.parametrize(("size", "behind"), [(1, 2), (3, 2), (6, 3), (12, 5)])
def test_a_tree_that_does_not_fit_behind_another_is_refused(size, behind):
    first, second = Frontier(), Frontier()
    first.extend(leaf_hashes([b"x"] * size))
    second.extend(leaf_hashes([b"x"] * behind))
    with pytest.raises(ValueError, match="does not fit"):
        first.append(second)
