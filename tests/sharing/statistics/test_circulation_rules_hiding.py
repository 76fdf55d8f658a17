"""The search in a table with at most one total in each direction: what is hidden so far, and what is asked of it
(S1, S2)."""

import pytest

from sharing.counts_rules import Readers, Rule
from sharing.statistics import circulation_rules
from sharing.statistics.flow_rules import Net
from tests.sharing.statistics.tables_of_counts import counts


class TestHiding:
    """A search that has hidden some places, and goes on."""

    def hiding(self, line, *hidden, readers=None, threshold=5):
        readers = readers or Readers(knowing=False)
        net = Net(counts([line], columns=False), Rule(threshold))
        return circulation_rules._Hiding(net, frozenset(hidden or net.small), readers)

    def test_what_varies_exactly_enough_needs_no_other(self, monkeypatch):
        """Two hidden counts of 3 that add up to 6 may each be 1 to 5: that is enough."""
        monkeypatch.setattr(circulation_rules._Hiding, "mend", None)
        net = Net(counts([[3, 3, 20]], columns=False), Rule(5))
        small = frozenset(net.small)
        order = circulation_rules._column_first
        assert circulation_rules._hide_in_order(net, small, Readers(), order) == small
        hiding = self.hiding([3, 3, 20], (0, 0), (0, 1), (0, 2))
        assert [hiding.unmet(place) for place in sorted(hiding.hidden)] == [None] * 3
        assert hiding.show_again(small) == small

    @pytest.mark.parametrize("line", [[3, 12, 20], [3, 20, 12]])
    def test_of_two_places_that_stand_for_each_other_the_larger_is_shown_again(self, line):
        hiding = self.hiding(line, (0, 0), (0, 1), (0, 2))
        for place in sorted(hiding.hidden):
            hiding.unmet(place)
        shown = hiding.show_again(frozenset({(0, 0)}))
        assert sorted(line[column] for _, column in shown) == [3, 12]

    def test_each_amount_is_tried_up_and_down_and_the_cheapest_that_does_is_taken(
        self, monkeypatch
    ):
        hiding = self.hiding([3, 12, 20])
        calls = []

        def cheapest(place, up, amount, without, *, everywhere):
            calls.append((up, amount))
            return (9 - amount, [(0, 1)]) if amount < 4 else (3, [(0, 2)])

        demand = hiding.unmet((0, 0))
        assert (demand.state, demand.amount, demand.optional) == (hiding.plain, 4, False)
        monkeypatch.setattr(hiding.plain, "cheapest", cheapest)
        assert hiding.mend((0, 0), demand) == [(0, 2)]
        assert sorted(calls) == [(up, amount) for up in (False, True) for amount in range(1, 5)]
        assert hiding.hidden == {(0, 0), (0, 2)}
        monkeypatch.setattr(hiding.plain, "cheapest", lambda *_, **__: None)
        with pytest.raises(AssertionError, match="can always rise"):
            hiding.mend((0, 0), demand)

    def test_who_knows_what_is_small_is_asked_about_last_and_once(self):
        hiding = self.hiding([1, 1, 1, 1], readers=Readers())
        hiding.hide((0, None))
        demand = hiding.unmet((0, 0))
        assert (demand.state, demand.amount, demand.optional) == (hiding.knowing, 1, True)
        assert hiding.mend((0, 0), demand) == []
        assert hiding.unmet((0, 0)) is None
        assert hiding.hidden == {(0, 0), (0, 1), (0, 2), (0, 3), (0, None)}

    @pytest.mark.parametrize(("threshold", "states"), [(2, 1), (3, 2)])
    def test_of_one_small_number_nothing_else_can_be_thought(self, threshold, states):
        hiding = self.hiding([1, 9], readers=Readers(), threshold=threshold)
        assert len(hiding.states) == states
        assert (hiding.knowing is None) == (states == 1)
        assert self.hiding([1, 9], readers=Readers(knowing=False)).knowing is None

    def test_a_contributor_is_asked_about_where_its_line_moved_too(self):
        net = Net(counts([[3, 9], [8, 7], [6, 5]]), Rule(5))
        hidden = frozenset({(0, 0), (0, 1), (1, 0), (1, 1)})
        hiding = circulation_rules._Hiding(net, hidden, Readers(False, 0))
        demand = hiding.unmet((0, 0))
        assert demand.without == {(1, 0), (1, 1), (1, None)}
        assert demand.amount == 1
        assert set(hiding.mend((0, 0), demand)) == {(2, 0), (2, 1)}
        assert hiding.unmet((0, 0)) is None
