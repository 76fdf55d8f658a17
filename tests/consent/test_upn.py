"""Unique pupil numbers: the check letter, one by one and many at once."""

import json

import pytest
from hypothesis import given, strategies as st
from stdnum.gb.upn import calc_check_digit

from consent import upn
from tests.places import DATA


@pytest.mark.parametrize(
    "known", [each for each in json.loads((DATA / "identifiers.json").read_text()) if each["kind"] == "UPN"],
    ids=lambda known: known["value"] or "empty",
)  # fmt: skip
def test_upn(known):
    assert upn.is_valid(known["value"]) is known["valid"], known["why"]


@given(st.lists(st.text(alphabet="pP2 0\t\n\u00a0ßé", max_size=6), max_size=5))
def test_many_upns_at_once_are_made_normal_like_each(texts):
    assert upn.normal_all(texts) == [upn.normal(text) for text in texts]


upns = st.from_regex(r"[0-9]{11}[0-9A-HJ-NP-RT-Z]", fullmatch=True).map(
    lambda rest: calc_check_digit(rest) + rest
)


@given(st.lists(upns, max_size=40), st.data())
def test_many_upns_at_once_are_valid_when_each_is(numbers, data):
    assert upn.are_valid(numbers)
    if numbers:
        place = data.draw(st.integers(0, len(numbers) - 1))
        numbers[place] = wrong = data.draw(
            upns.flatmap(lambda right: st.integers(0, 12).map(lambda at: changed(right, at)))
            | st.text(max_size=14)
        )
        assert upn.are_valid(numbers) is upn.is_valid(wrong)


def changed(number, at):
    """The number with its character `at` another one of the same kind."""
    kind = "0123456789" if number[at].isdigit() else "ABCDEFGHJKLMNPQRTUVWXYZ"
    return number[:at] + kind[(kind.index(number[at]) + 1) % len(kind)] + number[at + 1 :]


@given(upns, st.integers(0, 12))
def test_one_character_changed_is_no_upn(number, at):
    assert not upn.is_valid(changed(number, at))
    assert not upn.is_valid(number[:at] + number[at + 1 :])
    assert not upn.is_valid(number[:at] + "٣" + number[at + 1 :])
