"""Making tables of counts safe whose totals are of any kind, or that are tied to one another: subtotals, in
both directions, over one another, and counts that stand in two tables (docs/rulebook.md, S1, S2, S4).

Every sum is an equation. A hidden count is safe when the whole can change, each equation kept and
all that is shown unchanged, so that the count takes as many values as the threshold asks, and two
for whoever knows which hidden counts are below it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sharing.counts_rules import Readers, Rule
from sharing.statistics.sum_rules import Sum
from sharing.statistics.system_rules import (
    Numbers,
    Place,
    Range,
    System,
    cheapest,
    system_of,
)

LARGE = 600
_MOVED = 0.00001


@dataclass(frozen=True, slots=True)
class _Move:
    """A change that keeps every sum: the steps can be added `up` times, and taken away `down`."""

    steps: Mapping[Place, int]
    up: int
    down: int

    def reach(self, place: Place) -> int:
        """Return by how much the place varies along it."""
        return (self.up + self.down) * abs(self.steps.get(place, 0))


@dataclass(frozen=True, slots=True)
class _Demand:
    """A hidden place must vary for some readers: all, those `knowing` which are below the threshold,
    or a contributor who knows a line, whose number `line` is."""

    knowing: bool = False
    line: int | None = None


_PLAIN, _KNOWING = _Demand(), _Demand(knowing=True)


def hide(
    cells: Sequence[Sequence[int]],
    row_sums: Sequence[Sum],
    column_sums: Sequence[Sum],
    rule: Rule,
    readers: Readers,
) -> tuple[frozenset[tuple[int, int]], frozenset[tuple[int, int]]]:
    """S1, S2 Return the places hidden for being small, and those hidden so that none of them can be
    worked out."""
    numbers = Numbers(cells, row_sums, column_sums)
    system = system_of(numbers, rule)
    small = frozenset(place for place, cell in system.cells.items() if rule.is_small(cell.value))
    lines = contributing_lines(numbers, readers.contributors)
    hiding = Hiding(system, small, knowing=readers.knowing, lines=lines)
    further = hiding.run() - small
    return frozenset(map(_in_table, small)), frozenset(map(_in_table, further))


def _in_table(place: Place) -> tuple[int, int]:
    return place[1:]


def contributing_lines(
    numbers: Numbers, contributors: int | None
) -> Mapping[int, frozenset[Place]]:
    """Return the places of each line that somebody stands behind who knows it: all but totals."""
    if contributors is None:
        return {}
    size = len(numbers.cells[0]) if contributors else len(numbers.cells)
    totals = numbers.totals[contributors]
    others = range(len(numbers.cells) if contributors else len(numbers.cells[0]))
    return {
        line: frozenset((0, other, line) if contributors else (0, line, other) for other in others)
        for line in range(size)
        if line not in totals
    }


class Hiding:
    """What is hidden so far, and for each hidden place moves that show that it can vary.

    `blocked` are places that cannot, whatever else is hidden: what they are tied to is shown
    elsewhere.
    """

    def __init__(
        self,
        system: System,
        begin: frozenset[Place],
        *,
        knowing: bool = True,
        lines: Mapping[int, frozenset[Place]] | None = None,
    ):
        self.system = system
        self.begin = begin
        self.knowing = knowing
        self.lines = lines or {}
        self.hidden = set(begin)
        self.blocked: set[Place] = set()
        self.hopeless: set[tuple[Place, _Demand]] = set()
        self.witness: dict[tuple[Place, _Demand], _Move] = {}
        self.large = len(system.cells) > LARGE

    def run(self) -> frozenset[Place]:
        """S2 Return what is hidden: as few further places as the method finds. Each that cannot vary
        enough gets the cheapest move, then what turns out not to be needed is shown again."""
        queue = sorted(self.begin, key=lambda place: self.system.cells[place].value)
        for place in queue:
            for demand in self._demands(place):
                queue += self._settle(place, demand)
        for place in sorted(self.hidden - self.begin, key=self._price_of, reverse=True):
            self._show_again(place)
        return frozenset(self.hidden)

    def _price_of(self, place: Place) -> float:
        return self.system.cells[place].price or 0

    def _demands(self, place: Place) -> Iterator[_Demand]:
        """Yield what is asked of a place, in order: a contributor whose line stays as it is while the
        place varies needs no more."""
        cell = self.system.cells[place]
        if not cell.enough:
            return
        yield _PLAIN
        move = self.witness.get((place, _PLAIN))
        if move is not None:
            for line, places in self.lines.items():
                if place not in places and not places.isdisjoint(move.steps):
                    yield _Demand(line=line)
        # Where there is but one small number, who knows that a count is small knows it.
        low, high = cell.known
        if self.knowing and low != high:
            yield _KNOWING

    def _amount(self, place: Place, demand: _Demand) -> int:
        return self.system.cells[place].enough if demand == _PLAIN else 1

    def _settle(self, place: Place, demand: _Demand) -> list[Place]:
        """Hide what lets the place vary enough, and return it."""
        if (place, demand) in self.witness:
            return []
        move = (
            (None if self.large else self._move(place, demand, hiding=False))
            or self._move(place, demand, hiding=True)
            or (self._move_of_any_size(place) if demand == _PLAIN else None)
        )
        if move is None:
            if demand == _PLAIN:
                self.blocked.add(place)
            # Nobody can be helped who knows that a total is small and its parts as many as it.
            self.hopeless.add((place, demand))
            return []
        new = [
            step
            for step in move.steps
            if step not in self.hidden and not self._has_room(move, step, demand, False)
        ]
        self.hidden.update(new)
        self._learn(move, demand)
        return new

    def _learn(self, move: _Move, demand: _Demand) -> None:
        for step in move.steps:
            if step in self.hidden and move.reach(step) >= self._amount(step, demand):
                self.witness.setdefault((step, demand), move)

    def _show_again(self, place: Place) -> None:
        """Show a further place unless a hidden one then varies too little."""
        before = {key: move for key, move in self.witness.items() if place in move.steps}
        self.hidden.discard(place)
        for key in before:
            del self.witness[key]
        leaning = {other for other, _ in before} - {place}
        if not all(map(self._varies, leaning)):
            self.hidden.add(place)
            self.witness |= before

    def _varies(self, place: Place) -> bool:
        """Return whether a place varies enough with what is hidden now."""
        for demand in self._demands(place):
            if (place, demand) in self.witness or (place, demand) in self.hopeless:
                continue
            move = self._move(place, demand, hiding=False)
            if move is None:
                return False
            self._learn(move, demand)
        return True

    def _has_room(self, move: _Move, place: Place, demand: _Demand, hidden: bool) -> bool:
        step = move.steps[place]
        room = self.system.room(place, hidden, demand.knowing)
        return _room_for(room, abs(step), step > 0, move.up, move.down)

    def _move(self, place: Place, demand: _Demand, *, hiding: bool) -> _Move | None:
        """Return the cheapest move of the place by one at each other place at most; None where
        there is none. Unless `hiding`, only places that have the room as it is move."""
        if self.large:
            near = self._move_among(self.system.near(place), place, demand, hiding)
            if near or not hiding:
                return near
        return self._move_among(self._among(hiding), place, demand, hiding)

    def _among(self, hiding: bool) -> Collection[Place]:
        """Return the places that can move: all, or those hidden and those whose range is known."""
        cells = self.system.cells
        if hiding:
            return list(cells)
        return [place for place in cells if place in self.hidden or _is_open(cells[place].shown)]

    def _ups(self, amount: int) -> list[int]:
        few = {amount, amount // 2, 0}
        return sorted(few if self.large else range(amount + 1), reverse=True)

    def _move_among(
        self, among: Collection[Place], place: Place, demand: _Demand, hiding: bool
    ) -> _Move | None:
        best: _Move | None = None
        least = float("inf")
        amount = self._amount(place, demand)
        without = () if demand.line is None else self.lines[demand.line]
        for up in self._ups(amount):
            down = amount - up
            prices = {
                (other, sign): price
                for other in among
                if other not in without
                for sign in (1, -1)
                if (price := self._price(other, sign, up, down, demand, hiding)) is not None
            }
            if (place, 1) not in prices:
                continue
            solution = cheapest(self.system, place, prices)
            if solution is None:
                continue
            steps, price = solution
            if price < least:
                best, least = _Move(steps, up, down), price
            if not hiding:
                break
        return best

    def _price(
        self, place: Place, sign: int, up: int, down: int, demand: _Demand, hiding: bool
    ) -> float | None:
        """Return what it costs to let a place move by one; None where it cannot."""
        cell, knowing = self.system.cells[place], demand.knowing
        now = self.system.room(place, place in self.hidden, knowing)
        if _room_for(now, 1, sign == 1, up, down):
            return _MOVED
        if hiding and cell.price is not None:
            hidden = self.system.room(place, True, knowing)
            if _room_for(hidden, 1, sign == 1, up, down):
                return cell.price
        return None

    def _move_of_any_size(self, place: Place) -> _Move | None:
        """Return a move by more than one at a place. Where nothing is shown for good there always is:
        the table grows as a whole."""
        cells, up = self.system.cells, self.system.cells[place].enough
        largest = max(cell.value for cell in cells.values())
        prices: dict[tuple[Place, int], float] = {}
        most: dict[tuple[Place, int], int] = {}
        for other, cell in cells.items():
            can_hide = other in self.hidden or cell.price is not None
            fall, rise = self.system.room(other, can_hide, False)
            for sign, room in ((1, largest * up if rise is None else rise), (-1, fall)):
                if room >= up:
                    prices[other, sign] = cell.price or _MOVED
                    most[other, sign] = room // up
        if (place, 1) not in prices:
            return None
        solution = cheapest(self.system, place, prices, most)
        if solution is not None:
            return _Move(solution[0], up, 0)
        return self._growth(place, up)

    def _growth(self, place: Place, up: int) -> _Move | None:
        """Return the move by which all grows; what is shown elsewhere does not grow with it."""
        cells = self.system.cells
        whole = {other: cell.value for other, cell in cells.items() if cell.value}
        for other, step in whole.items():
            can_hide = other in self.hidden or cells[other].price is not None
            if not _room_for(self.system.room(other, can_hide, False), step, True, up, 0):
                return None
        for equation in self.system.equations:
            if sum(by * whole.get(other, 0) for other, by in equation.items()):
                return None
        return _Move(whole, up, 0) if place in whole else None


def _room_for(room: tuple[int, int | None], step: int, rises: bool, up: int, down: int) -> bool:
    """Return whether a place with this room can take the step so often up and down."""
    fall, rise = room
    rising, falling = (up * step, down * step) if rises else (down * step, up * step)
    return falling <= fall and (rise is None or rising <= rise)


def _is_open(shown: Range) -> bool:
    return shown[0] != shown[1]
