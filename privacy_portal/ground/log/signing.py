"""Sign checkpoints of the log (L3): a program of its own, with its own key and its own folder.

It hashes the entries as they are stored, and signs nothing that its last checkpoint is not the
beginning of.
"""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacy_portal.ground.log.folders import FolderError, LogFolder, signed, write
from privacy_portal.ground.log.merkle import Frontier, leaf_hashes
from privacy_portal.ground.log.models import Head
from privacy_portal.ground.log.notes import (
    Checkpoint,
    Note,
    NoteError,
    Verifier,
    policy_text,
    read_checkpoint,
    sign,
    verifier_of,
)
from privacy_portal.ground.log.reading import StoredEntry, snapshot, stored_entries
from privacy_portal.ground.log.tree_proofs import WIDTH, tile_path

REFUSAL = "refused"
Progress = Callable[[int], None]


class InconsistentLogError(Exception):
    """The log is not one that grew from the last checkpoint; nothing is signed. `seq` is the first
    entry that differs, where it can be told."""

    def __init__(self, why: str, seq: int | None = None):
        self.seq = seq
        super().__init__(f"entry {seq}: {why}" if seq is not None else why)


class Signer:
    """Signs checkpoints with a key, and keeps them with the tree's tiles in a folder.

    `origin` names the log in its first checkpoint; later ones keep that name.
    """

    def __init__(
        self,
        folder: Path,
        key: Ed25519PrivateKey,
        origin: str,
        address: str = "",
        witnesses: Sequence[Verifier] = (),
    ):
        self.folder, self.key, self.origin = LogFolder(folder), key, origin
        self.address, self.witnesses = address, witnesses

    def sign(self, *, at: datetime, whole: bool, progress: Progress = lambda _: None) -> Note:
        """Sign the log as it is now, and return the checkpoint; the last one where nothing was added.

        Hashes every entry with `whole`, else those since the last checkpoint. Raises
        InconsistentLogError, and keeps the reason in the folder, where the log did not grow from it.
        """
        with self._alone():
            try:
                note = self._sign(whole, progress)
            except InconsistentLogError as error:
                refusal = f"{at.isoformat(timespec='seconds')} {error}\n"
                write(self.folder.path / REFUSAL, refusal.encode())
                raise
            with suppress(FileNotFoundError):
                (self.folder.path / REFUSAL).unlink()
            return note

    def _sign(self, whole: bool, progress: Progress) -> Note:
        last, checkpoint = self._last()
        writer = self._writer(checkpoint)
        # Without tiles, as after a crash of the disk, they are made again: the root must still be the same.
        rebuilt = writer.frontier.size < checkpoint.size
        size = first = 0 if whole or rebuilt else checkpoint.size
        with snapshot():
            head = Head.objects.get()
            for entries in stored_entries(first):
                leaves = _leaves(entries, size)
                if not rebuilt:
                    self._compare(size, leaves, checkpoint.size)
                for leaf in leaves[writer.frontier.size - size :]:
                    writer.add(leaf)
                    if rebuilt and writer.frontier.size == checkpoint.size:
                        _check_root(writer, checkpoint)
                size += len(leaves)
                progress(size)
        if size < checkpoint.size:
            raise InconsistentLogError("is missing", size)
        if (head.size, bytes(head.frontier)) != (size, writer.frontier.as_bytes()):
            raise InconsistentLogError("the head of the log does not vouch for its entries")
        if rebuilt:
            writer.finish()
        if last is not None and size == checkpoint.size:
            return last
        return self._publish(Checkpoint(checkpoint.origin, size, writer.frontier.root()), writer)

    def _last(self) -> tuple[Note | None, Checkpoint]:
        """Return the last checkpoint, and what it says; that of no entries before the first. Raises
        InconsistentLogError where it is not signed with this log's key."""
        last = self.folder.note()
        if last is None:
            return None, Checkpoint(self.origin, 0, Frontier().root())
        try:
            keys, _ = self.folder.verifiers()
            origin = read_checkpoint(last).origin
            return last, signed(last, [*keys, verifier_of(origin, self.key)])[0]
        except NoteError as error:
            raise InconsistentLogError(f"the last checkpoint: {error}") from error

    def _writer(self, checkpoint: Checkpoint) -> "TileWriter":
        """Return a writer that goes on from the last checkpoint, or begins again where its tiles are not
        there, or not its own."""
        try:
            writer = TileWriter(self.folder, checkpoint.size)
        except FolderError:
            return TileWriter(self.folder, 0)
        return writer if writer.frontier.root() == checkpoint.root else TileWriter(self.folder, 0)

    def _publish(self, checkpoint: Checkpoint, writer: "TileWriter") -> Note:
        """Sign a checkpoint and write it, the tiles first and the newest last."""
        note = Note(checkpoint.text, (sign(checkpoint.text, checkpoint.origin, self.key),))
        writer.finish()
        self._write_policy(checkpoint.origin)
        write(self.folder.path / "checkpoints" / str(checkpoint.size), str(note).encode())
        write(self.folder.path / "checkpoint", str(note).encode())
        return note

    def _write_policy(self, origin: str) -> None:
        """Write the keys that checkpoints and cosignatures are checked with; earlier keys of the log stay."""
        logs, _ = self.folder.verifiers()
        own = verifier_of(origin, self.key)
        text = policy_text(
            [*(log for log in logs if log != own), own], self.witnesses, self.address
        )
        if text != self.folder.policy():
            write(self.folder.path / "policy", text.encode())

    def _compare(self, begin: int, leaves: Sequence[bytes], signed_size: int) -> None:
        """Raise InconsistentLogError at the first leaf that the last checkpoint does not vouch for."""
        for start in range(begin // WIDTH * WIDTH, min(begin + len(leaves), signed_size), WIDTH):
            tile = self.folder.tile(0, start // WIDTH, min(WIDTH, signed_size - start))
            low, high = max(start, begin), min(start + len(tile), begin + len(leaves))
            ours = leaves[low - begin : high - begin]
            vouched = tile[low - start : high - start]
            if list(ours) != list(vouched):
                place = next(
                    i for i, (a, b) in enumerate(zip(ours, vouched, strict=True)) if a != b
                )
                raise InconsistentLogError(
                    "is not the one that the last checkpoint vouches for", low + place
                )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the folder against another program that signs."""
        self.folder.path.mkdir(mode=0o755, parents=True, exist_ok=True)
        with (self.folder.path / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _leaves(entries: Sequence[StoredEntry], first: int) -> list[bytes]:
    """Hash the bodies of entries. Raises InconsistentLogError at a gap in their numbers."""
    for number, (seq, _, _) in enumerate(entries, first):
        if seq != number:
            raise InconsistentLogError("is missing", number)
    return leaf_hashes([body for _, body, _ in entries])


def _check_root(writer: "TileWriter", checkpoint: Checkpoint) -> None:
    if writer.frontier.root() != checkpoint.root:
        raise InconsistentLogError(
            f"the first {checkpoint.size} entries are not those that the last checkpoint vouches for"
        )


class TileWriter:
    """Grows the tree of a folder: whole tiles are written at once, those at the end by `finish`."""

    def __init__(self, folder: LogFolder, size: int):
        """Begin with the tiles of a tree of `size`. Raises FolderError where they are missing."""
        self.folder = folder
        self.ends: list[list[bytes]] = []
        # How many whole tiles each level has.
        self.whole: list[int] = []
        tree, level = folder.tree(size), 0
        while size >> (8 * level):
            number, width = divmod(size >> (8 * level), WIDTH)
            self.ends.append(list(folder.tile(level, number, width)) if width else [])
            self.whole.append(number)
            level += 1
        self.frontier = Frontier(size, tree.parts())

    def add(self, leaf: bytes) -> None:
        """Add a leaf hash at the end."""
        self.frontier.add(leaf)
        self._add(0, leaf)

    def finish(self) -> None:
        """Write the tiles at the end of each level."""
        for level, hashes in enumerate(self.ends):
            if hashes:
                self._write(level, hashes)

    def _add(self, level: int, node: bytes) -> None:
        if level == len(self.ends):
            self.ends.append([])
            self.whole.append(0)
        self.ends[level].append(node)
        if len(hashes := self.ends[level]) == WIDTH:
            self._write(level, hashes)
            self.ends[level] = []
            self.whole[level] += 1
            tile = Frontier()
            tile.extend(hashes)
            self._add(level + 1, tile.root())

    def _write(self, level: int, hashes: Sequence[bytes]) -> None:
        path = self.folder.path / tile_path(level, self.whole[level], len(hashes))
        write(path, b"".join(hashes), safely=False)
