"""Tables with totals of any kind: what is hidden, and that it cannot be worked out (S1, S2)."""

from itertools import chain, combinations

import numpy as np
import pytest

from sharing.counts_rules import Method
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


def hide_linked(cells, row_sums, column_sums, method=HIDE, threshold=5):
    """Return the cells as they may be shown, and how many are hidden as small and further."""
    small, further = linked_rules.hide(
        cells, row_sums, column_sums, rounded=method is ROUND, threshold=threshold
    )
    safe = grid_rules._safe(Grid(tuple(map(tuple, cells))), method, small, further)
    return safe.cells, len(small), len(further)


def hide(cells, row_sums=(), column_sums=(), method=HIDE, threshold=5):
    safe, small, further = hide_linked(cells, row_sums, column_sums, method, threshold)
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
        safe, small, further = hide_linked(
            cells, sums_of(rows), sums_of(columns), method, threshold
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

    def test_nor_can_one_that_is_alone_once_those_are_gone(self):
        table = column_of(GROUPS_IN_TURN, 1, 2, 3, 4, 7, 5, 12)
        assert linked_rules._able(table, {(2, 0), (4, 0), (5, 0)}) == set()
        assert linked_rules._able(table, {(0, 0), (4, 0)}) == set()

    def test_each_step_is_one_at_most_unless_more_is_said(self):
        """Two lines that rise together, and a total over both: it rises by two."""
        sums = (Sum(2, (0, 1)), Sum(4, (0, 3)), Sum(4, (1, 3)))
        table = column_of(sums, 6, 6, 12, 9, 15)
        prices = {(place, sign): 1.0 for place in table.values for sign in (1, -1)}
        assert linked_rules._cheapest(table, (0, 0), prices) is None
        steps, _ = linked_rules._cheapest(table, (0, 0), prices, dict.fromkeys(prices, 2))
        assert [steps[row, 0] for row in range(3)] == [1, 1, 2]

    def test_of_long_lines_those_with_the_smallest_counts_are_near(self):
        """Three districts of fifteen schools, each school smaller than the one before it."""
        counts, sums = [], []
        for district in range(3):
            first = len(counts)
            counts += [200 + 10 * district - school for school in range(15)]
            sums.append(Sum(first + 15, tuple(range(first, first + 15))))
            counts.append(sum(counts[first:]))
        sums.append(Sum(48, (15, 31, 47)))
        table = column_of(sums, *counts, sum(counts[line_sum.total] for line_sum in sums[:3]))
        near = {row for row, _ in table.near((0, 0))}
        # Ten schools of its district and two of the next, with their totals and that over all.
        assert near == {0, *range(5, 15), 15, 29, 30, 31, 48}
        assert {row for row, _ in table.near((48, 0))} == {
            *(13, 14, 15),
            *(29, 30, 31),
            *(45, 46, 47),
            48,
        }

    @pytest.mark.parametrize(("lines", "large"), [(600, False), (601, True)])
    def test_a_table_of_more_than_600_places_is_large(self, lines, large):
        hiding = linked_rules._Hiding(column_of((), *[9] * lines), frozenset(), 4)
        assert hiding.large is large


def column_of(sums, *counts):
    """Return a table of one column whose lines are tied by these sums."""
    return linked_rules._Table([[count] for count in counts], sums, (), rounded=False, threshold=5)


THREE_LINES = (Sum(3, (0, 1, 2)),)
# Each total is a part of the next.
GROUPS_IN_TURN = (Sum(2, (0, 1)), Sum(4, (2, 3)), Sum(6, (4, 5)))


class Calls:
    """Note what a method of the search is called with, and call it."""

    def __init__(self, monkeypatch, search, name):
        self.places = []
        method = getattr(search, name)

        def called(place, **options):
            self.places.append((place, *options.values()))
            return method(place, **options)

        monkeypatch.setattr(search, name, called)


class TestOrder:
    """In which order places are looked at, and how often the solver is asked."""

    def hiding(self, *counts, sums=THREE_LINES, large=False):
        table = column_of(sums, *counts)
        small = frozenset(place for place, count in table.values.items() if count < 5)
        hiding = linked_rules._Hiding(table, small, 4)
        hiding.large = large
        return hiding

    def test_a_place_that_can_vary_already_is_looked_at_once(self, monkeypatch):
        hiding = self.hiding(3, 4, 20, 27)
        moves = Calls(monkeypatch, hiding, "_move")
        assert hiding.run() == {(0, 0), (1, 0)}
        assert moves.places == [((0, 0), False)]

    def test_in_a_large_table_what_can_vary_already_is_looked_for_with_the_rest(self, monkeypatch):
        hiding = self.hiding(3, 4, 20, 27, large=True)
        moves = Calls(monkeypatch, hiding, "_move")
        assert hiding.run() == {(0, 0), (1, 0)}
        assert moves.places == [((0, 0), True)]

    def test_the_smallest_counts_first(self, monkeypatch):
        counts = [3, 2, 4, 1, 3, 20]
        sums = [Sum(6 + 2 * line, (line, 7 + 2 * line)) for line in range(6)]
        lines = [*counts, *(total for count in counts for total in (count + 30, 30))]
        hiding = self.hiding(*lines, sums=sums)
        moves = Calls(monkeypatch, hiding, "_move")
        hiding.run()
        alone = [hiding.table.values[place] for place, hides in moves.places if hides]
        assert alone == [1, 2, 3, 3, 4]

    def test_the_dearest_is_shown_again_first(self, monkeypatch):
        hiding = self.hiding(30, 90, 60, 180, 40, 80, sums=())
        hiding.hidden |= set(hiding.table.values)
        calls = Calls(monkeypatch, hiding, "_show_again")
        assert hiding.run() == set()
        assert [hiding.table.values[place] for (place,) in calls.places] == [
            180,
            90,
            80,
            60,
            40,
            30,
        ]

    def test_a_place_is_shown_again_where_another_can_stand_for_it(self, monkeypatch):
        hiding = self.hiding(3, 12, 35, 50)
        hiding.hidden |= {(1, 0), (2, 0)}
        hiding.witness = dict.fromkeys(
            [(0, 0), (1, 0)], linked_rules._Move({(0, 0): 1, (1, 0): -1}, 2, 2)
        )
        moves = Calls(monkeypatch, hiding, "_move")
        hiding._show_again((1, 0))
        assert hiding.hidden == set(hiding.witness) == {(0, 0), (2, 0)}
        assert (1, 0) not in hiding.witness[0, 0].steps
        assert moves.places == [((0, 0), False)]

    def test_one_move_shows_of_each_place_in_it_that_it_varies(self, monkeypatch):
        hiding = self.hiding(3, 4, 12, 35, 7, 47, sums=(Sum(4, (0, 1)), Sum(5, (2, 3))))
        hiding.hidden |= {(2, 0), (3, 0)}
        both = linked_rules._Move({(0, 0): 1, (1, 0): -1, (2, 0): 1, (3, 0): -1}, 2, 2)
        hiding.witness = dict.fromkeys([(0, 0), (1, 0), (2, 0)], both)
        moves = Calls(monkeypatch, hiding, "_move")
        hiding._show_again((2, 0))
        assert len(moves.places) == 1
        assert hiding.witness[0, 0] is hiding.witness[1, 0] is not both

    def test_a_move_partly_down_is_found_where_none_all_up_is(self, monkeypatch):
        hiding = self.hiding(3, 3, 6, sums=(Sum(2, (0, 1)),))
        move = hiding._move((0, 0), hiding=False)
        assert (move.steps, move.up, move.down) == ({(0, 0): 1, (1, 0): -1}, 2, 2)

    def test_of_moves_at_one_price_the_first_is_taken_and_the_solver_asked_no_more(
        self, monkeypatch
    ):
        hiding = self.hiding(3, 40, 60, 103)
        hiding.hidden |= set(hiding.table.values)
        calls = []

        def cheapest(table, place, prices):
            calls.append(place)
            return {place: 1}, 1.0

        monkeypatch.setattr(linked_rules, "_cheapest", cheapest)
        assert hiding._move((0, 0), hiding=False).up == 4
        assert len(calls) == 1
        assert hiding._move((0, 0), hiding=True).up == 4
        assert len(calls) == 4

    @pytest.mark.parametrize(
        ("counts", "steps"),
        [((3, 4, 7), {(0, 0): 1, (2, 0): 1}), ((3, 5, 8), {(0, 0): 1, (1, 0): -1})],
    )
    def test_in_a_move_of_any_size_a_count_falls_so_that_somebody_is_left(self, counts, steps):
        hiding = self.hiding(*counts, sums=(Sum(2, (0, 1)),))
        assert hiding._move_of_any_size((0, 0)).steps == steps


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
