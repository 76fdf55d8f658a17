"""Workbooks and other files opened as a table: what a cell reads as, bounds of size and time, kinds of file."""

import os
import sys
import warnings
import zipfile
from datetime import datetime
from shutil import which

import pytest
import xlsxwriter
from hypothesis import given, strategies as st
from lxml import etree

from privacy_portal.ground.files import workbook_reader, workbooks
from privacy_portal.ground.files.workbook_cells import column_letters, column_number
from tests.privacy_portal.ground.files.sheets import AWKWARD, SHEET, cell, read, refusal


def one(rows, **more):
    return (("S", rows, "visible"),), more


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (cell("<v>#N/A</v>", "e"), "#N/A"),
        (cell("<v>#REF!</v>", "e"), "#REF!"),
        (cell("<f>A1</f><v/>"), "#NO VALUE!"),
        (cell("<f>A1</f>"), "#NO VALUE!"),
        (cell("<f>A1</f><v>7</v>"), "7"),
        (cell('<f>""</f><v></v>', "str"), ""),
        (cell("<f>A1</f><v>text</v>", "str"), "text"),
        (cell("<v>1</v>", "b"), "yes"),
        (cell("<v>0</v>", "b"), "no"),
        (cell("<v>990001</v>"), "990001"),
        (cell("<v>95.50</v>"), "95.5"),
        (cell("<v>7.0</v>"), "7"),
        (cell("<v>1E3</v>"), "1000"),
        (cell("<v>40606</v>", style="1"), "2011-03-04"),
        (cell("<v>40606.5</v>", style="1"), "2011-03-04 12:00:00"),
        (cell("<v>40606.99999999999</v>", style="1"), "2011-03-05"),
        (cell("<v>1</v>", style="1"), "1900-01-01"),
        (cell("<v>59</v>", style="1"), "1900-02-28"),
        (cell("<v>60</v>", style="1"), "1900-02-29"),
        (cell("<v>61</v>", style="1"), "1900-03-01"),
        (cell("<v>-1</v>", style="1"), "-1"),
        (cell("<v>2958466</v>", style="1"), "2958466"),
        (cell("<v>0</v>", style="1"), "0:00:00"),
        (cell("<v>0.75</v>", style="1"), "18:00:00"),
        (cell("<v>4 March</v>", style="1"), "4 March"),
        (cell("<v>2011-03-04T00:00:00</v>", "d"), "2011-03-04"),
        (cell("<v>4 March_x000D_</v>", "d"), "4 March "),
        (cell("<f>A1</f><v>0</v>", "s"), "shared"),
        (cell("<is><t>a</t></is>", "inlineStr"), "a"),
        (cell("<is><r><t>a</t></r><r><t>b</t></r><rPh><t>x</t></rPh></is>", "inlineStr"), "ab"),
        (cell("<is><t>a\nb_x000D_c</t></is>", "inlineStr"), "a b c"),
        (cell("<is><t>a_x0000_b</t></is>", "inlineStr"), "a b"),
        (cell("<is><t><![CDATA[a<b]]></t></is>", "inlineStr"), "a<b"),
    ],
)
def test_a_cell_reads_as_the_sheet_shows_it(book, content, text):
    sheets, more = one(content, strings="<si><t>shared</t></si>")
    rows = read(book(*sheets, **more))
    assert rows == [["H"], *([[text]] if text else [])]


@pytest.mark.parametrize(
    "cells",
    [
        '<c r="B1"><v>2</v></c><c r="A1"><v>1</v></c>',
        "<c><v>1</v></c><extLst><ext>7</ext></extLst><c><v>2</v></c>",
    ],
)
def test_cells_stand_where_they_say_whatever_is_between_them(book, cells):
    assert read(book(("S", f'<row r="1">{cells}</row>', "visible"))) == [["1", "2"]]


def test_days_of_a_1904_workbook_and_of_a_format_of_ones_own(book):
    sheets, _ = one(cell("<v>39144</v>", style="2"))
    path = book(*sheets, date1904="1", code="dd/mm/yyyy;@")
    assert read(path)[1] == ["2011-03-04"]
    sheets, _ = one(cell("<v>39144</v>", style="2"))
    assert read(book(*sheets, code="&quot;day &quot;0.00"))[1] == ["39144"]
    assert read(book(*sheets, code="[Red]#,##0"))[1] == ["39144"]


@given(st.integers(0, 16_383))
def test_letters_of_a_column_and_its_place_are_each_others(place):
    assert column_number(column_letters(place)) == place


def test_what_xlsxwriter_writes_reads_the_same(tmp_path):
    path = tmp_path / "x.xlsx"
    made = xlsxwriter.Workbook(str(path), {"default_date_format": "d mmm yy"})
    sheet = made.add_worksheet()
    sheet.write_row(2, 1, ["UPN", "Born", "At", "+1", True, 2.5, "  "])
    sheet.write_datetime(4, 2, datetime(2012, 2, 29))
    sheet.write_datetime(4, 3, datetime(2012, 2, 29, 13, 45))
    made.close()
    assert read(path) == [
        [], [], ["", "UPN", "Born", "At", "+1", "yes", "2.5", "  "],
        [], ["", "", "2012-02-29", "2012-02-29 13:45:00"],
    ]  # fmt: skip


def test_a_cell_at_the_far_corner_is_named_and_nothing_else_happens():
    said = refusal(AWKWARD / "workbook-one-far-cell.xlsx")
    assert 'line 1048576, column "XFD"' in said
    assert "at most 200 columns" in said


def test_a_cell_far_down_is_a_row_like_any_other(book):
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>2</v></c></row>'
    )
    found = read(book(("S", rows, "visible")))
    assert (len(found), found[-1]) == (1_048_576, ["2"])


def test_a_million_formatted_rows_without_anything_in_them_are_none(book):
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" s="1"/><c r="XFD{n}" s="1"/></row>' for n in range(2, 200_000)
    )
    head = '<row r="1"><c r="A1"><v>1</v></c></row>'
    assert read(book(("S", head + rows, "visible"))) == [["1"]]


def hold(monkeypatch, **bounds):
    for name, most in bounds.items():
        monkeypatch.setattr(workbooks, name, most)


def test_a_bomb_of_strings_ends_at_the_bound_of_memory(book, monkeypatch):
    hold(monkeypatch, MOST_MEMORY=400_000_000)
    strings = "<si><t>" + "x" * 1_000_000 + "</t></si>"
    path = book(("S", cell("<v>0</v>", "s"), "visible"), strings=strings * 400)
    assert path.stat().st_size < 2_000_000
    assert "too much memory" in refusal(path)


def test_what_takes_too_long_ends_with_a_sentence(book):
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" s="1"/><c r="B{n}" s="1"/></row>' for n in range(2, 1_000_000)
    )
    said = refusal(book(("S", rows, "visible")), seconds=1)
    assert "takes longer than 1 seconds" in said
    assert "CSV UTF-8" in said


def test_a_reader_that_does_not_end_in_time_is_ended(book):
    said = refusal(book(("S", cell("<v>1</v>"), "visible")), seconds=0)
    assert "takes longer than 0 seconds" in said


def test_a_reader_that_ends_early_is_said_so(book, monkeypatch):
    monkeypatch.setattr(sys, "executable", which("false"))
    said = refusal(book(("S", cell("<v>1</v>"), "visible")))
    assert "reading it ended early. Save the sheet alone as CSV UTF-8" in said


@pytest.mark.parametrize("said", ["unknown error, line 1", "Memory allocation failed"])
def test_what_the_parser_says_of_too_little_memory_is_no_damage(monkeypatch, tmp_path, said):
    def run_out(*arguments):
        raise etree.XMLSyntaxError(said, 1, 1, 1)

    monkeypatch.setattr(workbook_reader, "keep_within", lambda order: None)
    monkeypatch.setattr(workbook_reader.gc, "disable", lambda: None)
    monkeypatch.setattr(workbook_reader, "read", run_out)
    with pytest.raises(MemoryError):
        workbook_reader.main(
            "book.xlsx", str(os.open(tmp_path / "out", os.O_CREAT | os.O_WRONLY)), "{}"
        )


def test_what_unpacks_to_too_much_is_not_read(book, monkeypatch):
    hold(monkeypatch, MOST_UNPACKED=1000)
    assert "too large when unpacked" in refusal(book(("S", cell("<v>1</v>"), "visible")))


def test_a_sheet_that_writes_too_much_ends_with_a_sentence(book, monkeypatch):
    hold(monkeypatch, MOST_WRITTEN=1_000_000)
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 20_000))
    said = refusal(book(("S", rows, "visible"), strings=f"<si><t>{'x' * 1000}</t></si>"))
    assert "larger than 1 MB as CSV" in said


def test_more_rows_than_may_be_are_named(book):
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 5))
    assert "line 4: the file has more than 2 rows" in refusal(
        book(("S", rows, "visible")), max_rows=2
    )


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>7</v></c></row>',
        '<row r="1"><c r="A0x"><v>7</v></c></row>',
        '<row r="1"><c r="XFE1"><v>7</v></c></row>',
        '<row r="1"><c r="A1"><v>7</v></row>',
        '<row r="1048577"><c r="A1048577"><v>7</v></c></row>',
    ],
)
def test_a_damaged_sheet_is_no_workbook(book, rows):
    assert "this Excel workbook is damaged" in refusal(book(("S", rows, "visible")))


def test_a_doctype_is_no_workbook(book, tmp_path):
    path = book(("S", cell("<v>1</v>"), "visible"))
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(tmp_path / "y.xlsx", "w") as out:
        for name in parts.namelist():
            text = parts.read(name).decode()
            out.writestr(name, bomb + text if "sheet1" in name else text)
    assert "this Excel workbook is damaged" in refusal(tmp_path / "y.xlsx")


def test_cells_merged_over_rows_are_a_fault_and_beside_each_other_are_none(book):
    rows = cell("<v>1</v>")
    across = '<mergeCells><mergeCell ref="A1:C1"/></mergeCells>'
    assert read(book(("S", rows, "visible"), after=across)) == [["H"], ["1"]]
    down = '<mergeCells><mergeCell ref="B2:B3"/></mergeCells>'
    said = refusal(book(("S", rows, "visible"), after=down))
    assert 'line 2, column "B": the cells B2:B3 are merged' in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><table><tr><td>UPN</td></tr></table></html>", "a web page (HTML)"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html>", "a web page (HTML)"),
        ("<HTML><body>".encode("utf-16"), "a web page (HTML)"),
        ((b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook '
         b'xmlns="urn:schemas-microsoft-com:office:spreadsheet">'), "XML Spreadsheet 2003"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "Workbook".encode("utf-16-le"),
         "an old Excel workbook (.xls)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
         "has a password"),
        (b"\x1f\x8b\x08rest", "gzip"),
        (b"%PDF-1.7", "this is a PDF"),
    ],
)  # fmt: skip
def test_each_kind_of_file_gets_a_true_sentence(write, content, said):
    assert said in refusal(write(content, "roll.xls"))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (["edubasealldata20261123.csv"], "a ZIP file (in it: 'edubasealldata20261123.csv')"),
        (["[Content_Types].xml", "xl/workbook.bin"], "a binary workbook (.xlsb)"),
        (["mimetype", "content.xml"], "an OpenDocument file (.ods)"),
        (["[Content_Types].xml", "word/document.xml"], "a Word document"),
        (["[Content_Types].xml"], "this Excel workbook is damaged"),
    ],
)
def test_each_kind_of_zip_gets_a_true_sentence(tmp_path, parts, said):
    path = tmp_path / "schools.csv"
    with zipfile.ZipFile(path, "w") as archive:
        for name in parts:
            archive.writestr(name, "x")
    assert said in refusal(path)


def test_a_workbook_with_two_parts_of_one_name_is_refused(book):
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>'
    for name in ("xl/worksheets/sheet1.xml", "XL/Worksheets/Sheet1.xml"):
        path = book(("S", rows, "visible"))
        with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as parts:
            warnings.simplefilter("ignore", UserWarning)
            parts.writestr(name, SHEET.format(rows="", before="", after=""))
        assert "two parts of the same name" in refusal(path)
