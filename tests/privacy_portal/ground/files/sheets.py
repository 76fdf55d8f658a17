"""Files to read, and what reading them gives."""

import csv
import io

import pytest

from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.files.reading import Reading, as_table
from tests.places import DATA

SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "{before}<sheetData>{rows}</sheetData>{after}</worksheet>"
)

STYLES = (
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<numFmts><numFmt numFmtId="164" formatCode="{code}"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)

AWKWARD = DATA / "awkward"


def read(path, reading=Reading(), **more):  # noqa: B008 - it is frozen
    with as_table(path, path.name, reading, **more) as sheet:
        text = sheet.path.read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def refusal(path, reading=Reading(), **more):  # noqa: B008
    with pytest.raises(BadInputError) as refused:
        read(path, reading, **more)
    return str(refused.value)


def cell(content, kind="", ref="A2", style=""):
    """The rows of a sheet with a heading and one cell below it, as XML."""
    kind = f' t="{kind}"' if kind else ""
    style = f' s="{style}"' if style else ""
    return f'<row r="1"><c r="A1" t="str"><v>H</v></c></row><row r="2"><c r="{ref}"{kind}{style}>{content}</c></row>'
