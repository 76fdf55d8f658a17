"""Proofs of a Merkle tree (RFC 6962, section 2.1), made from tiles and checked.

A tile holds up to 256 hashes of one level: at level 0 leaf hashes, above it the roots of whole tiles of
the level below (C2SP tlog-tiles). `Tiles` returns the first `width` hashes of one.
"""

import base64
from collections.abc import Callable, Iterator, Sequence

from privacy_portal.ground.log.merkle import Frontier, node_hash
from privacy_portal.ground.log.notes import Note

WIDTH, HEIGHT = 256, 8
Tiles = Callable[[int, int, int], Sequence[bytes]]
PROOF = "c2sp.org/tlog-proof@v1"


def tile_path(level: int, number: int, width: int) -> str:
    """Return where a tile lies below the log's address: `tile/0/x001/234` or `tile/0/001.p/17`."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


class Tree:
    """A tree of `size` leaves whose hashes are read from tiles; each tile is read once."""

    def __init__(self, tiles: Tiles, size: int):
        self.tiles, self.size = tiles, size
        self._read: dict[tuple[int, int], Sequence[bytes]] = {}

    def root(self, begin: int = 0, end: int | None = None) -> bytes:
        """Return the root over the leaves from `begin` to before `end`: by default all. What begins
        elsewhere than at a multiple of a power of 2 that it fits into is not asked for."""
        end = self.size if end is None else end
        if begin == end:
            return Frontier().root()
        parts = list(self._parts(begin, end))
        root = parts.pop()
        while parts:
            root = node_hash(parts.pop(), root)
        return root

    def parts(self) -> list[bytes]:
        """Return the roots of the largest whole subtrees, as a Frontier holds them."""
        return list(self._parts(0, self.size))

    def inclusion(self, index: int) -> list[bytes]:
        """Return the proof that leaf `index` is in the tree, from its sibling to the root's child."""
        return list(reversed(list(self._path(index, 0, self.size))))

    def consistency(self, older: int) -> list[bytes]:
        """Return the proof that a tree of `older` leaves (1 or more) is the beginning of this one."""
        return list(reversed(list(self._subproof(older, 0, self.size, whole=True))))

    def _path(self, index: int, begin: int, end: int) -> Iterator[bytes]:
        while end - begin > 1:
            middle = begin + split(end - begin)
            if index < middle:
                yield self.root(middle, end)
                end = middle
            else:
                yield self.root(begin, middle)
                begin = middle

    def _subproof(self, older: int, begin: int, end: int, *, whole: bool) -> Iterator[bytes]:
        while older < end - begin:
            middle = split(end - begin)
            if older <= middle:
                yield self.root(begin + middle, end)
                end = begin + middle
            else:
                yield self.root(begin, begin + middle)
                begin, older, whole = begin + middle, older - middle, False
        if not whole:
            yield self.root(begin, end)

    def _parts(self, begin: int, end: int) -> Iterator[bytes]:
        """Yield the roots of the largest whole subtrees from `begin` to before `end`."""
        while begin < end:
            height = (end - begin).bit_length() - 1
            yield self._subtree(begin >> height, height)
            begin += 1 << height

    def _subtree(self, number: int, height: int) -> bytes:
        """Return the root of the `number`th subtree of 2 ** `height` leaves."""
        level, above = divmod(height, HEIGHT)
        first = number << above
        tile, place = divmod(first, WIDTH)
        hashes = self._tile(level, tile)[place : place + (1 << above)]
        frontier = Frontier()
        frontier.extend(hashes)
        return frontier.root()

    def _tile(self, level: int, number: int) -> Sequence[bytes]:
        if (level, number) not in self._read:
            width = min(WIDTH, (self.size >> (HEIGHT * level)) - number * WIDTH)
            self._read[level, number] = self.tiles(level, number, width)
        return self._read[level, number]


def split(size: int) -> int:
    """Return the largest power of 2 below `size`: the leaves of the root's left child."""
    return 1 << ((size - 1).bit_length() - 1)


def proof_text(body: bytes, index: int, hashes: Sequence[bytes], checkpoint: Note) -> str:
    """Return a tlog-proof of an entry; its `extra` line has the entry's bytes, if any are given, so that it
    proves itself."""
    extra = [f"extra {base64.b64encode(body).decode()}"] if body else []
    lines = [PROOF, *extra, f"index {index}"]
    lines += [base64.b64encode(node).decode() for node in hashes]
    return "\n".join(lines) + f"\n\n{checkpoint}"
