"""Text files: in which encoding their letters are, which separator, and what stands above headings."""

from datetime import date

import pytest
from hypothesis import given, strategies as st

from privacy_portal.ground.days import read_day
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.files import encodings
from privacy_portal.ground.files.reading import EncodingChoiceError, Reading
from privacy_portal.ground.files.tables import Table
from tests.privacy_portal.ground.files.sheets import AWKWARD, read, refusal

HEAD = "UPN,Surname,Forename\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_what_says_its_encoding_itself_is_read(write, encoding):
    text = f"{HEAD}1,Wałęsa,Łucja\r\n"
    content = text.encode(encoding)
    if encoding == "utf-16-le":
        content = b"\xff\xfe" + content
    for ask in (False, True):
        assert read(write(content), ask=ask)[1] == ["1", "Wałęsa", "Łucja"]


def test_letters_that_fit_are_windows_1252_unless_a_page_asks(write):
    path = write(f"{HEAD}1,O’Brien,Zoë\r\n".encode("cp1252"))
    assert read(path)[1] == ["1", "O’Brien", "Zoë"]
    with pytest.raises(EncodingChoiceError) as error:
        read(path, ask=True)
    first = error.value.choices[0]
    assert (first.code, first.sample) == ("windows-1252", ["O’Brien", "Zoë"])


def test_nothing_is_asked_where_every_letter_is_ascii(write):
    assert read(write(f"{HEAD}1,Barlow,Ella\r\n"), ask=True)[1][1] == "Barlow"


def test_names_of_central_europe_are_not_taken_for_western_ones():
    path = AWKWARD / "roll-windows-1250.csv"
    with pytest.raises(EncodingChoiceError) as error:
        read(path)
    fitting = {choice.code: choice.sample for choice in error.value.choices}
    assert any("Łucja" in sample for sample in fitting["windows-1250"])
    assert next(reversed(fitting)) == "windows-1252"
    assert "line 2, column 2" in str(error.value)
    assert read(path, Reading(encoding="windows-1250"))[1][2] == "Łucja"
    assert read(path, Reading(encoding="cp1250"))[1][2] == "Łucja"
    assert "£ucja" in read(path, Reading(encoding="windows-1252"))[1]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("José", "mac-roman"), ("Müller", "mac-roman"), ("Zoë", "cp850"), ("Zażółć", "windows-1250"),
     ("Łukasz", "iso-8859-2"), ("Siân", "mac-roman"), ("Noël", "mac-roman")],
)  # fmt: skip
def test_names_that_read_strangely_in_windows_1252_are_refused(write, name, encoding):
    path = write(f"{HEAD}1,{name},X\r\n".encode(encoding))
    with pytest.raises(EncodingChoiceError) as error:
        read(path)
    samples = {choice.code: choice.sample for choice in error.value.choices}
    assert [name] in samples.values()
    assert read(path, Reading(encoding=encoding))[1][1] == name


@pytest.mark.parametrize(
    "garbled",
    ["MÃ¼ller", "O\u00e2\u20ac\u2122Brien", "Zo\ufffd", "Wa\u0082", "JosÃ©", "ÅukaszÅ‚", "M√ºller"],
)
def test_letters_that_were_garbled_before_are_refused_unless_they_are_meant(write, garbled):
    path = write(f"{HEAD}1,{garbled},X\r\n")
    with pytest.raises(EncodingChoiceError) as refused:
        read(path)
    assert 'line 2, column "Surname"' in str(refused.value)
    assert read(path, Reading(encoding="utf-8"))[1][1] == garbled


@pytest.mark.parametrize(
    "name", ["JOÃO", "Ã", "Åsa", "ÄÖÜ", "Â", "Ćwik", "Ngô", "N’Diaye", "Åke’s"]
)
def test_real_names_are_not_taken_for_garbled_ones(write, name):
    assert read(write(f"{HEAD}1,{name},X\r\n"))[1][1] == name


@given(st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x17F), max_size=12))
def test_a_name_in_utf_8_read_as_windows_1252_never_passes(name):
    if name.isascii():
        return
    wrong = name.encode().decode("latin-1")
    assert encodings.cannot_be_a_name(wrong)


def test_an_encoding_that_does_not_fit_or_is_not_known_says_so(write):
    path = write(f"{HEAD}1,{chr(0xE9)},X\r\n".encode("latin-1"))
    assert "is not known. Known are: utf-8, windows-1252" in refusal(
        path, Reading(encoding="nonsense")
    )
    assert "line 2: the text here is not in UTF-8" in refusal(path, Reading(encoding="utf-8"))
    assert not list(path.parent.glob("text-*"))


def table(path, **more):
    found = Table(path, path.name, max_columns=200, **more)
    return found.headings, [(row.line, row.cells) for row in found.rows()], list(found.batches(10))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_first_line_that_names_the_separator_is_none_of_the_table(write, separator):
    text = f"sep={separator}\r\nUPN{separator}Surname\r\n\r\n1{separator}A\r\n"
    headings, rows, batches = table(write(text))
    assert (headings, rows, batches) == (["UPN", "Surname"], [(4, ["1", "A"])], [[["1", "A"]]])


def test_empty_headings_at_the_ends_go_where_the_whole_column_is_empty(write):
    headings, rows, batches = table(write(",UPN,Surname,, \r\n,1,A\r\n,2,B,,\r\n"))
    assert headings == ["UPN", "Surname"]
    assert [cells for _, cells in rows] == [["1", "A"], ["2", "B"]]
    assert batches == [[["1", "A"], ["2", "B"]]]
    with pytest.raises(BadInputError, match="have no heading"):
        table(write("UPN,Surname,,\r\n1,A,,\r\n2,B,,x\r\n"))


def test_a_title_above_the_headings_is_named(write):
    text = "Pupils of Example High\r\n\r\nUPN,Surname,DOB\r\n1,A,2010-01-01\r\n"
    with pytest.raises(BadInputError, match="the headings seem to stand in line 3"):
        table(write(text), expected=["upn", "surname"])


@pytest.mark.parametrize(
    "written",
    ["2012-05-31 00:00:00", "2012-05-31T00:00:00", "31/05/2012 00:00", "31/05/2012 0:00",
     "2012-05-31 00:00:00.000", "2012-05-31T00:00:00Z", "31/05/2012 12:00:00 AM", "31/05/2012"],
)  # fmt: skip
def test_midnight_after_a_day_is_no_time(written):
    assert read_day(written) == date(2012, 5, 31)


@pytest.mark.parametrize(
    "written", ["2012-05-31 00:01", "2012-05-31 12:00", "2012-05-31 x", "00:00"]
)
def test_another_time_makes_it_no_day(written):
    assert read_day(written) is None
