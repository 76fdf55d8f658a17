"""The Merkle tree of RFC 6962 (section 2.1): leaf hashes, and a root that grows by leaves.

A frontier holds the root of each complete subtree from the largest to the smallest:
one hash for each bit set in the number of leaves, so at most 64.
"""

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf, 32 bytes: SHA-256 of 0x00 and `data`."""
    return hashlib.sha256(b"\x00" + data).digest()


def leaf_hashes(leaves: Iterable[bytes]) -> list[bytes]:
    """Return the `leaf_hash` of each."""
    sha256 = hashlib.sha256
    return [sha256(b"\x00" + data).digest() for data in leaves]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256 of 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree of `size` leaves of which only the complete subtrees' roots are kept."""

    __slots__ = ("hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()):
        """Raise ValueError unless there is one hash for each bit set in `size`."""
        self.size = size
        self.hashes = list(hashes)
        if size < 0 or size.bit_count() != len(self.hashes):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees")

    def add(self, leaf: bytes) -> None:
        """Add one leaf hash at the end."""
        size = self.size
        while size & 1:
            leaf = node_hash(self.hashes.pop(), leaf)
            size >>= 1
        self.hashes.append(leaf)
        self.size += 1

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add leaf hashes at the end: whole subtrees at once where they fit, which is faster."""
        done = 0
        while left := len(leaves) - done:
            # The largest subtree that begins where the tree ends, and that there are leaves for.
            count = 1 << (left.bit_length() - 1)
            if self.size:
                count = min(count, self.size & -self.size)
            self._add_whole(leaves[done : done + count])
            done += count

    def _add_whole(self, leaves: Sequence[bytes]) -> None:
        """Add a whole subtree: a power of 2 of leaves, at a multiple of it."""
        count, sha256 = len(leaves), hashlib.sha256
        level = leaves
        while len(level) > 1:
            pairs = iter(level)
            level = [
                sha256(b"\x01" + left + right).digest()
                for left, right in zip(pairs, pairs, strict=True)
            ]
        self._add_root(count, level[0])

    def append(self, tree: "Frontier") -> None:
        """Add the leaves of a tree at the end. Raises ValueError unless each of its complete subtrees is one of
        the whole: this tree has a multiple of a power of 2 of leaves that is no less than the other has."""
        if self.size and tree.size > self.size & -self.size:
            raise ValueError(f"a tree of {tree.size} leaves does not fit behind {self.size}")
        roots = iter(tree.hashes)
        for place in reversed(range(tree.size.bit_length())):
            if tree.size >> place & 1:
                self._add_root(1 << place, next(roots))

    def _add_root(self, count: int, root: bytes) -> None:
        """Add the root of a whole subtree of `count` leaves."""
        units = self.size // count
        while units & 1:
            root = node_hash(self.hashes.pop(), root)
            units >>= 1
        self.hashes.append(root)
        self.size += count

    def root(self) -> bytes:
        """Return the root over all leaves; of none, the hash of the empty string."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root

    def as_bytes(self) -> bytes:
        """Return the hashes one behind the other, largest subtree first."""
        return b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, packed: bytes) -> "Frontier":
        """Return the reverse of `as_bytes`. Raises ValueError when length and size disagree."""
        return cls(size, [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)])
