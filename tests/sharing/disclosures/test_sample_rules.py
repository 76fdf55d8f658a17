"""Which disclosures another officer has to look at."""

import hashlib

from hypothesis import given, strategies as st

from sharing.disclosures.sample_rules import FIRST_ONE_IN, Why, in_words, is_drawn, reasons_to_look

LEAVES = st.binary(min_size=32, max_size=32)


def test_it_is_the_first_eight_bytes_as_one_number_that_decide():
    assert is_drawn(bytes(7) + bytes([20]) + b"\xff" * 24, 10)
    assert not is_drawn(bytes(7) + bytes([21]) + bytes(24), 10)
    assert is_drawn(b"\xff" * 32, 5), "without a sign: 2**64 - 1 is a multiple of 5"
    assert not is_drawn(b"\xff" * 32, 2)


@given(LEAVES, st.integers(1, 100), st.booleans(), st.booleans(), st.booleans())
def test_all_that_matters_most_is_in_it_and_chance_decides_on_the_rest(
    leaf, one_in, special, overridden, out_of_line
):
    reasons = reasons_to_look(
        leaf, one_in=one_in, special=special, overridden=overridden, out_of_line=out_of_line
    )
    held = [special, overridden, out_of_line]
    assert [Why.SPECIAL in reasons, Why.OVERRIDE in reasons, Why.NOT_ALLOWED in reasons] == held
    assert (Why.DRAWN in reasons) == (not any(held) and is_drawn(leaf, one_in))


@given(LEAVES)
def test_one_in_one_is_everything(leaf):
    assert is_drawn(leaf, 1)


def test_about_one_in_so_many_is_drawn():
    """By hashes of made up entries, the same every time."""
    leaves = [hashlib.sha256(str(number).encode()).digest() for number in range(10_000)]
    drawn = sum(is_drawn(leaf, 10) for leaf in leaves)
    assert 900 < drawn < 1_100


def test_reasons_are_read_in_words():
    assert in_words(["drawn"], 20) == "drawn: 1 in 20"
    assert in_words(["special-category", "override"], 10) == "special category; despite an opt-out"
    assert in_words(list(Why), 10).count(";") == 3


def test_what_was_logged_before_the_policy_set_a_number_was_drawn_by_ten():
    assert FIRST_ONE_IN == 10
