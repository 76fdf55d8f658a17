"""Names of people as the portal compares them, and of year groups as people say them."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from privacy_portal.ground.names import folded_heading, folded_name, person_key
from privacy_portal.ground.ui.environment import in_a_row, year_group


@pytest.mark.parametrize(
    "name", ["O'Connor-Müller", "OCONNOR MULLER", "o’connor  muller", "O‘Connor–Mu\u0308ller"]
)
def test_names_differ_in_nothing_that_spelling_varies_in(name):
    assert folded_name(name) == "oconnormuller"


@pytest.mark.parametrize(
    ("name", "folded"), [("Łukasz", "lukasz"), ("Ærøe", "aeroe"), ("Weiß", "weiss")]
)
def test_strokes_and_ligatures_fold(name, folded):
    assert folded_name(name) == folded


SIGNS = [
    "", " ", "\u00a0", "'", "’", "‘", "‛", "ʼ", "ʻ", "ʹ", "`", "´", "′", "＇", "-", "‐", "‑", "–",
    "—", "−", "\u00ad", "\u0301", "\u0308",
]  # fmt: skip


@given(st.text() | st.text(alphabet="aA ß ẞ ﬁ İ Ǆ ŉ é e\u0301 \u00a0\u2003\t'-"))
def test_folding_twice_is_folding_once(name):
    assert folded_name(folded_name(name)) == folded_name(name)
    assert person_key(person_key(name)) == person_key(name)
    assert folded_heading(folded_heading(name)) == folded_heading(name)


def test_one_person_however_written():
    assert person_key(" ben  BARLOW ") == person_key("Ben Barlow")
    assert person_key("Ben Barlow") != person_key("Bob Barlow")
    assert person_key("-") != person_key("'") != ""


@given(st.lists(st.tuples(st.sampled_from("abcdefgüéøß"), st.sampled_from(SIGNS)), min_size=1))
def test_no_sign_accent_or_capital_makes_another_person(letters):
    """C3: nor the form in which an accent, an apostrophe or a hyphen is typed."""
    plain = "".join(letter for letter, _ in letters)
    written = "".join(letter.upper() + sign for letter, sign in letters)
    assert person_key(written) == person_key(plain)
    assert person_key(unicodedata.normalize("NFD", written)) == person_key(plain)
    assert person_key(plain).isascii()


@given(st.text())
def test_a_key_of_before_gives_the_key_of_today(name):
    """It left out only case and spaces, and rows of decisions never change."""
    assert person_key("".join(name.split()).casefold()) == person_key(name)


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("0", "Reception"), ("R", "Reception"), ("9", "Year 9"), ("09", "Year 9"),
        ("N1", "Nursery"), ("", ""), ("Oak", "Oak"),
    ],
)  # fmt: skip
def test_a_year_group_as_people_say_it(group, words):
    assert year_group(group) == words


@pytest.mark.parametrize(
    ("labels", "words"),
    [((), ""), (("Name",), "Name"), (("Name", "Date of birth", "UPN"), "Name, date of birth, UPN")],
)
def test_labels_as_one_sentence_holds_them(labels, words):
    assert in_a_row(labels) == words
