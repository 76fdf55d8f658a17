"""What is known of the counts of tables that are compared (S4)."""

import pytest

from sharing.counts_rules import Profile
from sharing.statistics.across.table_rules import NewTable, ends_of, is_implied, meet, parts_of
from sharing.statistics.grid_rules import Grid
from sharing.statistics.sum_rules import Sum
from tests.sharing.statistics.across.tables_across import HIDE, NCMP, ROUND, given, new


@pytest.mark.parametrize(
    ("text", "method", "least", "ends"),
    [
        ("c", HIDE, 1, (1, None)),
        ("c", HIDE, 0, (0, None)),
        ("12", HIDE, 1, (12, 12)),
        ("0", HIDE, 1, (0, 0)),
        ("c", ROUND, 1, (1, None)),
        ("5", ROUND, 1, (5, 7)),
        ("10", ROUND, 1, (8, 12)),
        ("0", ROUND, 1, (0, 0)),
        ("5", NCMP, 1, (1, 7)),
        ("10", NCMP, 1, (8, 12)),
        ("0", NCMP, 1, (0, 0)),
    ],
)
def test_what_others_must_think_possible_by_what_is_shown(text, method, least, ends):
    assert ends_of(text, Profile(method, 5, least)) == ends
    table = given("A", "X", text, Profile(method, 5, least))
    assert table.ends(0, 0) == ends
    assert table.hides(0, 0) == (text == "c")
    assert table.exact == (method is HIDE)


def test_a_total_that_is_not_shown_is_what_its_lines_add_up_to():
    table = given("A B", "X Y", "3 c | 8 9")
    assert is_implied(table, 0, 2)
    assert is_implied(table, 2, 1)
    assert not is_implied(table, 1, 1)
    assert table.ends(1, 2) == (17, 17)
    assert table.ends(0, 2) == (4, None)
    assert table.ends(2, 2) == (21, None)
    assert parts_of(table, 2, 0) == [(0, 0), (1, 0)]
    fresh = new("A B Total", "X Y", "3 4 | 8 9 | 11 13")
    assert fresh.ends(0, 2) == (7, 7)
    assert parts_of(fresh, 2, 2) == [(2, 0), (2, 1)]


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ((1, None), (0, None), (1, None)),
        ((1, None), (3, 3), (3, 3)),
        ((8, 12), (10, 14), (10, 12)),
        ((8, 12), (12, None), (12, 12)),
        ((8, 12), (13, None), None),
        ((1, None), (0, 0), None),
    ],
)
def test_what_is_in_both_ranges(one, other, both):
    assert meet(one, other) == meet(other, one) == both


def test_a_line_of_nobody_is_part_of_a_total():
    grid = Grid(((20,), (30,), (0,), (50,)), (Sum(3, (0, 1)),), ())
    rows, _ = NewTable(("A", "B", "C", "Total"), ("X",), grid).lines
    assert rows.over_all == {3}
