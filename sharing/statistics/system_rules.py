"""Counts and the sums between them, of one table or of several, as a system of equations
(docs/rulebook.md, S2, S4).

A *move* is whole numbers to add to counts so that each sum still holds and all that is shown stays
as it is. The cheapest one, by what must be hidden for it, is an integer programme, solved by HiGHS.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sharing.counts_rules import Rule
from sharing.statistics.sum_rules import Sum

# A count: the number of its table, its row and its column.
Place = tuple[int, int, int]
# The least and the greatest that others must think possible; None without limit.
Range = tuple[int, int | None]
# What it costs to hide a place: as few as can be, rather no totals, rather small counts.
_TOTAL, _VALUE = 0.01, 0.001
NEAR = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """A count: its value, what others must think possible while it is `shown`, once it is `hidden`,
    and once it is hidden for those who know whether it is below the threshold (`known`).

    `price` is what it costs to hide it, None where it cannot be hidden; hidden, it must be able to
    take one value more than `enough`.
    """

    value: int
    shown: Range
    hidden: Range
    known: Range
    price: float | None
    enough: int


def cell_of(value: int, rule: Rule, price: float | None) -> Cell:
    """Return the cell of a count by a rule."""
    known = rule.hidden(value, knowing=True)
    return Cell(value, rule.shown(value), rule.hidden(value), known, price, rule.threshold - 1)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A table of counts with the sums between its rows and between its columns, as whole numbers."""

    cells: Sequence[Sequence[int]]
    row_sums: Sequence[Sum] = ()
    column_sums: Sequence[Sum] = ()

    @property
    def totals(self) -> tuple[set[int], set[int]]:
        """Return the rows and the columns that are totals."""
        return (
            {line_sum.total for line_sum in self.row_sums if not line_sum.less},
            {line_sum.total for line_sum in self.column_sums if not line_sum.less},
        )

    def equations(self) -> list[dict[tuple[int, int], int]]:
        """Return the sums, cell by cell."""
        rows = [
            {(line, column): factor for line, factor in line_sum.factors.items()}
            for line_sum in self.row_sums
            for column in range(len(self.cells[0]))
        ]
        columns = [
            {(row, line): factor for line, factor in line_sum.factors.items()}
            for line_sum in self.column_sums
            for row in range(len(self.cells))
        ]
        return rows + columns

    def prices(self) -> dict[tuple[int, int], float]:
        """Return what it costs to hide each place."""
        largest = max([1, *(count for line in self.cells for count in line)])
        total_rows, total_columns = self.totals
        return {
            (row, column): 1
            + _TOTAL * ((row in total_rows) + (column in total_columns))
            + _VALUE * count / largest
            for row, line in enumerate(self.cells)
            for column, count in enumerate(line)
        }

    def near(self, row: int, column: int) -> list[tuple[int, int]]:
        """Return the places of a large table among which a move is looked for first: lines that
        share a sum with the place's, those with the smallest counts beside it, and the totals over
        them."""
        rows = _near_lines(self.row_sums, row, lambda other: self.cells[other][column])
        columns = _near_lines(self.column_sums, column, lambda other: self.cells[row][other])
        return [(i, j) for i in rows for j in columns]


def _near_lines(sums: Sequence[Sum], line: int, count: Callable[[int], int]) -> set[int]:
    lines = {line}
    unvisited = [line]
    while unvisited:
        here = unvisited.pop()
        for line_sum in sums:
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


@dataclass(slots=True)
class System:
    """Cells and the equations between them. What always is as it is, as a zero that is shown, takes
    no part. `near` returns the places among which a move is looked for first."""

    cells: Mapping[Place, Cell]
    equations: Sequence[Mapping[Place, int]]
    near: Callable[[Place], Collection[Place]]
    at: dict[Place, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.at = {place: [] for place in self.cells}
        for number, equation in enumerate(self.equations):
            for place in equation:
                self.at[place].append(number)

    def room(self, place: Place, hidden: bool, knowing: bool) -> tuple[int, int | None]:
        """Return how far others must think that a count can fall and rise; None without limit."""
        cell = self.cells[place]
        low, high = cell.shown if not hidden else cell.known if knowing else cell.hidden
        return cell.value - low, None if high is None else high - cell.value


def system_of(numbers: Numbers, rule: Rule) -> System:
    """Return the system of one table. Zeros that are shown never change."""
    prices = numbers.prices()
    cells = {
        (0, row, column): cell_of(count, rule, prices[row, column])
        for row, line in enumerate(numbers.cells)
        for column, count in enumerate(line)
        if count or not rule.least
    }
    equations = []
    for equation in numbers.equations():
        parts = {(0, *at): factor for at, factor in equation.items() if (0, *at) in cells}
        if parts:
            equations.append(parts)

    def near(place: Place) -> list[Place]:
        _, row, column = place
        return [(0, *other) for other in numbers.near(row, column) if (0, *other) in cells]

    return System(cells, equations, near)


def _able(system: System, among: set[Place]) -> set[Place]:
    """Return those of the places that may move at all: one that is alone in a sum cannot."""
    left = {
        number: sum(place in among for place in system.equations[number])
        for number in {number for place in among for number in system.at[place]}
    }
    able = set(among)
    alone = [number for number, count in left.items() if count == 1]
    while alone:
        number = alone.pop()
        place = next(
            (candidate for candidate in system.equations[number] if candidate in able), None
        )
        if place is None:
            continue
        able.discard(place)
        for other in system.at[place]:
            left[other] -= 1
            if left[other] == 1:
                alone.append(other)
    return able


def cheapest(
    system: System,
    place: Place,
    prices: Mapping[tuple[Place, int], float],
    most: Mapping[tuple[Place, int], int] | None = None,
) -> tuple[dict[Place, int], float] | None:
    """Return the steps, of the place upwards by one or more, that keep every sum at the least
    price; each is at most 1, or `most`. None where there are none."""
    able = _able(system, {other for other, _ in prices})
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
        for equation in system.at[other]:
            row = numbers.setdefault(equation, len(numbers))
            entries.append((row, column, sign * system.equations[equation][other]))
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
    for number in {number for other in moved for number in system.at[other]}:
        if sum(factor * moved.get(other, 0) for other, factor in system.equations[number].items()):
            return None
    return moved, float(solved.fun)


def filled(
    cells: Mapping[Place, Range], equations: Sequence[tuple[Mapping[Place, int], int]], most: int
) -> dict[Place, int] | None:
    """S4 Return values for counts that nobody knows any more, within their ranges and so that each
    equation (places with factors, and what they add up to) holds; those without a limit as far from
    their least as can be up to `most`. None where there are none."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    number = {place: column for column, place in enumerate(cells)}
    room = len(number)
    entries: list[tuple[int, int, int]] = []
    lows: list[float] = []
    highs: list[float] = []

    def constrain(parts: Mapping[int, int], low: float, high: float) -> None:
        entries.extend((len(lows), column, factor) for column, factor in parts.items())
        lows.append(low)
        highs.append(high)

    for equation, amount in equations:
        constrain({number[place]: by for place, by in equation.items()}, amount, amount)
    ends = [np.inf if high is None else high for _, high in cells.values()]
    for place, (low, high) in cells.items():
        if high is None:
            constrain({number[place]: 1, room: -1}, low, np.inf)
    rows, columns, factors = zip(*entries, strict=True) if entries else ((), (), ())
    solved = milp(
        np.array([0.0] * room + [-1.0]),
        integrality=np.ones(room + 1),
        bounds=Bounds([low for low, _ in cells.values()] + [0], [*ends, most]),
        constraints=LinearConstraint(
            csr_array((factors, (rows, columns)), shape=(len(lows), room + 1)), lows, highs
        )
        if lows
        else (),
    )
    if solved.x is None:
        return None
    values = {place: round(solved.x[column]) for place, column in number.items()}
    for equation, amount in equations:
        if sum(by * values[place] for place, by in equation.items()) != amount:
            return None
    return values
