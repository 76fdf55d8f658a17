"""How further places are looked for in tables with totals of any kind: in which order, how often the solver
is asked, and what is shown again (S2)."""

import pytest

from sharing.counts_rules import Rule
from sharing.statistics import linked_rules
from sharing.statistics.linked_rules import Hiding
from sharing.statistics.sum_rules import Sum
from sharing.statistics.system_rules import Cell, Numbers, System, system_of

THREE_LINES = (Sum(3, (0, 1, 2)),)
PLAIN, KNOWING = linked_rules._PLAIN, linked_rules._KNOWING


def at(row, column=0):
    return 0, row, column


def column_of(sums, *counts):
    """Return a table of one column whose lines are tied by these sums."""
    return system_of(Numbers([[count] for count in counts], sums), Rule(5))


def hiding(*counts, sums=THREE_LINES, large=False, lines=None):
    system = column_of(sums, *counts)
    small = frozenset(place for place, cell in system.cells.items() if cell.value < 5)
    search = Hiding(system, small, knowing=False, lines=lines)
    search.large = large
    return search


class Calls:
    """Note what a method of the search is called with, and call it."""

    def __init__(self, monkeypatch, search, name):
        self.places = []
        method = getattr(search, name)

        def called(place, *others, **options):
            self.places.append((place, *options.values()))
            return method(place, *others, **options)

        monkeypatch.setattr(search, name, called)


@pytest.mark.parametrize(("large", "hides"), [(False, False), (True, True)])
def test_a_place_that_can_vary_already_is_looked_at_once(large, hides, monkeypatch):
    """In a large table what can vary already is looked for with the rest."""
    search = hiding(3, 4, 20, 27, large=large)
    moves = Calls(monkeypatch, search, "_move")
    assert search.run() == {at(0), at(1)}
    assert moves.places == [(at(0), hides)]


def test_the_smallest_counts_first(monkeypatch):
    counts = [3, 2, 4, 1, 3, 20]
    sums = [Sum(6 + 2 * line, (line, 7 + 2 * line)) for line in range(6)]
    lines = [*counts, *(total for count in counts for total in (count + 30, 30))]
    search = hiding(*lines, sums=sums)
    moves = Calls(monkeypatch, search, "_move")
    search.run()
    alone = [search.system.cells[place].value for place, hides in moves.places if hides]
    assert alone == [1, 2, 3, 3, 4]


def test_the_dearest_is_shown_again_first(monkeypatch):
    search = hiding(30, 90, 60, 180, 40, 80, sums=())
    search.hidden |= set(search.system.cells)
    calls = Calls(monkeypatch, search, "_show_again")
    assert search.run() == set()
    values = [search.system.cells[place].value for (place,) in calls.places]
    assert values == [180, 90, 80, 60, 40, 30]


def test_a_place_is_shown_again_where_another_can_stand_for_it(monkeypatch):
    search = hiding(3, 12, 35, 50)
    search.hidden |= {at(1), at(2)}
    both = linked_rules._Move({at(0): 1, at(1): -1}, 2, 2)
    search.witness = {(at(0), PLAIN): both, (at(1), PLAIN): both}
    moves = Calls(monkeypatch, search, "_move")
    search._show_again(at(1))
    assert search.hidden == {at(0), at(2)} == {place for place, _ in search.witness}
    assert at(1) not in search.witness[at(0), PLAIN].steps
    assert moves.places == [(at(0), False)]


def test_one_move_shows_of_each_place_in_it_that_it_varies(monkeypatch):
    search = hiding(3, 4, 12, 35, 7, 47, sums=(Sum(4, (0, 1)), Sum(5, (2, 3))))
    search.hidden |= {at(2), at(3)}
    all_four = linked_rules._Move({at(0): 1, at(1): -1, at(2): 1, at(3): -1}, 2, 2)
    search.witness = {(at(row), PLAIN): all_four for row in range(3)}
    moves = Calls(monkeypatch, search, "_move")
    search._show_again(at(2))
    assert len(moves.places) == 1
    assert search.witness[at(0), PLAIN] is search.witness[at(1), PLAIN] is not all_four


def test_a_move_partly_down_is_found_where_none_all_up_is():
    search = hiding(3, 3, 6, sums=(Sum(2, (0, 1)),))
    move = search._move(at(0), PLAIN, hiding=False)
    assert (move.steps, move.up, move.down) == ({at(0): 1, at(1): -1}, 2, 2)
    assert (move.reach(at(0)), move.reach(at(2))) == (4, 0)


def test_of_moves_at_one_price_the_first_is_taken_and_the_solver_asked_no_more(monkeypatch):
    search = hiding(3, 40, 60, 103)
    search.hidden |= set(search.system.cells)
    calls = []

    def cheapest(system, place, prices):
        calls.append(place)
        return {place: 1}, 1.0

    monkeypatch.setattr(linked_rules, "cheapest", cheapest)
    assert search._move(at(0), PLAIN, hiding=False).up == 4
    assert len(calls) == 1
    assert search._move(at(0), PLAIN, hiding=True).up == 4
    assert len(calls) == 4
    # Who knows that it is small is to think two values possible.
    assert search._move(at(0), KNOWING, hiding=True).up == 1
    assert len(calls) == 6


@pytest.mark.parametrize(
    ("counts", "steps"),
    [((3, 4, 7), {at(0): 1, at(2): 1}), ((3, 5, 8), {at(0): 1, at(1): -1})],
)
def test_in_a_move_of_any_size_a_count_falls_so_that_somebody_is_left(counts, steps):
    assert hiding(*counts, sums=(Sum(2, (0, 1)),))._move_of_any_size(at(0)).steps == steps


@pytest.mark.parametrize(("lines", "large"), [(600, False), (601, True)])
def test_a_table_of_more_than_600_places_is_large(lines, large):
    assert Hiding(column_of((), *[9] * lines), frozenset()).large is large


@pytest.mark.parametrize(("large", "ups"), [(True, [4, 2, 0]), (False, [4, 3, 2, 1, 0])])
def test_in_a_large_table_fewer_ways_up_are_tried(large, ups):
    assert hiding(3, large=large)._ups(4) == ups
    assert hiding(3, large=large)._ups(1) == [1, 0]


@pytest.mark.parametrize(
    ("step", "rises", "up", "down", "has"),
    [
        # 3 people, hidden: they can be 1 or 2, or any number more.
        (1, True, 9, 2, True),
        (1, True, 9, 3, False),
        (1, False, 2, 9, True),
        (1, False, 3, 9, False),
        (2, True, 9, 1, True),
        (2, False, 2, 0, False),
        (2, False, 1, 0, True),
    ],
)
def test_whether_a_place_can_take_the_step_so_often(step, rises, up, down, has):
    search = hiding(3, 12, 15)
    assert linked_rules._room_for((2, None), step, rises, up, down) is has
    move = linked_rules._Move({at(0): step if rises else -step}, up, down)
    assert search._has_room(move, at(0), PLAIN, True) is has
    assert not search._has_room(move, at(0), PLAIN, False)
    # Who knows that it is small thinks of 1 to 4.
    assert linked_rules._room_for((2, 1), 1, True, 1, 2)
    assert not linked_rules._room_for((2, 1), 1, True, 2, 0)


def test_what_is_hidden_moves_for_next_to_nothing_and_else_hiding_is_the_price():
    search = hiding(3, 20, 7, 30)
    price = search.system.cells[at(1)].price
    assert price / 10_000 > linked_rules._MOVED
    assert search._price(at(0), 1, 2, 2, PLAIN, False) == linked_rules._MOVED
    assert search._price(at(0), -1, 3, 1, PLAIN, True) is None
    assert search._price(at(0), 1, 2, 0, KNOWING, True) is None
    assert search._price(at(0), 1, 1, 0, KNOWING, True) == linked_rules._MOVED
    assert search._price(at(1), 1, 2, 2, PLAIN, False) is None
    assert search._price(at(1), 1, 2, 2, PLAIN, True) == price
    assert search._price(at(1), 1, 0, 20, PLAIN, True) is None
    assert search._price(at(1), 1, 0, 16, KNOWING, True) is None
    assert search._price(at(1), 1, 0, 15, KNOWING, True) == price


class TestShowing:
    """A table with sums in both directions."""

    CELLS = ((3, 20, 23), (12, 18, 30), (15, 38, 53), (8, 0, 8), (7, 4, 11), (15, 4, 19))
    SMALL = frozenset({at(0, 0), at(4, 1), at(5, 1)})

    def hiding(self, rounded=False):
        numbers = Numbers(self.CELLS, (Sum(2, (0, 1)), Sum(5, (3, 4))), (Sum(2, (0, 1)),))
        return Hiding(system_of(numbers, Rule(5, rounded)), self.SMALL)

    def test_a_place_that_is_not_needed_is_shown_again_and_one_that_is_needed_stays(self):
        search = self.hiding()
        hidden = search.run()
        search.hidden.add(at(3, 0))
        search._show_again(at(3, 0))
        assert search.hidden == hidden
        for place in hidden - self.SMALL:
            search._show_again(place)
            assert search.hidden == hidden
        assert {(place, PLAIN) for place in self.SMALL} <= set(search.witness)
        assert not search.blocked

    def test_the_search_ends_without_what_is_not_needed(self):
        hidden = self.hiding().run()
        again = self.hiding()
        again.hidden |= hidden | {at(1, 2), at(2, 2)}
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
            "near": sorted(search.system.near(at(0, 0))),
            "all": sorted(search.system.cells),
            "hidden": sorted(self.SMALL),
        }
        calls = []

        def move_among(places, place, demand, hides):
            assert (place, demand, hides) == (at(0, 0), PLAIN, hiding)
            calls.append(next(name for name, some in among.items() if some == sorted(places)))
            return near

        monkeypatch.setattr(search, "_move_among", move_among)
        assert search._move(at(0, 0), PLAIN, hiding=hiding) == near
        assert calls == asked

    def test_rounded_counts_may_move_without_being_hidden(self):
        search = self.hiding(rounded=True)
        assert set(search._among(False)) == set(search.system.cells)
        assert set(self.hiding()._among(False)) == self.SMALL

    def test_a_move_of_any_size_keeps_every_sum_and_leaves_everybody(self, monkeypatch):
        search = self.hiding()
        cells = search.system.cells
        move = search._move_of_any_size(at(0, 0))
        assert (move.up, move.down) == (4, 0)
        assert move.steps[at(0, 0)] >= 1
        for equation in search.system.equations:
            assert sum(factor * move.steps.get(at, 0) for at, factor in equation.items()) == 0
        assert all(cells[place].value + 4 * step >= 1 for place, step in move.steps.items())
        assert min(move.steps.values()) < 0
        # Where the solver finds none the table grows as a whole.
        monkeypatch.setattr(linked_rules, "cheapest", lambda *_: None)
        whole = {place: cell.value for place, cell in cells.items()}
        assert search._move_of_any_size(at(0, 0)).steps == whole


class TestWhatIsShownElsewhere:
    """Counts that cannot be hidden, for another table shows them (S4)."""

    def system(self, *prices):
        cells = {
            at(row): Cell(value, (value, value), (1, None), known, price, 4)
            for row, (value, known, price) in enumerate(
                zip((3, 12, 15), ((1, 4), (5, None), (5, None)), prices, strict=True)
            )
        }
        return System(cells, [{at(0): 1, at(1): 1, at(2): -1}], lambda place: list(cells))

    def test_something_else_is_hidden(self):
        search = Hiding(self.system(1.0, None, 1.0), frozenset({at(0)}))
        assert search.run() == {at(0), at(2)}
        assert not search.blocked

    def test_where_nothing_else_is_left_the_place_is_blocked(self):
        search = Hiding(self.system(1.0, None, None), frozenset({at(0)}))
        assert search.run() == {at(0)}
        assert search.blocked == {at(0)}


def test_a_contributor_whose_line_moves_too_is_asked_about():
    lines = {row: frozenset({at(row)}) for row in range(3)}
    search = hiding(3, 12, 20, 35, lines=lines)
    assert search.run() == {at(0), at(1), at(2)}
    asked = {demand.line for place, demand in search.witness if place == at(0)}
    assert asked in ({None, 1}, {None, 2}, {None, 1, 2})
    assert hiding(3, 12, 20, 35).run() == {at(0), at(1)}


def test_lines_that_somebody_stands_behind_are_no_totals():
    numbers = Numbers(((3, 4), (5, 6), (8, 10)), (Sum(2, (0, 1)),))
    assert linked_rules.contributing_lines(numbers, 0) == {
        0: {at(0, 0), at(0, 1)},
        1: {at(1, 0), at(1, 1)},
    }
    assert linked_rules.contributing_lines(numbers, 1)[1] == {at(0, 1), at(1, 1), at(2, 1)}
    assert linked_rules.contributing_lines(numbers, None) == {}
