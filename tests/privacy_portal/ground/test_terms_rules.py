"""Limits of keeping times, and what texts of letters must have, as pure functions (R2)."""

import pytest
from hypothesis import given, strategies as st

from privacy_portal.ground.terms.known import NUMBERS, TEXTS
from privacy_portal.ground.terms.rules import fault_in_number, fault_in_text, filled


def test_what_is_usual_is_within_its_limits_and_has_what_is_needed():
    assert not any(fault_in_number(name, known.usual) for name, known in NUMBERS.items())
    assert not any(fault_in_text(name, known.usual) for name, known in TEXTS.items())


@given(st.sampled_from(sorted(NUMBERS)), st.integers(-5, 500))
def test_a_number_is_refused_outside_its_limits_alone(name, number):
    known = NUMBERS[name]
    assert bool(fault_in_number(name, number)) == (not known.least <= number <= known.most)


def test_the_limits_themselves_are_possible():
    for name, known in NUMBERS.items():
        assert not fault_in_number(name, known.least)
        assert not fault_in_number(name, known.most)
    assert not fault_in_text("closing", "x" * 1_000)


@given(st.sampled_from(sorted(TEXTS)), st.text(max_size=60))
def test_no_text_loses_what_families_need(name, text):
    known = TEXTS[name]
    if fault_in_text(name, text):
        return
    assert all(words in text for words in known.needed)


@given(st.text(), st.text(), st.text())
def test_what_is_filled_in_is_not_read_as_another_variable(text, organisation, pupil):
    plain = text.replace("{", "").replace("}", "")
    done = filled(f"{plain}{{pupil}}{{organisation}}", organisation=organisation, pupil=pupil)
    assert done == f"{plain}{pupil}{organisation}"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("opening", "You can ask us to share less.", "must have the words “{organisation}”"),
        ("paper", "Do not share your code.", "must have the words “paper form”"),
        ("heading_choice", "Choice about {organisation} for {pupil}", "{pupil} cannot be used here"),
        ("heading_choice", "{organisation} {", "{ cannot be used here"),
        ("heading_choice", "", "Enter the text"),
        ("closing", "x" * 1_001, "1,000 characters or fewer"),
    ],
)  # fmt: skip
def test_a_text_without_what_is_needed_is_refused(name, text, said):
    assert said in fault_in_text(name, text)
