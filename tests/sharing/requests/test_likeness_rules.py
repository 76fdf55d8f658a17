"""A name that may mean an organisation of the policy, however it is written (Q1)."""

import pytest
from hypothesis import given, strategies as st

from sharing.requests.likeness_rules import alike


@pytest.mark.parametrize(
    "typed",
    [
        "Connexions",
        "connexions service",
        "Connexions (Wigan)",
        "The C.O.N.N.E.X.I.O.N.S. people",
        "ConnexionsWigan",
        "Cоnnexions",  # Cyrillic о
        "Сonnехiоns",  # Cyrillic С, е, х and о
        "Cοnnexiοns",  # Greek omicron
        "C0nnex1ons",
        "Connexlons",
        "Ｃｏｎｎｅｘｉｏｎｓ",  # wide letters
        "Con\u200bnexions",
        "Connéxions",
        "cONNEXIONꜱ",  # small capital S
        "𝐂onnexions",
    ],
)
def test_a_name_is_known_however_it_is_written(typed):
    assert alike(typed, "Connexions")


@pytest.mark.parametrize("typed", ["Fischer Family Trust", "FFT", "FFT Education"])
def test_part_of_a_name_is_enough_if_it_is_whole_words(typed):
    assert alike(typed, "Fischer Family Trust (FFT)") == (typed != "FFT Education")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("", "Connexions"),
        ("—", "Connexions"),
        ("Connexions", ""),
        ("Example Police", "Connexions"),
        ("Connex", "Connexions"),
        ("Hoofttrade", "FFT"),
        ("Trust", "Distrust and Company"),
    ],
)
def test_other_names_are_others(typed, name):
    assert not alike(typed, name)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_name_can_be_asked_about_and_is_like_itself(typed, name):
    assert alike(typed, name) in (True, False)
    if any(letter.isascii() and letter.isalpha() for letter in name):
        assert alike(name, name)
        assert alike(f"The {name.upper()} Service", name.upper())
