"""Files that are not what they seem: their letters, their kind, names that are none."""

import zipfile

import pytest

from privacy_portal.ground.days import how_to_write
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.files.kinds import no_table, no_workbook
from privacy_portal.ground.files.reading import EncodingChoiceError, as_table
from privacy_portal.ground.files.tables import Table
from privacy_portal.ground.names import no_name

HEAD = "UPN,Surname,Distance\r\n"


@pytest.fixture
def write(tmp_path):
    def _write(content):
        path = tmp_path / "file.csv"
        path.write_bytes(content)
        return path

    return _write


def surnames(path, **how):
    with as_table(path, "file.csv", **how) as sheet:
        table = Table(sheet.path, "file.csv", max_columns=200, expected=["upn", "surname"])
        return [row.cells[1] for row in table.rows()]


def said(error):
    return "\n".join(error.value.sentences())


def test_utf_16_is_read_with_and_without_its_mark(write):
    for code in ("utf-16", "utf-16-le", "utf-16-be"):
        text = f"{HEAD}1,Wójcik,3 m²\r\n".encode(code)
        assert surnames(write(text)) == ["Wójcik"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Yıldız", "cp1254"), ("Şahin", "cp1254"), ("Žukauskas", "cp1257"),
        ("Иванов", "cp1251"), ("Łukasz", "cp852"), ("Šćekić", "mac_latin2"),
    ],
)  # fmt: skip
def test_a_name_of_another_alphabet_is_asked_about_and_never_taken_for_western(write, name, code):
    text = f"{HEAD}1,{name},\r\n".encode(code)
    with pytest.raises((EncodingChoiceError, BadInputError)) as error:
        surnames(write(text))
    assert "file.csv: line 2" in said(error)
    with pytest.raises(EncodingChoiceError) as asked:
        surnames(write(text), ask=True)
    if code != "cp1251":
        assert any(name in choice.sample for choice in asked.value.choices)


def test_western_names_are_taken_as_they_are(write):
    text = f"{HEAD}1,Müller,\r\n2,O’Neill,\r\n3,Núñez,\r\n".encode("cp1252")
    assert surnames(write(text)) == ["Müller", "O’Neill", "Núñez"]


def test_signs_among_the_letters_of_a_name_were_letters_once(write):
    with pytest.raises(EncodingChoiceError) as error:
        surnames(write(f"{HEAD}1,£ukasz,3 m²\r\n".encode()))
    assert 'line 2, column "Surname"' in said(error)
    assert surnames(write(f"{HEAD}1,Lukasz,3m² £b\r\n".encode())) == ["Lukasz"]


@pytest.mark.parametrize(
    "text",
    ["-", "?", ".", "0", "123", "n/a", "N/A", "Unknown", "TBC", "O&#39;Brien", "M&uuml;ller", "M?ller",
     "Ab\x07c", "Ab\x1bc", "Ab\u202ec", "Ab\ue000c", "\u200b"],
)  # fmt: skip
def test_what_stands_for_a_name_is_none(text):
    assert no_name(text)


@pytest.mark.parametrize(
    "text",
    ["", "Null", "Na", "None", "O'Brien", "van der Berg", "Ng", "李", "Müller-Ôé", "B&Q Ltd"],
)
def test_a_name_is_one(text):
    assert not no_name(text)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n", "MHTML"),
        (b"<tr><td>UPN</td></tr>", "HTML"),
        (b"<?xml version='1.0'?><!DOCTYPE html><html/>", "HTML"),
        (b"ID;PWXL;N;E\r\n", "SYLK"),
        (b'[{"upn": 1}]', "JSON"),
        ("UPN".encode("utf-32"), "UTF-32"),
        (b"<office:document xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0'/>", ".fods"),
        (bytes(5_000), "no text, or a damaged file"),
        (bytes(range(256)) * 20, "no text, or a damaged file"),
    ],
)  # fmt: skip
def test_each_kind_of_file_has_its_sentence(write, content, what):
    assert what in no_table(write(content))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"sep=;\r\nUPN,Surname,X\r\n1,A,2\r\n", "line 1: the first line says that ';'"),
        (b"Pupils 2026,,\r\nSchool,Girls,Boys\r\nA,3,12\r\n", "seem to stand in line 2"),
        (b",,\r\n1,2,3\r\n", "line 1: there is nothing but empty cells here"),
        (b"UPN,Surname" + b"," * 90 + b"x\r\n1,A" + b"," * 90 + b"2\r\n", "3, 4, 5, 6, 7 and 84 more"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_headings_is_said_once(write, content, what):
    with pytest.raises(BadInputError) as error:
        Table(write(content), "file.csv", max_columns=200)
    assert what in said(error)
    assert len(error.value.faults) == 1


def test_a_day_that_is_none_is_told_how_it_is_written():
    assert "count of days" in how_to_write("41060")
    assert "4 digits" in how_to_write("1/2/12")
    assert "4 digits" in how_to_write("31-May-12")
    assert "31/05/2012" in how_to_write("2012-02-30")


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (["[Content_Types].xml", "xl/workbook.xml"], ""),
        (["[Content_Types].xml", "xl/workbook.bin"], "binary workbook (.xlsb)"),
        (["[Content_Types].xml", "word/document.xml"], "a Word document"),
        (["[Content_Types].xml", "ppt/presentation.xml"], "a PowerPoint presentation"),
        (["mimetype", "content.xml"], "an OpenDocument file (.ods)"),
        (["Index/Document.iwa"], "a Numbers file"),
        (["pupils.csv", "notes.txt"], "a ZIP file (in it: 'pupils.csv', 'notes.txt')"),
        ([], "a ZIP file (in it: nothing)"),
    ],
)
def test_a_zip_file_that_is_no_workbook_is_named_by_what_is_in_it(tmp_path, names, what):
    with zipfile.ZipFile(tmp_path / "sent.zip", "w") as parts:
        for name in names:
            parts.writestr(name, "x")
        sentence = no_workbook(parts)
    assert what in sentence
    assert bool(sentence) == bool(what)


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ("EncryptedPackage", "the workbook has a password"),
        ("Workbook", "an old Excel workbook (.xls)"),
        ("WordDocument", "an old Excel or Word file"),
    ],
)
def test_an_old_office_file_is_named_by_the_parts_in_it(write, inside, what):
    assert what in no_table(write(b"\xd0\xcf\x11\xe0" + bytes(600) + inside.encode("utf-16-le")))
