"""What the public register may say of how often something was shared (rulebook S)."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from sharing.register.rules import Figures, months_ended, publishable


@pytest.mark.parametrize(
    ("files", "pupils", "figures"),
    [
        (3, 0, Figures(3, 0)),
        (3, 1, Figures(None, None)),
        (1, 4, Figures(None, None)),
        (1, 5, Figures(1, 5)),
        (2, 7, Figures(2, 5)),
        (2, 8, Figures(2, 10)),
        (0, 0, Figures(0, 0)),
    ],
)
def test_fewer_than_5_pupils_are_not_told_nor_in_how_many_files(files, pupils, figures):
    assert publishable(files, pupils) == figures


@given(first=st.integers(1, 400), second=st.integers(1, 400), files=st.integers(1, 9))
def test_no_two_figures_have_a_difference_that_can_be_worked_out(first, second, files):
    """What may be behind each figure, and so what their difference may be: there is no other
    equation, for no total over figures is published."""
    behind = [
        [n for n in range(1, 410) if publishable(files, n) == publishable(files, pupils)]
        for pupils in (first, second)
    ]
    differences = {one - other for one in behind[0] for other in behind[1]}
    assert len(differences) >= 5
    assert all(len(each) >= 3 for each in behind)


@pytest.mark.parametrize(
    ("first", "today", "months"),
    [
        (date(2026, 10, 31), date(2026, 11, 1), [date(2026, 10, 1)]),
        (date(2026, 11, 1), date(2026, 11, 30), []),
        (date(2026, 12, 1), date(2026, 11, 30), []),
        (
            date(2026, 11, 15),
            date(2027, 2, 28),
            [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)],
        ),
    ],
)
def test_months_are_counted_once_they_have_ended(first, today, months):
    assert list(months_ended(first, today)) == months


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 1500))
def test_the_months_are_all_that_follow_each_other(first, days):
    today = date.fromordinal(first.toordinal() + days)
    months = list(months_ended(first, today))
    assert all((after - before).days in (28, 29, 30, 31) for before, after in pairwise(months))
    assert all(month.day == 1 for month in months)
    number = (today.year - first.year) * 12 + today.month - first.month
    assert len(months) == number
