"""How far hidden counts vary in a table that is a circulation, and what that costs (S2)."""

import pytest

from sharing.counts_rules import Rule
from sharing.statistics import flow_rules
from sharing.statistics.flow_rules import Net, Varying
from tests.sharing.statistics.tables_of_counts import counts


def net_of(*lines, rounded=False, threshold=5, least=1):
    return Net(counts(lines, columns=False), Rule(threshold, rounded, least))


class TestVarying:
    """How far hidden places can vary, and which lines are looked through."""

    def state(self, *hidden, rounded=False):
        table = counts([[3, 12, 20]], columns=False)
        net = Net(table, Rule(5, rounded))
        return Varying(net, frozenset(hidden))

    def test_how_far_is_looked_at_until_it_is_enough(self):
        state = self.state((0, 0), (0, 1))
        moved = set()
        assert state.varies((0, 0), 4, moved) == (4, 0)
        assert moved >= {(0, 1)}
        # 12 rises only as far as 3 can fall.
        assert state.varies((0, 1), 4, set()) == (2, 2)
        assert state.varies((0, 1), 2, set()) == (2, 0)
        assert self.state((0, 0)).varies((0, 0), 4, set()) == (0, 0)

    def test_past_what_stays_as_it_is(self):
        state = self.state((0, 0), (0, 1))
        assert state.varies((0, 0), 4, set(), frozenset({(0, 1)})) == (0, 0)
        assert state.cheapest((0, 0), True, 1, frozenset({(0, 1)})) == (
            flow_rules._ONE + 20,
            [(0, 2)],
        )

    def test_who_knows_what_is_below_the_threshold_thinks_less_possible(self):
        net = net_of([4, 4, 12, 5, 0])
        hidden = frozenset({(0, 0), (0, 1), (0, 2), (0, 3)})
        knowing = Varying(net, hidden, knowing=True)
        ends = [(arc.low, arc.high) for _, arc in sorted(knowing.arcs.items(), key=str)[:4]]
        assert ends == [(1, 4), (1, 4), (5, None), (5, None)]
        assert {(arc.low, arc.high) for arc in Varying(net, hidden).arcs.values()} >= {(1, None)}
        # 5 people can only be more, 12 can be fewer.
        assert knowing.varies((0, 0), 9, set()) == (0, 3)
        assert knowing.varies((0, 3), 9, set()) == (9, 0)
        alone = Varying(net, frozenset({(0, 0), (0, 3)}), knowing=True)
        assert alone.varies((0, 0), 9, set()) == (0, 3)
        ones = Varying(net_of([1, 5, 12]), frozenset({(0, 0), (0, 1)}), knowing=True)
        assert ones.varies((0, 0), 9, set()) == (0, 0)
        assert ones._price((0, 2), False, 1) == flow_rules._ONE + 12
        assert ones._price((0, 2), False, 7) == flow_rules._ONE + 12
        assert ones._price((0, 2), False, 8) is None

    def test_where_zeros_are_hidden_they_are_small(self):
        net = net_of([3, 0, 12], least=0)
        assert net.small == {(0, 0), (0, 1)}
        state = Varying(net, frozenset(net.small))
        assert state.varies((0, 0), 9, set()) == (0, 3)
        assert state.varies((0, 1), 9, set()) == (3, 0)
        assert net_of([3, 0, 12]).small == {(0, 0)}

    def test_a_place_that_is_shown_again_does_not_move(self):
        state = self.state((0, 0))
        ends = [state.net.arcs[0, 2].tail, state.net.arcs[0, 2].head]
        assert not any((0, 2) in state.out[end] for end in ends)
        state.hide((0, 2))
        assert all((0, 2) in state.out[end] for end in ends)
        state.show((0, 2))
        assert not any((0, 2) in state.out[end] for end in ends)
        assert state.hidden == {(0, 0)}

    def test_a_rounded_place_moves_a_little_also_when_it_is_shown(self):
        state = self.state((0, 0), rounded=True)
        state.hide((0, 1))
        state.show((0, 1))
        assert all((0, 1) in state.out[end] for end in (2, state.net.arcs[0, 1].head))

    def test_of_a_long_line_its_totals_and_the_cheapest_counts(self):
        line = [3, *range(200, 100, -1)]
        net = Net(counts([line], columns=False), Rule(5))
        cheap = net.cheap[2]
        assert cheap[0] == (0, None)
        assert cheap[1:] == [(0, column) for column in range(100, 40, -1)]
        assert net.cheap[2 + 1 + 5] == [(None, 5), (0, 5)]

    def test_the_whole_of_a_long_line_where_it_must_be(self):
        line = [3, *[100] * flow_rules.CHEAP_WAYS, 120]
        state = Varying(net_of(line), frozenset({(0, 0)}))
        past = frozenset((0, column) for column in range(1, len(line) - 1)) | {(0, None)}
        assert state.cheapest((0, 0), False, 1, past) is None
        _, steps = state.cheapest((0, 0), False, 1, past, everywhere=True)
        assert steps == [(0, len(line) - 1)]

    @pytest.mark.parametrize(
        ("cells", "place", "forward", "left"),
        [
            # 8 is shown as 10, which is 8 to 12; 3 is hidden, 1 or more; 0 never changes.
            ([3, 8, 0], (0, 1), True, 4),
            ([3, 8, 0], (0, 1), False, 0),
            # The least that is shown is 5.
            ([3, 5, 0], (0, 1), True, 2),
            ([3, 5, 0], (0, 1), False, 0),
            ([3, 11, 0], (0, 1), True, 1),
            ([3, 11, 0], (0, 1), False, 3),
            ([3, 8, 0], (0, 0), True, None),
            ([3, 8, 0], (0, 0), False, 2),
            ([3, 8, 0], (0, 2), True, 0),
            ([3, 8, 0], (0, 2), False, 0),
            # A total that the table does not have is whatever the counts add up to.
            ([3, 8, 0], (None, 1), True, None),
            ([3, 8, 0], (None, 1), False, 8),
        ],
    )
    def test_how_far_a_place_can_still_move(self, cells, place, forward, left):
        net = Net(counts([cells], columns=False), Rule(5, True))
        state = Varying(net, frozenset(net.small))
        assert state._left(place, forward, {}) == left
        if left:
            assert state._left(place, forward, {place: 1 if forward else -1}) == left - 1

    def test_moving_is_free_or_the_place_is_hidden_or_it_cannot(self):
        one, total = flow_rules._ONE, flow_rules._TOTAL
        net = Net(counts([[3, 12, 0]], columns=False), Rule(5))
        state = Varying(net, frozenset({(0, 0)}))
        assert state._price((0, 0), True, 4) == 0
        assert state._price((0, 0), False, 2) == 0
        assert state._price((0, 0), False, 3) is None
        assert state._price((0, 1), True, 4) == state._price((0, 1), False, 4) == one + 12
        assert state._price((0, None), True, 4) == one + total + 15
        # A place more costs more than any number of totals, and a total than any number of people.
        assert one >= 1000 * total >= 10**12
        assert state._price((0, 2), True, 4) is None
        assert state._price((None, 0), True, 4) == 0
        assert state._price((None, 0), False, 3) == 0
        assert state._price((None, 0), False, 4) is None
        state.kept = (0, 1)
        assert state._price((0, 1), True, 4) >= one * 1000
        state.hide((0, 1))
        assert state._price((0, 1), False, 11) == 0

    def test_the_cheapest_way_up_or_down(self):
        one, total = flow_rules._ONE, flow_rules._TOTAL
        state = self.state((0, 0))
        assert state.cheapest((0, 0), True, 4) == (one + 12, [(0, 1)])
        assert state.cheapest((0, 0), False, 2) == (one + 12, [(0, 1)])
        assert state.cheapest((0, 0), False, 3) is None
        state.kept = (0, 1)
        assert state.cheapest((0, 0), True, 4) == (one + 20, [(0, 2)])
        state.hide((0, 2))
        assert state.cheapest((0, 0), True, 4) == (0, [])
        table = counts([[3, 0]], columns=False)
        net = Net(table, Rule(3))
        alone = Varying(net, frozenset({(0, 0)}))
        assert alone.cheapest((0, 0), True, 2) == (one + total + 3, [(0, None)])
