"""Reads an extract and writes its permitted file: a program of its own, which knows no rule.

First it says, on its standard output, whose the rows are; while the portal decides, it makes each
row's line; then it is told on its standard input what becomes of each row, and writes only what
may go. It ends when that is closed. Nothing here needs Django, so that it is there in a moment.

It opens the extract that it is called with, and is told a `Shape`, one line of JSON. For each batch
it says the number of rows and the lengths of three texts (`READ`), and these: the cells of a column,
joined by `JOINT`; a batch of no rows is the end. For each batch it is told the number of rows
(`COUNT`) and a fate for each, a byte; a batch of no rows is the end. Then it says how many rows it
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
# What becomes of a row: it stays behind, goes whole, or goes without some cells.
WITHHELD, WHOLE, REDUCED = range(3)
# How many batches are made into lines before anybody asks for them: what is in memory.
AHEAD = 16
# How many rows are read, or made into lines, at once: so few that they stay in the processor's
# cache. With a whole batch it takes a third longer.
HANDFUL = 256

_END = "\r\n"
_SUSPECT = re.compile(r"\x00[\s=+\-@\uff1d\uff0b\uff0d\uff20]")


class Shape(TypedDict):
    """The headings as they were seen; in batches of how many rows to read, and whether to keep them or read them again; the places
    of the three columns that say whose a row is, of those that go, and of those that a reduced row
    goes without."""

    headings: list[str]
    batch: int
    keep: bool
    identifying: list[int | None]
    kept: list[int]
    emptied: list[int]


class FileChangedError(Exception):
    """The extract is not what it was when it was first read."""


Texts = Sequence[bytes | None]


class Writer:
    """The rows of an extract, their lines, made ahead, and the file into which those go that may."""

    def __init__(self, table: Table, shape: Shape, file: TextIO):
        """Writes the headings. Raises FileChangedError if the extract has others."""
        if table.headings != shape["headings"]:
            raise FileChangedError
        self.table = table
        self.size, self.keep = shape["batch"], shape["keep"]
        self.file = file
        self.pick = picked(shape["kept"])
        self.identifying = shape["identifying"]
        self.emptied = [shape["kept"].index(place) for place in shape["emptied"]]
        self.written = 0
        # Rows that are kept, and by what to know others again.
        self.kept: deque[list[Handful]] = deque()
        self.seen: deque[bytes] = deque()
        self.ahead: deque[list[str]] = deque()
        file.writelines(_lines(_harmless([self.pick(self.table.headings)])))

    def read(self) -> Iterator[tuple[int, Texts]]:
        """Reads it to its end: for each batch the number of rows, and the cells that say whose they
        are, a text for each of three columns."""
        for batch in self._read():
            texts = self._identifiers(batch)
            if self.keep:
                self.kept.append(batch)
            else:
                self.seen.append(_fingerprint(texts))
            yield sum(map(len, batch)), texts
        self.batches = self._kept() if self.keep else self._again()

    def make(self, count: int) -> None:
        """Makes the lines of so many batches. Raises FileChangedError."""
        for batch in islice(self.batches, count):
            lines = [_lines(_harmless(list(map(self.pick, handful)))) for handful in batch]
            self.ahead.append(list(chain.from_iterable(lines)))

    def write(self, fates: bytes) -> None:
        """Writes what may go of the next batch. Raises ValueError if it has not so many rows."""
        lines = self.ahead.popleft()
        if REDUCED in fates:
            reduced = iter(
                self._reduced(
                    [line for line, fate in zip(lines, fates, strict=True) if fate == REDUCED]
                )
            )
            lines = [
                next(reduced) if fate == REDUCED else line
                for line, fate in zip(lines, fates, strict=True)
            ]
        if WITHHELD in fates or len(fates) != len(lines):
            lines = [line for line, fate in zip(lines, fates, strict=True) if fate != WITHHELD]
        self.file.writelines(lines)
        self.written += len(lines)

    def finish(self) -> int:
        """How many rows were written. Raises FileChangedError if not all had been asked for."""
        if self.ahead:
            raise FileChangedError
        self.file.flush()
        return self.written

    def _read(self) -> Iterator[list[Handful]]:
        """The batches of the extract, in handfuls."""
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
        """The batches of a large file once more, if they are the same."""
        for batch in self._read():
            if not self.seen or self.seen.popleft() != _fingerprint(self._identifiers(batch)):
                raise FileChangedError
            yield batch
        if self.seen:
            raise FileChangedError

    def _reduced(self, lines: Sequence[str]) -> Sequence[str]:
        """The same rows without the cells that only whole ones have."""
        rows = list(csv.reader(lines, strict=True))
        for row in rows:
            for place in self.emptied:
                row[place] = ""
        return _lines(rows)


def _fingerprint(texts: Texts) -> bytes:
    return hashlib.sha256(b"\0".join(text or b"" for text in texts)).digest()


def picked(places: Sequence[int]) -> Callable[[list[str]], Sequence[str]]:
    """Picks those cells of a row, of which there is at least one."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda cells: (cells[places[0]],)


def _lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Each row as a line of the file."""
    lines: list[str] = []
    csv.writer(SimpleNamespace(write=lines.append), lineterminator=_END).writerows(rows)
    return lines


def _harmless(rows: list[Sequence[str]]) -> list[Sequence[str]]:
    """The rows with what a spreadsheet would run neutralised: looked for in all at once."""
    joined = JOINT + JOINT.join(chain.from_iterable(rows))
    if _SUSPECT.search(joined):
        return [[neutralised(cell) for cell in kept] for kept in rows]
    return rows


def _told(source: BinaryIO) -> Iterator[bytes]:
    """The fates of batch after batch. Raises EOFError if nobody says that it ends."""
    while len(head := source.read(COUNT.size)) == COUNT.size:
        (rows,) = COUNT.unpack(head)
        if not rows:
            return
        fates = source.read(rows)
        if len(fates) < rows:
            break
        yield fates
    raise EOFError


def _say(answer: BinaryIO, rows: int, texts: Texts) -> None:
    lengths = [-1 if text is None else len(text) for text in texts]
    answer.write(READ.pack(rows, *lengths))
    for text in texts:
        answer.write(text or b"")


def serve(table: Table, source: BinaryIO, answer: BinaryIO, file: TextIO) -> None:
    """Says on `answer` whose rows are in the extract, and writes what it is told from `source` into
    the file."""
    writer = Writer(table, json.loads(source.readline()), file)
    for rows, texts in writer.read():
        _say(answer, rows, texts)
    _say(answer, 0, (None, None, None))
    answer.flush()
    writer.make(AHEAD)
    for fates in _told(source):
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
