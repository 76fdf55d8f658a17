"""The rules about silent schools and those far from the others (K2), with SciPy's binomial as oracle."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st
from scipy.stats import binom

from consent import silence_rules
from consent.age_rules import attained
from consent.rules import Default, Scheme
from consent.silence_rules import (
    Place,
    age_limits,
    has_answered,
    is_silent,
    place,
    usual_range,
)

TODAY = date(2026, 11, 23)
LEAP_DAY = date(2012, 2, 29)
YEAR = timedelta(days=365)
DAY = timedelta(days=1)
# A school, and all others: the pupils of both and how many of them have a choice.
sizes = st.integers(1, 400)
others = st.integers(2, 20_000).flatmap(
    lambda pupils: st.tuples(st.integers(1, pupils - 1), st.just(pupils))
)


def scheme(min_age=13, below_age=20):
    return Scheme("s", frozenset(), Default.SHARE, min_age, below_age, 16, frozenset())


class TestPlaces:
    @pytest.mark.parametrize(
        ("chosen", "pupils", "expected"),
        [
            (0, 12, Place.USUAL),
            (0, 35, Place.USUAL),
            (0, 36, Place.LOW),
            (0, 65, Place.LOW),
            (0, 66, Place.FAR_BELOW),
            (20, 200, Place.USUAL),
            (29, 200, Place.USUAL),
            (30, 200, Place.HIGH),
            (35, 200, Place.FAR_ABOVE),
            (12, 12, Place.FAR_ABOVE),
            (3, 3, Place.HIGH),  # by chance exactly 1 school in 1,000
        ],
    )
    def test_the_smaller_a_school_the_more_may_be_chance(self, chosen, pupils, expected):
        """Compare a school with others where 1 pupil in 10 has a choice."""
        assert place(chosen, pupils, 100, 1_000) is expected

    @given(pupils=sizes, share=st.floats(0, 1), around=others)
    def test_the_limits_are_those_of_the_binomial_distribution(self, pupils, share, around):
        chosen = round(share * pupils)
        others_chosen, everyone = around
        rate = others_chosen / everyone
        at_most = binom.cdf(chosen, pupils, rate)
        at_least = binom.sf(chosen - 1, pupils, rate)
        found = place(chosen, pupils, others_chosen, everyone)
        if at_most < 0.001 - 1e-9:
            assert found is Place.FAR_BELOW
        elif 0.001 + 1e-9 < at_most < 0.025 - 1e-9:
            assert found is Place.LOW
        elif at_least < 0.001 - 1e-9:
            assert found is Place.FAR_ABOVE
        elif 0.001 + 1e-9 < at_least < 0.025 - 1e-9:
            assert found is Place.HIGH
        elif min(at_most, at_least) > 0.025 + 1e-9:
            assert found is Place.USUAL

    @given(pupils=sizes, around=others)
    def test_the_usual_numbers_are_those_that_are_neither_low_nor_high(self, pupils, around):
        least, most = usual_range(pupils, *around)
        assert 0 <= least <= most <= pupils
        usual = [n for n in range(pupils + 1) if place(n, pupils, *around) is Place.USUAL]
        assert usual == list(range(least, most + 1))

    @given(pupils=sizes, around=others)
    def test_more_choices_are_never_a_lower_place(self, pupils, around):
        order = list(Place)
        places = [order.index(place(n, pupils, *around)) for n in range(pupils + 1)]
        assert places == sorted(places)

    def test_the_usual_numbers_of_a_school_of_200(self):
        low, high = binom.ppf([0.025, 0.975], 200, 0.1)
        assert usual_range(200, 100, 1_000) == (low, high) == (12, 29)

    def test_a_chance_that_is_the_limit_to_the_last_digit_is_not_beyond_it(self, monkeypatch):
        """Put the limits exactly where 11 or 30 choices at a school of 200 lie."""
        _, at_most = silence_rules._tails(11, 200, 0.1)
        fewer, _ = silence_rules._tails(30, 200, 0.1)
        monkeypatch.setattr(silence_rules, "INNER", at_most)
        assert place(11, 200, 100, 1_000) is Place.USUAL
        assert usual_range(200, 100, 1_000)[0] == 11
        monkeypatch.setattr(silence_rules, "INNER", 1 - fewer)
        assert place(30, 200, 100, 1_000) is Place.USUAL
        assert usual_range(200, 100, 1_000)[1] == 30
        monkeypatch.setattr(silence_rules, "INNER", 0.1)
        monkeypatch.setattr(silence_rules, "OUTER", at_most)
        assert place(11, 200, 100, 1_000) is Place.LOW
        monkeypatch.setattr(silence_rules, "OUTER", 1 - fewer)
        assert place(30, 200, 100, 1_000) is Place.HIGH

    @pytest.mark.parametrize(
        ("pupils", "others_chosen", "everyone"), [(0, 1, 10), (10, 0, 0), (10, 0, 10), (10, 10, 10)]
    )
    def test_nothing_is_compared_where_no_difference_would_be_chance(
        self, pupils, others_chosen, everyone
    ):
        assert place(0, pupils, others_chosen, everyone) is None
        assert usual_range(pupils, others_chosen, everyone) is None

    def test_one_pupil_and_one_choice_are_enough_to_compare(self):
        assert place(0, 1, 1, 2) is Place.USUAL
        assert usual_range(1, 1, 2) == (0, 1)


class TestSilence:
    @pytest.mark.parametrize(
        ("last", "silent"),
        [(None, True), (TODAY - YEAR, True), (TODAY - YEAR + DAY, False), (TODAY, False)],
    )
    def test_a_school_is_silent_after_a_year_or_if_never_heard_of(self, last, silent):
        assert is_silent(last, TODAY) is silent


class TestAnswers:
    @pytest.mark.parametrize(
        ("decided", "answered"),
        [(None, False), (TODAY - DAY, False), (TODAY, True), (TODAY + DAY, True)],
    )
    def test_a_decision_of_the_day_of_the_letter_or_later_is_an_answer(self, decided, answered):
        assert has_answered(TODAY, decided) is answered


class TestAges:
    @given(
        born=st.dates(date(1998, 1, 1), date(2020, 1, 1)) | st.just(LEAP_DAY),
        on=st.dates(date(2025, 1, 1), date(2029, 1, 1)),
        supported=st.booleans(),
        min_age=st.none() | st.integers(4, 16),
        below_age=st.none() | st.integers(17, 20),
    )
    def test_a_scheme_is_about_those_who_have_attained_its_least_age_and_not_its_greatest(
        self, born, on, supported, min_age, below_age
    ):
        old_enough = min_age is None or attained(min_age, born, on)
        end = below_age if below_age is None or not supported else 25
        expected = old_enough and (end is None or not attained(end, born, on))
        limits = age_limits(scheme(min_age, below_age), on)
        assert limits.include(born, supported=supported) is expected

    def test_the_birthday_itself_belongs_to_the_new_age(self):
        limits = age_limits(scheme(), TODAY)
        assert limits.include(date(2013, 11, 23), supported=False)
        assert not limits.include(date(2013, 11, 24), supported=False)
        assert not limits.include(date(2006, 11, 23), supported=False)
        assert limits.include(date(2006, 11, 24), supported=False)
        assert limits.include(date(2006, 11, 23), supported=True)
        assert not limits.include(date(2001, 11, 23), supported=True)
