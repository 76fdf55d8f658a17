"""A roll as a workbook: the same pupils, faults named by the sheet's rows."""

import csv
import io
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter

from consent.models import Pupil
from privacy_portal.ground.files import workbooks
from tests.commands import run
from tests.example import UPN
from tests.places import EXAMPLE
from tests.rolls import ROLL_HEADINGS, pupil_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(tmp_path):
    """Writes a workbook of these rows, beginning at a row of the sheet; returns its path."""

    def _book(rows, *, first=0, beside=0, hidden=False, name="roll.xlsx"):
        path = tmp_path / name
        made = xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"})
        if hidden:
            other = made.add_worksheet("Other")
            other.write_row(0, 0, ["nothing"])
            other.hide()
        sheet = made.add_worksheet("Roll")
        if hidden:
            sheet.activate()
        for number, cells in enumerate(rows, first):
            for column, cell in enumerate(cells, beside):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, datetime(cell.year, cell.month, cell.day))
                else:
                    sheet.write(number, column, cell)
        made.close()
        return path

    return _book


def cells(row):
    """The row with its day and its numbers as a spreadsheet has them."""
    (read,) = csv.reader(io.StringIO(row))
    read[4] = date.fromisoformat(read[4])
    read[6] = int(read[6])
    read[8] = int(read[8]) if read[8] else ""
    return read


HEADINGS = ROLL_HEADINGS.split(",")


@pytest.mark.parametrize("more", [{}, {"first": 3}, {"beside": 2}, {"hidden": True}])
def test_days_and_numbers_are_read_as_the_sheet_shows_them(policy, book, more):
    ran = run("roll", "import", book([HEADINGS, cells(pupil_row())], **more))
    assert ran.code == 0, ran.said
    pupil = Pupil.objects.get()
    assert (pupil.born, pupil.school.urn, pupil.year_group) == (date(2012, 5, 5), "990001", "9")
    assert pupil.upns.get().upn == UPN


def test_the_examples_roll_as_a_workbook_gives_the_same_pupils(policy, book):
    with (EXAMPLE / "roll.csv").open(newline="", encoding="utf-8") as file:
        headings, *rows = csv.reader(file)
    born = headings.index("DOB")
    for row in rows:
        row[born] = date.fromisoformat(row[born])
    assert run("roll", "import", EXAMPLE / "roll.csv").code == 0
    ran = run("roll", "import", book([headings, *rows]))
    assert ran.code == 0, ran.said
    assert "1,500 pupils read: 0 added, 0 updated, 0 moved school, 1,500 unchanged" in ran.out


def test_a_fault_names_the_row_of_the_sheet(policy, book):
    rows = [HEADINGS, cells(pupil_row()), [], cells(pupil_row(UPN="P207000016048"))]
    ran = run("roll", "import", book(rows, first=2))
    assert ran.code == 2
    assert 'roll.xlsx: line 6, column "UPN"' in ran.said
    assert not Pupil.objects.exists()


def test_what_is_no_whole_workbook_is_said(policy, book, write, monkeypatch):
    path = book([HEADINGS])
    cut = write(path.read_bytes()[:2000], "cut.xlsx")
    empty = write(b"", "x.zip")
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("readme.txt", "x")
    for file in (cut, empty):
        ran = run("roll", "import", file)
        assert ran.code == 2
        assert "Excel workbook" in ran.said
    monkeypatch.setattr(workbooks, "MOST_UNPACKED", 10)
    assert "too large when unpacked" in run("roll", "import", path).said


def test_an_empty_sheet_is_an_empty_file(policy, book):
    ran = run("roll", "import", book([]))
    assert ran.code == 2
    assert "the file is empty" in ran.said


def test_nothing_of_it_is_left_behind(policy, book, settings):
    run("roll", "import", book([HEADINGS, cells(pupil_row())]))
    assert not list(settings.FILE_UPLOAD_TEMP_DIR.glob("*.csv"))
