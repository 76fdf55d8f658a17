"""Which sheet of a workbook is read as a table, and what is hidden in it."""

import zipfile

import pytest

from privacy_portal.ground.files.reading import Reading, as_table
from privacy_portal.ground.files.workbooks import SheetChoiceError
from tests.privacy_portal.ground.files.sheets import AWKWARD, cell, read, refusal


def test_of_several_sheets_with_rows_one_is_chosen():
    path = AWKWARD / "roll-two-sheets.xlsx"
    with pytest.raises(SheetChoiceError) as error:
        read(path)
    assert error.value.sheets == [("Year 10", False), ("Year 11", False)]
    assert "“Year 10”, “Year 11”" in str(error.value)
    assert read(path, Reading(sheet="Year 11"))[1][0] == "G359400125019"
    assert read(path, Reading(sheet=" year 10 "))[1][0] == "T359400125018"
    said = refusal(path, Reading(sheet="Year 12"))
    assert "there is no sheet “Year 12”. The workbook has “Year 10”, “Year 11”" in said


def with_chart(path):
    """Adds a chart with a sheet of its own to a workbook."""
    chart = {
        "xl/workbook.xml": ("</sheets>", '<sheet name="Chart" r:id="c"/></sheets>'),
        "xl/_rels/workbook.xml.rels": (
            "</Relationships>",
            '<Relationship Id="c" Type="http://x/relationships/chartsheet"/></Relationships>',
        ),
    }
    with zipfile.ZipFile(path) as parts:
        texts = {name: parts.read(name).decode() for name in parts.namelist()}
    with zipfile.ZipFile(path, "w") as parts:
        for name, text in texts.items():
            parts.writestr(name, text.replace(*chart[name]) if name in chart else text)
    return path


def test_a_chart_is_no_sheet_to_choose_from(book):
    assert read(with_chart(book(("S", cell("<v>1</v>"), "visible"))))[1] == ["1"]
    assert "the workbook has no sheet with cells" in refusal(with_chart(book()))


def test_a_workbook_in_whose_sheets_nothing_stands_is_empty(book):
    empty = '<row r="1"><c r="A1" s="1"/></row>'
    said = refusal(book(("A", empty, "visible"), ("B", "", "visible")))
    assert "the file is empty: no sheet of the workbook has anything in it" in said


def test_a_workbook_of_which_a_part_has_a_password_says_so(book):
    path = book(("S", cell("<v>1</v>"), "visible"))
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1  # the last entry of the list of parts
    path.write_bytes(content)
    assert "the workbook has a password. Save it without one." in refusal(path)


def test_sheets_without_rows_are_not_asked_about(book):
    empty = '<row r="1"><c r="A1" s="1"/></row>'
    path = book(("A", empty, "visible"), ("B", cell("<v>1</v>"), "visible"), ("C", "", "visible"))
    assert read(path)[1] == ["1"]
    assert "nothing is in the sheet “A”. There are rows in “B”" in refusal(path, Reading(sheet="A"))


def test_a_hidden_sheet_beside_a_shown_one_is_named_and_not_read(book):
    path = book(("A", cell("<v>1</v>"), "visible"), ("B", cell("<v>2</v>"), "hidden"))
    with as_table(path, "x") as sheet:
        assert (sheet.name, sheet.unread, sheet.warnings) == ("A", ("B",), ())
    with as_table(path, "x", Reading(sheet="B")) as sheet:
        assert "The sheet “B” is hidden" in sheet.warnings[0]


def test_hidden_sheets_alone_are_asked_about(book):
    path = book(("A", cell("<v>1</v>"), "veryHidden"), ("B", cell("<v>2</v>"), "hidden"))
    assert "“A” (hidden), “B” (hidden)" in refusal(path)


def test_a_file_that_is_no_workbook_has_no_sheets(write):
    assert "no sheets to choose from" in refusal(write("a,b\r\n1,2\r\n"), Reading(sheet="A"))


def test_hidden_rows_and_columns_are_named():
    path = AWKWARD / "extract-hidden-rows.xlsx"
    with as_table(path, "x", Reading(sheet="Sheet")) as sheet:
        rows, columns = sheet.warnings
    assert rows == ("3 rows are hidden in the workbook (rows 4, 5, 6) but read all the same.")
    assert columns == (
        "1 column is hidden in the workbook (column E (Telephone)) but read all the same."
    )


@pytest.mark.parametrize(
    ("row", "before"),
    [
        ('hidden="1"', ""),
        ('hidden="true"', ""),
        ('ht="0" customHeight="1"', ""),
        ("", '<sheetFormatPr zeroHeight="1"/>'),
        ('outlineLevel="1" hidden="1"', ""),
    ],
)
def test_every_way_of_hiding_a_row_is_named(book, row, before):
    rows = f'<row r="1" ht="15"><c r="A1"><v>1</v></c></row><row r="2" {row}><c r="A2"><v>2</v></c></row>'
    with as_table(book(("S", rows, "visible"), before=before), "x") as sheet:
        assert sheet.warnings == ("1 row is hidden in the workbook (row 2) but read all the same.",)


def test_of_many_hidden_rows_the_first_are_named_and_all_counted(book):
    rows = "".join(
        f'<row r="{n}" hidden="{n % 2}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 14)
    )
    with as_table(book(("S", rows, "visible")), "x") as sheet:
        (warning,) = sheet.warnings
    assert "7 rows are hidden in the workbook (rows 1, 3, 5, 7, 9" in warning
    assert "11" not in warning


def test_columns_that_are_hidden_by_default_are_named_and_narrow_ones_are_not(book):
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    narrow = '<sheetFormatPr defaultColWidth="1"/><cols><col min="1" max="2" width="1"/></cols>'
    with as_table(book(("S", rows, "visible"), before=narrow), "x") as sheet:
        assert sheet.warnings == ()
    hidden = '<sheetFormatPr defaultColWidth="0"/>'
    with as_table(book(("S", rows, "visible"), before=hidden), "x") as sheet:
        assert "A (1), B (2)" in sheet.warnings[0]


@pytest.mark.parametrize("column", ['hidden="1"', 'width="0"', 'hidden="1" collapsed="1"'])
def test_every_way_of_hiding_a_column_is_named(book, column):
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    before = f'<cols><col min="2" max="16384" {column}/></cols>'
    with as_table(book(("S", rows, "visible"), before=before), "x") as sheet:
        assert "column B (2)" in sheet.warnings[0]


def test_a_hidden_row_without_anything_in_it_hides_nothing(book):
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" hidden="1"><c r="A2" s="1"/></row>'
    with as_table(book(("S", rows, "visible")), "x") as sheet:
        assert sheet.warnings == ()
