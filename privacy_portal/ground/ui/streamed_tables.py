"""Tables of any length as files that are made while they are sent, in constant memory: CSV, a workbook, JSON."""

import csv
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from io import StringIO
from itertools import islice
from pathlib import Path

import xlsxwriter

from privacy_portal.ground.files.formulas import neutralised

Rows = Iterable[Sequence[object]]
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_AT_ONCE = 500
_PIECE = 64 * 1024


def csv_pieces(headings: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """Yield a table as CSV in UTF-8, in which no cell is a formula to a spreadsheet."""
    source = iter(rows)
    lines: list[Sequence[object]] = [headings]
    while lines:
        text = StringIO()
        csv.writer(text).writerows([neutralised(_text(cell)) for cell in line] for line in lines)
        yield text.getvalue().encode()
        lines = list(islice(source, _AT_ONCE))


def json_pieces(headings: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """Yield a table as one JSON document, a list of objects with the headings as names. Numbers are numbers,
    days and times are ISO 8601, and what is empty is null."""
    yield b"["
    before = b"\n"
    for row in rows:
        fields = {name: _value(cell) for name, cell in zip(headings, row, strict=True)}
        yield before + json.dumps(fields, ensure_ascii=False).encode()
        before = b",\n"
    yield b"\n]\n"


def workbook_pieces(headings: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """Yield a table as a workbook with its headings on top, in which no text is run as a formula. It is
    written to a private file first, row by row."""
    with tempfile.TemporaryDirectory(prefix="table-") as folder:
        path = Path(folder) / "table.xlsx"
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": folder,
        }
        with xlsxwriter.Workbook(str(path), options) as book:
            sheet = book.add_worksheet("Table")
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, headings, book.add_format({"bold": True}))
            for number, row in enumerate(rows, start=1):
                for place, cell in enumerate(row):
                    if isinstance(cell, int) and not isinstance(cell, bool):
                        sheet.write_number(number, place, cell)
                    elif text := _text(cell):
                        sheet.write_string(number, place, text)
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


# By the ending of a file's name: what it is to browsers, and what makes it.
FORMATS: dict[str, tuple[str, Callable[[Sequence[str], Rows], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", csv_pieces),
    "xlsx": (WORKBOOK, workbook_pieces),
    "json": ("application/json", json_pieces),
}


def _text(cell: object) -> str:
    return "" if cell is None else str(cell)


def _value(cell: object) -> object:
    if cell is None or cell == "":
        return None
    if isinstance(cell, date | datetime):
        return cell.isoformat()
    return cell if isinstance(cell, int) else str(cell)
