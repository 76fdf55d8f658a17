"""What was saved in one encoding and opened in another is found wherever it stands in a file."""

import pytest
import xlsxwriter
from hypothesis import given, strategies as st

from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.files import encodings
from privacy_portal.ground.files.reading import Reading, as_table
from privacy_portal.ground.files.tables import Table
from tests.privacy_portal.ground.files.sheets import refusal

SIGNS = "ÂÃÄÅâ€√‚├┬£¥¤©±\x80\x9f\ufffdaZë1 ,"


@given(st.text(alphabet=st.one_of(st.sampled_from(SIGNS), st.characters(codec="utf-8"))))
def test_nothing_garbled_is_passed_over_by_the_first_look(text):
    found = encodings._GARBLED.search(text) or encodings._SIGN_IN_WORD.search(text)
    assert not found or encodings._may_be_garbled(text)


@pytest.mark.parametrize("name", ["£ukasz", "J£", "ZoÃ«", "Zoâ€œ"])
@pytest.mark.parametrize("size", range(8, 18))
def test_it_is_found_where_two_reads_of_a_file_meet(monkeypatch, write, name, size):
    monkeypatch.setattr(encodings, "CHUNK", size)
    cell = encodings.garbled(write(f"Surname,Age\r\nLee,{name},9\r\n{name},9\r\n"))
    assert cell is not None
    assert cell.content == name


def test_names_with_accents_are_not_garbled(write):
    assert encodings.garbled(write("Surname\r\nZoë\r\nÉva Müller\r\nŁukasz\r\n")) is None


def test_cells_are_read_up_to_where_a_text_is_no_csv(write):
    path = write("Surname\nZoë,Éva\n" + "x" * 140_000 + "\nŁukasz\n")
    cells = [(cell.line, cell.heading, cell.content) for cell in encodings.cells(path, "utf-8")]
    assert cells == [(2, "Surname", "Zoë"), (2, "", "Éva")]


def test_the_first_line_that_is_not_in_an_encoding_is_named(write):
    path = write(b"a\n\xe9\n\x81\n\x81\n")
    assert encodings.undecodable_line(path, "cp1252") == 3
    assert encodings.undecodable_line(path, "latin-1") == 0
    assert encodings.undecodable_line(path, "utf-16-le") == 0


def test_a_few_examples_show_different_letters():
    assert encodings.sample(["Zoë", "Noël", "Éva  B", "Lee"]) == ["Zoë", "Éva B"]
    letters = ["é", "ë", "è", "ê", "ü", "ö", "ß", "ñ"]
    assert encodings.sample(letters) == letters[: encodings.SAMPLE]


def test_letters_of_no_encoding_are_refused_with_their_line(write):
    path = write(b"Surname\nLee\n\x81\x8d\x8f\x90\x9d\n", "names.csv")
    assert "line 3" in refusal(path)


def test_no_encoding_may_be_named_for_a_workbook_nor_one_that_is_not_known(write, tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "book.xlsx")) as book:
        book.add_worksheet().write_row(0, 0, ["UPN"])
    named = Reading(encoding="windows-1252")
    assert "no encoding is needed" in refusal(tmp_path / "book.xlsx", named)
    assert "'klingon' is not known. Known are: " in refusal(
        write("UPN\n1\n"), Reading(encoding="klingon")
    )


def test_letters_that_are_strange_in_every_encoding_are_refused_with_what_to_do(write):
    said = refusal(write(b"Surname\nLee\n\x81\xb0\xb6\n", "names.csv"))
    assert 'line 3, column "Surname": the letters are text in no encoding that is known' in said
    assert "CSV UTF-8" in said


def test_where_a_text_is_no_csv_before_its_first_letter_that_is_what_is_said(write):
    path = write(b"Surname\n" + b"x" * 140_000 + b"\nZo\xeb\n")
    with as_table(path, "names.csv") as sheet, pytest.raises(BadInputError) as error:
        list(Table(sheet.path, "names.csv", max_columns=9).rows())
    assert "names.csv: line 2: a cell is longer than" in str(error.value)


def test_of_very_many_cells_with_letters_the_first_are_looked_at(monkeypatch, write):
    monkeypatch.setattr(encodings, "MOST_CELLS", 2)
    path = write("Surname\nZoë\nZoë\nMüller\nNúñez\n".encode("latin-1"))
    assert [cell.content for cell in encodings.legacy_cells(path)] == ["Zoë", "Müller"]
