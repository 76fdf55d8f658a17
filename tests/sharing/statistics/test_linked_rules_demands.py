"""What is asked of a hidden count in tables with totals of any kind, and when it is met (S2)."""

import pytest

from sharing.counts_rules import Readers, Rule
from sharing.statistics import linked_rules
from sharing.statistics.linked_rules import Hiding
from sharing.statistics.sum_rules import Sum
from sharing.statistics.system_rules import Cell, Numbers, System, system_of

PLAIN, KNOWING = linked_rules._PLAIN, linked_rules._KNOWING
TWO_LINES, FOUR_LINES = (Sum(2, (0, 1)),), (Sum(4, (0, 1, 2, 3)),)


def at(row, column=0):
    return 0, row, column


def hiding(*counts, sums, rule=None, **how):
    """Return the search in a table of one column, with its small counts hidden."""
    rule = rule or Rule(5)
    system = system_of(Numbers([[count] for count in counts], sums), rule)
    small = frozenset(place for place, cell in system.cells.items() if rule.is_small(cell.value))
    return Hiding(system, small, **how)


def line(number):
    return linked_rules._Demand(line=number)


class TestDemands:
    def test_all_readers_come_first_and_who_knows_what_is_small_last(self):
        search = hiding(3, 12, 15, sums=TWO_LINES)
        assert list(search._demands(at(0))) == [PLAIN, KNOWING]
        assert list(hiding(3, 12, 15, sums=TWO_LINES, knowing=False)._demands(at(0))) == [PLAIN]

    def test_a_contributor_is_asked_about_whose_line_moves_with_a_place_of_another(self):
        lines = {row: frozenset({at(row)}) for row in range(4)}
        search = hiding(3, 4, 20, 30, 57, sums=FOUR_LINES, lines=lines, knowing=False)
        assert list(search._demands(at(0))) == [PLAIN]
        search.witness[at(0), PLAIN] = linked_rules._Move({at(0): 1, at(2): -1}, 2, 2)
        assert list(search._demands(at(0))) == [PLAIN, line(2)]

    def test_where_there_is_one_small_number_who_knows_that_it_is_small_knows_it(self):
        search = hiding(1, 12, 13, sums=TWO_LINES, rule=Rule(2))
        assert list(search._demands(at(0))) == [PLAIN]
        assert list(search._demands(at(1))) == [PLAIN, KNOWING]

    def test_nothing_is_asked_of_what_nobody_hides(self):
        shown = Cell(3, (3, 3), (1, None), (1, 4), None, 0)
        search = Hiding(System({at(0): shown}, [{at(0): 1}], lambda place: []), frozenset({at(0)}))
        assert search.run() == {at(0)}
        assert (search.blocked, search.witness) == (set(), {})


class TestMet:
    def test_who_knows_which_are_small_is_thought_of_unless_it_is_said_otherwise(self):
        """4 and 4 are the only two numbers below 5 that add up to 8."""
        counts, sums = (4, 4, 8, 30, 38), (Sum(2, (0, 1)), Sum(4, (2, 3)))
        assert hiding(*counts, sums=sums).run() >= {at(0), at(1), at(2)}
        assert hiding(*counts, sums=sums, knowing=False).run() == {at(0), at(1)}
        small, further = linked_rules.hide([[4], [4], [8]], TWO_LINES, (), Rule(5), Readers())
        assert (small, further) == ({(0, 0), (1, 0)}, {(2, 0)})

    def test_four_people_in_four_lines_cannot_be_helped_and_that_is_remembered(self):
        search = hiding(1, 1, 1, 1, 4, sums=FOUR_LINES)
        assert search.run() == {at(row) for row in range(5)}
        assert search.hopeless == {(at(row), KNOWING) for row in range(5)}
        assert not search.blocked
        assert search._varies(at(0))

    def test_what_is_hidden_for_a_place_is_what_was_not_hidden_yet(self):
        search = hiding(3, 12, 20, 35, sums=(Sum(3, (0, 1, 2)),))
        assert search._settle(at(0), PLAIN) == [at(1)]
        assert search.hidden == {at(0), at(1)}
        assert search._settle(at(0), PLAIN) == []

    def test_what_is_rounded_moves_without_being_hidden(self):
        """20 is any number from 18 to 22 to others, so that 3 is any from 1 to 5."""
        search = hiding(3, 8, 20, 31, sums=(Sum(3, (0, 1, 2)),), rule=Rule(5, rounded=True))
        assert search._settle(at(0), PLAIN) == []
        assert search.hidden == {at(0)}

    @pytest.mark.parametrize(
        ("steps", "up", "down", "demand", "learnt"),
        [
            ((0, 1), 2, 2, PLAIN, {0, 1}),
            # 20 is not hidden.
            ((0, 2), 2, 2, PLAIN, {0}),
            # One value more is not enough but for who knows that they are small.
            ((0, 1), 1, 0, PLAIN, set()),
            ((0, 1), 1, 0, KNOWING, {0, 1}),
        ],
    )
    def test_a_move_shows_of_what_is_hidden_that_it_varies_if_it_reaches_far_enough(
        self, steps, up, down, demand, learnt
    ):
        search = hiding(3, 4, 20, 27, sums=(Sum(3, (0, 1, 2)),))
        one, other = steps
        search._learn(linked_rules._Move({at(one): 1, at(other): -1}, up, down), demand)
        assert set(search.witness) == {(at(row), demand) for row in learnt}


def tied(values, equations, hidden, fixed=(), blind=()):
    """Return the search among counts tied in any way; `fixed` ones are shown elsewhere, `blind` ones
    hidden there: both have no price."""
    cells = {}
    for row, value in enumerate(values):
        ends, known = (value, value), (1, 4) if value < 5 else (5, None)
        price = None if row in (*fixed, *blind) else 1
        cells[at(row)] = Cell(value, ends, ends if row in fixed else (1, None), known, price, 4)
    system = System(cells, equations, lambda place: list(cells))
    return Hiding(system, frozenset(map(at, hidden)), knowing=False)


EQUAL, BOTH = {at(0): 1, at(1): -1}, {at(0): 1, at(1): 1, at(2): -1}


class TestOfAnySize:
    """Two lines that are always equal, and their total: it moves by two where each moves by one."""

    @pytest.mark.parametrize("blind", [(), (1,)])
    def test_where_no_step_by_one_does_a_longer_one_is_taken(self, blind):
        search = tied((3, 3, 6), [EQUAL, BOTH], (0, 1), blind=blind)
        assert search.run() == {at(0), at(1), at(2)}
        assert not search.blocked
        move = search.witness[at(0), PLAIN]
        assert (move.steps, move.up, move.down) == ({at(0): 1, at(1): 1, at(2): 2}, 4, 0)

    def test_it_may_be_as_long_as_the_largest_count(self):
        """The total again, and both added up; and so once more."""
        again = [{at(2): 1, at(3): -1}, {at(2): 1, at(3): 1, at(4): -1}]
        more = [{at(4): 1, at(5): -1}, {at(4): 1, at(5): 1, at(6): -1}]
        search = tied((3, 3, 6, 6, 12, 12, 24), [EQUAL, BOTH, *again, *more], (0, 1))
        steps = search._move_of_any_size(at(0)).steps
        assert [steps[at(row)] for row in range(7)] == [1, 1, 2, 2, 4, 4, 8]

    @pytest.mark.parametrize(("rest", "blocked"), [(9, set()), (8, {at(0), at(1)})])
    def test_a_count_falls_by_as_much_as_leaves_somebody(self, rest, blocked):
        """The total and the rest are shown together elsewhere: 8 fewer of 9 are 1, of 8 nobody."""
        whole = {at(2): 1, at(3): 1, at(4): -1}
        search = tied((3, 3, 6, rest, 6 + rest), [EQUAL, BOTH, whole], (0, 1), fixed=(4,))
        search.run()
        assert search.blocked == blocked

    def test_all_grows_but_for_nobody_and_what_is_hidden_elsewhere_grows_too(self):
        search = tied((3, 12, 15), [{at(0): 1, at(1): 1, at(2): -1}], (0, 1), blind=(1,))
        move = search._growth(at(0), 4)
        assert (move.steps, move.up, move.down) == ({at(0): 3, at(1): 12, at(2): 15}, 4, 0)
        zeros = hiding(3, 0, 12, 15, sums=(Sum(3, (0, 1, 2)),), rule=Rule(5, least=0))
        assert zeros._growth(at(0), 4).steps == {at(0): 3, at(2): 12, at(3): 15}


def test_lines_of_a_table_of_one_row_or_one_column_have_somebody_behind_them_too():
    row = Numbers(((3, 4, 7),), (), TWO_LINES)
    assert linked_rules.contributing_lines(row, 0) == {0: {at(0, 0), at(0, 1), at(0, 2)}}
    assert linked_rules.contributing_lines(row, 1) == {0: {at(0, 0)}, 1: {at(0, 1)}}
    column = Numbers(((3,), (4,), (7,)), TWO_LINES)
    assert linked_rules.contributing_lines(column, 1) == {0: {at(0), at(1), at(2)}}
