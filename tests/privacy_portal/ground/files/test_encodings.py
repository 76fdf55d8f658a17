"""What was saved in one encoding and opened in another is found wherever it stands in a file."""

import pytest
from hypothesis import given, strategies as st

from privacy_portal.ground.files import encodings

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
