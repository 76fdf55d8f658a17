"""Making a table of counts safe whose totals are of any kind: subtotals, in both directions, over
one another (docs/rulebook.md, S1, S2). Pure functions.

Every sum is an equation. A hidden count is safe when the whole table can change, each equation
kept and all that is shown unchanged, so that the count takes as many values as the threshold asks.
Such a change is a *move*: whole numbers to add to places. The cheapest one, by what must be hidden
for it, is an integer programme, solved by HiGHS.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sharing.counts_rules import nearest_5
from sharing.statistics.sum_rules import Sum

Place = tuple[int, int]

LARGE = 600
NEAR = 10
# What it costs to hide a place: as few as can be, rather no totals, rather small counts.
_TOTAL, _VALUE, _MOVED = 0.01, 0.001, 0.00001


@dataclass(frozen=True, slots=True)
class _Move:
    """A change that keeps every sum: the steps can be added `up` times, and taken away `down`."""

    steps: Mapping[Place, int]
    up: int
    down: int


def hide(
    cells: Sequence[Sequence[int]],
    row_sums: Sequence[Sum],
    column_sums: Sequence[Sum],
    *,
    rounded: bool,
    threshold: int,
) -> tuple[frozenset[Place], frozenset[Place]]:
    """S1, S2 Return the places hidden for being small, and those hidden so that none of them can be
    worked out."""
    table = _Table(cells, row_sums, column_sums, rounded=rounded, threshold=threshold)
    small = frozenset(place for place, value in table.values.items() if value < threshold)
    return small, _Hiding(table, small, threshold - 1).run() - small


class _Table:
    """Places that are not 0, and the equations between them. Zeros are shown and never change."""

    def __init__(
        self,
        cells: Sequence[Sequence[int]],
        row_sums: Sequence[Sum],
        column_sums: Sequence[Sum],
        *,
        rounded: bool,
        threshold: int,
    ):
        self.values: dict[Place, int] = {
            (row, column): count
            for row, line in enumerate(cells)
            for column, count in enumerate(line)
            if count
        }
        self.rounded = rounded
        self.threshold = threshold
        self.largest = max(self.values.values(), default=1)
        self.sums = (row_sums, column_sums)
        self.totals = (
            {line_sum.total for line_sum in row_sums if not line_sum.less},
            {line_sum.total for line_sum in column_sums if not line_sum.less},
        )
        self.equations: list[dict[Place, int]] = []
        for line_sum in row_sums:
            for column in range(len(cells[0])):
                self._equation(
                    {(line, column): factor for line, factor in line_sum.factors.items()}
                )
        for line_sum in column_sums:
            for row in range(len(cells)):
                self._equation({(row, line): factor for line, factor in line_sum.factors.items()})
        self.at: dict[Place, list[int]] = {place: [] for place in self.values}
        for number, equation in enumerate(self.equations):
            for place in equation:
                self.at[place].append(number)

    def _equation(self, factors: Mapping[Place, int]) -> None:
        equation = {place: factor for place, factor in factors.items() if place in self.values}
        if equation:
            self.equations.append(equation)

    def room(self, place: Place, hidden: bool) -> tuple[int, int | None]:
        """Return how far others must think that a count can fall and rise; None without limit.
        Hidden, it may be anything from 1 on, for 0 is always shown."""
        value = self.values[place]
        if hidden:
            return value - 1, None
        if not self.rounded or value < self.threshold:
            return 0, 0
        near = nearest_5(value)
        return value - max(near - 2, self.threshold), near + 2 - value

    def price(self, place: Place) -> float:
        """Return what it costs to hide a place."""
        totals = (place[0] in self.totals[0]) + (place[1] in self.totals[1])
        return 1 + _TOTAL * totals + _VALUE * self.values[place] / self.largest

    def near(self, place: Place) -> list[Place]:
        """Return the places of a large table among which a move is looked for first: lines that
        share a sum with the place's, those with the smallest counts beside it, and the totals over
        them."""
        row, column = place
        rows = self._near_lines(0, row, lambda other: self.values.get((other, column), 0))
        columns = self._near_lines(1, column, lambda other: self.values.get((row, other), 0))
        return [(i, j) for i in rows for j in columns if (i, j) in self.values]

    def _near_lines(self, direction: int, line: int, count: Callable[[int], int]) -> set[int]:
        lines = {line}
        unvisited = [line]
        while unvisited:
            here = unvisited.pop()
            for line_sum in self.sums[direction]:
                total, parts = line_sum.total, line_sum.others
                if here != total and here not in parts:
                    continue
                most = NEAR if here == line else 2
                cheapest = sorted((part for part in parts if count(part)), key=count)[:most]
                for other in (total, *(cheapest if here in (line, total) else ())):
                    if other not in lines:
                        lines.add(other)
                        unvisited.append(other)
        return lines


class _Hiding:
    """What is hidden so far, and for each hidden place a move that shows that it can vary."""

    def __init__(self, table: _Table, small: frozenset[Place], enough: int):
        self.table = table
        self.small = small
        self.enough = enough
        self.hidden = set(small)
        self.witness: dict[Place, _Move] = {}
        large = len(table.values) > LARGE
        self.ups = sorted({enough, enough // 2, 0} if large else range(enough + 1), reverse=True)
        self.large = large

    def run(self) -> frozenset[Place]:
        """S2 Return the small places and as few further ones as the method finds: each that cannot
        vary enough gets the cheapest move, then what turns out not to be needed is shown again."""
        for place in sorted(self.small, key=self.table.values.__getitem__):
            if place in self.witness:
                continue
            move = (
                (None if self.large else self._move(place, hiding=False))
                or self._move(place, hiding=True)
                or self._move_of_any_size(place)
            )
            self.hidden.update(
                step for step in move.steps if not self._has_room(move, step, step in self.hidden)
            )
            self._learn(move)
        for place in sorted(
            self.hidden - self.small, key=lambda further: -self.table.price(further)
        ):
            self._show_again(place)
        return frozenset(self.hidden)

    def _learn(self, move: _Move) -> None:
        for step in move.steps:
            if step in self.hidden:
                self.witness.setdefault(step, move)

    def _show_again(self, place: Place) -> None:
        """Show a further place unless a hidden one then varies too little."""
        before = {other: move for other, move in self.witness.items() if place in move.steps}
        self.hidden.discard(place)
        for other in before:
            del self.witness[other]
        for other in before:
            if other == place or other in self.witness:
                continue
            move = self._move(other, hiding=False)
            if move is None:
                self.hidden.add(place)
                self.witness |= before
                return
            self._learn(move)

    def _has_room(self, move: _Move, place: Place, hidden: bool) -> bool:
        step = move.steps[place]
        return self._room_for(place, abs(step), step > 0, move.up, move.down, hidden)

    def _room_for(
        self, place: Place, step: int, rises: bool, up: int, down: int, hidden: bool
    ) -> bool:
        """Return whether a place can take the step so often up and down."""
        fall, rise = self.table.room(place, hidden)
        rising, falling = (up * step, down * step) if rises else (down * step, up * step)
        return falling <= fall and (rise is None or rising <= rise)

    def _move(self, place: Place, *, hiding: bool) -> _Move | None:
        """Return the cheapest move of the place by one at each other place at most; None where
        there is none. Unless `hiding`, only places that have the room as it is move."""
        if self.large:
            near = self._move_among(self.table.near(place), place, hiding)
            if near or not hiding:
                return near
        among = list(self.table.values) if hiding or self.table.rounded else sorted(self.hidden)
        return self._move_among(among, place, hiding)

    def _move_among(self, among: Sequence[Place], place: Place, hiding: bool) -> _Move | None:
        best: _Move | None = None
        least = float("inf")
        for up in self.ups:
            down = self.enough - up
            prices = {
                (other, sign): price
                for other in among
                for sign in (1, -1)
                if (price := self._price(other, sign, up, down, hiding)) is not None
            }
            if (place, 1) not in prices:
                continue
            solution = _cheapest(self.table, place, prices)
            if solution is None:
                continue
            steps, price = solution
            if price < least:
                best, least = _Move(steps, up, down), price
            if not hiding:
                break
        return best

    def _price(self, place: Place, sign: int, up: int, down: int, hiding: bool) -> float | None:
        """Return what it costs to let a place move by one; None where it cannot."""
        if self._room_for(place, 1, sign == 1, up, down, place in self.hidden):
            return _MOVED
        if hiding and self._room_for(place, 1, sign == 1, up, down, True):
            return self.table.price(place)
        return None

    def _move_of_any_size(self, place: Place) -> _Move:
        """Return a move by more than one at a place; there always is: the table grows as a whole."""
        table, up = self.table, self.enough
        prices = {(other, 1): table.price(other) for other in table.values}
        prices |= {(other, -1): table.price(other) for other in table.values}
        most = {
            (other, sign): table.largest if sign == 1 else (table.values[other] - 1) // up
            for other, sign in prices
        }
        solution = _cheapest(table, place, prices, most)
        steps = solution[0] if solution else table.values
        return _Move(steps, up, 0)


def _able(table: _Table, among: set[Place]) -> set[Place]:
    """Return those of the places that may move at all: one that is alone in a sum cannot."""
    left = {
        number: sum(place in among for place in table.equations[number])
        for number in {number for place in among for number in table.at[place]}
    }
    able = set(among)
    alone = [number for number, count in left.items() if count == 1]
    while alone:
        number = alone.pop()
        place = next(
            (candidate for candidate in table.equations[number] if candidate in able), None
        )
        if place is None:
            continue
        able.discard(place)
        for other in table.at[place]:
            left[other] -= 1
            if left[other] == 1:
                alone.append(other)
    return able


def _cheapest(
    table: _Table,
    place: Place,
    prices: Mapping[tuple[Place, int], float],
    most: Mapping[tuple[Place, int], int] | None = None,
) -> tuple[dict[Place, int], float] | None:
    """Return the steps, of the place upwards by one or more, that keep every sum at the least
    price; each is at most 1, or `most`. None where there are none."""
    able = _able(table, {other for other, _ in prices})
    if place not in able:
        return None
    prices = {step: price for step, price in prices.items() if step[0] in able}
    # Only tables with more than one total in a direction need the solver, and it is slow to load.
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    steps = list(prices)
    entries: list[tuple[int, int, int]] = []
    numbers: dict[int, int] = {}
    for column, (other, sign) in enumerate(steps):
        for equation in table.at[other]:
            row = numbers.setdefault(equation, len(numbers))
            entries.append((row, column, sign * table.equations[equation][other]))
    ends = np.array([most[step] if most else 1 for step in steps], dtype=float)
    begins = np.zeros(len(steps))
    begins[steps.index((place, 1))] = 1
    if (place, -1) in prices:
        ends[steps.index((place, -1))] = 0
    rows, columns, factors = zip(*entries, strict=True) if entries else ((), (), ())
    matrix = csr_array((factors, (rows, columns)), shape=(max(len(numbers), 1), len(steps)))
    solved = milp(
        np.array([prices[step] for step in steps]),
        integrality=np.ones(len(steps)),
        bounds=Bounds(begins, ends),
        constraints=LinearConstraint(matrix, 0, 0),
    )
    if solved.x is None:
        return None
    moved: dict[Place, int] = {}
    for (other, sign), amount in zip(steps, solved.x, strict=True):
        if number := round(amount):
            moved[other] = moved.get(other, 0) + sign * number
    moved = {other: step for other, step in moved.items() if step}
    # A solver works with fractions: what it found is added up in whole numbers before it counts.
    for number in {number for other in moved for number in table.at[other]}:
        if sum(factor * moved.get(other, 0) for other, factor in table.equations[number].items()):
            return None
    return moved, float(solved.fun)
