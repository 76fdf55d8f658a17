"""Tables with totals of any kind: what is hidden, and that it cannot be worked out (S1, S2)."""

from itertools import chain, combinations

import numpy as np
import pytest

from sharing.counts_rules import Method
from sharing.statistics import linked_rules
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


def hide(cells, row_sums=(), column_sums=(), method=HIDE, threshold=5):
    safe, small, further = linked_rules.hide(
        cells, row_sums, column_sums, method=method, threshold=threshold
    )
    assert sum(text == "c" for text in chain(*safe)) == small + further
    return [" ".join(line) for line in safe]


@pytest.mark.parametrize(("method", "threshold"), [(HIDE, 5), (HIDE, 3), (HIDE, 10), (ROUND, 5)])
def test_no_hidden_count_can_be_worked_out(method, threshold):
    rng = np.random.default_rng(threshold)
    hiding = 0
    for _ in range(8):
        rows, columns = some_lines(rng, 3), some_lines(rng, 3)
        leaves = rng.choice([0, 1, 2, 3, 4, 5, 6, 8, 12, 20, 33, 70], (rows.leaves, columns.leaves))
        cells = (rows.matrix() @ leaves @ columns.matrix().T).tolist()
        safe, small, further = linked_rules.hide(
            cells, sums_of(rows), sums_of(columns), method=method, threshold=threshold
        )
        ranges = least_ranges(safe, rows, columns, method, threshold)
        assert all(width >= threshold - 1 - 1e-6 for width in ranges.values())
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
    free = [place for place, count in places.items() if count >= threshold]
    for number in range(most):
        for further in combinations(free, number):
            hidden = small | set(further)
            safe = [
                ["c" if (r, c) in hidden else str(count) for c, count in enumerate(line)]
                for r, line in enumerate(cells)
            ]
            ranges = least_ranges(safe, rows, columns, HIDE, threshold)
            if all(width >= threshold - 1 for width in ranges.values()):
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
        _, _, further = linked_rules.hide(cells, sums_of(rows), (), method=HIDE, threshold=5)
        ours += further
        least += fewest(cells, rows, columns, 5, further)
    assert ours == least > 12
