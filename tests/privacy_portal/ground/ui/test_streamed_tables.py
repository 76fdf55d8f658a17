"""Tables of any length as files that are made while they are sent."""

import csv
import io
import json
import tempfile
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from privacy_portal.ground.ui.streamed_tables import csv_pieces, json_pieces, workbook_pieces

HEADINGS = ("Number", "Words", "Day")
ROWS = [(1, "=1+1", date(2026, 11, 23)), (2, "", None), (3, 'a "b", c\nd é', "")]


def test_a_csv_has_every_cell_and_no_formula():
    lines = list(csv.reader(io.StringIO(b"".join(csv_pieces(HEADINGS, ROWS)).decode(), newline="")))
    assert lines == [
        list(HEADINGS), ["1", "'=1+1", "2026-11-23"], ["2", "", ""], ["3", 'a "b", c\nd é', ""],
    ]  # fmt: skip


def test_json_is_one_document_also_without_rows():
    assert json.loads(b"".join(json_pieces(HEADINGS, []))) == []
    first, second, third = json.loads(b"".join(json_pieces(HEADINGS, ROWS)))
    assert first == {"Number": 1, "Words": "=1+1", "Day": "2026-11-23"}
    assert second == {"Number": 2, "Words": None, "Day": None}
    assert third["Words"] == 'a "b", c\nd é'


def test_a_workbook_has_numbers_and_texts_and_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    content = b"".join(workbook_pieces(HEADINGS, ROWS))
    assert list(Path(tmp_path).iterdir()) == []
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.get_sheet_by_name("Table").to_python() == [
        list(HEADINGS), [1.0, "=1+1", "2026-11-23"], [2.0, "", ""], [3.0, 'a "b", c\nd é', ""],
    ]  # fmt: skip


@pytest.mark.parametrize("pieces_of", [csv_pieces, json_pieces])
def test_rows_are_asked_for_only_when_they_are_sent(pieces_of):
    """The first piece goes before the thousandth row is made."""
    made = []
    rows = (made.append(number) or (number, "x", None) for number in range(1_000))
    pieces = pieces_of(HEADINGS, rows)
    next(pieces)
    next(pieces)
    assert 0 < len(made) < 1_000
    assert sum(1 for _ in pieces) > 0
    assert len(made) == 1_000
