"""The permitted file: what leaves the portal, and nothing else of the extract (D).

`permitted_writer`, a process of its own, reads the extract and writes the file; this side asks it
whose the rows are, and tells it which may go.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings

from sharing import permitted_writer, rules
from sharing.extracts import Extract, Identifiers

# What the writer may say before it is listened to.
PIPE_BYTES = 1 << 20
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

    To a decision it is the rows of the extract.
    """

    def __init__(self, extract: Path, file: BinaryIO):
        """Starts the writer, which opens the extract at once; `file` is open and empty."""
        self.kept: list[int] = []
        number = file.fileno()
        # The writer is at home in the portal's folder, whichever this process was called from.
        extract = extract.absolute()
        # In a session of its own it ends when this side ends it. It is given nothing of the
        # environment, in which the portal's secrets are, but where Python's own libraries lie.
        environment = {name: os.environ[name] for name in _LIBRARIES if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-ESs", "-m", permitted_writer.__name__,
             str(extract), str(settings.MAX_COLUMNS), str(number)],
            cwd=settings.BASE_DIR, env=environment, pass_fds=[number], start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pipesize=PIPE_BYTES,
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
        if self.process.wait() or written != rows:
            raise PermittedFileError(f"{written} rows were written instead of {rows}")

    def close(self) -> None:
        """Ends the writer, whatever it is doing."""
        self.process.kill()
        with suppress(BrokenPipeError):
            self.process.communicate()

    def _heard(self) -> Identifiers | None:
        """The next batch that the writer speaks of; None after the last."""
        head = permitted_writer.READ
        rows, *lengths = head.unpack(self._hear(head.size))
        texts = [None if each < 0 else self._hear(each).decode() for each in lengths]
        return Identifiers(rows, *texts) if rows else None

    def _tell(self, message: bytes) -> None:
        pipe = self._pipe("stdin")
        try:
            pipe.write(message)
            pipe.flush()
        except BrokenPipeError as error:
            raise self._gone() from error

    def _hear(self, length: int) -> bytes:
        said = self._pipe("stdout").read(length)
        if len(said) < length:
            raise self._gone()
        return said

    def _gone(self) -> PermittedFileError:
        why = self._pipe("stderr").read().decode().strip() or f"code {self.process.wait()}"
        return PermittedFileError(f"the writer has ended: {why}")

    def _pipe(self, name: str) -> IO[bytes]:
        pipe: IO[bytes] = getattr(self.process, name)
        return pipe
