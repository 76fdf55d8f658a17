"""How tables hang together: the same counts, corrected ones, those that differ by little (S4)."""

import pytest

from sharing.counts_rules import Profile
from sharing.statistics.across.tie_rules import ties_of
from tests.sharing.statistics.across.tables_across import ROUND, given, new

TABLE = new("A B C Total", "X Y Total", "3 12 15 | 20 8 28 | 30 40 70 | 53 60 113")
SHOWN = "c c 15 | c c 28 | 30 40 70 | 53 60 113"


def tied(fresh, *before, threshold=5):
    return ties_of([fresh, *before], threshold)


def test_counts_with_the_same_labels_are_one():
    ties = tied(TABLE, given("A B C Total", "X Y Total", SHOWN))
    assert ((0, 0, 0), (1, 0, 0)) in ties.merged
    assert len(ties.merged) == 12
    assert ties.tied == {(0, 1)}
    assert not ties.forced | ties.close


@pytest.mark.parametrize(
    ("how", "merged"),
    [
        ({"same": True}, 1),
        ({"same": False, "near": True}, 0),
        ({"same": False, "near": False}, 0),
    ],
)
def test_a_few_counts_that_agree_are_one_only_if_somebody_said_so(how, merged):
    ties = tied(new("A", "X", "30"), given("A", "X", "30", **how))
    assert len(ties.merged) == merged


def test_counts_that_agree_where_both_are_known_are_one_whatever_was_said():
    before = given("A B C Total", "X Y Total", SHOWN, same=False, near=False)
    assert len(tied(TABLE, before).merged) == 12
    other = given("A B C Total", "X Y Total", SHOWN.replace("70", "71"), same=False, near=False)
    ties = tied(TABLE, other)
    assert not ties.merged
    assert not ties.tied


def test_of_a_corrected_table_what_was_hidden_stays_hidden():
    before = given("A B C Total", "X Y Total", SHOWN.replace("30 40 70", "30 50 80"))
    ties = tied(TABLE, before)
    assert ties.forced == {(0, row, column) for row in (0, 1) for column in (0, 1)}
    assert ((0, 2, 0), (1, 2, 0)) in ties.merged
    assert ((0, 2, 1), (1, 2, 1)) not in ties.merged
    assert not ties.close


def test_what_differs_by_less_than_the_threshold_is_close():
    before = given("A B C Total", "X Y Total", SHOWN.replace("30 40 70", "30 44 75"))
    assert tied(TABLE, before).close == {(0, 2, 1)}
    assert tied(TABLE, before, threshold=6).close == {(0, 2, 1), (0, 2, 2)}
    later = given("A B C Total", "X Y Total", SHOWN.replace("30 40 70", "30 44 75"), same=False)
    ties = tied(TABLE, later)
    assert (ties.close, ties.forced, ties.tied) == ({(0, 2, 1)}, set(), {(0, 1)})
    # Where both are rounded, or of something else, the difference says nothing.
    rounded = given("C", "X", "25", Profile(ROUND, 5), same=False)
    assert not tied(TABLE, rounded).close
    elsewhere = given("C", "Y", "44", same=False, near=False)
    assert not tied(TABLE, elsewhere).close


def test_of_what_nobody_said_only_a_part_and_its_whole_differ_by_people():
    cells = "14 12 26 | 20 18 38 | 34 30 64"
    fresh = new("A B Total", "X Y Total", cells)
    part = given("A B Total", "X Y Total", "12 10 22 | 20 18 38 | 32 28 60", unsaid=True)
    assert tied(fresh, part).close == {
        (0, 0, 0),
        (0, 0, 1),
        (0, 0, 2),
        (0, 2, 0),
        (0, 2, 1),
        (0, 2, 2),
    }
    mixed = given("A B Total", "X Y Total", "12 14 26 | 23 16 39 | 35 30 65", unsaid=True)
    assert not tied(fresh, mixed).close
    # Two new tables are known, and which of the two is the whole.
    whole, some = fresh, new("A B Total", "X Y Total", "12 10 22 | 20 18 38 | 32 28 60")
    assert ties_of([whole, some], 5).close == tied(fresh, part).close


def test_new_tables_are_tied_where_they_agree():
    girls = new("A B C", "X", "3 | 20 | 30")
    assert ((0, 0, 0), (1, 0, 0)) in ties_of([TABLE, girls], 5).merged
    other = new("A B C", "X", "3 | 21 | 30")
    assert not ties_of([TABLE, other], 5).merged


def test_a_total_that_nothing_shows_ties_tables_too():
    by_year = given("A B C Total", "R Z", "7 8 | 20 8 | 30 40 | 57 56")
    ties = tied(TABLE, by_year)
    assert ((0, 0, 2), (1, 0, 2)) in ties.merged
    # Not where it cannot be the same: not all of them are counted by year.
    some = given("A B C Total", "R Z", "7 6 | 20 8 | 30 40 | 57 54")
    assert not tied(TABLE, some).merged


def test_the_only_column_is_over_all():
    ties = tied(TABLE, given("A B C Total", "Pupils", "15 | 28 | 70 | 113"))
    assert ((0, 0, 2), (1, 0, 0)) in ties.merged


def test_tables_given_out_tie_with_one_another():
    one, other = given("A B", "X", "c | 20"), given("A B", "X Y", "c 5 | 20 6")
    assert ((1, 0, 0), (2, 0, 0)) in tied(TABLE, one, other).merged
    apart = given("A B", "X Y", "c 5 | 20 6", same=False)
    assert ((1, 0, 0), (2, 0, 0)) not in tied(TABLE, one, apart).merged


def test_readings_are_of_tables_in_the_group_only():
    ties = tied(TABLE, given("A B C", "X", "c | 20 | 30"), given("A B C", "Y", "12 | c | 40"))
    (reading,) = ties.readings({0, 1})
    assert reading.merged
    assert all(other[0] == 1 for _, other in reading.merged)
