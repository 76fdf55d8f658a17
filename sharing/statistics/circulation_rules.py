"""Which counts of a table with at most one total in each direction are hidden (docs/rulebook.md, S1, S2).

The table is a circulation (`flow_rules`). A hidden count is safe when it can take as many values as
the threshold asks for whoever reads the table, two for whoever knows besides which hidden counts
are below the threshold, and two for a contributor who knows its own line, where the agreement asks
for that.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sharing.counts_rules import Counts, Place, Readers, Rule
from sharing.statistics.flow_rules import Net, Varying


def hide(counts: Counts, rule: Rule, readers: Readers) -> tuple[frozenset[Place], frozenset[Place]]:
    """S1, S2 Return the places hidden for being small, and those hidden so that none of them can be
    worked out."""
    net = Net(counts, rule)
    small = frozenset(net.small)
    return small, _hide_further(net, small, readers) - small


@dataclass(frozen=True, slots=True)
class _Demand:
    """A hidden place must vary by so much for some readers, while places `without` stay."""

    state: Varying
    amount: int
    without: frozenset[Place] = frozenset()
    optional: bool = True


class _Hiding:
    """What is hidden so far, and whether that is enough for each hidden place.

    `witness` has, for each place that varies enough, the places that moved with it: while they stay
    hidden, it does so.
    """

    def __init__(self, net: Net, hidden: frozenset[Place], readers: Readers):
        self.net = net
        self.enough = net.rule.threshold - 1
        self.plain = Varying(net, hidden)
        self.states = [self.plain]
        self.knowing: Varying | None = None
        # Where there is but one small number, who knows that a count is small knows it.
        if readers.knowing and net.rule.threshold - net.rule.least > 1:
            self.knowing = Varying(net, hidden, knowing=True)
            self.states.append(self.knowing)
        self.axis = readers.contributors
        self.witness: dict[Place, set[Place]] = {}
        self.hopeless: set[tuple[Place, bool, frozenset[Place]]] = set()

    @property
    def hidden(self) -> set[Place]:
        """Return what is hidden."""
        return self.plain.hidden

    def hide(self, place: Place) -> None:
        """Hide one more place."""
        for state in self.states:
            state.hide(place)

    def show(self, place: Place) -> None:
        """Show a place that was hidden."""
        for state in self.states:
            state.show(place)

    def keep(self, place: Place | None) -> None:
        """Hide this place only where nothing else does."""
        for state in self.states:
            state.kept = place

    def unmet(self, place: Place) -> _Demand | None:
        """Return the first demand that is not met yet; None where the place varies enough."""
        moved: set[Place] = set()
        for demand in self._demands(place, moved):
            if demand.optional and self._key(place, demand) in self.hopeless:
                continue
            here: set[Place] = set()
            varies = demand.state.varies(place, demand.amount, here, demand.without)
            moved |= here
            if sum(varies) < demand.amount:
                return demand
        self.witness[place] = moved
        return None

    def _demands(self, place: Place, moved: set[Place]) -> Iterator[_Demand]:
        """Yield what is asked of a place. A contributor whose line did not move with it is met."""
        yield _Demand(self.plain, self.enough, optional=False)
        if self.axis is not None:
            own = place[self.axis]
            lines = {other[self.axis] for other in moved} - {own, None}
            for line in sorted(line for line in lines if line is not None):
                yield _Demand(self.plain, min(1, self.enough), self._line(line))
        if self.knowing is not None:
            yield _Demand(self.knowing, min(1, self.enough))

    def _line(self, number: int) -> frozenset[Place]:
        return frozenset(place for place in self.net.arcs if place[self.axis or 0] == number)

    def _key(self, place: Place, demand: _Demand) -> tuple[Place, bool, frozenset[Place]]:
        return place, demand.state.knowing, demand.without

    def mend(self, place: Place, demand: _Demand) -> list[Place]:
        """Hide what meets the demand at the least cost found, and return it.

        Nobody can be helped who knows that a total is small and its parts as many as it: what no
        way leads to is not asked for again.
        """
        steps = (
            self._steps(place, demand, everywhere=False)
            or self._steps(place, demand, everywhere=True)
            or []
        )
        if not steps:
            if not demand.optional:
                raise AssertionError("the totals over a place can always rise with it")
            self.hopeless.add(self._key(place, demand))
        for step in steps:
            self.hide(step)
        return steps

    def _steps(self, place: Place, demand: _Demand, *, everywhere: bool) -> list[Place] | None:
        """Return what to hide. A way along which the place moves a little up may let it move down
        too, so small moves are tried first: they cost the least."""
        state = demand.state
        ways = [
            way
            for amount in range(1, demand.amount + 1)
            for rises in (True, False)
            if (way := state.cheapest(place, rises, amount, demand.without, everywhere=everywhere))
            is not None
        ]
        for _, steps in sorted(ways, key=lambda way: way[0]):
            for step in steps:
                state.hide(step)
            does = sum(state.varies(place, demand.amount, set(), demand.without)) >= demand.amount
            for step in steps:
                state.show(step)
            if does:
                return steps
        return None

    def show_again(self, small: frozenset[Place]) -> frozenset[Place]:
        """Return what is hidden once every further place that is not needed is shown again."""
        for place in sorted(self.hidden - small, key=_largest_first(self.net)):
            leaning = [other for other in self.hidden - {place} if place in self.witness[other]]
            before = {other: self.witness[other] for other in leaning}
            self.show(place)
            if any(self.unmet(other) is not None for other in leaning):
                self.hide(place)
                self.witness |= before
        return frozenset(self.hidden)


def _hide_further(net: Net, small: frozenset[Place], readers: Readers) -> frozenset[Place]:
    """S2 Return the small places and as few further ones as the method finds, so that each hidden
    one varies enough. Each that does not gets the cheapest way of moving, then what turned out not
    to be needed is shown again; in a table that is not too large several orders are tried, and each
    further place is shown for good if others then cost less."""

    def by_value(place: Place) -> tuple[int, ...]:
        return (net.arcs[place].value, *_column_first(place))

    largest_first = _largest_first(net)
    if len(net.arcs) > TRIED_IN_ALL_ORDERS:
        return _hide_in_order(net, small, readers, by_value)
    orders = (by_value, largest_first, _column_first)
    tried = [_hide_in_order(net, small, readers, order) for order in orders]
    best = min(tried, key=lambda hidden: _cost(net, hidden))
    better = True
    while better:
        better = False
        for place in sorted(best - small, key=largest_first):
            other = _hide_in_order(net, best - {place}, readers, by_value, small, place)
            if _cost(net, other) < _cost(net, best):
                best, better = other, True
                break
    return best


TRIED_IN_ALL_ORDERS = 600


# Each order is the same in every process: no two places stand for one another in it.
def _largest_first(net: Net) -> Callable[[Place], tuple[int, ...]]:
    return lambda place: (-net.arcs[place].value, *_column_first(place))


def _column_first(place: Place) -> tuple[int, int]:
    row, column = place
    return (-1 if column is None else column, -1 if row is None else row)


def _cost(net: Net, hidden: frozenset[Place]) -> tuple[int, int, int]:
    totals = sum(None in place for place in hidden)
    return len(hidden), totals, sum(net.arcs[place].value for place in hidden)


def _hide_in_order(
    net: Net,
    begin: frozenset[Place],
    readers: Readers,
    order: Callable[[Place], tuple[int, ...]],
    small: frozenset[Place] | None = None,
    keep: Place | None = None,
) -> frozenset[Place]:
    """Hide more than at the beginning until each hidden place varies enough; `keep` stays shown
    where that can be."""
    hiding = _Hiding(net, begin, readers)
    unsettled = sorted(begin, key=order)
    while unsettled:
        place = unsettled.pop(0)
        demand = hiding.unmet(place)
        if demand is None:
            continue
        hiding.keep(keep)
        steps = hiding.mend(place, demand)
        unsettled = [*steps, place, *unsettled]
    return hiding.show_again(begin if small is None else small)
