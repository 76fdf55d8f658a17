"""The permitted file: what leaves the portal, and nothing else of the extract (D).

`permitted_writer`, a process of its own, reads the extract and writes the file; this side asks it
which pupils the rows are about, and tells it which rows are released.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from sharing import row_decision_rules, rules
from sharing.deciding.extracts import Extract, Identifiers
from sharing.releases import permitted_writer
from sharing.releases.watching import GoneError, WatchedProcess

# The rows of a file up to this size are kept in memory; a larger one is read twice.
KEPT_BYTES = 20 * 1024 * 1024
_LIBRARIES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# Kinds of reduced rows, in the order of the lists of cells that the writer empties.
_REDUCED = (
    row_decision_rules.REDUCED,
    row_decision_rules.UNLOCATED,
    row_decision_rules.REDUCED_UNLOCATED,
)
_CODES = {
    **dict.fromkeys(row_decision_rules.WITHHELD.values(), permitted_writer.WITHHELD),
    row_decision_rules.WHOLE: permitted_writer.WHOLE,
    **{decision: at for at, decision in enumerate(_REDUCED, permitted_writer.REDUCED)},
}


class PermittedFileError(Exception):
    """The permitted file was not written as it was decided; the message names no cell."""


def start_writer(extract: Path, file: BinaryIO) -> WatchedProcess:
    """Start the process that reads the extract, at once, and writes into `file`, open and empty."""
    number = file.fileno()
    # The writer is at home in the portal's folder, whichever this process was called from.
    extract = extract.absolute()
    # It is given nothing of the environment, in which the portal's secrets are, but where
    # Python's own libraries lie.
    environment = {name: os.environ[name] for name in _LIBRARIES if name in os.environ}
    return WatchedProcess(
        [sys.executable, "-ESs", "-m", permitted_writer.__name__,
         str(extract), str(settings.MAX_COLUMNS), str(number)],
        seconds=settings.STALL_SECONDS, folder=settings.BASE_DIR, environment=environment,
        files=[number],
    )  # fmt: skip


class PermittedFile:
    """Has the permitted columns of the rows that are released written, as CSV in UTF-8.

    Implements `Rows`, so that a decision reads the extract through the writer process.
    Every method raises StalledError when the writer makes no progress for STALL_SECONDS (H4), and
    PermittedFileError when it has ended. Where no column is permitted it has nothing to do.
    """

    def __init__(
        self,
        writer: WatchedProcess,
        extract: Extract,
        columns: Sequence[rules.Column],
        row_rules: row_decision_rules.RowRules | None,
    ):
        """`extract` is the one that the writer has opened, `columns` the decided ones; `row_rules` say
        which cells a reduced row does not have (None: the request was refused)."""
        self.writer, self.extract = writer, extract
        self.places = [at for at, column in enumerate(columns) if column.permitted]
        self.emptied: list[list[int]] = []
        if row_rules is not None:
            for decision in _REDUCED:
                headings = set(row_rules.emptied_by(decision))
                self.emptied.append([at for at in self.places if columns[at].heading in headings])

    def identifiers(self, size: int) -> Iterator[Identifiers]:
        """Yield the cells that identify the pupils of rows, in batches of about `size` rows. Raises
        BadInputError for a faulty row."""
        if not self.places:
            yield from self.extract.identifiers(size)
            return
        shape: permitted_writer.Shape = {
            "headings": self.extract.table.headings,
            "batch": size,
            "keep": self.extract.table.path.stat().st_size <= KEPT_BYTES,
            "identifying": self.extract.identifying,
            "kept": self.places,
            "emptied": self.emptied,
        }
        self._tell(json.dumps(shape).encode() + b"\n")
        try:
            while (batch := self._next_batch()) is not None:
                yield batch
        except PermittedFileError:
            # If a row is faulty this says so.
            for _ in self.extract.identifiers(size):
                pass
            raise

    def add(self, decisions: Sequence[row_decision_rules.RowDecision]) -> None:
        """Have the released cells of the next rows written, one decision for each row."""
        if self.places:
            codes = bytes(map(_CODES.__getitem__, decisions))
            self._tell(permitted_writer.COUNT.pack(len(codes)) + codes)

    def finish(self, rows: int) -> None:
        """Wait until all is written. Raises PermittedFileError unless it is so many rows."""
        if not self.places:
            return
        count = permitted_writer.COUNT
        self._tell(count.pack(0))
        (rows_written,) = count.unpack(self._hear(count.size))
        if self.writer.ended() or rows_written != rows:
            raise PermittedFileError(f"{rows_written} rows were written instead of {rows}")

    def _next_batch(self) -> Identifiers | None:
        """Receive the next batch; None after the last."""
        head = permitted_writer.READ
        rows, *lengths = head.unpack(self._hear(head.size))
        texts = [None if length < 0 else self._hear(length).decode() for length in lengths]
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
