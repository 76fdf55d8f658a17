"""Tables of counts for tests of the rules of statistics."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, csr_array

from privacy_portal.ground.names import folded_heading
from sharing.counts_rules import Counts, Method, Profile, nearest_5
from sharing.statistics.grid_rules import Grid, make_grid_safe
from sharing.statistics.sum_rules import Sum

COUNT = st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 8, 12, 20, 33, 70])


def counts(cells, rows=True, columns=True):
    """Return a table with its totals, or without those of rows or of columns."""
    cells = tuple(map(tuple, cells))
    return Counts(
        cells,
        row_totals=tuple(map(sum, cells)) if rows else None,
        column_totals=tuple(map(sum, zip(*cells, strict=True))) if columns else None,
    )


def make_safe(table, method, threshold, **options):
    """Return what may be shown of a table, its cells and totals apart; None for totals it lacks."""
    lines = [list(line) for line in table.cells]
    rows, columns = len(lines), len(lines[0])
    if table.row_totals:
        for line, total in zip(lines, table.row_totals, strict=True):
            line.append(total)
    if table.column_totals:
        grand = [] if table.grand is None else [table.grand]
        lines.append([*table.column_totals, *grand])
    row_sums = (Sum(rows, tuple(range(rows))),) if table.column_totals else ()
    column_sums = (Sum(columns, tuple(range(columns))),) if table.row_totals else ()
    grid = Grid(tuple(map(tuple, lines)), row_sums, column_sums)
    safe = make_grid_safe(grid, Profile(method, threshold, **options))
    return SimpleNamespace(
        cells=tuple(line[:columns] for line in safe.cells[:rows]),
        row_totals=tuple(line[columns] for line in safe.cells[:rows]) if table.row_totals else None,
        column_totals=safe.cells[rows][:columns] if table.column_totals else None,
        grand=None if table.grand is None else safe.cells[rows][columns],
        small=safe.small,
        further=safe.further,
        groups=safe.groups,
    )


def one_row(*cells):
    """Return a table of one row and its total."""
    return counts([cells], columns=False)


@st.composite
def tables(draw, most=5):
    """Draw a table of up to so many rows and columns, with or without totals."""
    columns = draw(st.integers(1, most))
    rows = draw(st.integers(1, most))
    cells = [[draw(COUNT) for _ in range(columns)] for _ in range(rows)]
    return counts(cells, draw(st.booleans()), draw(st.booleans()))


SAY_TOTAL = [
    "Total", "TOTAL", " total ", "Totals", "Grand Total", "Grand  total", "Subtotal", "Sub-total", "Sub total",
    "Primary subtotal", "All", "All schools", "Sum", "Sum of pupils", "Overall", "Pupils (total)", "Total\u00a0",
    "Total pupils", "North_total",
]  # fmt: skip
SAY_NOTHING = ["Razem", "Gesamt", "Alle Schulen", "Town", "Area 7", "مجموع", "North", "12"]


@dataclass
class Lines:
    """Lines in one direction: each as the leaves it adds up, and how it is called."""

    parts: list[tuple[int, ...]]
    labels: list[str]
    leaves: int

    def matrix(self):
        """Which leaves each line adds up: what the people who made the table know."""
        found = np.zeros((len(self.parts), self.leaves), dtype=int)
        for number, part in enumerate(self.parts):
            found[number, list(part)] = 1
        return found


def crossed_lines(rng, most):
    """Lines of pupils by two groupings at once, without a line for each leaf or with, in turns, the
    groupings one after the other, added up step by step: often nothing stands beside them that says
    total, and yet they are tied."""
    many, kinds = int(rng.integers(2, most)), int(rng.choice([2, 2, 2, 3]))
    leaves = many * kinds
    grid = np.arange(leaves).reshape(many, kinds)
    every = [((int(number),), f"leaf {number}") for number in range(leaves)]
    first = [(tuple(map(int, group)), f"group {at}") for at, group in enumerate(grid)]
    second = [(tuple(map(int, group)), f"kind {at}") for at, group in enumerate(grid.T)]
    whole = [(tuple(range(leaves)), str(rng.choice(SAY_TOTAL + SAY_NOTHING)))]
    steps = [(tuple(range(number + 1)), f"up to {number}") for number in range(1, leaves)]
    found = [
        first + second,
        first + whole + second,
        second + first + whole,
        every + first + second,
        every + second + whole,
        every + steps,
    ][int(rng.integers(0, 6))]
    return Lines([parts for parts, _ in found], [label for _, label in found], leaves)


def some_lines(rng, most):
    """Leaves in groups with subtotals before, after or amid them, groups of groups, totals over all
    first, last, in the middle or twice."""
    leaves = int(rng.integers(1, most + 1))
    used = set()

    def name():
        for _ in range(50):
            pool = SAY_TOTAL if rng.random() < 0.7 else SAY_NOTHING
            label = str(rng.choice(pool))
            if folded_heading(label) not in used:
                break
            label = f"{label} {len(used)}"
            break
        used.add(folded_heading(label))
        return label

    def put(block, parts):
        at = {0: 0, 1: len(block), 2: int(rng.integers(0, len(block) + 1))}[int(rng.integers(0, 3))]
        block.insert(at, (parts, name()))

    blocks, groups = [], []
    begin = 0
    while begin < leaves:
        end = int(rng.integers(begin + 1, leaves + 1)) if rng.random() < 0.6 else leaves
        parts = tuple(range(begin, end))
        block = [((part,), f"leaf {part}") for part in parts]
        if rng.random() < 0.6:
            put(block, parts)
        blocks.append(block)
        groups.append(parts)
        begin = end
    lines = [line for block in blocks for line in block]
    if len(blocks) > 2 and rng.random() < 0.4:
        first = blocks[0] + blocks[1]
        put(first, groups[0] + groups[1])
        lines = first + [line for block in blocks[2:] for line in block]
    everything = tuple(range(leaves))
    for _ in range(int(rng.choice([0, 1, 1, 1, 2]))):
        put(lines, everything)
    return Lines([parts for parts, _ in lines], [label for _, label in lines], leaves)


def some_table(rng, most=4):
    """Rows, columns and the counts of every cell, totals among them."""
    rows, columns = (
        (crossed_lines if rng.random() < 0.2 else some_lines)(rng, most) for _ in range(2)
    )
    return counted(rng, rows, columns)


def counted(rng, rows, columns):
    """Rows, columns and as many people in every cell as chance gives."""
    leaves = rng.choice(
        [0, 1, 2, 3, 4, 5, 6, 8, 12, 20, 33, 70], size=(rows.leaves, columns.leaves)
    )
    cells = [
        [int(leaves[np.ix_(row, column)].sum()) for column in columns.parts] for row in rows.parts
    ]
    return rows, columns, cells


def think_possible(text, value, method, threshold, *, least=1, knowing=False):
    """Return the least and the greatest that a reader must think possible of a count by what is shown
    of it: hidden ones are 1 or more, for 0 is shown; rounded ones lie near. Who is `knowing` knows
    besides which hidden ones are below the threshold."""
    if text == "c" and not knowing:
        return least, np.inf
    if text == "c":
        return (least, threshold - 1) if value < threshold else (threshold, np.inf)
    if method is Method.ROUND_TO_5 and text != "0":
        assert int(text) == nearest_5(value)
        return max(int(text) - 2, threshold), int(text) + 2
    assert int(text) == value
    return value, value


def least_ranges(safe, cells, rows, columns, method, threshold, places=None, *, known=(), **reader):
    """By how much each hidden count can vary, as one linear programme for the whole table: a copy
    of the table for its least and one for its greatest value, of each hidden place.

    What is known: how many people each line adds up, also where no line is for them alone; what the
    reader must `think_possible`; of rows `known` all cells.
    """
    height, width = len(safe), len(safe[0])
    number = {(r, c): r * width + c for r in range(height) for c in range(width)}
    low, high, hidden = [], [], []
    for row, column in number:
        text, value = safe[row][column], cells[row][column]
        ends = think_possible(text, value, method, threshold, **reader)
        if row in known:
            ends = value, value
        elif text == "c":
            hidden.append((row, column))
        low.append(ends[0]), high.append(ends[1])
    hidden = hidden if places is None else places
    if not hidden:
        return {}
    sums = np.kron(rows.matrix(), columns.matrix())
    aims = [sign * sums[number[place]] for place in hidden for sign in (1, -1)]
    together = block_diag([csr_array(sums)] * len(aims), format="csr")
    solved = milp(
        np.concatenate(aims),
        bounds=Bounds(0, 10_000),
        constraints=LinearConstraint(together, low * len(aims), high * len(aims)),
    )
    assert solved.status == 0, solved.message
    ends = [aim @ leaves for aim, leaves in zip(aims, np.split(solved.x, len(aims)), strict=True)]
    return {place: -ends[2 * at + 1] - ends[2 * at] for at, place in enumerate(hidden)}
