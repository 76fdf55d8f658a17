"""Reading tables that people send as CSV: what the file is, its heading, its rows.

Every reader of a CSV in the portal comes through here, so that each says the same
of the same fault. Rows stream: memory does not grow with the file.
"""

import codecs
import csv
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from privacy_portal.ground.faults import BadInputError, Fault
from privacy_portal.ground.names import folded_heading

CHUNK = 1 << 20
# Among so many first lines headings are looked for that do not stand in the first.
TITLE_LINES = 20
_SEPARATOR = re.compile(r'"?sep=([,;|\t])"?[,;]*\r?\n?', re.IGNORECASE)
_FIRST = itemgetter(0)
_CP1252_UNDEFINED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_SAVE_AS = "In a spreadsheet choose “Save as” and “CSV UTF-8”."
_NOT_CSV = (
    (b"%PDF-", f"this is a PDF, not a CSV file. {_SAVE_AS}"),
    (b"PK\x03\x04", f"this is an Excel workbook or ZIP file, not a CSV file. {_SAVE_AS}"),
    (b"\xd0\xcf\x11\xe0", f"this is an old Excel or Word file, not a CSV file. {_SAVE_AS}"),
    (codecs.BOM_UTF16_LE, f"the text is in UTF-16; it must be UTF-8 or Windows-1252. {_SAVE_AS}"),
    (codecs.BOM_UTF16_BE, f"the text is in UTF-16; it must be UTF-8 or Windows-1252. {_SAVE_AS}"),
    (b"{", "this looks like JSON, not a CSV file."),
    (b"<?xml", "this is XML, not a CSV file."),
)


class Row(NamedTuple):
    """One row with something in it: `number` counts such rows, `line` the file's lines, from 1."""

    number: int
    line: int
    cells: list[str]


class Table:
    """A CSV file whose heading has been read and found sound.

    `headings` are as written in the file; `columns` maps the folded heading to its place.
    """

    def __init__(self, path: Path, name: str, *, max_columns: int, expected: Collection[str] = ()):
        """Open the file at `path`, called `name` in messages. `expected` are folded headings by
        which the heading is known from a title above it.

        Raises BadInputError when it is no CSV, has no heading, or the heading is faulty.
        """
        self.path = path
        self.name = name
        self.encoding = _encoding(path, name)
        self._separator, self._lines_before = self._separated()
        rows = self._records()
        first = next(rows, None)
        if first is None:
            raise BadInputError([Fault("the file is empty.")], name=name)
        self.heading_line, self.headings = first
        self._check_no_title(expected)
        # Of a row, the cells under headings: empty columns at either end are none of the table.
        self._width = len(self.headings)
        self._span = slice(*self._filled_columns())
        self.headings = self.headings[self._span]
        self.columns: dict[str, int] = {}
        self._check_headings(max_columns)

    def _separated(self) -> tuple[str, int]:
        """Return what separates the cells, and how many lines say only that: Excel's `sep=;`."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            declaration = _SEPARATOR.fullmatch(file.readline(20))
        return (declaration[1], 1) if declaration else (",", 0)

    def _check_no_title(self, expected: Collection[str]) -> None:
        """Raise BadInputError where a later line has the headings that the first has not."""
        names = set(expected)
        if len(names & set(map(folded_heading, self.headings))) > 1:
            return
        # Of headings that nobody expects it is known that one alone names no table.
        alone = not names and len(list(filter(str.strip, self.headings))) == 1
        line = 0
        with suppress(BadInputError):  # a faulty line is named when the rows are read
            for at, cells in islice(self._records(), 1, TITLE_LINES):
                titled = alone and len(list(filter(str.strip, cells))) > 1
                if titled or len(names & set(map(folded_heading, cells))) > 1:
                    line = at
                    break
        if line:
            message = (
                f"the headings seem to stand in line {line}; the first line must name the columns. "
                "Delete what stands above them."
            )
            raise BadInputError([Fault(message, self.heading_line)], name=self.name)

    def _filled_columns(self) -> tuple[int, int]:
        """Return the first column and the one after the last but for empty ones without a heading."""
        named = [place for place, heading in enumerate(self.headings) if heading.strip()]
        if not named or (named[0] == 0 and named[-1] == self._width - 1):
            return 0, self._width
        first, after = named[0], named[-1] + 1
        for _, cells in self._records():
            if any(map(str.strip, cells[:first])):
                first = next(place for place, cell in enumerate(cells) if cell.strip())
            if any(map(str.strip, cells[after : self._width])):
                after = self._width
        return first, after

    def _check_headings(self, max_columns: int) -> None:
        line = self.heading_line
        if len(self.headings) > max_columns:
            message = f"the file has {len(self.headings)} columns. The maximum is {max_columns}."
            raise BadInputError([Fault(message, line)], name=self.name)
        if len(self.headings) == 1 and any(mark in self.headings[0] for mark in ";\t|"):
            message = "the columns are not separated by commas. " + _SAVE_AS
            raise BadInputError([Fault(message, line)], name=self.name)
        if self._lines_before and len(self.headings) == 1 and "," in self.headings[0]:
            message = (
                f"the first line says that {self._separator!r} separates the cells, but it does not. "
                "Delete that line, or correct it."
            )
            raise BadInputError([Fault(message, 1)], name=self.name)
        if not any(map(str.strip, self.headings)):
            message = "there is nothing but empty cells here; this line must name the columns."
            raise BadInputError([Fault(message, line)], name=self.name)
        faults = []
        nameless = []
        for place, heading in enumerate(self.headings):
            folded = folded_heading(heading)
            if not folded:
                nameless.append(self._span.start + place + 1)
            if folded not in self.columns:
                self.columns[folded] = place
            elif folded:
                first = self._span.start + self.columns[folded] + 1
                message = f"column {first} has the same heading. Rename or remove one."
                faults.append(Fault(message, line, heading.strip()))
        if len(nameless) > 1:
            named = ", ".join(map(str, nameless[:5]))
            more = f" and {len(nameless) - 5:,} more" if len(nameless) > 5 else ""
            message = (
                f"the columns {named}{more} have no heading. Give each column its heading, and delete "
                "what stands outside of the table."
            )
            faults.append(Fault(message, line))
        if faults:
            raise BadInputError(faults, name=self.name)

    def rows(self) -> Iterator[Row]:
        """Yield the rows under the heading that have anything in them, each as long as the heading.

        Short rows are filled with empty cells. Raises BadInputError at the first row that
        is longer than the heading or cannot be read.
        """
        records = self._records()
        next(records)
        number = 0
        for line, cells in records:
            if full := self._full(cells, line):
                number += 1
                yield Row(number, line, full)

    def batches(self, size: int) -> Iterator[list[list[str]]]:
        """Yield the cells of the same rows in lists of about `size`: for files read for speed."""
        for _, batch in self.numbered_batches(size):
            yield batch

    def numbered_batches(self, size: int) -> Iterator[tuple[Sequence[int], list[list[str]]]]:
        """Yield `batches`, each with the lines on which its rows begin.

        Whole rows are recognised many at once; only a batch with another is looked at row by row.
        """
        width = len(self.headings)
        spare = self._width - width
        with self._opened() as reader:
            try:
                while not next(reader):
                    pass
                before = self._lines_before + 1
                line = reader.line_num + before
                while batch := list(islice(reader, size)):
                    following = reader.line_num + before
                    lines: Sequence[int] = range(line, following)
                    if (
                        spare
                        or len(lines) != len(batch)
                        or set(map(len, batch)) != {width}
                        or not all(map(str.strip, map(_FIRST, batch)))
                    ):
                        lines, batch = self._whole(batch, line)
                    line = following
                    if batch:
                        yield lines, batch
            except csv.Error as error:
                fault = Fault(_csv_message(error), reader.line_num + self._lines_before)
                raise BadInputError([fault], name=self.name) from error

    def _whole(self, batch: list[list[str]], line: int) -> tuple[list[int], list[list[str]]]:
        """Return the rows of a batch beginning on `line` that have anything in them, filled up."""
        lines, whole = [], []
        for cells in batch:
            if full := self._full(cells, line):
                lines.append(line)
                whole.append(full)
            line += 1 + sum(cell.count("\n") for cell in cells)
        return lines, whole

    def _full(self, cells: list[str], line: int) -> list[str]:
        """Return the cells as many as headings; none for a row with nothing in it."""
        if not any(map(str.strip, cells)):
            return []
        width = self._width
        if len(cells) > width:
            message = f"the row has {len(cells)} cells but the heading has {width} columns."
            raise BadInputError([Fault(message, line, width + 1)], name=self.name)
        return (cells + [""] * (width - len(cells)))[self._span]

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        """Open a reader of the rows, its lines counted after those that are not part of the
        table."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            for _ in range(self._lines_before):
                file.readline()
            yield csv.reader(file, strict=True, delimiter=self._separator)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each record that is not a blank line, with the line it starts on."""
        with self._opened() as reader:
            before = self._lines_before + 1
            line = before
            try:
                for cells in reader:
                    if cells:
                        yield line, cells
                    line = reader.line_num + before
            except csv.Error as error:
                raise BadInputError([Fault(_csv_message(error), line)], name=self.name) from error


def _csv_message(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "a quotation mark is not closed."
    if "field larger" in text:
        return f"a cell is longer than {csv.field_size_limit()} characters."
    if "expected after" in text:
        return "a quotation mark inside a quoted cell must be written twice."
    return f"the row cannot be read as CSV ({text})."


def _encoding(path: Path, name: str) -> str:
    """Return `utf-8-sig` or `cp1252`, whichever reads the whole file. Raises BadInputError."""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    is_utf8, line, start = True, 1, True
    suspect: Fault | None = None
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if start:
                for magic, message in _NOT_CSV:
                    if chunk.startswith(magic):
                        raise BadInputError([Fault(message)], name=name)
                start = False
            if (at := chunk.find(b"\0")) >= 0:
                fault = _fault_at(chunk, at, line, "the file is damaged (NUL byte).")
                raise BadInputError([fault], name=name)
            if is_utf8:
                try:
                    utf8.decode(chunk)
                except UnicodeDecodeError:
                    is_utf8 = False
            if suspect is None:
                for byte in _CP1252_UNDEFINED:
                    if (at := chunk.find(byte)) >= 0:
                        message = (
                            f"the byte {byte:#04x} is text neither in UTF-8 nor in Windows-1252. "
                            + _SAVE_AS
                        )
                        suspect = _fault_at(chunk, at, line, message)
                        break
            line += chunk.count(b"\n")
    if is_utf8:
        try:
            utf8.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    if is_utf8:
        return "utf-8-sig"
    if suspect is not None:
        raise BadInputError([suspect], name=name)
    return "cp1252"


def _fault_at(chunk: bytes, at: int, line: int, message: str) -> Fault:
    """Return the fault at byte `at` of a chunk that begins on `line`; the column by counting commas."""
    begin = chunk.rfind(b"\n", 0, at) + 1
    return Fault(message, line + chunk.count(b"\n", 0, at), chunk.count(b",", begin, at) + 1)


# Stands between cells: no extract contains a NUL.
JOINT = "\0"


Handful = list[list[str]]


def joined(rows: Handful, place: int) -> str:
    """Return the cells of this column as one text."""
    return JOINT.join(map(itemgetter(place), rows))
