"""Reads one sheet of a workbook (XLSX) and writes it as CSV: a program of its own, within bounds.

What people send may be made to hurt: a sheet of a thousand million cells, or a file that unpacks to
a thousand times its size. So this runs beside the portal, which goes on whatever becomes of it.
The sheet is read as a stream, row by row. Nothing here needs Django.

It is called with the workbook, the number of the open file for the CSV, and what is asked as JSON
(`Order`). On its standard output it says one JSON document (`Outcome`). A row of the sheet is a line
of the CSV, so that faults name the row as the spreadsheet shows it.
"""

import csv
import errno
import gc
import json
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import TextIO, TypedDict

from lxml import etree

from privacy_portal.ground.files.workbook_cells import (
    NO_VALUE,
    column_letters,
    column_number,
    number_text,
    plain_text,
)
from privacy_portal.ground.files.workbook_parts import (
    NOT_WHOLE,
    FaultyError,
    Order,
    Sheet,
    Workbook,
    text_of,
)
from privacy_portal.ground.files.workbook_rows import PlainRow, PlainRows
from privacy_portal.ground.files.xml_elements import Element

ROWS_AT_ONCE = 500
# What is named of hidden rows and columns; the rest is counted.
NAMED = 5
# What it ends with where a bound was met.
TOO_MUCH_MEMORY, TOO_MUCH_WRITTEN = 77, 76
_DIGITS = "0123456789"


class Outcome(TypedDict, total=False):
    """What became of it: `faults` (message, line, column); or `choose`, the sheets with rows and
    whether each is hidden; or what the `sheet` that was read hides, and which hidden sheets with
    rows were `unread`."""

    faults: list[tuple[str, int | None, str | None]]
    choose: list[tuple[str, bool]]
    sheet: str
    sheet_hidden: bool
    unread: list[str]
    hidden_rows: list[int]
    hidden_row_count: int
    hidden_columns: list[str]


class SheetReader:
    """The rows of a sheet as lists of texts, and what the sheet hides."""

    def __init__(self, workbook: Workbook, sheet: Sheet):
        self.workbook, self.sheet = workbook, sheet
        self.strings = workbook.strings()
        self.formats = workbook.formats
        self.most_columns, self.most_rows = workbook.order["columns"], workbook.order["rows"]
        self.places: dict[str, int] = {}
        self.hidden_by_default = False
        self.hidden_columns: list[tuple[int, int]] = []
        self.seen_hidden: dict[int, str] = {}
        self.hidden_rows: list[int] = []
        self.hidden_row_count = 0
        self.headings: list[str] = []
        self.rows = 0

    def lines(self) -> Iterator[list[str]]:
        """Yield the rows in order, an empty list for each blank row but the last ones.

        Raises FaultyError for a sheet that is no table or exceeds its bounds.
        """
        last = 0
        tags = ("row", "sheetFormatPr", "col", "mergeCell")
        plain = PlainRows(self.strings, self.formats, self.most_columns)
        for element in self.workbook.rows(self.sheet, plain, *tags):
            is_plain = isinstance(element, PlainRow)
            tag = "row" if is_plain else element.tag
            if tag.endswith("}row") or tag == "row":
                row = element.number if is_plain else element.get("r")
                number = _whole(row) or last + 1
                if number <= last or number > 1_048_576:
                    raise FaultyError(NOT_WHOLE)
                cells = element.cells if is_plain else self._cells(element, number)
                if not any(cells):
                    continue
                for _ in range(number - last - 1):
                    yield []
                last = number
                self._note(element.attributes if is_plain else element, number, cells)
                yield cells
            elif tag.endswith("mergeCell"):
                self._check_merged(element.get("ref", ""))
            elif tag.endswith("col"):
                if _true(element.get("hidden")) or _nothing(element.get("width")):
                    low, high = _whole(element.get("min")), _whole(element.get("max"))
                    self.hidden_columns.append((low - 1, high - 1))
            else:
                self.hidden_by_default = _true(element.get("zeroHeight"))
                if _nothing(element.get("defaultColWidth")):
                    self.hidden_columns.append((0, 16_383))

    def _cells(self, row: Element, number: int) -> list[str]:
        """Return the texts of a row. Raises FaultyError for a cell beyond the most columns."""
        cells: list[str] = []
        name = row.tag[:-3] + "c"
        value = row.tag[:-3] + "v"
        places, strings, dated = self.places, self.strings, self.formats.dated
        place = -1
        for cell in row:
            ref = cell.get("r")
            if ref is None:
                if cell.tag != name:
                    continue
                place += 1
            else:
                letters = ref.rstrip(_DIGITS)
                place = places.get(letters, -1)
                if place < 0:
                    place = places[letters] = column_number(letters)
            try:
                first = cell[0]
            except IndexError:
                continue
            kind = cell.get("t")
            if kind == "s" and first.tag == value:
                text = strings[int(first.text)]
            elif kind == "inlineStr" and len(cell) == 1 and len(first) == 1 and not len(first[0]):
                text = first[0].text or ""
                if not text.isprintable() or "_x" in text:
                    text = plain_text(text)
            elif kind is None and first.tag == value and cell.get("s") not in dated:
                content = first.text or ""
                text = content if content.isdecimal() else number_text(content)
            else:
                text = self._text(cell, kind)
            if text and place >= len(cells):
                if place >= self.most_columns:
                    raise FaultyError(
                        f"something stands in column {column_letters(place)}, number "
                        f"{place + 1:,}. A table has at most {self.most_columns:,} columns: "
                        "delete what stands outside of it.",
                        number,
                        column_letters(place),
                    )
                cells.extend([""] * (place - len(cells)))
                cells.append(text)
            elif text:
                if cells[place]:
                    raise FaultyError(NOT_WHOLE)
                cells[place] = text
        return cells

    def _text(self, cell: Element, kind: str | None) -> str:
        """Return the text of a cell: of an error what the spreadsheet shows, never empty (D)."""
        parts = {child.tag.rpartition("}")[2]: child for child in cell}
        formula = "f" in parts
        if kind == "inlineStr":
            return text_of(parts["is"]) if "is" in parts else ""
        element = parts.get("v")
        content = "" if element is None else element.text or ""
        if kind == "str" and element is not None:
            return plain_text(content)
        if not content.strip():
            return NO_VALUE if formula else ""
        if kind == "s":
            return self.strings[int(content)]
        if kind == "b":
            return "yes" if content.strip() in ("1", "true") else "no"
        if kind == "e":
            return plain_text(content)
        if kind == "d":
            return self.formats.day_text(content)
        return self.formats.number(content, cell.get("s"))

    def _note(self, row: Element, number: int, cells: list[str]) -> None:
        """Count a row with something in it, and note what of it is hidden."""
        self.rows += 1
        if self.most_rows is not None and self.rows > self.most_rows + 1:
            raise FaultyError(
                f"the file has more than {self.most_rows:,} rows. Split it into smaller files.",
                number,
            )
        if not self.headings:
            self.headings = cells
        height = row.get("ht")
        if (
            _true(row.get("hidden"))
            or _nothing(height)
            or (self.hidden_by_default and height is None and row.get("hidden") is None)
        ):
            self.hidden_row_count += 1
            if len(self.hidden_rows) < NAMED:
                self.hidden_rows.append(number)
        for low, high in self.hidden_columns:
            for place in range(low, min(high + 1, len(cells))):
                if cells[place] and place not in self.seen_hidden:
                    self.seen_hidden[place] = column_letters(place)

    def _check_merged(self, ref: str) -> None:
        """Refuse cells merged over rows: the file holds their one value for the first row only."""
        first, _, last = ref.partition(":")
        top, bottom = _whole(first.lstrip(_LETTERS)), _whole(last.lstrip(_LETTERS))
        if bottom > top:
            message = (
                f"the cells {ref} are merged, so that rows share one value. Choose them, press "
                "“Unmerge cells”, and fill in each."
            )
            raise FaultyError(message, top, first.rstrip(_DIGITS))

    def outcome(self) -> Outcome:
        """Return what the sheet hides, once its rows are read."""
        named = []
        for place in sorted(self.seen_hidden):
            heading = self.headings[place].strip() if place < len(self.headings) else ""
            letters = self.seen_hidden[place]
            named.append(f"{letters} ({heading[:60]})" if heading else letters)
        return {
            "unread": self.workbook.unread,
            "sheet": self.sheet.name,
            "sheet_hidden": self.sheet.hidden,
            "hidden_rows": self.hidden_rows,
            "hidden_row_count": self.hidden_row_count,
            "hidden_columns": named,
        }


_LETTERS = "$ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


def _true(text: str | None) -> bool:
    return text in ("1", "true", "on")


def _nothing(size: str | None) -> bool:
    """Return whether a height or a width is so small that nothing is seen."""
    with suppress(ValueError, TypeError):
        return float(size or "") < 0.3
    return False


def read(path: str, out: TextIO, order: Order) -> Outcome:
    """Write the sheet that is asked for. Raises FaultyError."""
    with zipfile.ZipFile(path) as parts:
        workbook = Workbook(parts, order)
        sheet = workbook.selection()
        if isinstance(sheet, list):
            return {"choose": [(candidate.name, candidate.hidden) for candidate in sheet]}
        reader = SheetReader(workbook, sheet)
        writer = csv.writer(out, lineterminator="\r\n")
        lines = reader.lines()
        while batch := list(islice(lines, ROWS_AT_ONCE)):
            writer.writerows(batch)
        if not reader.rows:
            filled = [other for other in workbook.sheets if other is not sheet]
            filled = [other for other in filled if workbook.has_rows(other)]
            named = ", ".join(f"“{other.name}”" for other in filled)
            more = f" There are rows in {named}." if named else ""
            raise FaultyError(f"the file is empty: nothing is in the sheet “{sheet.name}”.{more}")
        return reader.outcome()


def keep_within(order: Order) -> None:
    """Bound this process; where a system knows no such bound the others hold."""
    for kind, most in (
        (resource.RLIMIT_AS, order["memory"]),
        (resource.RLIMIT_CPU, order["seconds"]),
        (resource.RLIMIT_FSIZE, order["csv_bytes"]),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            # At the hard bound of time the system kills without saying why: it lies a second later.
            resource.setrlimit(kind, (most, most + (kind == resource.RLIMIT_CPU)))


def main(path: str, number: str, question: str) -> Outcome:
    """Read the workbook and say what became of it, a fault as well."""
    order: Order = json.loads(question)
    keep_within(order)
    # Elements that are done with are freed at once; the collector only walks over the others.
    gc.disable()
    try:
        with open(int(number), "w", encoding="utf-8", errors="replace", newline="") as out:
            return read(path, out, order)
    except FaultyError as error:
        return {"faults": [error.fault]}
    except (
        zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, etree.XMLSyntaxError,
        ValueError, IndexError, KeyError, TypeError, RecursionError,
    ) as error:  # fmt: skip
        # So libxml2 says that there was no more memory.
        if "unknown error" in str(error) or "memory" in str(error).casefold():
            raise MemoryError from error
        return {"faults": [(NOT_WHOLE, None, None)]}


if __name__ == "__main__":
    try:
        json.dump(main(*sys.argv[1:]), sys.stdout)
    except MemoryError:
        sys.exit(TOO_MUCH_MEMORY)
    except OSError as error:
        sys.exit(TOO_MUCH_WRITTEN if error.errno == errno.EFBIG else 1)
