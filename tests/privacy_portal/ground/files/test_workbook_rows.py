"""A row says the same, whether it is read plainly or by the XML parser."""

import io
import zipfile

import pytest
from hypothesis import given, strategies as st

from privacy_portal.ground.files import workbook_rows
from privacy_portal.ground.files.workbook_parts import FaultyError, Order
from privacy_portal.ground.files.workbook_reader import read
from privacy_portal.ground.files.workbook_rows import PlainRow, PlainRows

PARTS = {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": '<R><R Id="w" Type="/officeDocument" Target="/xl/workbook.xml"/></R>',
    "xl/workbook.xml": '<w xmlns:r="r"><sheets><sheet name="S" r:id="a"/></sheets></w>',
    "xl/_rels/workbook.xml.rels": '<R><R Id="a" Type="/worksheet" Target="sheet.xml"/>'
    '<R Id="b" Type="/sharedStrings" Target="strings.xml"/>'
    '<R Id="c" Type="/styles" Target="styles.xml"/></R>',
    "xl/strings.xml": "<sst><si><t>Ann</t></si><si><t>Zo\u00eb, \u201cZ\u201d</t></si><si/></sst>",
    "xl/styles.xml": '<s><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></s>',
}
ASKED: Order = {
    "sheet": "", "memory": 0, "seconds": 0, "csv_bytes": 0, "unpacked": 10**9, "columns": 6,
    "rows": None,
}  # fmt: skip
CELLS = [
    '<c r="{at}" t="s"><v>1</v></c>', '<c r="{at}" s="1" t="s"><v>0</v></c>',
    '<c r="{at}" t="s"><v>2</v></c>', '<c r="{at}" t="s"><v>3</v></c>',
    '<c r="{at}" t="s"><v></v></c>', '<c r="{at}"><v>007</v></c>', '<c r="{at}"><v>1.50</v></c>',
    '<c r="{at}"><v>1E3</v></c>', '<c r="{at}" t="n"><v>007</v></c>', '<c r="{at}"><v> </v></c>',
    '<c r="{at}" s="1"><v>40000</v></c>', '<c r="{at}" s="1"><v> </v></c>', '<c r="{at}"/>',
    '<c r="{at}" s="0"/>', '<c r="{at}" t="str"><v>a > b</v></c>', '<c r="{at}" t="b"><v>1</v></c>',
    '<c r="{at}" t="e"><v>#N/A</v></c>', '<c r="{at}"><f>A1</f><v>2</v></c>', '<c><v>8</v></c>',
    '<c r="{at}" t="inlineStr"><is><t>O\u2019Brien</t></is></c>',
    '<c r="{at}" t="inlineStr"><is><t xml:space="preserve"> x </t></is></c>',
    '<c r="{at}" t="inlineStr"><is><t>a &amp; b</t></is></c>',
    '<c r="{at}" t="inlineStr"><is><t>a_x000D_b\u00a0\u0085c</t></is></c>',
    '<c r="{at}" t="inlineStr"><is><t>a]]>b</t></is></c>',
    '<c r="{at}" t="inlineStr"><is><t><![CDATA[</row>]]></t></is></c>',
    '<c r="{at}" t="inlineStr"><v>9</v></c>', '<c r="{at}" t="s"><is><t>9</t></is></c>',
    '<c r="{at}"/>text', '<c r="{at}"><v>1</v></c> ', '<c r="{at}"><v>1</v>', "<!-- </row> -->",
    '<c r="XFE1"><v>1</v></c>', '<c r="G1"><v>1</v></c>', '<c r="{at}"><v>&#49;</v></c>',
]  # fmt: skip
ROWS = [
    "", "", "", ' spans="1:3"', ' hidden="1"', ' ht="0"', ' x14ac:dyDescent="0.25"', ' hidden="1" hidden="0"',
    ' other="a"',
]  # fmt: skip
BETWEEN = [
    "",
    "",
    "",
    "\n",
    '<row r="{n}"/>',
    "<row/>",
    "<!-- <row> -->",
    "<rowx/>",
    "text",
    "</sheetData>",
]


def outcome(sheet: str) -> object:
    """What reading this sheet says and writes. Of several faults either way may meet another one
    first."""
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as parts:
        for name, content in {**PARTS, "xl/sheet.xml": sheet}.items():
            parts.writestr(name, content)
    out = io.StringIO()
    try:
        return read(book, out, ASKED), out.getvalue()  # type: ignore[arg-type]
    except (FaultyError, SyntaxError, ValueError, IndexError, KeyError, TypeError):
        return "refused"


@st.composite
def rows_as_xml(draw):
    rows, plain = [], draw(st.booleans())
    shape = draw(st.lists(st.sampled_from(CELLS), max_size=4))
    for number in range(1, draw(st.integers(1, 9))):
        if not plain and draw(st.booleans()):
            shape = draw(st.lists(st.sampled_from(CELLS), max_size=4))
        cells = "".join(cell.format(at=f"{'ABCDE'[at]}{number}") for at, cell in enumerate(shape))
        attributes = draw(st.sampled_from(ROWS))
        between = draw(st.sampled_from(BETWEEN if not plain else [""])).format(n=number)
        rows.append(f'{between}<row r="{number}"{attributes}>{cells}</row>')
    return "".join(rows)


@given(
    rows=rows_as_xml(),
    known=st.sampled_from(["", ' xmlns="m"', ' xmlns="m" xmlns:x14ac="x"']),
    before=st.sampled_from(["", '<sheetFormatPr zeroHeight="1"/>']),
)
def test_a_row_says_the_same_either_way(rows, known, before):
    sheet = f"{before}{{}}<sheetData>{rows}</sheetData></worksheet>"
    # A comment before the rows leaves every one of them to the parser.
    quick, thorough = (f"<worksheet{known}>" + sheet.format(note) for note in ("", "<!-- -->"))
    assert outcome(quick) == outcome(thorough)


def test_rows_of_a_table_are_plain():
    class Formats:
        dated = frozenset({"1"})

        def number(self, written, style):
            return f"day {written}"

    rows = PlainRows(["Ann"], Formats(), 10)
    for number in range(1, 9):
        text = f'<row r="{number}" spans="1:3"><c r="A{number}" t="s"><v>0</v></c>'
        text += f'<c r="B{number}" s="1"/><c r="C{number}" s="1"><v>{number}</v></c>'
        cells = ["Ann", "", f"day {number}"]
        assert rows.read(text, x14ac=False) == PlainRow(str(number), {"spans": "1:3"}, cells)


@pytest.mark.parametrize("hiding", ["<!-- {} -->", "<x><![CDATA[{}]]></x>", "<?x {}?>"])
def test_what_stands_in_a_comment_is_no_row(hiding):
    row = '<row r="{0}"><c r="A{0}"><v>{0}</v></c></row>'
    hidden = hiding.format(row.format(2) + row.format(3))
    sheet = f"<worksheet><sheetData>{row.format(1)}{hidden}{row.format(4)}</sheetData></worksheet>"
    _, written = outcome(sheet)
    assert written == "1\r\n\r\n\r\n4\r\n"


def test_more_shapes_of_rows_than_are_remembered_change_nothing(monkeypatch):
    rows = "".join(
        f'<row r="{n}" s="{n}"><c r="A{n}" s="{n % 3}"><v>{n}</v></c></row>' for n in range(1, 9)
    )
    sheet = f"<worksheet><sheetData>{rows}</sheetData></worksheet>"
    _, before = remembered = outcome(sheet)
    monkeypatch.setattr(workbook_rows, "_MOST_KEPT", 1)
    assert outcome(sheet) == remembered
    assert len(before.splitlines()) == 8


@pytest.mark.parametrize("size", [64, 100, 1 << 18])
def test_rows_are_the_same_however_much_is_read_at_once(monkeypatch, size):
    row = '<row r="{0}"><c r="A{0}"><v>{0}</v></c></row>'
    rows = [row.format(number) for number in range(1, 40)]
    sheet = f"<worksheet><sheetData>{''.join(rows[:9])}<!-- -->{''.join(rows[9:])}</sheetData></worksheet>"
    monkeypatch.setattr(workbook_rows, "_BYTES_AT_ONCE", size)
    _, written = outcome(sheet)
    assert written.splitlines() == [str(number) for number in range(1, 40)]
