"""K3: what the nightly control makes of the file that came out of an invented extract."""

import pytest
from hypothesis import given, strategies as st

from sharing.control_rules import (
    NOT_SEEN,
    NOT_SHARED,
    InventedExtract,
    Outcome,
    judge,
    outcome_of,
    widened,
)

HEADINGS, ITEMS = ("UPN", "Surname", "Phone"), ("upn", "surname", "phone")
OUT, FREE = ("u-out", "s-out", "p-out"), ("u-free", "s-free", "p-free")
EXTRACT = InventedExtract(HEADINGS, ITEMS, [OUT], [FREE])
BASIC = {"surname"}


def test_a_control_holds_when_basic_items_alone_come_out_of_an_opt_out():
    verdict = judge(EXTRACT, [HEADINGS, ("", "s-out", ""), FREE], BASIC)
    assert (verdict.outcome, verdict.beyond, verdict.why) == (Outcome.HELD, (), "")


def test_it_holds_when_the_row_is_withheld():
    assert judge(EXTRACT, [HEADINGS, FREE], set()).outcome is Outcome.HELD


def test_one_cell_more_and_it_has_failed():
    verdict = judge(EXTRACT, [HEADINGS, ("", "s-out", "p-out"), FREE], BASIC)
    assert (verdict.outcome, verdict.beyond) == (Outcome.FAILED, ("Phone",))


@pytest.mark.parametrize("row", [("p-out", "", ""), ("", "s-out p-out", ""), ("x,p-out;y",)])
def test_wherever_the_cell_stands(row):
    verdict = judge(EXTRACT, [HEADINGS, row, FREE], BASIC)
    assert (verdict.outcome, verdict.beyond) == (Outcome.FAILED, ("Phone",))


def test_a_cell_among_the_headings_counts_too():
    assert judge(EXTRACT, [("UPN", "p-out"), FREE], BASIC).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "file",
    [[], [HEADINGS], [HEADINGS, ("", "s-out", "")], [HEADINGS, ("u-free", "s-free", "")],
     [("Another", "Heading"), ("1", "2")], [("Another", "Heading"), ()]],
)  # fmt: skip
def test_it_shows_nothing_unless_the_row_of_a_pupil_without_an_opt_out_is_whole(file):
    verdict = judge(EXTRACT, file, BASIC)
    assert (verdict.outcome, verdict.why) == (Outcome.UNFINISHED, NOT_SEEN)


def test_columns_that_may_not_be_shared_are_not_missed():
    file = [("Surname", "Phone"), ("s-out", ""), ("s-free", "p-free")]
    assert judge(EXTRACT, file, BASIC).outcome is Outcome.HELD


def test_it_says_so_where_only_basic_items_may_be_shared():
    verdict = judge(EXTRACT, [("Surname",), ("s-out",), ("s-free",)], BASIC)
    assert (verdict.outcome, verdict.why) == (Outcome.HELD, NOT_SHARED)


@given(data=st.data(), basic=st.sets(st.sampled_from(ITEMS)))
def test_it_fails_exactly_when_a_cell_that_is_not_basic_is_in_the_file(data, basic):
    """Whatever else is in the file, and in whatever order."""
    cells = st.sampled_from(("", "other", *OUT, *FREE))
    rows = data.draw(st.lists(st.lists(cells, max_size=4), max_size=5))
    verdict = judge(EXTRACT, [HEADINGS, *rows], basic)
    too_much = {
        heading
        for heading, item, cell in zip(HEADINGS, ITEMS, OUT, strict=True)
        if item not in basic and any(cell in row for row in rows)
    }
    assert set(verdict.beyond) == too_much
    assert (verdict.outcome is Outcome.FAILED) == bool(too_much)


@pytest.mark.parametrize(
    ("outcomes", "whole"),
    [
        ([Outcome.HELD, Outcome.UNFINISHED, Outcome.FAILED, Outcome.REFUSED], Outcome.FAILED),
        ([Outcome.HELD, Outcome.REFUSED, Outcome.UNFINISHED], Outcome.UNFINISHED),
        ([Outcome.REFUSED, Outcome.HELD], Outcome.HELD),
        ([Outcome.REFUSED], Outcome.REFUSED),
        ([], Outcome.REFUSED),
    ],
)
def test_the_gravest_outcome_is_that_of_the_run(outcomes, whole):
    assert outcome_of(outcomes) is whole


def test_basic_items_that_were_not_there_before_are_named():
    assert widened({"connexions": ["a", "b"]}, "connexions", ["d", "b", "c"]) == ["c", "d"]
    assert widened({"connexions": ["a"]}, "connexions", []) == []
    assert widened({"other": ["a"]}, "connexions", ["b"]) == []
