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
    safe, small, further = linked_rules.hide(
        cells, sums_of(rows), sums_of(columns), method=HIDE, threshold=5
    )
    assert small > 5
    assert further <= 3 * small
    hidden = [(r, c) for r, line in enumerate(safe) for c, text in enumerate(line) if text == "c"]
    some = rng.choice(len(hidden), 8, replace=False)
    ranges = least_ranges(safe, rows, columns, HIDE, 5, [hidden[each] for each in some])
    assert all(width >= 4 - 1e-6 for width in ranges.values())


class TestParts:
    """What the search rests on: how far a place may move, at what price, and where it looks."""

    CELLS = ((3, 20, 23), (12, 18, 30), (15, 38, 53), (8, 0, 8), (7, 4, 11), (15, 4, 19))
    ROWS = (Sum(2, (0, 1)), Sum(5, (3, 4)))
    COLUMNS = (Sum(2, (0, 1)),)

    def table(self, rounded=False, threshold=5):
        return linked_rules._Table(
            self.CELLS, self.ROWS, self.COLUMNS, rounded=rounded, threshold=threshold
        )

    def test_zeros_never_change_and_stand_in_no_sum(self):
        table = self.table()
        assert (3, 1) not in table.values
        assert len(table.values) == 17
        assert {(3, 0): 1, (3, 2): -1} in table.equations
        assert {(0, 1): 1, (1, 1): 1, (2, 1): -1} in table.equations
        assert len(table.equations) == 2 * 3 + 6
        assert [table.equations[number] for number in table.at[3, 2]] == [
            {(5, 2): -1, (3, 2): 1, (4, 2): 1},
            {(3, 2): -1, (3, 0): 1},
        ]

    @pytest.mark.parametrize(
        ("place", "rounded", "hidden", "room"),
        [
            ((0, 0), False, True, (2, None)),
            ((0, 1), False, True, (19, None)),
            ((0, 1), False, False, (0, 0)),
            # 18 is shown as 20, 7 as 5, 8 as 10; 5 is the least that is shown.
            ((1, 1), True, False, (0, 4)),
            ((4, 0), True, False, (2, 0)),
            ((3, 0), True, False, (0, 4)),
            ((0, 0), True, False, (0, 0)),
            ((0, 0), True, True, (2, None)),
        ],
    )
    def test_how_far_a_count_can_fall_and_rise(self, place, rounded, hidden, room):
        assert self.table(rounded).room(place, hidden) == room
        # The least that is shown is shown.
        assert self.table(True, threshold=8).room((3, 0), False) == (0, 4)

    def test_as_few_as_can_be_rather_no_totals_rather_small_counts(self):
        table = self.table()
        part, larger, total, both = (table.price(at) for at in ((0, 0), (0, 1), (2, 0), (2, 2)))
        assert 1 < part < larger < total < both < 2
        assert both == pytest.approx(1 + 2 * 0.01 + 0.001)
        assert table.price((5, 0)) > 1.01 > table.price((4, 0))
        assert table.price((5, 2)) > 1.02 > table.price((5, 1))

    def test_places_near_are_in_lines_that_share_a_sum(self):
        near = set(self.table().near((0, 0)))
        assert near == {(row, column) for row in range(3) for column in range(3)}
        assert set(self.table().near((2, 0))) == near
        assert {row for row, _ in self.table().near((4, 1))} == {4, 5}
        assert {column for _, column in self.table().near((3, 2))} == {0, 2}

    def test_a_place_alone_in_a_sum_cannot_move(self):
        table = self.table()
        assert linked_rules._able(table, {(0, 0), (1, 0)}) == set()
        square = {(0, 0), (1, 0), (0, 1), (1, 1)}
        assert linked_rules._able(table, square) == square
        assert linked_rules._able(table, {*square, (3, 0), (4, 0)}) == square

    def test_the_cheapest_steps(self):
        table = self.table()
        square = {(0, 0): 1, (1, 0): -1, (0, 1): -1, (1, 1): 1}
        prices = {(place, sign): 1.0 for place in square for sign in (1, -1)}
        steps, price = linked_rules._cheapest(table, (0, 0), prices)
        assert (steps, price) == (square, 4.0)
        prices[(1, 1), 1] = 3.0
        assert linked_rules._cheapest(table, (0, 0), prices) == (square, 6.0)
        del prices[(1, 1), 1]
        assert linked_rules._cheapest(table, (0, 0), prices) is None
        assert linked_rules._cheapest(table, (3, 0), prices) is None


class TestHiding:
    """What is hidden so far, and for each hidden place a move that shows that it can vary."""

    SMALL = frozenset({(0, 0), (4, 1), (5, 1)})

    def hiding(self, rounded=False):
        table = linked_rules._Table(
            TestParts.CELLS, TestParts.ROWS, TestParts.COLUMNS, rounded=rounded, threshold=5
        )
        return linked_rules._Hiding(table, self.SMALL, 4)

    @pytest.mark.parametrize(
        ("large", "ups"), [(17, [4, 3, 2, 1, 0]), (16, [4, 2, 0]), (600, [4, 3, 2, 1, 0])]
    )
    def test_in_a_large_table_fewer_ways_up_are_tried(self, large, ups, monkeypatch):
        monkeypatch.setattr(linked_rules, "LARGE", large)
        assert self.hiding().ups == ups

    @pytest.mark.parametrize(
        ("place", "step", "rises", "up", "down", "has"),
        [
            # 3 people, hidden: they can be 1 or 2, or any number more.
            ((0, 0), 1, True, 9, 2, True),
            ((0, 0), 1, True, 9, 3, False),
            ((0, 0), 1, False, 2, 9, True),
            ((0, 0), 1, False, 3, 9, False),
            ((0, 0), 2, True, 9, 1, True),
            ((0, 0), 2, False, 2, 0, False),
            ((0, 0), 2, False, 1, 0, True),
        ],
    )
    def test_whether_a_place_can_take_the_step_so_often(self, place, step, rises, up, down, has):
        hiding = self.hiding()
        assert hiding._room_for(place, step, rises, up, down, True) is has
        move = linked_rules._Move({place: step if rises else -step}, up, down)
        assert hiding._has_room(move, place, True) is has
        assert not hiding._room_for(place, step, rises, 1, 0, False)
        assert hiding._room_for(place, step, rises, 0, 0, False)

    def test_a_rounded_count_has_room_for_part_of_it(self):
        # 18 is shown as 20, which is 18 to 22.
        hiding = self.hiding(rounded=True)
        assert hiding._room_for((1, 1), 1, True, 4, 0, False)
        assert hiding._room_for((1, 1), 2, True, 2, 0, False)
        assert not hiding._room_for((1, 1), 1, True, 5, 0, False)
        assert not hiding._room_for((1, 1), 2, True, 3, 0, False)
        assert not hiding._room_for((1, 1), 1, True, 4, 1, False)
        assert hiding._room_for((1, 1), 1, False, 0, 4, False)

    def test_what_is_hidden_moves_for_next_to_nothing_and_else_hiding_is_the_price(self):
        hiding = self.hiding()
        assert hiding._price((0, 0), 1, 2, 2, False) == linked_rules._MOVED
        assert hiding._price((0, 0), -1, 3, 1, True) is None
        assert hiding._price((0, 1), 1, 2, 2, False) is None
        assert hiding._price((0, 1), 1, 2, 2, True) == hiding.table.price((0, 1))
        assert hiding._price((0, 1), 1, 0, 20, True) is None

    def test_a_place_that_is_not_needed_is_shown_again_and_one_that_is_needed_stays(self):
        hiding = self.hiding()
        hidden = hiding.run()
        further = hidden - self.SMALL
        hiding.hidden.add((3, 0))
        hiding._show_again((3, 0))
        assert hiding.hidden == hidden
        for place in further:
            hiding._show_again(place)
            assert hiding.hidden == hidden
        assert all(place in hiding.witness for place in self.SMALL)

    def test_the_search_ends_without_what_is_not_needed(self):
        hidden = self.hiding().run()
        again = self.hiding()
        again.hidden |= hidden | {(1, 2), (2, 2)}
        assert again.run() == hidden

    @pytest.mark.parametrize(
        ("large", "near", "hiding", "asked"),
        [
            (True, "a move", True, ["near"]),
            (True, None, False, ["near"]),
            (True, None, True, ["near", "all"]),
            (False, None, True, ["all"]),
            (False, None, False, ["hidden"]),
        ],
    )
    def test_a_large_table_is_looked_through_near_the_place_first(
        self, large, near, hiding, asked, monkeypatch
    ):
        search = self.hiding()
        search.large = large
        among = {
            "near": search.table.near((0, 0)),
            "all": list(search.table.values),
            "hidden": sorted(self.SMALL),
        }
        calls = []

        def move_among(places, place, hides):
            assert (place, hides) == ((0, 0), hiding)
            calls.append(next(name for name, each in among.items() if each == places))
            return near

        monkeypatch.setattr(search, "_move_among", move_among)
        assert search._move((0, 0), hiding=hiding) == near
        assert calls == asked

    def test_rounded_counts_may_move_without_being_hidden(self, monkeypatch):
        search = self.hiding(rounded=True)
        monkeypatch.setattr(search, "_move_among", lambda places, *_: places)
        assert search._move((0, 0), hiding=False) == list(search.table.values)

    def test_a_move_of_any_size_keeps_every_sum_and_leaves_everybody(self, monkeypatch):
        hiding = self.hiding()
        values = hiding.table.values
        move = hiding._move_of_any_size((0, 0))
        assert (move.up, move.down) == (4, 0)
        assert move.steps[0, 0] >= 1
        for equation in hiding.table.equations:
            assert sum(factor * move.steps.get(at, 0) for at, factor in equation.items()) == 0
        assert all(values[place] + 4 * step >= 1 for place, step in move.steps.items())
        assert min(move.steps.values()) < 0
        # Where the solver finds none the table grows as a whole.
        monkeypatch.setattr(linked_rules, "_cheapest", lambda *_: None)
        assert hiding._move_of_any_size((0, 0)).steps == values
