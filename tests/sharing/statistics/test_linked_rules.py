"""Tables with totals of any kind: what is hidden, and that it cannot be worked out (S1, S2)."""

from itertools import chain, combinations

import numpy as np
import pytest

from sharing.counts_rules import Method, Readers, Rule
from sharing.statistics import grid_rules, linked_rules
from sharing.statistics.grid_rules import Grid
from sharing.statistics.sum_rules import Sum, independent
from tests.sharing.statistics.tables_of_counts import Lines, least_ranges, some_lines

HIDE, ROUND = Method.HIDE_BELOW_THRESHOLD, Method.ROUND_TO_5


def sums_of(lines):
    """Return what ties lines whose parts are known: each total, as the sum of single lines."""
    single = {parts[0]: number for number, parts in enumerate(lines.parts) if len(parts) == 1}
    sums = []
    for number, parts in enumerate(lines.parts):
        if all(part in single for part in parts) and single.get(parts[0]) != number:
            sums.append(Sum(number, tuple(sorted(single[part] for part in parts))))
    return independent(sums)


def hide_linked(cells, row_sums, column_sums, method=HIDE, threshold=5, least=1, contributors=None):
    """Return the cells as they may be shown, and how many are hidden as small and further."""
    rule = Rule(threshold, method is ROUND, least)
    readers = Readers(contributors=contributors)
    small, further = linked_rules.hide(cells, row_sums, column_sums, rule, readers)
    safe = grid_rules.laid_out(Grid(tuple(map(tuple, cells))), method, small, further)
    return safe.cells, len(small), len(further)


def hide(cells, row_sums=(), column_sums=(), method=HIDE, threshold=5):
    safe, small, further = hide_linked(cells, row_sums, column_sums, method, threshold)
    assert sum(text == "c" for text in chain(*safe)) == small + further
    return [" ".join(line) for line in safe]


COUNTS = [0, 1, 2, 3, 4, 5, 6, 8, 12, 20, 33, 70]


def linked_tables(rng, number):
    """Yield tables with subtotals of any kind: rows, columns and cells."""
    for _ in range(number):
        rows, columns = some_lines(rng, 3), some_lines(rng, 3)
        leaves = rng.choice(COUNTS, (rows.leaves, columns.leaves))
        yield rows, columns, (rows.matrix() @ leaves @ columns.matrix().T).tolist()


def all_hidden(safe):
    """Return the table with everything hidden but zeros that are shown."""
    return [["0" if text == "0" else "c" for text in line] for line in safe]


@pytest.mark.parametrize(("method", "threshold"), [(HIDE, 5), (HIDE, 3), (HIDE, 10), (ROUND, 5)])
def test_no_hidden_count_can_be_worked_out(method, threshold):
    """Not by who knows which are below the threshold either, but where nothing could help."""
    rng = np.random.default_rng(threshold)
    hiding = 0
    for rows, columns, cells in linked_tables(rng, 8):
        safe, small, further = hide_linked(
            cells, sums_of(rows), sums_of(columns), method, threshold
        )
        about = cells, rows, columns, method, threshold
        ranges = least_ranges(safe, *about)
        assert all(width >= threshold - 1 - 1e-6 for width in ranges.values())
        most = least_ranges(all_hidden(safe), *about, knowing=True)
        for place, width in least_ranges(safe, *about, knowing=True).items():
            assert width >= 1 - 1e-6 or most[place] < 1e-6
        assert len(ranges) == small + further
        hiding += bool(further)
        for count, text in zip(chain(*cells), chain(*safe), strict=True):
            if 1 <= count < threshold:
                assert text == "c"
            elif method is ROUND:
                assert text in ("c", str((count + 2) // 5 * 5))
            else:
                assert text in ("c", str(count))
            assert (text == "0") == (count == 0)
    assert hiding > 1


def test_nor_where_zeros_are_hidden():
    """S5"""
    for rows, columns, cells in linked_tables(np.random.default_rng(8), 8):
        safe, *_ = hide_linked(cells, sums_of(rows), sums_of(columns), least=0)
        assert all(text == "c" or int(text) >= 5 for text in chain(*safe))
        ranges = least_ranges(safe, cells, rows, columns, HIDE, 5, least=0)
        assert all(width >= 4 - 1e-6 for width in ranges.values())


def test_nor_by_a_contributor_who_knows_its_own_row():
    for rows, columns, cells in linked_tables(np.random.default_rng(9), 8):
        safe, *_ = hide_linked(cells, sums_of(rows), sums_of(columns), contributors=0)
        totals = {line_sum.total for line_sum in sums_of(rows)}
        for known in set(range(len(cells))) - totals:
            about = cells, rows, columns, HIDE, 5
            most = least_ranges(all_hidden(safe), *about, known=[known])
            for place, width in least_ranges(safe, *about, known=[known]).items():
                assert width >= 1 - 1e-6 or most[place] < 1e-6


GROUPS = (Sum(2, (0, 1)), Sum(5, (3, 4)), Sum(6, (2, 5)))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # Of two lines of a group the other is hidden, its total only if it is small too.
        ([3, 12, 15, 8, 9, 17, 32], "c c 15 8 9 17 32"),
        ([3, 2, 5, 8, 9, 17, 22], "c c c 8 9 17 c"),
        ([1, 1, 2, 8, 9, 17, 19], "c c c 8 9 17 c"),
        ([3, 0, 3, 8, 9, 17, 20], "c 0 c 8 9 17 c"),
        ([30, 12, 42, 8, 9, 17, 59], "30 12 42 8 9 17 59"),
        ([4, 12, 16, 3, 9, 12, 28], "c c 16 c c 12 28"),
    ],
)
def test_one_column_with_two_groups_and_a_total_over_them(counts, expected):
    safe = hide([[count] for count in counts], GROUPS)
    assert " ".join(safe) == expected
    assert hide([counts], (), GROUPS) == [expected]


def fewest(cells, rows, columns, threshold, most):
    """Return how many must be hidden besides small counts, at least: by trying."""
    places = {(r, c): count for r, line in enumerate(cells) for c, count in enumerate(line)}
    small = {place for place, count in places.items() if 1 <= count < threshold}
    everything = [["c" if count else "0" for count in line] for line in cells]
    about = cells, rows, columns, HIDE, threshold
    most_known = least_ranges(everything, *about, knowing=True)
    free = [place for place, count in places.items() if count >= threshold]
    for number in range(most):
        for further in combinations(free, number):
            hidden = small | set(further)
            safe = [
                ["c" if (r, c) in hidden else str(count) for c, count in enumerate(line)]
                for r, line in enumerate(cells)
            ]
            if all(width >= threshold - 1 for width in least_ranges(safe, *about).values()) and all(
                width or not most_known[place]
                for place, width in least_ranges(safe, *about, knowing=True).items()
            ):
                return number
    return most


def test_as_few_are_hidden_as_can_be():
    rng = np.random.default_rng(5)
    rows = Lines([(0,), (1,), (0, 1), (2,), (0, 1, 2)], [], 3)
    columns = Lines([(0,), (1,)], [], 2)
    ours = least = 0
    for _ in range(12):
        leaves = rng.choice([0, 2, 3, 4, 6, 9, 15, 40], size=(3, 2))
        cells = (rows.matrix() @ leaves @ columns.matrix().T).tolist()
        _, _, further = hide_linked(cells, sums_of(rows), ())
        ours += further
        least += fewest(cells, rows, columns, 5, further)
    assert ours == least > 12


def test_a_large_table_is_as_safe_and_hides_hardly_more():
    """Schools in districts by years, with subtotals in both directions: a small count needs three
    others in the corners of a rectangle, which are looked for near it."""
    rng = np.random.default_rng(3)
    rows = Lines([], [], 70)
    for begin in range(0, 70, 7):
        block = tuple(range(begin, begin + 7))
        rows.parts += [*((leaf,) for leaf in block), block]
    columns = Lines([(0,), (1,), (2,), (0, 1, 2), (3,), (4,), (5,), (3, 4, 5)], [], 6)
    leaves = rng.choice([2, 5, 8, 12, 20, 33, 70], (70, 6), p=[0.04, *[0.16] * 6])
    cells = (rows.matrix() @ leaves @ columns.matrix().T).tolist()
    assert sum(map(len, cells)) > linked_rules.LARGE
    safe, small, further = hide_linked(cells, sums_of(rows), sums_of(columns))
    assert small > 5
    assert further <= 3.5 * small
    hidden = [(r, c) for r, line in enumerate(safe) for c, text in enumerate(line) if text == "c"]
    some = rng.choice(len(hidden), 8, replace=False)
    ranges = least_ranges(safe, cells, rows, columns, HIDE, 5, [hidden[each] for each in some])
    assert all(width >= 4 - 1e-6 for width in ranges.values())
