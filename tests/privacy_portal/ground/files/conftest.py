"""Fixtures of the tests of files."""

import zipfile

import pytest

from tests.privacy_portal.ground.files.sheets import SHEET, STYLES


@pytest.fixture
def book(tmp_path):
    """Writes a workbook by hand: sheets by name as XML rows (and their state), shared strings."""

    def _book(*sheets, before="", after="", strings="", more=None, date1904="", code="0.00"):
        path = tmp_path / "book.xlsx"
        listed, related = "", ""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
            for number, (name, rows, state) in enumerate(sheets, 1):
                listed += f'<sheet name="{name}" state="{state}" r:id="r{number}"/>'
                related += (
                    f'<Relationship Id="r{number}" Type="http://x/relationships/worksheet" '
                    f'Target="worksheets/sheet{number}.xml"/>'
                )
                parts.writestr(
                    f"xl/worksheets/sheet{number}.xml",
                    SHEET.format(rows=rows, before=before, after=after),
                )
            related += (
                '<Relationship Id="s" Type="http://x/relationships/sharedStrings" '
                'Target="sharedStrings.xml"/>'
                '<Relationship Id="t" Type="http://x/relationships/styles" Target="styles.xml"/>'
            )
            parts.writestr("[Content_Types].xml", "<Types/>")
            parts.writestr(
                "_rels/.rels",
                '<Relationships><Relationship Id="w" Type="http://x/relationships/officeDocument" '
                'Target="/xl/workbook.xml"/></Relationships>',
            )
            parts.writestr(
                "xl/workbook.xml",
                '<workbook xmlns:r="http://x/relationships" xmlns="http://x/main">'
                f'<workbookPr date1904="{date1904}"/><sheets>{listed}</sheets></workbook>',
            )
            parts.writestr(
                "xl/_rels/workbook.xml.rels", f"<Relationships>{related}</Relationships>"
            )
            parts.writestr("xl/sharedStrings.xml", f"<sst>{strings}</sst>")
            parts.writestr("xl/styles.xml", STYLES.format(code=code))
            for name, content in (more or {}).items():
                parts.writestr(name, content)
        return path

    return _book
