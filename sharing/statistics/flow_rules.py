"""How far hidden counts can vary in a table with at most one total in each direction
(docs/rulebook.md, S2).

Such a table is a circulation: the grand total flows from the last place to the first, from there
the total of each row to its row, each count from its row to its column, and the total of each
column to the last place. What is not shown is an arc whose flow may vary; what others can work out
of a hidden count is how far its flow can vary while all that is shown stays as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import chain
from math import inf

from sharing.counts_rules import Counts, Place, Rule


@dataclass(frozen=True, slots=True)
class Arc:
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


class Net:
    """The table as a circulation, with the arcs as they are when only small counts are hidden."""

    def __init__(self, counts: Counts, rule: Rule):
        rows, columns = len(counts.cells), len(counts.cells[0])
        self.rule = rule
        self.nodes = rows + columns + 2
        self.arcs: dict[Place, Arc] = {}
        self.ways: list[list[Place]] = [[] for _ in range(self.nodes)]
        self.small: set[Place] = set()
        first, last = 0, 1

        def add(place: Place, tail: int, head: int, value: int, in_table: bool) -> None:
            if not in_table:
                self.arcs[place] = Arc(tail, head, value, 0, None, False)
            else:
                self.arcs[place] = Arc(tail, head, value, *rule.shown(value), True)
            if in_table and rule.is_small(value):
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

    def hidden(self, place: Place, knowing: bool) -> Arc:
        """Return the arc of a place as it is once hidden. Others must think anything from the least on
        possible; those who are `knowing` know whether the count is below the threshold."""
        arc = self.arcs[place]
        low, high = self.rule.hidden(arc.value, knowing=knowing)
        return Arc(arc.tail, arc.head, arc.value, low, high, False)


# Of a line with more counts than that, so many are thought of to be hidden.
CHEAP_WAYS = 60
# As few places as can be; among as many rather no total; among those the smallest counts.
_TOTAL = 1_000_000_000_000
_ONE = 1_000 * _TOTAL
_KEPT = 1_000 * _ONE


class Varying:
    """How far hidden places can vary, given which are hidden, for those who know which of them are
    below the threshold or for all others."""

    def __init__(self, net: Net, hidden: frozenset[Place], *, knowing: bool = False):
        self.net = net
        self.knowing = knowing
        self.hidden = set(hidden)
        self.kept: Place | None = None
        self.arcs = dict(net.arcs)
        for place in hidden:
            self.arcs[place] = net.hidden(place, knowing)
        # In an order that is the same in each process, as that of a set with None in it is not.
        self.out: list[dict[Place, None]] = [{} for _ in range(net.nodes)]
        for place, arc in self.arcs.items():
            if arc.low != arc.high:
                self.out[arc.tail][place] = None
                self.out[arc.head][place] = None

    def hide(self, place: Place) -> None:
        """Hide one more place."""
        arc = self.arcs[place] = self.net.hidden(place, self.knowing)
        self.hidden.add(place)
        self.out[arc.tail][place] = None
        self.out[arc.head][place] = None

    def show(self, place: Place) -> None:
        """Show a place that was hidden."""
        arc = self.arcs[place] = self.net.arcs[place]
        self.hidden.discard(place)
        if arc.low == arc.high:
            self.out[arc.tail].pop(place, None)
            self.out[arc.head].pop(place, None)

    def varies(
        self,
        place: Place,
        enough: int,
        moved: set[Place],
        without: frozenset[Place] = frozenset(),
    ) -> tuple[int, int]:
        """Return how far a hidden place can rise and fall, until both together are enough, while
        places `without` stay as they are.

        `moved` is given the places that moved with it: while they stay hidden, it varies so.
        """
        up = self._push(place, True, enough, moved, without)
        down = self._push(place, False, enough - up, moved, without)
        return up, down

    def _push(
        self, place: Place, up: bool, limit: int, touched: set[Place], without: frozenset[Place]
    ) -> int:
        """Return how far the place can move, up to `limit`: the greatest flow back by other arcs."""
        arc = self.arcs[place]
        own = arc.slack(up)
        limit = limit if own is None else min(limit, own)
        source, sink = (arc.head, arc.tail) if up else (arc.tail, arc.head)
        moved: dict[Place, int] = {}
        pushed = 0
        while pushed < limit:
            path = self._path(source, sink, without | {place}, moved)
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
        self, source: int, sink: int, without: frozenset[Place], moved: Mapping[Place, int]
    ) -> list[tuple[Place, bool]] | None:
        """Return the shortest way from one node to another on arcs that can still move."""
        came: dict[int, tuple[Place, bool]] = {}
        seen = {source}
        level = [source]
        while level:
            after = []
            for node in level:
                for place in self.out[node]:
                    if place in without:
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

    def cheapest(
        self,
        place: Place,
        up: bool,
        amount: int,
        without: frozenset[Place] = frozenset(),
        *,
        everywhere: bool = False,
    ) -> tuple[int, list[Place]] | None:
        """Return the places to hide so that this one can move by the amount along one way, at the
        least cost, past places `without`; None where there is no such way. `everywhere` looks
        through long lines whole."""
        own = self.arcs[place]
        slack = own.slack(up)
        if slack is not None and slack < amount:
            return None
        source, sink = (own.head, own.tail) if up else (own.tail, own.head)
        ways = self.net.ways if everywhere else self.net.cheap
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
            for step in chain(ways[node], self.out[node]):
                arc = self.arcs[step]
                forward = arc.tail == node
                out = step == place or step in without
                price = None if out else self._price(step, forward, amount)
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
        if not arc.hideable or arc.value == 0:
            return None
        left = self.net.hidden(place, self.knowing).slack(forward)
        if left is not None and left < amount:
            return None
        if place == self.kept:
            return _KEPT
        return _ONE + (_TOTAL if None in place else 0) + arc.value


def _back(
    came: Mapping[int, tuple[Place, bool]], arcs: Mapping[Place, Arc], source: int, sink: int
) -> list[tuple[Place, bool]]:
    """Return the way that led to the sink."""
    way = []
    node = sink
    while node != source:
        place, forward = came[node]
        way.append((place, forward))
        node = arcs[place].tail if forward else arcs[place].head
    return way
