"""What is asked of a hidden count in a table with at most one total in each direction, and where what meets it
is looked for (S2)."""

import pytest

from sharing.counts_rules import Counts, Readers, Rule
from sharing.statistics import circulation_rules
from sharing.statistics.flow_rules import Net


def hiding(cells, hidden, readers):
    """Return the search in a table with totals in both directions."""
    totals = tuple(map(sum, cells)), tuple(map(sum, zip(*cells, strict=True)))
    return circulation_rules._Hiding(
        Net(Counts(cells, *totals), Rule(5)), frozenset(hidden), readers
    )


CORNERS = {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_after_a_contributor_who_cannot_be_helped_those_who_know_are_asked_about():
    """1 beside a 5, and a 5 beside a 1: who knows which are small knows them all."""
    search = hiding(((1, 5), (5, 1), (6, 5)), CORNERS, Readers(contributors=0))
    demand = search.unmet((0, 0))
    assert (demand.state, demand.without) == (search.plain, {(1, 0), (1, 1), (1, None)})
    search.hopeless.add(((0, 0), False, demand.without))
    demand = search.unmet((0, 0))
    assert (demand.state, demand.amount, demand.without) == (search.knowing, 1, frozenset())


def test_contributors_are_asked_about_in_the_order_of_their_lines():
    cells = ((3, 9), *[(7, 8)] * 8)
    search = hiding(cells, CORNERS, Readers(knowing=False, contributors=0))
    moved = {(8, 0), (1, 0), (0, 1), (None, 0), (0, None)}
    plain, *demands = search._demands((0, 0), moved)
    assert (plain.amount, plain.without, plain.optional) == (4, frozenset(), False)
    assert [demand.without for demand in demands] == [
        {(line, 0), (line, 1), (line, None)} for line in (1, 8)
    ]
    assert all(demand.optional and demand.amount == 1 for demand in demands)


@pytest.mark.parametrize(
    ("found", "asked"), [({False: [(0, 1)]}, [False]), ({True: [(0, 1)]}, [False, True])]
)
def test_long_lines_are_looked_through_whole_only_where_else_nothing_is_found(found, asked):
    search = hiding(((3, 12), (20, 8)), {(0, 0)}, Readers(knowing=False))
    demand = search.unmet((0, 0))
    calls = []

    def steps(place, of, *, everywhere):
        assert (place, of) == ((0, 0), demand)
        calls.append(everywhere)
        return found.get(everywhere)

    search._steps = steps
    assert search.mend((0, 0), demand) == [(0, 1)]
    assert calls == asked
    assert search.hidden == {(0, 0), (0, 1)}


def test_places_stand_in_one_order_by_column_and_totals_before_counts():
    places = list(Net(Counts(((3, 9), (8, 7)), (12, 15), (11, 16)), Rule(5)).arcs)
    assert sorted(places, key=circulation_rules._column_first) == [
        *((None, None), (0, None), (1, None)),
        *((None, 0), (0, 0), (1, 0)),
        *((None, 1), (0, 1), (1, 1)),
    ]


def test_once_a_place_can_be_shown_for_good_all_are_tried_anew(monkeypatch):
    """The largest first; here only 12 is not needed."""
    line = [3, 9, 12, 40]
    trials = []

    def hide_in_order(net, begin, readers, order, small=None, keep=None):
        if keep is None:
            return frozenset((0, column) for column in range(4))
        trials.append(line[keep[1]])
        return begin if keep == (0, 2) else begin | {keep}

    monkeypatch.setattr(circulation_rules, "_hide_in_order", hide_in_order)
    _, further = circulation_rules.hide(Counts((tuple(line),), (64,), None), Rule(5), Readers())
    assert trials == [40, 12, 40, 9]
    assert further == {(0, 1), (0, 3)}
