"""Variables in the texts of templates (A3)."""

import pytest
from hypothesis import given, strategies as st

from sharing.agreement_templates.rules import OF_THE_AGREEMENT, faults_in, filled, variables_in

NAMES = sorted(OF_THE_AGREEMENT)
PLAIN = st.text(st.characters(blacklist_characters="{}", blacklist_categories=["Cs"]), max_size=12)
# A text as it is written: plain words, and names of variables in braces.
TEXTS = st.lists(PLAIN | st.sampled_from(NAMES).map("{{{}}}".format), max_size=8).map("".join)
VALUES = st.dictionaries(st.sampled_from(NAMES), st.text(max_size=12))


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("With {organisation}.", {"organisation": "FFT"}, "With FFT."),
        ("By {review date}.", {}, "By {review date}."),
        ("{council} and {council}", {"council": "Wigan"}, "Wigan and Wigan"),
        ("{organisation}", {"organisation": "{council}", "council": "Wigan"}, "{council}"),
        ("", {"council": "Wigan"}, ""),
        (r"{council}", {"council": r"\1 \g<0>"}, r"\1 \g<0>"),
    ],
)
def test_what_has_a_value_is_filled_in_once(text, values, expected):
    assert filled(text, values) == expected


@given(TEXTS, VALUES)
def test_every_other_word_stays_and_every_known_variable_goes(text, values):
    parts = [text]
    for name in NAMES:
        parts = [piece for part in parts for piece in part.split(f"{{{name}}}")]
    answer = filled(text, values)
    place = 0
    for part in parts:
        place = answer.index(part, place) + len(part)
    if not any("{" in value or "}" in value for value in values.values()):
        assert variables_in([answer]) == variables_in([text]) - values.keys()


@given(TEXTS)
def test_a_text_with_known_variables_has_no_fault_and_without_values_stays(text):
    assert faults_in(text, OF_THE_AGREEMENT) == []
    assert filled(text, {}) == text


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("{organization}", ["no such variable 'organization'; did you mean 'organisation'?"]),
        ("{zzz}", ["no such variable 'zzz'"]),
        # Only the likeliest of several is asked about; faults stand in the order of the alphabet.
        ("{en date}", ["no such variable 'en date'; did you mean 'end date'?"]),
        ("{e}{d}{c}{b}{a}", [f"no such variable {name!r}" for name in "abcde"]),
        ("{}", ["no such variable ''"]),
        ("{Organisation}", ["no such variable 'Organisation'; did you mean 'organisation'?"]),
        ("a { b", ["a brace stands alone; variables are written {like this}"]),
        ("{{council}}", ["a brace stands alone; variables are written {like this}"]),
    ],
)
def test_names_that_nobody_knows_and_lone_braces_are_faults(text, faults):
    assert faults_in(text, OF_THE_AGREEMENT) == faults
