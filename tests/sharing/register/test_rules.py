"""What the public register may say of how often something was shared (rulebook S)."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from sharing.register.presenters import opt_outs_in_words
from sharing.register.rules import (
    Figures,
    OptOutFacts,
    OptOuts,
    months_ended,
    opt_outs_of,
    publishable,
    sayable,
)


@pytest.mark.parametrize(
    ("files", "pupils", "figures"),
    [
        (3, 0, Figures(3, 0, 0)),
        (3, 1, Figures(None, None)),
        (1, 4, Figures(None, None)),
        (1, 5, Figures(1, 5)),
        (2, 7, Figures(2, 5)),
        (2, 8, Figures(2, 10)),
        (0, 0, Figures(0, 0, 0)),
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
    ("pupils", "limited", "whole", "told"),
    [
        (40, 0, 40, None),
        (40, 4, 36, None),
        (40, 5, 35, 5),
        (40, 8, 32, 10),
        (40, 36, 4, None),
        (40, 40, 0, None),
        (40, 35, 5, 35),
        # Of a pupil who opted out nothing at all is shared: they are not among those that are.
        (40, 60, 40, 60),
        (4, 30, 4, None),
    ],
)
def test_how_many_choices_limited_it_is_not_told_of_few_or_nearly_all(pupils, limited, whole, told):
    assert publishable(1, pupils, limited, whole).limited == told


def behind(figures, most=60):
    """All numbers of pupils, limited ones among them and whole ones that these figures may stand for."""
    return [
        (pupils, limited)
        for pupils in range(most)
        for limited in range(pupils + 1)
        if publishable(1, pupils, limited, pupils - limited) == figures
    ]


@given(st.integers(5, 45), st.data())
def test_both_numbers_of_pupils_together_leave_neither_worked_out(pupils, data):
    limited = data.draw(st.integers(0, pupils))
    figures = publishable(1, pupils, limited, pupils - limited)
    possible = behind(figures)
    assert len({pupils for pupils, _ in possible}) >= 3
    assert len({limited for _, limited in possible}) >= 3
    assert len({pupils - limited for pupils, limited in possible}) >= 3
    # Where it is told, nothing small is behind it; where it is not, it may be none, some or nearly all.
    if figures.limited is None:
        assert {limited for _, limited in possible} >= set(range(5))
        assert any(limited == pupils for pupils, limited in possible)
    else:
        assert all(limited >= 5 and pupils - limited >= 5 for pupils, limited in possible)


@given(st.integers(10, 40), st.integers(-1, 1))
def test_one_choice_more_or_less_in_the_next_month_cannot_be_subtracted(limited, more):
    """Two months of the same file: whatever was published of both, several differences are possible."""
    months = [publishable(1, 60, each, 60 - each) for each in (limited, limited + more)]
    of_each = [{number for pupils, number in behind(each, 66) if pupils == 60} for each in months]
    assert len({late - early for early in of_each[0] for late in of_each[1]}) >= 5


def test_what_is_true_of_fewer_than_5_is_not_said():
    assert sayable({"name": range(5), "address": range(4), "sex": range(300)}) == ["name", "sex"]
    assert sayable({"name": range(4)}, of_nobody=["tables", "tables"]) == ["tables"]
    assert sayable({"name": [1, 1, 1, 1, 1]}) == []


RELEASE = {
    "counts": False, "overridden": False, "out_of_line": False, "opt_out": True, "beyond_basics": True,
    "duty": True, "objection": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        ({}, OptOuts.APPLIED),
        ({"beyond_basics": False}, OptOuts.LEGAL_DUTY),
        ({"beyond_basics": False, "duty": False}, OptOuts.BASIC_DETAILS),
        ({"opt_out": False}, OptOuts.NO_OPT_OUT),
        ({"opt_out": False, "objection": True}, OptOuts.APPLIED),
        ({"beyond_basics": False, "duty": False, "objection": True}, OptOuts.APPLIED),
        ({"objection": True, "overridden": True}, OptOuts.OVERRIDDEN),
        ({"overridden": True}, OptOuts.OVERRIDDEN),
        ({"overridden": True, "out_of_line": True}, OptOuts.NOT_ALLOWED),
        ({"opt_out": False, "out_of_line": True}, OptOuts.NOT_ALLOWED),
        ({"counts": True, "opt_out": False}, OptOuts.NOBODY_NAMED),
    ],
)
def test_whether_opt_outs_were_applied_and_if_not_why(facts, answer):
    assert opt_outs_of(OptOutFacts(**RELEASE | facts)) == answer


def test_several_answers_are_each_of_some_of_what_was_shared():
    assert opt_outs_in_words([OptOuts.APPLIED]) == ["Yes"]
    assert opt_outs_in_words([OptOuts.APPLIED, OptOuts.NO_OPT_OUT]) == [
        "In part",
        "For some, yes",
        "For some, no: there is no opt-out or objection for this organisation or reason",
    ]


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
