"""Proofs of the log's tree, made from tiles (L3, L3a)."""

import pytest
from hypothesis import given, settings, strategies as st
from pymerkle import InmemoryTree

from privacy_portal.ground.log.merkle import Frontier, leaf_hash, node_hash
from privacy_portal.ground.log.tree_proofs import WIDTH, Tree, split, tile_path

LEAVES = [leaf_hash(str(number).encode()) for number in range(66_000)]


def _levels():
    levels = [LEAVES]
    while len(levels[-1]) >= WIDTH:
        below = levels[-1]
        roots = []
        for number in range(len(below) // WIDTH):
            frontier = Frontier()
            frontier.extend(below[number * WIDTH : (number + 1) * WIDTH])
            roots.append(frontier.root())
        levels.append(roots)
    return levels


LEVELS = _levels()


def tiles(level, number, width):
    hashes = LEVELS[level][number * WIDTH : number * WIDTH + width]
    assert len(hashes) == width
    return hashes


def tree_root(leaves):
    """The recursive definition of RFC 6962, section 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    middle = split(len(leaves))
    return node_hash(tree_root(leaves[:middle]), tree_root(leaves[middle:]))


def inclusion_root(index, size, leaf, proof):
    """The check of RFC 9162, section 2.1.3.2."""
    first, last, root = index, size - 1, leaf
    for node in proof:
        assert last
        if first & 1 or first == last:
            root = node_hash(node, root)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            root = node_hash(root, node)
        first, last = first >> 1, last >> 1
    assert last == 0
    return root


def consistent(older, size, proof, older_root, root):
    """The check of RFC 9162, section 2.1.4.2."""
    if older == size:
        return not proof and older_root == root
    nodes = [older_root, *proof] if older & (older - 1) == 0 else list(proof)
    first, last = older - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old, new = nodes[0], nodes[0]
    for node in nodes[1:]:
        if not last:
            return False
        if first & 1 or first == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            new = node_hash(new, node)
        first, last = first >> 1, last >> 1
    return (old, new, last) == (older_root, root, 0)


@given(st.integers(1, 1_000), st.data())
@settings(max_examples=60)
def test_a_proof_leads_from_any_leaf_to_the_root(size, data):
    index = data.draw(st.integers(0, size - 1))
    tree, root = Tree(tiles, size), tree_root(LEAVES[:size])
    assert tree.root() == root
    assert inclusion_root(index, size, LEAVES[index], tree.inclusion(index)) == root


@given(st.integers(1, 1_000), st.data())
@settings(max_examples=60)
def test_a_proof_shows_that_a_tree_is_the_beginning_of_another(size, data):
    older = data.draw(st.integers(1, size))
    proof = Tree(tiles, size).consistency(older)
    roots = tree_root(LEAVES[:older]), tree_root(LEAVES[:size])
    assert consistent(older, size, proof, *roots)
    if proof:
        forged = [proof[0][::-1], *proof[1:]]
        assert not consistent(older, size, forged, *roots)


@pytest.mark.parametrize("size", [65_536, 65_537, 65_999])
def test_proofs_of_large_trees_read_few_tiles(size):
    tree = Tree(tiles, size)
    frontier = Frontier()
    frontier.extend(LEAVES[:size])
    assert tree.root() == frontier.root()
    for index in (0, 65_535, size - 1):
        proof = Tree(tiles, size)
        assert inclusion_root(index, size, LEAVES[index], proof.inclusion(index)) == frontier.root()
        assert len(proof._read) <= 6


def test_the_tree_is_that_of_another_implementation():
    other = InmemoryTree(algorithm="sha256")
    for number in range(300):
        other.append_entry(str(number).encode())
    assert Tree(tiles, 300).root() == other.get_root()


def test_a_tree_of_nothing_has_the_root_of_nothing():
    assert Tree(tiles, 0).root() == Frontier().root()


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ((0, 0, 256), "tile/0/000"),
        ((0, 273, 112), "tile/0/273.p/112"),
        ((1, 1_234_067, 256), "tile/1/x001/x234/067"),
        ((2, 1_000, 1), "tile/2/x001/000.p/1"),
    ],
)
def test_tiles_lie_where_the_specification_says(place, path):
    assert tile_path(*place) == path


@given(st.lists(st.integers(0, 700), max_size=6))
@settings(max_examples=50)
def test_a_frontier_grows_alike_by_leaves_and_by_many(sizes):
    one, many, begin = Frontier(), Frontier(), 0
    for size in sizes:
        for leaf in LEAVES[begin : begin + size]:
            one.add(leaf)
        many.extend(LEAVES[begin : begin + size])
        begin += size
        assert (one.size, one.hashes) == (many.size, many.hashes)
