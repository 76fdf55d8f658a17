"""The permitted file: what leaves the portal, and nothing else of the extract (D).

`permitted_writer`, a process of its own, reads the extract and writes the file; this side asks it
whose the rows are, and tells it which may go.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from sharing import rules
from sharing.deciding.extracts import Extract, Identifiers
from sharing.releases import permitted_writer
from sharing.releases.watching import GoneError, Watched

# The rows of a file up to this size are kept in memory; a larger one is read twice.
KEPT_BYTES = 20 * 1024 * 1024
_LIBRARIES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_FATES = {
    **dict.fromkeys(rules.WITHHELD.values(), permitted_writer.WITHHELD),
    rules.WHOLE: permitted_writer.WHOLE,
    rules.REDUCED: permitted_writer.REDUCED,
}


class PermittedFileError(Exception):
    """The permitted file was not written as it was decided; the message names no cell."""


class PermittedFile:
    """Writes the permitted columns of the rows that stay, as CSV in UTF-8.

    To a decision it is the rows of the extract. Whatever is asked of it raises StalledError when
    the writer makes no progress for STALL_SECONDS (H4).
    """

    def __init__(self, extract: Path, file: BinaryIO):
        """Starts the writer, which opens the extract at once; `file` is open and empty."""
        self.kept: list[int] = []
        number = file.fileno()
        # The writer is at home in the portal's folder, whichever this process was called from.
        extract = extract.absolute()
        # It is given nothing of the environment, in which the portal's secrets are, but where
        # Python's own libraries lie.
        environment = {name: os.environ[name] for name in _LIBRARIES if name in os.environ}
        self.writer = Watched(
            [sys.executable, "-ESs", "-m", permitted_writer.__name__,
             str(extract), str(settings.MAX_COLUMNS), str(number)],
            seconds=settings.STALL_SECONDS, folder=settings.BASE_DIR, environment=environment,
            files=[number],
        )  # fmt: skip

    def of(self, extract: Extract, basic_items: frozenset[str]) -> "PermittedFile":
        """Of this extract, which is the file that the writer opened; `basic_items` are those that
        stay in a reduced row."""
        self.extract, self.basic_items = extract, basic_items
        self.columns = extract.columns
        return self

    def begin(self, columns: tuple[rules.Column, ...]) -> None:
        """Says what columns may go. If none may, the writer has nothing to do."""
        self.kept = [at for at, column in enumerate(columns) if column.permitted]
        self.emptied = [at for at in self.kept if columns[at].item not in self.basic_items]

    def identifiers(self, size: int) -> Iterator[Identifiers]:
        """Whose the rows are, in batches of about `size`. Raises BadInputError for a faulty row,
        PermittedFileError if the writer is gone."""
        if not self.kept:
            yield from self.extract.identifiers(size)
            return
        shape: permitted_writer.Shape = {
            "headings": self.extract.table.headings,
            "batch": size,
            "keep": self.extract.table.path.stat().st_size <= KEPT_BYTES,
            "identifying": self.extract.identifying,
            "kept": self.kept,
            "emptied": self.emptied,
        }
        self._tell(json.dumps(shape).encode() + b"\n")
        try:
            while (batch := self._heard()) is not None:
                yield batch
        except PermittedFileError:
            # If a row is faulty this says so.
            for _ in self.extract.identifiers(size):
                pass
            raise

    def add(self, decisions: Sequence[rules.RowDecision]) -> None:
        """Has what may go of the next batch written. Raises PermittedFileError if the writer is
        gone."""
        if self.kept:
            fates = bytes(map(_FATES.__getitem__, decisions))
            self._tell(permitted_writer.COUNT.pack(len(fates)) + fates)

    def finish(self, rows: int) -> None:
        """Waits until all is written. Raises PermittedFileError unless so many rows are."""
        if not self.kept:
            return
        count = permitted_writer.COUNT
        self._tell(count.pack(0))
        (written,) = count.unpack(self._hear(count.size))
        if self.writer.ended() or written != rows:
            raise PermittedFileError(f"{written} rows were written instead of {rows}")

    def close(self) -> None:
        """Ends the writer, whatever it is doing."""
        self.writer.close()

    def _heard(self) -> Identifiers | None:
        """The next batch that the writer speaks of; None after the last."""
        head = permitted_writer.READ
        rows, *lengths = head.unpack(self._hear(head.size))
        texts = [None if each < 0 else self._hear(each).decode() for each in lengths]
        return Identifiers(rows, *texts) if rows else None

    def _tell(self, message: bytes) -> None:
        try:
            self.writer.tell(message)
        except GoneError as error:
            raise PermittedFileError(f"the writer has ended: {error}") from error

    def _hear(self, length: int) -> bytes:
        try:
            return self.writer.hear(length)
        except GoneError as error:
            raise PermittedFileError(f"the writer has ended: {error}") from error
