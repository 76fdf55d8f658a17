"""Counts and their sums as a system: how far counts may move, at what price, and where moves are looked
for (S2)."""

import pytest

from sharing.counts_rules import Rule
from sharing.statistics import system_rules
from sharing.statistics.sum_rules import Sum
from sharing.statistics.system_rules import Numbers, cheapest, filled, system_of


def column_of(sums, *counts):
    """Return a table of one column whose lines are tied by these sums."""
    return system_of(Numbers([[count] for count in counts], sums), Rule(5))


def at(row, column=0):
    return 0, row, column


# Each total is a part of the next.
GROUPS_IN_TURN = (Sum(2, (0, 1)), Sum(4, (2, 3)), Sum(6, (4, 5)))
CELLS = ((3, 20, 23), (12, 18, 30), (15, 38, 53), (8, 0, 8), (7, 4, 11), (15, 4, 19))
ROWS = (Sum(2, (0, 1)), Sum(5, (3, 4)))
COLUMNS = (Sum(2, (0, 1)),)


def table(rounded=False, threshold=5, least=1):
    return system_of(Numbers(CELLS, ROWS, COLUMNS), Rule(threshold, rounded, least))


def test_zeros_never_change_and_stand_in_no_sum():
    system = table()
    assert at(3, 1) not in system.cells
    assert len(system.cells) == 17
    assert {at(3, 0): 1, at(3, 2): -1} in system.equations
    assert {at(0, 1): 1, at(1, 1): 1, at(2, 1): -1} in system.equations
    assert len(system.equations) == 2 * 3 + 6
    assert [system.equations[number] for number in system.at[at(3, 2)]] == [
        {at(5, 2): -1, at(3, 2): 1, at(4, 2): 1},
        {at(3, 2): -1, at(3, 0): 1},
    ]


def test_where_zeros_are_hidden_they_stand_in_their_sums():
    system = table(least=0)
    assert len(system.cells) == 18
    assert {at(3, 0): 1, at(3, 1): 1, at(3, 2): -1} in system.equations
    assert system.room(at(3, 1), True, False) == (0, None)
    assert system.room(at(0, 0), True, True) == (3, 1)


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
def test_how_far_a_count_can_fall_and_rise(place, rounded, hidden, room):
    assert table(rounded).room(at(*place), hidden, False) == room
    # The least that is shown is shown.
    assert table(True, threshold=8).room(at(3, 0), False, False) == (0, 4)


def test_who_knows_which_are_below_the_threshold_thinks_less_possible():
    assert table().room(at(0, 0), True, True) == (2, 1)
    assert table().room(at(0, 1), True, True) == (15, None)
    assert table().room(at(0, 1), False, True) == (0, 0)
    assert {cell.enough for cell in table(threshold=9).cells.values()} == {8}


def test_as_few_as_can_be_rather_no_totals_rather_small_counts():
    price = {place[1:]: cell.price for place, cell in table().cells.items()}
    part, larger, total, both = (price[place] for place in ((0, 0), (0, 1), (2, 0), (2, 2)))
    assert 1 < part < larger < total < both < 2
    assert both == pytest.approx(1 + 2 * 0.01 + 0.001)
    assert price[5, 0] > 1.01 > price[4, 0]
    assert price[5, 2] > 1.02 > price[5, 1]


def test_where_nobody_is_every_place_costs_the_same():
    assert set(Numbers([[0, 0], [0, 0]]).prices().values()) == {1}
    assert Numbers([[1, 0]]).prices() == {(0, 0): pytest.approx(1.001), (0, 1): 1}


def test_places_near_are_in_lines_that_share_a_sum():
    near = set(table().near(at(0, 0)))
    assert near == {at(row, column) for row in range(3) for column in range(3)}
    assert set(table().near(at(2, 0))) == near
    assert {row for _, row, _ in table().near(at(4, 1))} == {4, 5}
    assert {column for *_, column in table().near(at(3, 2))} == {0, 2}


def test_of_long_lines_those_with_the_smallest_counts_are_near():
    """Three districts of fifteen schools, each school smaller than the one before it."""
    counts, sums = [], []
    for district in range(3):
        first = len(counts)
        counts += [200 + 10 * district - school for school in range(15)]
        sums.append(Sum(first + 15, tuple(range(first, first + 15))))
        counts.append(sum(counts[first:]))
    sums.append(Sum(48, (15, 31, 47)))
    system = column_of(sums, *counts, sum(counts[line_sum.total] for line_sum in sums[:3]))
    near = {row for _, row, _ in system.near(at(0))}
    # Ten schools of its district and two of the next, with their totals and that over all.
    assert near == {0, *range(5, 15), 15, 29, 30, 31, 48}
    assert {row for _, row, _ in system.near(at(48))} == {
        *(13, 14, 15),
        *(29, 30, 31),
        *(45, 46, 47),
        48,
    }


def test_a_place_alone_in_a_sum_cannot_move():
    system = table()
    assert system_rules._able(system, {at(0, 0), at(1, 0)}) == set()
    square = {at(0, 0), at(1, 0), at(0, 1), at(1, 1)}
    assert system_rules._able(system, square) == square
    assert system_rules._able(system, {*square, at(3, 0), at(4, 0)}) == square


def test_nor_can_one_that_is_alone_once_those_are_gone():
    system = column_of(GROUPS_IN_TURN, 1, 2, 3, 4, 7, 5, 12)
    assert system_rules._able(system, {at(2), at(4), at(5)}) == set()
    assert system_rules._able(system, {at(0), at(4)}) == set()


def test_the_cheapest_steps():
    system = table()
    square = {at(0, 0): 1, at(1, 0): -1, at(0, 1): -1, at(1, 1): 1}
    prices = {(place, sign): 1.0 for place in square for sign in (1, -1)}
    assert cheapest(system, at(0, 0), prices) == (square, 4.0)
    prices[at(1, 1), 1] = 3.0
    assert cheapest(system, at(0, 0), prices) == (square, 6.0)
    del prices[at(1, 1), 1]
    assert cheapest(system, at(0, 0), prices) is None
    assert cheapest(system, at(3, 0), prices) is None


def test_each_step_is_one_at_most_unless_more_is_said():
    """Two lines that rise together, and a total over both: it rises by two."""
    sums = (Sum(2, (0, 1)), Sum(4, (0, 3)), Sum(4, (1, 3)))
    system = column_of(sums, 6, 6, 12, 9, 15)
    prices = {(place, sign): 1.0 for place in system.cells for sign in (1, -1)}
    assert cheapest(system, at(0), prices) is None
    steps, _ = cheapest(system, at(0), prices, dict.fromkeys(prices, 2))
    assert [steps[at(row)] for row in range(3)] == [1, 1, 2]


class TestFilled:
    """S4: values for counts that nobody knows any more."""

    ONE, OTHER = at(0), at(1)

    def both(self, amount, *, high=None, most=5):
        """Return values for two counts, from 1 and from 1 to `high`, that add up to this."""
        cells = {self.ONE: (1, None), self.OTHER: (1, high)}
        values = filled(cells, [({self.ONE: 1, self.OTHER: 1}, amount)], most)
        return values and tuple(values.values())

    def test_they_add_up_within_their_ranges(self):
        assert self.both(2) == (1, 1)
        assert self.both(20, high=1) == (19, 1)
        assert self.both(1) is None
        assert filled({self.ONE: (0, 3)}, [({self.ONE: 1}, 4)], 5) is None
        assert filled({self.ONE: (0, 3)}, [({self.ONE: 2}, 3)], 5) is None

    @pytest.mark.parametrize(("amount", "both"), [(8, (4, 4)), (12, (6, 6))])
    def test_as_far_from_their_least_as_can_be(self, amount, both):
        assert self.both(amount) == both

    @pytest.mark.parametrize(("most", "least"), [(5, 6), (2, 3)])
    def test_and_as_far_as_is_asked(self, most, least):
        assert min(self.both(40, most=most)) >= least
        free = filled({self.ONE: (1, None), self.OTHER: (1, None)}, [], most)
        assert min(free.values()) >= least
        # What is known within a few does not keep the others back.
        narrow = filled({self.ONE: (1, None), self.OTHER: (8, 9)}, [], most)
        assert narrow[self.ONE] >= least
        assert 8 <= narrow[self.OTHER] <= 9
