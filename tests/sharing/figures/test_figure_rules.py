"""Weeks, months, ages and scales of figures."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from sharing.figures.rules import (
    BANDS,
    MOST_LABELS,
    MOST_STEPS,
    band_of,
    labelled,
    month_end,
    month_of,
    months,
    months_back,
    next_month,
    runs,
    ticks,
    weeks_ended,
)

days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(first=days, number=st.integers(0, 200))
def test_weeks_hold_each_day_that_is_over_once_and_never_two_months(first, number):
    today = first + timedelta(days=number)
    weeks = list(weeks_ended(first, today))
    covered = [
        week.first + timedelta(days=day)
        for week in weeks
        for day in range((week.last - week.first).days + 1)
    ]
    assert covered == [first + timedelta(days=day) for day in range(len(covered))]
    for week in weeks:
        assert week.last < today
        assert month_of(week.first) == month_of(week.last)
    for earlier, later in pairwise(weeks):
        assert later.first.weekday() == 0 or later.first.day == 1
        assert later.first == earlier.last + timedelta(days=1)


@given(first=days, number=st.integers(0, 200))
def test_a_week_is_counted_as_soon_as_it_is_over(first, number):
    today = first + timedelta(days=number)
    last = max((week.last for week in weeks_ended(first, today)), default=first - timedelta(days=1))
    rest = last + timedelta(days=1)
    sunday = rest + timedelta(days=6 - rest.weekday())
    assert min(sunday, month_end(month_of(rest))) >= today


def test_a_week_in_which_a_month_ends_is_two():
    weeks = list(weeks_ended(date(2026, 11, 23), date(2026, 12, 7)))
    assert [(week.first.day, week.last.day) for week in weeks] == [(23, 29), (30, 30), (1, 6)]


@given(on=days, number=st.integers(1, 240))
def test_so_many_months_back_are_so_many_months(on, number):
    every = months(months_back(on, number), on)
    assert len(every) == number
    assert every[-1] == month_of(on)
    assert all(next_month(one) == other for one, other in pairwise(every))
    assert all(month_end(one) + timedelta(days=1) == other for one, other in pairwise(every))


def test_there_are_no_months_before_the_first():
    assert months(date(2026, 12, 1), date(2026, 11, 30)) == []


@given(most=st.floats(0, 1e7))
def test_a_scale_reaches_the_most_in_few_even_steps(most):
    steps = ticks(most)
    assert steps[0] == 0
    assert steps[-1] >= most
    assert 2 <= len(steps) <= MOST_STEPS + 1
    assert len({other - one for one, other in pairwise(steps)}) == 1
    step = steps[1]
    assert str(step).rstrip("0") in ("1", "2", "5")
    assert most == 0 or steps[-2] < most


@pytest.mark.parametrize(
    ("most", "steps"), [(0, [0, 1]), (3, [0, 1, 2, 3]), (12, [0, 5, 10, 15]), (100, [0, 20, 40, 60, 80, 100])]
)  # fmt: skip
def test_scales(most, steps):
    assert ticks(most) == steps


@given(number=st.integers(0, 500))
def test_few_labels_evenly_from_the_first(number):
    places = labelled(number)
    assert len(places) <= MOST_LABELS
    assert places[:1] == ([0] if number else [])
    assert len({other - one for one, other in pairwise(places)}) <= 1


@given(since=days, number=st.integers(-30, 400))
def test_each_age_is_of_the_band_whose_days_hold_it(since, number):
    today = since + timedelta(days=number)
    band = band_of(since, today)
    for other in BANDS:
        first, last = other.received(today)
        within = (first is None or since >= first) and (last is None or since <= last)
        assert within is (other is band)


@given(st.lists(st.integers(0, 100)))
def test_each_number_is_stacked_on_the_one_before(numbers):
    edges = runs(numbers)
    assert [end - begin for begin, end in edges] == numbers
    assert all(one[1] == other[0] for one, other in pairwise(edges))


def test_bands_begin_and_end_on_their_days():
    today = date(2026, 11, 23)
    labels = [
        band_of(today - timedelta(days=age), today).label for age in (0, 7, 8, 28, 29, 84, 85)
    ]
    assert labels == [
        "Up to 1 week", "Up to 1 week", "Up to 4 weeks", "Up to 4 weeks", "Up to 12 weeks",
        "Up to 12 weeks", "Longer",
    ]  # fmt: skip
    for age in range(100):
        since = today - timedelta(days=age)
        for band in BANDS:
            first, last = band.received(today)
            within = (first is None or since >= first) and (last is None or since <= last)
            assert within is (band is band_of(since, today)), age


@pytest.mark.parametrize(
    ("number", "begin"), [(1, date(2026, 1, 1)), (2, date(2025, 12, 1)), (13, date(2025, 1, 1))]
)
def test_months_back_begin_on_the_first(number, begin):
    assert months_back(date(2026, 1, 31), number) == begin


def test_a_hundred_months_have_four_labels():
    assert labelled(100) == [0, 25, 50, 75]


def test_the_lowest_number_is_stacked_on_nothing():
    assert runs([2, 3]) == [(0, 2), (2, 5)]
