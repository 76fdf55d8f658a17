"""A table of counts as it came, totals where they stand, made safe (docs/rulebook.md, S)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sharing.counts_rules import Counts, Method, ncmp
from sharing.statistics import linked_rules
from sharing.statistics.rules import make_safe
from sharing.statistics.sum_rules import Sum, independent


@dataclass(frozen=True, slots=True)
class Grid:
    """Counts as they stand in the file: `cells[row][column]`, totals among them, and every sum
    that holds between rows and between columns."""

    cells: tuple[tuple[int, ...], ...]
    row_sums: tuple[Sum, ...] = ()
    column_sums: tuple[Sum, ...] = ()


@dataclass(frozen=True, slots=True)
class SafeGrid:
    """What may be shown for each place of a grid: a number as text, or `c`.

    `small` counts places hidden for being small, `further` those hidden so that no other can be
    worked out. `groups` names rows and columns all of whose people stand in one cell.
    """

    cells: tuple[tuple[str, ...], ...]
    small: int
    further: int
    groups: tuple[tuple[str, int], ...] = ()


def make_grid_safe(grid: Grid, method: Method, threshold: int) -> SafeGrid:
    """S0, S1, S2 What may be shown by the method. Totals over all other lines, at most one in each
    direction, make the table a circulation; other sums are solved as linear programmes."""
    groups = tuple(_groups(grid))
    if method is Method.NCMP_2020:
        cells = tuple(tuple(ncmp(count) for count in line) for line in grid.cells)
        return SafeGrid(cells, 0, 0, groups)
    row_sums, column_sums = independent(grid.row_sums), independent(grid.column_sums)
    rows = _only_total(row_sums, grid.cells)
    columns = _only_total(column_sums, tuple(zip(*grid.cells, strict=True)))
    if rows is not None and columns is not None:
        cells, small, further = _circulated(grid, rows, columns, method, threshold)
    else:
        cells, small, further = linked_rules.hide(
            grid.cells,
            row_sums,
            column_sums,
            method=method,
            threshold=threshold,
        )
    return SafeGrid(cells, small, further, groups)


_NONE = -1


def _only_total(sums: Sequence[Sum], lines: Sequence[tuple[int, ...]]) -> int | None:
    """The number of the one total over all other lines with anybody in them, _NONE where no line
    is a total; None where there are other totals."""
    if not sums:
        return _NONE
    filled = {number for number, line in enumerate(lines) if any(line)}
    if len(sums) == 1 and not sums[0].less and filled - {sums[0].total} <= set(sums[0].parts):
        return sums[0].total
    return None


def _circulated(
    grid: Grid, total_row: int, total_column: int, method: Method, threshold: int
) -> tuple[tuple[tuple[str, ...], ...], int, int]:
    rows = [number for number in range(len(grid.cells)) if number != total_row]
    columns = [number for number in range(len(grid.cells[0])) if number != total_column]
    counts = Counts(
        tuple(tuple(grid.cells[row][column] for column in columns) for row in rows),
        None if total_column == _NONE else tuple(grid.cells[row][total_column] for row in rows),
        None if total_row == _NONE else tuple(grid.cells[total_row][each] for each in columns),
    )
    safe = make_safe(counts, method, threshold)
    lines = [list(line) for line in safe.cells]
    if safe.row_totals is not None:
        for line, total in zip(lines, safe.row_totals, strict=True):
            line.insert(total_column, total)
    if safe.column_totals is not None:
        totals = list(safe.column_totals)
        if safe.grand is not None:
            totals.insert(total_column, safe.grand)
        lines.insert(total_row, totals)
    return tuple(map(tuple, lines)), safe.small, safe.further


def _groups(grid: Grid) -> Iterator[tuple[str, int]]:
    """Rows and columns, of at least two cells besides totals, all of whose people stand in one: it
    says something about each of them."""
    totals = ({each.total for each in grid.row_sums}, {each.total for each in grid.column_sums})
    lines = (grid.cells, tuple(zip(*grid.cells, strict=True)))
    for name, mine, its_totals, other_totals in (
        ("row", lines[0], totals[0], totals[1]),
        ("column", lines[1], totals[1], totals[0]),
    ):
        for number, line in enumerate(mine):
            parts = [count for place, count in enumerate(line) if place not in other_totals]
            if number in its_totals or len(parts) < 2:
                continue
            if sum(count > 0 for count in parts) == 1:
                yield name, number
