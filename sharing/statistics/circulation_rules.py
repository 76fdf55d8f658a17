"""Which counts of a table with at most one total in each direction are hidden (docs/rulebook.md, S1, S2).

A table is a circulation: the grand total flows from the last place to the first, from there the
total of each row to its row, each count from its row to its column, and the total of each column
to the last place. What is not shown is an arc whose flow may vary; what others can work out of a
hidden count is how far its flow can vary while all that is shown stays as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import chain
from math import inf
from typing import Any

from sharing.counts_rules import Counts, Place, nearest_5


def hide(
    counts: Counts, *, rounded: bool, threshold: int
) -> tuple[frozenset[Place], frozenset[Place]]:
    """S1, S2 Return the places hidden for being small, and those hidden so that none of them can be
    worked out."""
    net = _Net(counts, rounded=rounded, threshold=threshold)
    small = frozenset(net.small)
    return small, _hide_further(net, small, threshold - 1) - small


@dataclass(frozen=True, slots=True)
class _Arc:
    """A place as an arc from `tail` to `head`. `low` and `high` bound what others must think
    possible while the place is as it is now; `hideable` ones are shown and may be hidden if not 0."""

    tail: int
    head: int
    value: int
    low: int
    high: int | None
    hideable: bool

    def slack(self, up: bool) -> int | None:
        """Return how far the value may rise, or fall; None without limit."""
        if not up:
            return self.value - self.low
        return None if self.high is None else self.high - self.value


class _Net:
    """The table as a circulation, with the arcs as they are when only small counts are hidden."""

    def __init__(self, counts: Counts, *, rounded: bool, threshold: int):
        rows, columns = len(counts.cells), len(counts.cells[0])
        self.nodes = rows + columns + 2
        self.arcs: dict[Place, _Arc] = {}
        self.ways: list[list[Place]] = [[] for _ in range(self.nodes)]
        self.small: set[Place] = set()
        first, last = 0, 1

        def add(place: Place, tail: int, head: int, value: int, in_table: bool) -> None:
            if not in_table:
                self.arcs[place] = _Arc(tail, head, value, 0, None, False)
            elif rounded and value >= threshold:
                near = nearest_5(value)
                low, high = max(near - 2, threshold), near + 2
                self.arcs[place] = _Arc(tail, head, value, low, high, True)
            else:
                self.arcs[place] = _Arc(tail, head, value, value, value, True)
            if in_table and 1 <= value < threshold:
                self.small.add(place)

        for row, line in enumerate(counts.cells):
            for column, value in enumerate(line):
                add((row, column), 2 + row, 2 + rows + column, value, True)
            add((row, None), first, 2 + row, sum(line), counts.row_totals is not None)
        for column in range(columns):
            total = sum(line[column] for line in counts.cells)
            has_totals = counts.column_totals is not None
            add((None, column), 2 + rows + column, last, total, has_totals)
        grand = sum(map(sum, counts.cells))
        add((None, None), last, first, grand, counts.grand is not None)
        for place, arc in self.arcs.items():
            if arc.value:
                self.ways[arc.tail].append(place)
                self.ways[arc.head].append(place)
        self.cheap = list(map(self._cheap_ways, self.ways))

    def _cheap_ways(self, ways: list[Place]) -> list[Place]:
        """Narrow the arcs of a long line to its totals and the cheapest to hide; what can move
        already is known elsewhere."""
        by_value = sorted(
            (place for place in ways if None not in place and place not in self.small),
            key=lambda place: self.arcs[place].value,
        )
        return [place for place in ways if None in place] + by_value[:CHEAP_WAYS]


# Of a line with more counts than that, so many are thought of to be hidden.
CHEAP_WAYS = 60


def _hidden(arc: _Arc) -> _Arc:
    """Return the arc of a hidden place: anything from 1 on is possible, for 0 is always shown."""
    return replace(arc, low=1, high=None, hideable=False)


class _Varying:
    """How far hidden places can vary, given which are hidden."""

    def __init__(self, net: _Net, hidden: frozenset[Place]):
        self.net = net
        self.hidden = set(hidden)
        self.witness: dict[Place, set[Place]] = {}
        self.kept: Place | None = None
        self.arcs = dict(net.arcs)
        for place in hidden:
            self.arcs[place] = _hidden(net.arcs[place])
        self.out: list[set[Place]] = [set() for _ in range(net.nodes)]
        for place, arc in self.arcs.items():
            if arc.low != arc.high:
                self.out[arc.tail].add(place)
                self.out[arc.head].add(place)

    def hide(self, place: Place) -> None:
        """Hide one more place."""
        arc = self.arcs[place] = _hidden(self.net.arcs[place])
        self.hidden.add(place)
        self.out[arc.tail].add(place)
        self.out[arc.head].add(place)

    def show(self, place: Place) -> None:
        """Show a place that was hidden."""
        arc = self.arcs[place] = self.net.arcs[place]
        self.hidden.discard(place)
        if arc.low == arc.high:
            self.out[arc.tail].discard(place)
            self.out[arc.head].discard(place)

    def varies(self, place: Place, enough: int) -> tuple[int, int]:
        """Return how far a hidden place can rise and fall, until both together are enough.

        `witness` then has the places that moved with it: while they stay hidden, it varies so.
        """
        moved: set[Place] = set()
        up = self._push(place, True, enough, moved)
        down = self._push(place, False, enough - up, moved)
        self.witness[place] = moved
        return up, down

    def _push(self, place: Place, up: bool, limit: int, touched: set[Place]) -> int:
        """Return how far the place can move, up to `limit`: the greatest flow back by other arcs."""
        arc = self.arcs[place]
        own = arc.slack(up)
        limit = limit if own is None else min(limit, own)
        source, sink = (arc.head, arc.tail) if up else (arc.tail, arc.head)
        moved: dict[Place, int] = {}
        pushed = 0
        while pushed < limit:
            path = self._path(source, sink, place, moved)
            if path is None:
                break
            amount = limit - pushed
            for step, forward in path:
                left = self._left(step, forward, moved)
                amount = amount if left is None else min(amount, left)
            for step, forward in path:
                moved[step] = moved.get(step, 0) + (amount if forward else -amount)
                touched.add(step)
            pushed += amount
        return pushed

    def _left(self, place: Place, forward: bool, moved: Mapping[Place, int]) -> int | None:
        slack = self.arcs[place].slack(forward)
        if slack is None:
            return None
        return slack - moved.get(place, 0) if forward else slack + moved.get(place, 0)

    def _path(
        self, source: int, sink: int, without: Place, moved: Mapping[Place, int]
    ) -> list[tuple[Place, bool]] | None:
        """Return the shortest way from one node to another on arcs that can still move."""
        came: dict[int, tuple[Place, bool]] = {}
        seen = {source}
        level = [source]
        while level:
            after = []
            for node in level:
                for place in self.out[node]:
                    if place == without:
                        continue
                    arc = self.arcs[place]
                    forward = arc.tail == node
                    other = arc.head if forward else arc.tail
                    if other in seen or self._left(place, forward, moved) == 0:
                        continue
                    seen.add(other)
                    came[other] = (place, forward)
                    if other == sink:
                        return _back(came, self.arcs, source, sink)
                    after.append(other)
            level = after
        return None

    def cheapest(self, place: Place, up: bool, amount: int) -> tuple[int, list[Place]] | None:
        """Return the places to hide so that this one can move by the amount along one way, at the
        least cost; None where there is no such way."""
        own = self.arcs[place]
        slack = own.slack(up)
        if slack is not None and slack < amount:
            return None
        source, sink = (own.head, own.tail) if up else (own.tail, own.head)
        best = {source: 0}
        came: dict[int, tuple[Place, bool]] = {}
        frontier = [(0, source)]
        while frontier:
            so_far, node = heappop(frontier)
            if node == sink:
                way = _back(came, self.arcs, source, sink)
                return so_far, [step for step, forward in way if self._price(step, forward, amount)]
            if so_far > best[node]:
                continue
            for step in chain(self.net.cheap[node], self.out[node]):
                arc = self.arcs[step]
                forward = arc.tail == node
                price = None if step == place else self._price(step, forward, amount)
                if price is None:
                    continue
                other = arc.head if forward else arc.tail
                cost = so_far + price
                if cost < best.get(other, inf):
                    best[other] = cost
                    came[other] = (step, forward)
                    heappush(frontier, (cost, other))
        return None

    def _price(self, place: Place, forward: bool, amount: int) -> int | None:
        """Return the cost of letting a place move by the amount: 0, hiding it, or None."""
        arc = self.arcs[place]
        left = arc.slack(forward)
        if left is None or left >= amount:
            return 0
        # Hidden, it may be any number from 1 on; what is shown is more than the amount.
        if not arc.hideable or arc.value == 0:
            return None
        if place == self.kept:
            return _KEPT
        return _ONE + (_TOTAL if None in place else 0) + arc.value


# As few places as can be; among as many rather no total; among those the smallest counts.
_TOTAL = 1_000_000_000_000
_ONE = 1_000 * _TOTAL
_KEPT = 1_000 * _ONE


def _back(
    came: Mapping[int, tuple[Place, bool]], arcs: Mapping[Place, _Arc], source: int, sink: int
) -> list[tuple[Place, bool]]:
    """Return the way that led to the sink."""
    way = []
    node = sink
    while node != source:
        place, forward = came[node]
        way.append((place, forward))
        node = arcs[place].tail if forward else arcs[place].head
    return way


def _hide_further(net: _Net, small: frozenset[Place], enough: int) -> frozenset[Place]:
    """S2 Return the small places and as few further ones as the method finds, so that each hidden
    one can vary by `enough`. Each that cannot gets the cheapest way of moving, then what turned out
    not to be needed is shown again; in a table that is not too large several orders are tried, and
    each further place is shown for good if others then cost less."""

    def by_value(place: Place) -> int:
        return net.arcs[place].value

    def largest_first(place: Place) -> int:
        return -net.arcs[place].value

    if len(net.arcs) > TRIED_IN_ALL_ORDERS:
        return _hide_in_order(net, small, enough, by_value)
    orders = (by_value, largest_first, _column_first)
    tried = [_hide_in_order(net, small, enough, order) for order in orders]
    best = min(tried, key=lambda hidden: _cost(net, hidden))
    better = True
    while better:
        better = False
        for place in sorted(best - small, key=largest_first):
            other = _hide_in_order(net, best - {place}, enough, by_value, small, place)
            if _cost(net, other) < _cost(net, best):
                best, better = other, True
                break
    return best


TRIED_IN_ALL_ORDERS = 600


def _column_first(place: Place) -> tuple[int, int]:
    row, column = place
    return (-1 if column is None else column, -1 if row is None else row)


def _cost(net: _Net, hidden: frozenset[Place]) -> tuple[int, int, int]:
    totals = sum(None in place for place in hidden)
    return len(hidden), totals, sum(net.arcs[place].value for place in hidden)


def _hide_in_order(
    net: _Net,
    begin: frozenset[Place],
    enough: int,
    order: Callable[[Place], Any],
    small: frozenset[Place] | None = None,
    keep: Place | None = None,
) -> frozenset[Place]:
    """Hide more than at the beginning until each hidden place varies enough; `keep` stays shown
    where that can be."""
    state = _Varying(net, begin)
    unsettled = sorted(begin, key=order)
    while unsettled:
        place = unsettled.pop(0)
        if sum(state.varies(place, enough)) >= enough:
            continue
        state.kept = keep
        steps = _cheapest_that_does(state, place, enough)
        for step in steps:
            state.hide(step)
        unsettled = [*steps, *unsettled]
    return _show_again(state, begin if small is None else small, enough)


def _cheapest_that_does(state: _Varying, place: Place, enough: int) -> list[Place]:
    """Return what to hide so that the place varies enough, at the least cost found.

    A way along which it moves a little up may let it move down too, so small moves are tried
    first: they cost the least. One always does: the totals over a place rise with it.
    """
    ways = [
        way
        for amount in range(1, enough + 1)
        for rises in (True, False)
        if (way := state.cheapest(place, rises, amount)) is not None
    ]
    for _, steps in sorted(ways, key=lambda way: way[0]):
        for step in steps:
            state.hide(step)
        does = sum(state.varies(place, enough)) >= enough
        for step in steps:
            state.show(step)
        if does:
            return steps
    raise AssertionError("the totals over a place can always rise with it")


def _show_again(state: _Varying, small: frozenset[Place], enough: int) -> frozenset[Place]:
    """Return what is hidden once every further place that is not needed is shown again."""
    for place in sorted(state.hidden - small, key=lambda place: -state.net.arcs[place].value):
        leaning = [other for other in state.hidden - {place} if place in state.witness[other]]
        before = {other: state.witness[other] for other in leaning}
        state.show(place)
        if any(sum(state.varies(other, enough)) < enough for other in leaning):
            state.hide(place)
            state.witness |= before
    return frozenset(state.hidden)
