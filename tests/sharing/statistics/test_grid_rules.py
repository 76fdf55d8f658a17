"""Tables as they came, totals where they stand, made safe (rulebook S0 to S2)."""

import pytest

from sharing.counts_rules import Method, Profile
from sharing.statistics import grid_rules
from sharing.statistics.grid_rules import Grid, make_grid_safe
from sharing.statistics.sum_rules import Sum

HIDE, ROUND, NCMP = Method.HIDE_BELOW_THRESHOLD, Method.ROUND_TO_5, Method.NCMP_2020


def grid(cells, row_total=None, column_total=None):
    """Return a grid in which the line of this number is the total over all others."""

    def sums(total, lines):
        if total is None:
            return ()
        return (Sum(total, tuple(number for number in range(lines) if number != total)),)

    row_sums, column_sums = sums(row_total, len(cells)), sums(column_total, len(cells[0]))
    return Grid(tuple(map(tuple, cells)), row_sums, column_sums)


def written(safe):
    return [" ".join(line) for line in safe.cells]


@pytest.mark.parametrize("row", range(3))
@pytest.mark.parametrize("column", range(3))
def test_totals_stay_where_they_stand(row, column):
    lines, safe_lines = [[3, 12], [20, 8]], [["c", "c"], ["c", "c"]]
    for rows, totals in ((lines, [23, 20]), (safe_lines, ["23", "20"])):
        rows.insert(row, totals)
        for line in rows:
            line.insert(column, None)
    for at, total in enumerate([15, 28]):
        place = at if at < row else at + 1
        lines[place][column], safe_lines[place][column] = total, str(total)
    lines[row][column], safe_lines[row][column] = 43, "43"
    safe = make_grid_safe(grid(lines, row, column), Profile(HIDE, 5))
    assert safe.cells == tuple(map(tuple, safe_lines))
    assert (safe.small, safe.further) == (1, 3)


@pytest.mark.parametrize(
    ("cells", "row_total", "column_total", "expected"),
    [
        # Without totals nothing can be worked out.
        ([[3, 12], [20, 8]], None, None, ["c 12", "20 8"]),
        ([[3, 12], [20, 8], [23, 20]], 2, None, ["c 12", "c 8", "23 20"]),
        ([[3, 12, 15], [20, 8, 28]], None, 2, ["c c 15", "20 8 28"]),
        ([[15, 3, 12], [28, 20, 8]], None, 0, ["15 c c", "28 20 8"]),
        ([[23, 20], [3, 12], [20, 8]], 0, None, ["23 20", "c 12", "c 8"]),
    ],
)
def test_with_a_total_in_one_direction_or_none(cells, row_total, column_total, expected):
    assert (
        written(make_grid_safe(grid(cells, row_total, column_total), Profile(HIDE, 5))) == expected
    )


def test_the_method_and_threshold_are_passed_on():
    cells = [[3, 12, 15], [8, 20, 28]]
    assert written(make_grid_safe(grid(cells, None, 2), Profile(ROUND, 9))) == [
        "c 10 15",
        "10 20 30",
    ]
    assert written(make_grid_safe(grid(cells, None, 2), Profile(HIDE, 9))) == ["c c 15", "c c 28"]
    safe = make_grid_safe(grid(cells, None, 2), Profile(NCMP, 9))
    assert written(safe) == ["5 10 15", "10 20 30"]
    assert (safe.small, safe.further) == (0, 0)


def test_subtotals_are_safe_too():
    # Two groups of lines, a subtotal of each.
    cells = ((3, 20), (12, 18), (15, 38), (8, 9), (1, 7), (9, 16))
    table = Grid(cells, (Sum(2, (0, 1)), Sum(5, (3, 4))))
    safe = make_grid_safe(table, Profile(HIDE, 5))
    assert written(safe) == ["c 20", "c 18", "15 38", "c 9", "c 7", "9 16"]
    assert (safe.small, safe.further) == (2, 2)
    assert written(make_grid_safe(table, Profile(ROUND, 3)))[:3] == ["c 20", "10 20", "15 40"]
    turned = Grid(tuple(zip(*cells, strict=True)), (), table.row_sums)
    assert make_grid_safe(turned, Profile(HIDE, 5)).cells == tuple(zip(*safe.cells, strict=True))


LINES = ((3, 20), (12, 18), (0, 0), (15, 38))


@pytest.mark.parametrize(
    ("sums", "total"),
    [
        ([], -1),
        ([Sum(3, (0, 1, 2))], 3),
        # A line of nobody need not be a part.
        ([Sum(3, (0, 1))], 3),
        ([Sum(3, (0,))], None),
        ([Sum(3, (0, 1)), Sum(2, (0,))], None),
        ([Sum(3, (0,), (1,))], None),
        ([Sum(3, (0, 1), (2,))], None),
        ([Sum(0, (1, 3))], 0),
    ],
)
def test_whether_a_line_is_the_only_total_over_all_others(sums, total):
    assert grid_rules._only_total(sums, LINES) == total


def test_a_line_with_a_zero_beside_people_is_one_of_the_others():
    lines = [(1, 2), (3, 4), (4, 6), (5, 0)]
    assert grid_rules._only_total([Sum(2, (0, 1))], lines) is None


@pytest.mark.parametrize(
    ("cells", "row_total", "column_total", "groups"),
    [
        ([[0, 40]], None, None, [("row", 0)]),
        ([[40], [0]], None, None, [("column", 0)]),
        ([[1, 40]], None, None, []),
        ([[0, 0]], None, None, []),
        # A total is no group, and takes no part in one.
        ([[0, 40, 40]], None, 2, [("row", 0)]),
        ([[40, 0, 40], [17, 7, 10]], None, 0, [("row", 0), ("column", 1)]),
        ([[7, 7], [3, 3]], None, 1, []),
        ([[0, 40], [0, 40]], 1, None, [("row", 0)]),
        ([[0, 9, 9], [5, 9, 14], [5, 18, 23]], 2, 2, [("row", 0), ("column", 0)]),
    ],
)
@pytest.mark.parametrize("method", Method)
def test_lines_all_of_whose_people_stand_in_one_cell(
    cells, row_total, column_total, groups, method
):
    safe = make_grid_safe(grid(cells, row_total, column_total), Profile(method, 5))
    assert list(safe.groups) == groups


def test_more_ways_of_adding_up_only_hide_more():
    table = Grid(((3, 9), (2, 8), (5, 17)), (Sum(2, (0, 1)),))
    tied = Grid(table.cells, (*table.row_sums, Sum(1, (0,))))
    assert (
        make_grid_safe(tied, Profile(HIDE, 5)).small
        == make_grid_safe(table, Profile(HIDE, 5)).small
    )
    again = Grid(table.cells, (*table.row_sums, *table.row_sums))
    assert make_grid_safe(again, Profile(HIDE, 5)) == make_grid_safe(table, Profile(HIDE, 5))


def test_a_line_of_nobody_counts_as_a_part_where_zeros_are_hidden():
    """S5: else the 0 would be what the other two lack of the subtotal."""
    cells = ((20,), (30,), (0,), (50,), (40,), (90,))
    table = Grid(cells, (Sum(3, (0, 1)), Sum(5, (3, 4))))
    assert written(make_grid_safe(table, Profile(HIDE, 5))) == ["20", "30", "0", "50", "40", "90"]
    safe = written(make_grid_safe(table, Profile(HIDE, 5, 0)))
    assert safe[2] == "c"
    assert "c" in safe[:2]
