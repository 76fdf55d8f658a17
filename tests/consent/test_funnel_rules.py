"""The limits of a funnel plot: exact, smooth, and wider for smaller schools (K2)."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st
from scipy.stats import binom

from consent.funnel_rules import limits
from consent.silence_rules import INNER, OUTER, Place

sizes = st.integers(1, 120)
shares = st.integers(1, 99).map(lambda percent: (percent, 100))
LINES = ("far_below", "low", "high", "far_above")


def exact_place(number, pupils, share):
    """The place by SciPy's binomial distribution, from the words of the rule alone."""
    at_most, at_least = binom.cdf(number, pupils, share), binom.sf(number - 1, pupils, share)
    for chance, far, near in (
        (at_most, Place.FAR_BELOW, Place.LOW),
        (at_least, Place.FAR_ABOVE, Place.HIGH),
    ):
        if chance < INNER:
            return far if chance < OUTER else near
    return Place.USUAL


@given(pupils=sizes, share=shares)
def test_which_whole_numbers_are_beyond_the_limits_is_exact(pupils, share):
    around = limits(pupils, *share)
    for number in range(pupils + 1):
        assert around.place(number) is exact_place(number, pupils, share[0] / share[1])


@given(pupils=sizes, share=shares)
def test_limits_lie_around_the_share_of_all_in_their_order(pupils, share):
    around = limits(pupils, *share)
    expected = pupils * share[0] / share[1]
    lines = [getattr(around, line) for line in LINES]
    assert lines == sorted(lines)
    assert 0 <= around.low <= expected <= around.high <= pupils


@given(pupils=sizes, share=shares)
def test_seen_from_the_other_side_the_limits_are_the_same(pupils, share):
    """Who does not opt out of a school is beyond limits as who does."""
    opted_out, everybody = share
    around, other = limits(pupils, *share), limits(pupils, everybody - opted_out, everybody)
    mirrored = dict(zip(Place, reversed(Place), strict=True))
    for number in range(pupils + 1):
        assert other.place(pupils - number) is mirrored[around.place(number)]


@given(pupils=st.integers(20, 1_500), share=st.integers(2, 50).map(lambda percent: (percent, 100)))
def test_four_times_as_many_pupils_have_narrower_limits(pupils, share):
    small, large = limits(pupils, *share), limits(4 * pupils, *share)
    assert (large.far_above - large.far_below) / 4 < small.far_above - small.far_below


@given(pupils=sizes, share=shares)
def test_the_usual_whole_numbers_are_those_within_the_inner_limits(pupils, share):
    around = limits(pupils, *share)
    usual = [number for number in range(pupils + 1) if around.place(number) is Place.USUAL]
    least, most = around.usual
    assert usual == list(range(least, most + 1))


def test_the_limits_of_a_school_of_200_where_1_in_10_opts_out():
    around = limits(200, 100, 1_000)
    assert around.usual == (12, 29)
    assert around.place(7) is Place.FAR_BELOW
    assert around.place(35) is Place.FAR_ABOVE


@pytest.mark.parametrize(
    ("pupils", "opted_out", "everybody"), [(0, 1, 10), (5, 0, 0), (5, 0, 10), (5, 10, 10)]
)
def test_nothing_is_compared_where_no_difference_would_be_chance(pupils, opted_out, everybody):
    assert limits(pupils, opted_out, everybody) is None


def test_a_limit_moves_with_the_share_without_steps():
    """Between two shares that differ little no limit jumps by a whole pupil."""
    lines = [limits(80, share, 10_000) for share in range(900, 1_100, 5)]
    for line in LINES:
        numbers = [getattr(around, line) for around in lines]
        steps = [abs(after - before) for before, after in pairwise(numbers)]
        assert max(steps) < 0.5
