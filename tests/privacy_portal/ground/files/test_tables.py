"""Bad input: each fault one sentence that names file, line and column; nothing stored."""

import pytest

from consent.models import Decision, Pupil, School
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.files import tables
from privacy_portal.ground.files.tables import Table
from tests.commands import run
from tests.rolls import ROLL_HEADINGS, pupil_row
from tests.tables import BAD_TABLES, EXTRACT, ROW


@pytest.mark.django_db
@pytest.mark.parametrize(("content", "said"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_bad_extract_is_refused_with_one_clear_sentence(policy, write, content, said):
    path = write(content, "agency.csv")
    ran = run(
        "disclosure", "check", path, "--agreement", "WIG-CNX", "--purpose", "careers-guidance"
    )
    if said == BAD_TABLES["a workbook"][1]:
        said = "this Excel workbook is damaged"  # an extract may be one
    assert ran.code == 2
    assert said in ran.said
    assert "agency.csv" in ran.said
    assert len(ran.said.splitlines()) == 1
    assert ran.out == ""


NO_CSV = [
    name
    for name in BAD_TABLES
    if name not in ("heading only", "no heading") and "two columns" not in name
]


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["roll", "opt_outs"])
@pytest.mark.parametrize("name", [*NO_CSV, "heading only"])
def test_the_imports_refuse_the_same(policy, write, command, name):
    content, said = BAD_TABLES[name]
    ran = run(command, "import", write(content, "sent.csv"))
    assert ran.code == 2
    assert "sent.csv" in ran.said
    if name == "a workbook":
        said = "this Excel workbook is damaged"  # they may come as one
    if name in NO_CSV and name not in ("row too long", "an open quotation mark"):
        assert said in ran.said
    assert not Pupil.objects.exists()
    assert not School.objects.exists()
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        ("a,b\nMüller,Zoë\n".encode(), ["Müller", "Zoë"]),
        ("\ufeffa,b\nMüller,Zoë\n".encode(), ["Müller", "Zoë"]),
        ("a,b\nMüller,O’Brien\n".encode("cp1252"), ["Müller", "O’Brien"]),
        (b'a,b\n"x\ny",2\n', ["x\ny", "2"]),
    ],
)
def test_encodings_and_quoted_line_breaks(write, content, cells):
    table = Table(write(content), "file.csv", max_columns=200)
    assert table.headings == ["a", "b"]
    assert [row.cells for row in table.rows()] == [cells]
    assert list(table.batches(10)) == [[cells]]


def test_blank_rows_are_none_and_short_rows_are_filled(write):
    table = Table(write('a,b,c\n1\n\n,,\n  , \n , ,\n,2,\n"x\ny",,\n'), "file.csv", max_columns=9)
    rows = list(table.rows())
    assert [(row.number, row.line, row.cells) for row in rows] == [
        (1, 2, ["1", "", ""]),
        (2, 7, ["", "2", ""]),
        (3, 8, ["x\ny", "", ""]),
    ]
    for size in (1, 2, 3, 100):
        assert [cells for batch in table.batches(size) for cells in batch] == [
            row.cells for row in rows
        ]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_batches_name_the_line_of_a_long_row(write, size):
    table = Table(write('a,b\n"x\ny",1\n\n1,2,3\n'), "file.csv", max_columns=9)
    with pytest.raises(BadInputError, match="line 5, column 3"):
        list(table.batches(size))
    with pytest.raises(BadInputError, match="line 5, column 3"):
        list(table.rows())


@pytest.mark.django_db
def test_a_missing_option_is_bad_usage(policy, write):
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "manage.py", "disclosure", "check", str(write(EXTRACT + ROW))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--agreement" in done.stderr


@pytest.mark.django_db
def test_a_day_that_is_none(policy, write):
    ran = run(
        "disclosure", "check", write(EXTRACT + ROW),
        "--agreement", "WIG-CNX", "--purpose", "careers-guidance", "--on", "2026-02-30",
    )  # fmt: skip
    assert ran.code != 0
    assert "'2026-02-30' is not a date" in ran.said


@pytest.mark.django_db
def test_every_fault_of_a_roll_is_listed_with_line_and_column(write):
    rows = [
        pupil_row(),
        pupil_row(UPN="Q207000016049"),
        pupil_row(UPN="B801200005001", Surname="", DOB="31/02/2012"),
        pupil_row(UPN="J352400120009", School_URN="99"),
        pupil_row(UPN="A35940012001A", School="Another name"),
        pupil_row(),
    ]
    ran = run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{''.join(rows)}", "roll.csv"))
    assert ran.code == 2
    said = ran.said
    for fault in (
        "line 3, column \"UPN\": 'Q207000016049' is not a valid UPN",
        'line 4, column "Surname": is empty',
        "line 4, column \"DOB\": '31/02/2012' is not a date",
        "line 5, column \"School URN\": '99' is not a valid URN",
        "line 6, column \"School\": URN 990001 is 'Example High School' in an earlier row",
        'line 7, column "UPN": this pupil is also in line 2',
    ):
        assert fault in said
    assert len(said.splitlines()) == 6
    assert not Pupil.objects.exists()


@pytest.mark.django_db
def test_the_first_hundred_faults_are_listed_and_the_rest_counted(write):
    rows = "".join(pupil_row(UPN=f"bad{number}") for number in range(150))
    ran = run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{rows}", "roll.csv"))
    assert len(ran.said.splitlines()) == 101
    assert ran.said.endswith("and 50 more errors")


def test_columns_at_the_edges_without_a_heading_are_left_out_while_they_are_empty(write):
    empty = Table(write(",,UPN,Surname,,\n,,1,Barlow,,\n"), "file.csv", max_columns=9)
    assert empty.headings == ["UPN", "Surname"]
    assert [row.cells for row in empty.rows()] == [["1", "Barlow"]]
    before = Table(write(",,UPN,Surname,,\n,x,1,Barlow,,\n"), "file.csv", max_columns=9)
    assert before.headings == ["", "UPN", "Surname"]
    assert [row.cells for row in before.rows()] == [["x", "1", "Barlow"]]
    after = write(",,UPN,Surname,,\n,,1,Barlow,,x\n")
    with pytest.raises(BadInputError, match="the columns 5, 6 have no heading"):
        Table(after, "file.csv", max_columns=9)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('"x', "line 2: a quotation mark is not closed"),
        ('"x"y,2', "line 2: a quotation mark inside a quoted cell must be written twice"),
        (f'"{"x" * 140_000}",2', "line 2: a cell is longer than 131072 characters"),
    ],
)
def test_a_row_that_is_no_csv_is_refused_with_its_line(write, row, said):
    table = Table(write(f"a,b\n{row}\n"), "file.csv", max_columns=9)
    with pytest.raises(BadInputError) as error:
        list(table.rows())
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7", "this is a PDF"),
        (b"<?xml version='1.0'?>", "this is XML"),
        (b"a,b\n1,2\n3,\x00\n", "line 3, column 2: the file is damaged"),
        (b"a,b\n1,2\n\xff,\x81\n\x8d,1\n3,\x8d\n", "line 3, column 2: the byte 0x81"),
    ],
)
@pytest.mark.parametrize("size", [8, 1 << 20])
def test_what_is_no_text_is_refused_however_much_is_read_at_once(
    monkeypatch, write, content, said, size
):
    monkeypatch.setattr(tables, "CHUNK", size)
    with pytest.raises(BadInputError) as error:
        Table(write(content), "file.csv", max_columns=9)
    assert said in str(error.value)


@pytest.mark.parametrize("size", [8, 1 << 20])
def test_a_text_that_ends_within_a_letter_of_utf_8_is_western(monkeypatch, write, size):
    monkeypatch.setattr(tables, "CHUNK", size)
    for content, name in (
        ("a,b\n1,Zo\xeb".encode("cp1252"), "Zoë"),
        (b"a,b\n\xeb2345678,\xeb", "ë"),
    ):
        table = Table(write(content), "file.csv", max_columns=9)
        assert table.encoding == "cp1252"
        assert [row.cells[1] for row in table.rows()] == [name]
