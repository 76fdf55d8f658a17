"""How a row decided again compares with what was recorded."""

import pytest
from hypothesis import given, strategies as st

from sharing.replay.difference_rules import SENTENCES, Change, RowAgain, Unkept, change, compared
from sharing.row_decision_rules import (
    REDUCED,
    REDUCED_UNLOCATED,
    SENT,
    UNLOCATED,
    WHOLE,
    WITHHELD,
)
from sharing.rules import Reason

DECISIONS = (*SENT, *WITHHELD.values())
ANSWERS = st.sampled_from([*DECISIONS, *Unkept])
ROWS = st.lists(
    st.builds(RowAgain, st.integers(1), st.none(), st.sampled_from(DECISIONS), ANSWERS, ANSWERS)
)
GONE = WITHHELD[Reason.PROTECTED]


@pytest.mark.parametrize(
    ("recorded", "again", "expected"),
    [
        (WHOLE, WHOLE, None),
        (WHOLE, REDUCED, Change.LESS),
        (WHOLE, GONE, Change.WITHHELD),
        (REDUCED, WHOLE, Change.MORE),
        (REDUCED, REDUCED_UNLOCATED, Change.LESS),
        # Each has something that the other leaves out.
        (REDUCED, UNLOCATED, Change.LESS),
        (UNLOCATED, REDUCED, Change.LESS),
        (GONE, WHOLE, Change.MORE),
        (GONE, REDUCED_UNLOCATED, Change.MORE),
        (GONE, WITHHELD[Reason.DECEASED], Change.REASON),
    ],
)
def test_what_becomes_of_a_row(recorded, again, expected):
    assert change(recorded, again) is expected


@given(st.sampled_from(DECISIONS), st.sampled_from(DECISIONS))
def test_there_and_back_is_never_more_both_ways(one, other):
    """If nothing is too much in one direction, all that differs is in the other."""
    there, back = change(one, other), change(other, one)
    assert (there is None) == (back is None) == (one is other)
    assert not there is back is Change.MORE
    if there is Change.WITHHELD:
        assert back is Change.MORE


@given(ROWS)
def test_every_row_is_in_a_list_and_a_same_one_in_no_other(rows):
    again = compared(rows)
    assert all(row.then is row.recorded is row.now for row in again.same)
    assert len(again.same) == sum(row.then is row.recorded is row.now for row in rows)
    assert sum(again.changes.values()) == sum(row.changed is not None for row in again.differing)
    assert {*map(id, again.differing), *map(id, again.unkept), *map(id, again.same)} == set(
        map(id, rows)
    )
    assert all(row in again.differing for row in again.altered)
    assert again.too_much <= len(again.differing)


@given(ROWS)
def test_what_is_not_kept_is_never_a_difference(rows):
    for row in compared(rows).differing:
        assert row.altered or isinstance(row.now, type(row.recorded))


def test_every_reason_has_its_sentence():
    assert set(SENTENCES) == set(Unkept)


UNKEPT = next(iter(Unkept))


@pytest.mark.parametrize(
    ("then", "altered"), [(WHOLE, False), (REDUCED, True), (GONE, True), (UNKEPT, False)]
)
def test_a_row_is_altered_where_what_was_known_leads_elsewhere(then, altered):
    assert RowAgain(1, None, WHOLE, then, WHOLE).altered is altered


def test_rows_stand_in_the_lists_of_what_they_are():
    same, altered, less, gone, more, unkept, both = rows = [
        RowAgain(1, None, WHOLE, WHOLE, WHOLE),
        RowAgain(2, None, WHOLE, REDUCED, WHOLE),
        RowAgain(3, None, WHOLE, WHOLE, REDUCED),
        RowAgain(4, None, WHOLE, WHOLE, GONE),
        RowAgain(5, None, GONE, GONE, WHOLE),
        RowAgain(6, None, WHOLE, UNKEPT, WHOLE),
        RowAgain(7, None, WHOLE, UNKEPT, REDUCED),
    ]
    again = compared(rows)
    assert again.same == [same]
    assert again.differing == [altered, less, gone, more, both]
    assert again.unkept == [unkept, both]
    assert again.altered == [altered]
    assert again.changes == {Change.LESS: 2, Change.WITHHELD: 1, Change.MORE: 1}
    assert again.too_much == 3
