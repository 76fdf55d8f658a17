"""What became of an entry of the log and of its rows."""

import pytest
from hypothesis import given, strategies as st

from sharing.review.desk.result_rules import NO_ROWS, WORDS, Kind, Result, Rows, result_of, rows_of

KINDS = st.builds(
    Kind,
    outcome=st.sampled_from(["released", "reduced", "refused"]),
    out_of_line=st.booleans(),
    received=st.booleans(),
    by_hand=st.booleans(),
    undone=st.booleans(),
)
ROWS = st.builds(Rows, *[st.integers(0, 9)] * 3)


@pytest.mark.parametrize(
    ("outcome", "marks", "result"),
    [
        ("released", "", Result.RELEASED),
        ("reduced", "", Result.REDUCED),
        ("refused", "", Result.REFUSED),
        ("released", "received", Result.RECEIVED),
        ("refused", "out_of_line by_hand", Result.NOT_ALLOWED),
        ("reduced", "undone", Result.NOT_SENT),
        ("reduced", "undone out_of_line", Result.NOT_SENT),
    ],
)
def test_each_entry_has_one_result(outcome, marks, result):
    marks = {
        name: name in marks.split() for name in ("out_of_line", "received", "by_hand", "undone")
    }
    assert result_of(Kind(outcome, **marks)) is result


@given(KINDS, ROWS)
def test_no_row_is_lost_or_counted_twice(kind, decided):
    rows = rows_of(kind, decided)
    assert rows.total == decided.total
    shared = rows.released + rows.reduced
    if kind.undone:
        assert shared == 0
    elif kind.by_hand:
        assert rows.released == decided.total
    else:
        assert rows == decided


@given(st.lists(ROWS))
def test_rows_are_added_up(several):
    assert sum(several, NO_ROWS).total == sum(rows.total for rows in several)


def test_each_result_has_its_words():
    assert set(WORDS) == set(Result)


def test_all_rows_together_are_those_of_each_result():
    assert Rows(1, 2, 4).total == 7
