"""The folder of checkpoints and tiles that any web server can give out (L3a, C2SP tlog-tiles).

`checkpoint` is the newest, `checkpoints/<size>` each one that was signed, `tile/…` the tree's hashes,
`policy` the keys. Only the program that signs writes here (signing.py); the database's owner cannot.
"""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from privacy_portal.ground.log.merkle import HASH_BYTES, Frontier
from privacy_portal.ground.log.notes import (
    Checkpoint,
    Note,
    NoteError,
    Verified,
    Verifier,
    read_checkpoint,
    read_note,
    read_verifier,
    verified,
)
from privacy_portal.ground.log.tree_proofs import WIDTH, Tree, tile_path

_KEY = re.compile(r"^\s*(log|witness\s+\S+)\s+(\S+)", re.MULTILINE)


class FolderError(Exception):
    """What is stored in the folder cannot be used; the message says why."""


class LogFolder:
    """Reads a folder of published files: the log's own, or one that somebody kept."""

    def __init__(self, path: Path):
        self.path = path

    def note(self) -> Note | None:
        """Return the newest checkpoint as it was signed; None where there is none yet. Raises
        FolderError."""
        return self._note(self.path / "checkpoint")

    def note_of(self, size: int) -> Note | None:
        """Return the checkpoint that was signed at a size; None where none was."""
        return self._note(self.path / "checkpoints" / str(size))

    def sizes(self) -> list[int]:
        """List the sizes at which checkpoints were signed, smallest first."""
        folder = self.path / "checkpoints"
        names = os.listdir(folder) if folder.is_dir() else []
        return sorted(int(name) for name in names if name.isascii() and name.isdigit())

    def policy(self) -> str | None:
        """Return the policy file; None before the first checkpoint."""
        return self._text("policy")

    def verifiers(self) -> tuple[list[Verifier], list[Verifier]]:
        """Return the keys of the log, and those of its witnesses, by the folder's policy. Raises
        FolderError where they cannot be read."""
        logs: list[Verifier] = []
        witnesses: list[Verifier] = []
        try:
            for kind, text in _KEY.findall(self.policy() or ""):
                (logs if kind == "log" else witnesses).append(read_verifier(text))
        except NoteError as error:
            raise FolderError(f"{self.path / 'policy'}: {error}") from error
        return logs, witnesses

    def tile(self, level: int, number: int, width: int) -> Sequence[bytes]:
        """Return the first `width` hashes of a tile. Raises FolderError where they are not there."""
        for stored in (width, WIDTH) if width != WIDTH else (WIDTH,):
            path = self.path / tile_path(level, number, stored)
            try:
                data = path.read_bytes()
            except OSError:
                continue
            if len(data) == stored * HASH_BYTES:
                hashes = [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
                return hashes[:width]
        raise FolderError(
            f"the hashes in {self.path / tile_path(level, number, width)} are missing"
        )

    def tree(self, size: int) -> Tree:
        """Return the tree over the first `size` entries, by the folder's tiles."""
        return Tree(self.tile, size)

    def leaves(self, size: int) -> Iterator[bytes]:
        """Yield the leaf hashes of the first `size` entries, by the folder's tiles."""
        for number in range((size + WIDTH - 1) // WIDTH):
            yield from self.tile(0, number, min(WIDTH, size - number * WIDTH))

    def fits(self, checkpoint: Checkpoint) -> bool:
        """Return whether the tiles are those that a checkpoint vouches for, every one of them."""
        frontier = Frontier()
        try:
            for leaf in self.leaves(checkpoint.size):
                frontier.add(leaf)
        except FolderError:
            return False
        return frontier.root() == checkpoint.root

    def _note(self, path: Path) -> Note | None:
        text = self._text(str(path.relative_to(self.path)))
        try:
            return None if text is None else read_note(text)
        except NoteError as error:
            raise FolderError(f"{path}: {error}") from error

    def _text(self, name: str) -> str | None:
        try:
            return (self.path / name).read_text()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise FolderError(f"{self.path / name} cannot be read: {error}") from error


def signed(note: Note, verifiers: Sequence[Verifier]) -> tuple[Checkpoint, list[Verified]]:
    """Return what a checkpoint says, and whose signatures on it hold.

    Raises NoteError where it is not signed by one of these keys for the log that it names.
    """
    checkpoint = read_checkpoint(note)
    signatures = verified(note, verifiers)
    if not any(signature.verifier.name == checkpoint.origin for signature in signatures):
        raise NoteError(f"the checkpoint is not signed by the key of {checkpoint.origin}")
    return checkpoint, signatures


def write(path: Path, data: bytes, *, safely: bool = True) -> None:
    """Write a file so that whoever reads it finds the old or the new one whole; `safely` also after the
    machine has lost its power."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}-{os.getpid()}")
    with partial.open("wb") as file:
        file.write(data)
        if safely:
            file.flush()
            os.fsync(file.fileno())
    partial.replace(path)
    if safely:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
