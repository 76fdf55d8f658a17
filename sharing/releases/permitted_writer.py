"""Reads an extract and writes its permitted file: a program of its own, which knows no rule.

First it sends, on its standard output, the cells that identify the pupils of the rows; while the
portal decides, it makes each row's line; then it receives on its standard input the fate of each
row, and writes only what is released. It ends when its input is closed. Nothing here needs Django, so
that it starts in a moment.

It opens the extract that it is called with, and receives a `Shape`, one line of JSON. For each batch
it sends the number of rows and the lengths of three texts (`READ`), and these: the cells of a column,
joined by `JOINT`; a batch of no rows is the end. For each batch it receives the number of rows
(`COUNT`) and a fate for each, a byte; a batch of no rows is the end. Then it sends how many rows it
has written. If anything goes wrong it ends with the kind of error, never its words, on standard
error.
"""

import csv
import gc
import hashlib
import json
import re
import struct
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO, TextIO, TypedDict

from privacy_portal.ground.files.formulas import neutralised
from privacy_portal.ground.files.tables import JOINT, Handful, Table, joined

READ = struct.Struct("!Iiii")
COUNT = struct.Struct("!I")
# The fate of a row: not written, written in full; from `REDUCED` on, written without some cells: those
# of the `emptied` list at the place `fate - REDUCED`.
WITHHELD, WHOLE, REDUCED = range(3)
# How many batches are made into lines before their fates are known: so many are in memory.
AHEAD = 16
# How many rows are read, or made into lines, at once: so few that they stay in the processor's
# cache. With a whole batch it takes a third longer.
HANDFUL = 256

_END = "\r\n"
_SUSPECT = re.compile(r"\x00[\s=+\-@\uff1d\uff0b\uff0d\uff20]")


class Shape(TypedDict):
    """What is written of the extract: its `headings` as the portal read them; the rows of a `batch`,
    and whether to `keep` them or to read the file again; the places of the three `identifying`
    columns, of those `kept` in the permitted file, and lists of those `emptied`, one for each kind of
    reduced row."""

    headings: list[str]
    batch: int
    keep: bool
    identifying: list[int | None]
    kept: list[int]
    emptied: list[list[int]]


class FileChangedError(Exception):
    """The extract is not what it was when it was first read."""


Texts = Sequence[bytes | None]


class Writer:
    """Reads the rows of an extract, makes their lines ahead, and writes the released ones to a file."""

    def __init__(self, table: Table, shape: Shape, file: TextIO):
        """Write the headings. Raises FileChangedError if the extract has others."""
        if table.headings != shape["headings"]:
            raise FileChangedError
        self.table = table
        self.size, self.keep = shape["batch"], shape["keep"]
        self.file = file
        self.pick = picked(shape["kept"])
        self.identifying = shape["identifying"]
        self.emptied = [list(map(shape["kept"].index, places)) for places in shape["emptied"]]
        self.written = 0
        # Rows that are kept in memory, and the fingerprints of batches that are read again.
        self.kept: deque[list[Handful]] = deque()
        self.seen: deque[bytes] = deque()
        self.ahead: deque[list[str]] = deque()
        file.writelines(_lines(_harmless([self.pick(self.table.headings)])))

    def read(self) -> Iterator[tuple[int, Texts]]:
        """Read the extract to its end: yield for each batch the number of rows and the identifying
        cells, a text for each of three columns."""
        for batch in self._read():
            texts = self._identifiers(batch)
            if self.keep:
                self.kept.append(batch)
            else:
                self.seen.append(_fingerprint(texts))
            yield sum(map(len, batch)), texts
        self.batches = self._kept() if self.keep else self._again()

    def make(self, count: int) -> None:
        """Make the lines of the next `count` batches. Raises FileChangedError."""
        for batch in islice(self.batches, count):
            lines = [_lines(_harmless(list(map(self.pick, handful)))) for handful in batch]
            self.ahead.append(list(chain.from_iterable(lines)))

    def write(self, fates: bytes) -> None:
        """Write the released rows of the next batch. Raises ValueError unless there is one fate a row."""
        lines = self.ahead.popleft()
        for kind, emptied in enumerate(self.emptied, REDUCED):
            if kind in fates:
                lines = _reduced(lines, fates, kind, emptied)
        if WITHHELD in fates or len(fates) != len(lines):
            lines = [line for line, fate in zip(lines, fates, strict=True) if fate != WITHHELD]
        self.file.writelines(lines)
        self.written += len(lines)

    def finish(self) -> int:
        """Return how many rows were written. Raises FileChangedError if batches are left."""
        if self.ahead:
            raise FileChangedError
        self.file.flush()
        return self.written

    def _read(self) -> Iterator[list[Handful]]:
        """Yield the batches of the extract, in handfuls."""
        handfuls = self.table.batches(min(HANDFUL, self.size))
        while batch := list(islice(handfuls, max(1, self.size // HANDFUL))):
            yield batch

    def _identifiers(self, batch: list[Handful]) -> Texts:
        return [
            None
            if place is None
            else JOINT.join([joined(handful, place) for handful in batch]).encode()
            for place in self.identifying
        ]

    def _kept(self) -> Iterator[list[Handful]]:
        while self.kept:
            yield self.kept.popleft()

    def _again(self) -> Iterator[list[Handful]]:
        """Yield the batches of a large file once more. Raises FileChangedError if they are others."""
        for batch in self._read():
            if not self.seen or self.seen.popleft() != _fingerprint(self._identifiers(batch)):
                raise FileChangedError
            yield batch
        if self.seen:
            raise FileChangedError


def _reduced(lines: list[str], fates: bytes, kind: int, emptied: Sequence[int]) -> list[str]:
    """Empty the cells at these places in the rows of one fate. Raises ValueError unless there is one
    fate a row."""
    meant = [line for line, fate in zip(lines, fates, strict=True) if fate == kind]
    rows = list(csv.reader(meant, strict=True))
    for row in rows:
        for place in emptied:
            row[place] = ""
    reduced = iter(_lines(rows))
    return [
        next(reduced) if fate == kind else line for line, fate in zip(lines, fates, strict=True)
    ]


def _fingerprint(texts: Texts) -> bytes:
    return hashlib.sha256(b"\0".join(text or b"" for text in texts)).digest()


def picked(places: Sequence[int]) -> Callable[[list[str]], Sequence[str]]:
    """Return a function that picks the cells of a row at these places, at least one."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda cells: (cells[places[0]],)


def _lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return each row as a line of the file."""
    lines: list[str] = []
    csv.writer(SimpleNamespace(write=lines.append), lineterminator=_END).writerows(rows)
    return lines


def _harmless(rows: list[Sequence[str]]) -> list[Sequence[str]]:
    """Neutralise what a spreadsheet would run; all rows are searched at once."""
    joined = JOINT + JOINT.join(chain.from_iterable(rows))
    if _SUSPECT.search(joined):
        return [[neutralised(cell) for cell in row] for row in rows]
    return rows


def _fates(source: BinaryIO) -> Iterator[bytes]:
    """Receive the fates of batch after batch. Raises EOFError if the input ends before the last."""
    while len(head := source.read(COUNT.size)) == COUNT.size:
        (rows,) = COUNT.unpack(head)
        if not rows:
            return
        fates = source.read(rows)
        if len(fates) < rows:
            break
        yield fates
    raise EOFError


def _send(answer: BinaryIO, rows: int, texts: Texts) -> None:
    lengths = [-1 if text is None else len(text) for text in texts]
    answer.write(READ.pack(rows, *lengths))
    for text in texts:
        answer.write(text or b"")


def serve(table: Table, source: BinaryIO, answer: BinaryIO, file: TextIO) -> None:
    """Send the identifying cells of the extract to `answer`, and write into the file the rows that
    `source` says are released."""
    writer = Writer(table, json.loads(source.readline()), file)
    for rows, texts in writer.read():
        _send(answer, rows, texts)
    _send(answer, 0, (None, None, None))
    answer.flush()
    writer.make(AHEAD)
    for fates in _fates(source):
        writer.write(fates)
        writer.make(1)
    answer.write(COUNT.pack(writer.finish()))
    answer.flush()


if __name__ == "__main__":
    # Rows hold no cycles, and walking over them again and again takes an eighth of the time.
    gc.disable()
    # A cell may be longer by what neutralises it than one that was read.
    csv.field_size_limit(csv.field_size_limit() + 1)
    try:
        extract, max_columns, number = sys.argv[1:]
        with open(int(number), "w", encoding="utf-8", newline="") as permitted:
            opened = Table(Path(extract), "the extract", max_columns=int(max_columns))
            serve(opened, sys.stdin.buffer, sys.stdout.buffer, permitted)
    except Exception as error:  # noqa: BLE001 - whatever it is, the portal must refuse
        sys.exit(type(error).__name__)
