"""Worlds of invented pupils, tables of them by any two groupings, and what follows from several tables."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, csr_array

from sharing.counts_rules import Method
from sharing.statistics.across.table_rules import GivenTable, NewTable
from sharing.statistics.grid_rules import Grid, sums_of
from sharing.statistics.sum_rules import Sum
from tests.sharing.statistics.tables_of_counts import think_possible

GROUPINGS = {
    "school": ["Alder", "Beech", "Cedar", "Elm"],
    "sex": ["Girls", "Boys"],
    "year": ["Reception", "Year 3", "Year 6"],
}
COUNTS = [0, 1, 2, 3, 4, 5, 6, 8, 12, 20, 33]


@dataclass
class Table:
    """A table by two groupings, of some schools: `parts` are the leaves that each cell adds up."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    parts: list[list[list[int]]]
    row_sums: tuple[Sum, ...]
    column_sums: tuple[Sum, ...]

    def cells(self, leaves):
        return tuple(tuple(int(leaves[part].sum()) for part in line) for line in self.parts)

    def new(self, leaves):
        return NewTable(
            self.rows, self.columns, Grid(self.cells(leaves), self.row_sums, self.column_sums)
        )

    def given(self, texts, profile, leaves, **how):
        grid = Grid(self.cells(leaves), self.row_sums, self.column_sums)
        return GivenTable(
            self.rows, self.columns, texts, *sums_of(grid, nobody=True), profile, **how
        )


def a_world(rng):
    """The number of pupils of each school, sex and year."""
    return rng.choice(COUNTS, size=tuple(map(len, GROUPINGS.values())))


def a_table(rng, world):
    """A table of the world by two of its groupings, of all or some schools, with totals or without."""
    names = list(GROUPINGS)
    by = list(rng.permutation(names)[:2])
    number = np.arange(world.size).reshape(world.shape)
    some = sorted(rng.choice(4, size=int(rng.integers(2, 5)), replace=False).tolist())
    kept = {name: range(len(labels)) for name, labels in GROUPINGS.items()}
    if "school" in by:
        kept["school"] = some
    lines = {}
    for name in by:
        parts = [[at] for at in kept[name]]
        labels = [GROUPINGS[name][at] for at in kept[name]]
        sums = ()
        if rng.random() < 0.8:
            sums = (Sum(len(parts), tuple(range(len(parts)))),)
            parts.append(list(kept[name]))
            labels.append("Total")
        lines[name] = (labels, parts, sums)

    def leaves(row, column):
        index = [list(kept[name]) for name in names]
        index[names.index(by[0])], index[names.index(by[1])] = row, column
        return number[np.ix_(*index)].ravel().tolist()

    (rows, row_parts, row_sums), (columns, column_parts, column_sums) = (lines[name] for name in by)
    parts = [[leaves(row, column) for column in column_parts] for row in row_parts]
    return Table(tuple(rows), tuple(columns), parts, row_sums, column_sums)


def ranges(world, tables, *, places=None, knowing=()):
    """By how much each hidden count of several tables can vary for who has all of them: an integer
    programme over all pupils, with a copy for the least and one for the greatest value of each.

    `tables` are pairs of a table with its texts and profile. Nothing of what the portal made out is
    used: only who stands in which count.
    """
    leaves = world.ravel()
    rows, low, high, hidden = [], [], [], []
    for at, (table, texts, profile) in enumerate(tables):
        rule = profile.rule
        for row, line in enumerate(table.parts):
            for column, part in enumerate(line):
                vector = np.zeros(leaves.size)
                vector[part] = 1
                text, value = texts[row][column], int(leaves[part].sum())
                ends = think_possible(
                    text, value, profile.method, rule.threshold,
                    least=rule.least, knowing=at in knowing,
                )  # fmt: skip
                rows.append(vector), low.append(ends[0]), high.append(ends[1])
                if text == "c":
                    hidden.append(((at, row, column), vector))
    if places is not None:
        hidden = [(place, vector) for place, vector in hidden if place in places]
    if not hidden:
        return {}
    aims = [sign * vector for _, vector in hidden for sign in (1, -1)]
    together = block_diag([csr_array(np.array(rows))] * len(aims), format="csr")
    solved = milp(
        np.concatenate(aims),
        integrality=np.ones(len(aims) * leaves.size),
        bounds=Bounds(0, 10_000),
        constraints=LinearConstraint(together, low * len(aims), high * len(aims)),
    )
    assert solved.status == 0, solved.message
    ends = [aim @ part for aim, part in zip(aims, np.split(solved.x, len(aims)), strict=True)]
    return {place: -ends[2 * at + 1] - ends[2 * at] for at, (place, _) in enumerate(hidden)}


def shown_before(tables):
    """The hidden counts of several tables that an earlier one of them shows: of the very same people. To
    hide them is of no use, and of no harm."""
    known, hidden = set(), set()
    for at, (table, texts, _) in enumerate(tables):
        for row, line in enumerate(table.parts):
            for column, part in enumerate(line):
                if texts[row][column] != "c":
                    known.add(frozenset(part))
                elif frozenset(part) in known:
                    hidden.add((at, row, column))
    return hidden


HIDE, ROUND = Method.HIDE_BELOW_THRESHOLD, Method.ROUND_TO_5
