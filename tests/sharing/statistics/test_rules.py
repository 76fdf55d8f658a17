"""What may be shown of a table of counts, by the worked figures of the rulebook (S0 to S2)."""

import pytest
from hypothesis import given

from sharing.counts_rules import Counts, Method, nearest_5
from tests.sharing.statistics.tables_of_counts import counts, make_safe, one_row, tables

HIDE, ROUND, NCMP = Method.HIDE_BELOW_THRESHOLD, Method.ROUND_TO_5, Method.NCMP_2020


def shown(safe):
    return [*safe.cells[0], "|", *safe.row_totals]


@pytest.mark.parametrize(
    ("cells", "method", "expected"),
    [
        ((3, 12, 20), HIDE, "c c 20 | 35"),
        ((3, 0, 0), HIDE, "c 0 0 | c"),
        ((2, 2, 16), HIDE, "c c c | 20"),
        ((0, 40), HIDE, "0 40 | 40"),
        ((1, 7, 8, 12, 13), NCMP, "5 5 10 10 15 | 40"),
        ((0, 0), NCMP, "0 0 | 0"),
        ((3, 12, 20), ROUND, "c 10 20 | 35"),
        ((0, 5, 7, 8), ROUND, "0 5 5 10 | 20"),
        ((5, 12), HIDE, "5 12 | 17"),
        ((4, 12), HIDE, "c c | 16"),
    ],
)
def test_the_worked_figures(cells, method, expected):
    assert " ".join(shown(make_safe(one_row(*cells), method, 5))) == expected


def test_the_threshold_is_the_agreements_unless_the_method_has_its_own():
    assert shown(make_safe(one_row(8, 30, 90), HIDE, 10))[:3] == ["c", "c", "90"]
    assert shown(make_safe(one_row(8, 30, 90), HIDE, 5))[:3] == ["8", "30", "90"]
    assert shown(make_safe(one_row(1, 30, 90), HIDE, 1))[:3] == ["1", "30", "90"]
    assert shown(make_safe(one_row(8, 30, 90), ROUND, 10))[:3] == ["10", "30", "90"]
    assert shown(make_safe(one_row(3, 30, 90), ROUND, 3))[:3] == ["c", "30", "90"]


def test_each_row_and_column_with_a_hidden_count_has_two():
    safe = make_safe(counts([[3, 20, 30, 40], [20, 30, 40, 50], [30, 40, 50, 60]]), HIDE, 5)
    assert safe.cells == (
        ("c", "c", "30", "40"),
        ("c", "c", "40", "50"),
        ("30", "40", "50", "60"),
    )
    assert (safe.small, safe.further) == (1, 3)
    assert safe.row_totals == ("93", "140", "180")
    assert safe.column_totals == ("53", "90", "120", "150")
    assert safe.grand == "413"


def test_totals_are_hidden_too_and_those_the_table_lacks_stay_away():
    safe = make_safe(counts([[3, 0], [0, 40]]), HIDE, 5)
    assert safe.cells == (("c", "0"), ("0", "40"))
    assert safe.row_totals[0] == safe.column_totals[0] == "c"
    bare = make_safe(counts([[3, 0], [0, 40]], rows=False, columns=False), HIDE, 5)
    assert (bare.row_totals, bare.column_totals, bare.grand) == (None, None, None)
    assert bare.further == 0


@pytest.mark.parametrize(
    ("cells", "groups"),
    [
        ([[0, 40]], [("row", 0)]),
        ([[1, 40]], []),
        ([[0, 0]], []),
        ([[40]], []),
        ([[5, 0], [7, 9]], [("row", 0), ("column", 1)]),
        ([[5], [0]], [("column", 0)]),
        ([[5, 6], [0, 1], [0, 0]], [("row", 1), ("column", 0)]),
    ],
)
@pytest.mark.parametrize("method", Method)
def test_rows_and_columns_all_of_whose_people_stand_in_one_cell_are_told_of(cells, groups, method):
    assert list(make_safe(counts(cells), method, 5).groups) == groups


@given(table=tables())
def test_ncmp_rounds_to_the_nearest_5_and_totals_from_the_true_counts(table):
    safe = make_safe(table, NCMP, 5)
    pairs = [*zip(sum(table.cells, ()), sum(safe.cells, ()), strict=True)]
    pairs += zip(table.row_totals or (), safe.row_totals or (), strict=True)
    pairs += zip(table.column_totals or (), safe.column_totals or (), strict=True)
    for count, text in pairs:
        expected = 0 if count == 0 else 5 if count <= 7 else 5 * round(count / 5)
        assert int(text) == expected
    assert (safe.small, safe.further) == (0, 0)


def test_rounded_totals_are_of_the_true_counts():
    safe = make_safe(Counts(((7, 7, 7),), (21,)), ROUND, 5)
    assert shown(safe) == ["5", "5", "5", "|", "20"]
    assert nearest_5(21) == 20
