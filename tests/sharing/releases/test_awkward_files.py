"""Files as people really send them, through the commands."""

import csv
import json

import pytest

from consent.models import Pupil
from tests.commands import run
from tests.places import DATA
from tests.rolls import ROLL_HEADINGS, pupil_row

pytestmark = pytest.mark.django_db
AWKWARD = DATA / "awkward"


def roll(*arguments):
    return run("roll", "import", *arguments)


def disclosure(what, name, *more):
    return run(
        "disclosure", what, AWKWARD / name, "--agreement", "WIG-CNX",
        "--purpose", "careers-guidance", *more,
    )  # fmt: skip


def test_errors_and_marks_contradict(pupils):
    decided = json.loads(disclosure("check", "extract-error-cells.xlsx", "--json").out)
    reasons = {each["row"]: each["reason"] for each in decided["detail"]}
    assert [reasons.get(row) for row in (1, 2, 3, 4)] == ["details-differ"] * 4
    assert "warnings" not in decided


def test_an_error_on_a_roll_is_a_fault_with_its_place(policy, write):
    for surname in ("#N/A", "#REF!", "-", "#no value!"):
        done = roll(write(f"{ROLL_HEADINGS}\r\n{pupil_row(Surname=surname)}", "r.csv"))
        assert done.code == 2
        assert 'r.csv: line 2, column "Surname":' in done.said
    done = roll(write(f"{ROLL_HEADINGS}\r\n{pupil_row(Address='#VALUE!')}", "r.csv"))
    assert "line 2, column \"Address\": has the error '#VALUE!' of a spreadsheet" in done.said
    assert not Pupil.objects.exists()


def test_a_formula_nobody_worked_out_is_a_fault_of_a_roll(policy):
    done = roll(AWKWARD / "extract-error-cells.xlsx")
    assert done.code == 2


def test_the_sheet_of_a_roll_is_chosen(policy):
    done = roll(AWKWARD / "roll-two-sheets.xlsx", "--whole")
    assert done.code == 2
    assert "several sheets have rows: “Year 10”, “Year 11”" in done.said
    assert not Pupil.objects.exists()
    assert roll(AWKWARD / "roll-two-sheets.xlsx", "--sheet", "Year 11").code == 0
    assert Pupil.objects.get().upns.get().upn == "G359400125019"


def test_what_a_workbook_hides_is_named_and_must_be_meant(pupils, officer, tmp_path):
    sheet = ("--sheet", "Sheet")
    assert "several sheets" in disclosure("check", "extract-hidden-rows.xlsx").said
    decided = json.loads(disclosure("check", "extract-hidden-rows.xlsx", *sheet, "--json").out)
    assert [warning.split(" hidden")[0] for warning in decided["warnings"]] == [
        "3 rows are", "1 column is",
    ]  # fmt: skip
    out = tmp_path / "out.xlsx"
    to = (*sheet, "--out", out, "--by", officer.email)
    stopped = disclosure("release", "extract-hidden-rows.xlsx", *to)
    assert stopped.code == 3
    assert "3 rows are hidden in the workbook (rows 4, 5, 6)" in stopped.said
    assert "--include-hidden" in stopped.said
    assert not out.exists()
    done = disclosure("release", "extract-hidden-rows.xlsx", *to, "--include-hidden", "--json")
    assert done.code == 0, done.said
    assert json.loads(done.out)["warnings"] == decided["warnings"]
    assert out.exists()


def test_the_encoding_of_a_roll_is_chosen(policy):
    done = roll(AWKWARD / "roll-windows-1250.csv")
    assert done.code == 2
    assert "windows-1250" in done.said
    assert not Pupil.objects.exists()
    assert roll(AWKWARD / "roll-windows-1250.csv", "--encoding", "windows-1250").code == 0
    assert Pupil.objects.get().forename == "Łucja"


@pytest.mark.parametrize("name", ["roll-sep-hint.csv", "roll-empty-headings.csv"])
def test_small_forms_of_a_roll_are_taken(policy, name):
    done = roll(AWKWARD / name)
    assert done.code == 0, done.said
    assert Pupil.objects.count() == 1


def test_one_far_cell_is_named(policy):
    done = roll(AWKWARD / "workbook-one-far-cell.xlsx")
    assert done.code == 2
    assert 'line 1048576, column "XFD"' in done.said


def test_a_title_above_a_rolls_headings_is_named(policy, write):
    done = roll(write(f"Our pupils\r\n\r\n{ROLL_HEADINGS}\r\n{pupil_row()}", "r.csv"))
    assert done.code == 2
    assert "the headings seem to stand in line 3" in done.said


def test_decisions_and_schools_come_in_workbooks_too(pupil, tmp_path):
    import xlsxwriter

    def book(name, rows):
        path = tmp_path / name
        made = xlsxwriter.Workbook(str(path))
        sheet = made.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        made.close()
        return path

    headings = [
        "UPN",
        "Scheme",
        "Decision",
        "By",
        "Person",
        "Received on",
        "Channel",
        "Invalid because",
    ]
    given = ["P207000016049", "connexions", "opt-out", "parent", "Ben", "2026-01-05", "paper", ""]
    done = run("opt_outs", "import", book("o.xlsx", [headings, given]))
    assert done.code == 0, done.said
    given[4] = "#N/A"
    done = run("opt_outs", "import", book("o2.xlsx", [headings, given]))
    assert 'line 2, column "Person": has the error' in done.said
    register = [
        ["URN", "LA (code)", "EstablishmentNumber", "EstablishmentName"],
        [990002, 359, 4002, "Another School"],
    ]
    done = run("schools", "import", book("s.xlsx", register), "--authority", "359")
    assert done.code == 0, done.said


def test_what_leaves_of_a_legacy_text_is_utf_8(pupil, officer, write, tmp_path):
    extract = write("UPN,Surname,Parent name\r\nP207000016049,Barlow,Zoë\r\n".encode("cp1252"))
    out = tmp_path / "out.csv"
    done = run(
        "disclosure", "release", extract, "--agreement", "WIG-CNX",
        "--purpose", "careers-guidance", "--out", out, "--by", officer.email,
    )  # fmt: skip
    assert done.code == 0, done.said
    assert list(csv.reader(out.read_text().splitlines()))[1][2] == "Zoë"
