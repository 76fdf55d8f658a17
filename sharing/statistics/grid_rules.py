"""A table of counts as it came, totals where they stand, made safe (docs/rulebook.md, S)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sharing.counts_rules import HIDDEN, Counts, Method, Profile, ncmp, nearest_5
from sharing.statistics import circulation_rules, linked_rules
from sharing.statistics.sum_rules import Sum, independent, with_nobody

# The row and the column of a count.
Place = tuple[int, int]


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


def make_grid_safe(grid: Grid, profile: Profile) -> SafeGrid:
    """S0, S1, S2 Return what may be shown of a table by its agreement's method.

    `hide-below-threshold`: S1 and S2. `round-to-5`: 1 to 4 hidden, the rest and totals from true
    counts to the nearest 5, and S2. `ncmp-2020`: 1 to 7 shown as 5, the rest to the nearest 5,
    totals rounded on their own.
    """
    if profile.method is Method.NCMP_2020:
        return laid_out(grid, profile.method, frozenset(), frozenset())
    return laid_out(grid, profile.method, *_hide(grid, profile))


def laid_out(
    grid: Grid, method: Method, small: frozenset[Place], further: frozenset[Place]
) -> SafeGrid:
    """Return what may be shown of a table of which these places are hidden."""
    hidden = small | further
    cells = tuple(
        tuple(
            HIDDEN if (row, column) in hidden else _SHOW[method](count)
            for column, count in enumerate(line)
        )
        for row, line in enumerate(grid.cells)
    )
    return SafeGrid(cells, len(small), len(further), tuple(_groups(grid)))


_SHOW: dict[Method, Callable[[int], str]] = {
    Method.HIDE_BELOW_THRESHOLD: str,
    Method.ROUND_TO_5: lambda count: str(nearest_5(count)),
    Method.NCMP_2020: ncmp,
}


def _hide(grid: Grid, profile: Profile) -> tuple[frozenset[Place], frozenset[Place]]:
    """S1, S2 Return the places hidden for being small, and those hidden so that none of them can be
    worked out. Totals over all other lines, at most one in each direction, make the table a
    circulation; other sums are solved as linear programmes."""
    row_sums, column_sums = sums_of(grid, nobody=not profile.least)
    total_row = _only_total(row_sums, grid.cells)
    total_column = _only_total(column_sums, tuple(zip(*grid.cells, strict=True)))
    if total_row is None or total_column is None:
        return linked_rules.hide(grid.cells, row_sums, column_sums, profile.rule, profile.readers)
    return _hide_in_circulation(grid, total_row, total_column, profile)


def sums_of(grid: Grid, *, nobody: bool) -> tuple[tuple[Sum, ...], tuple[Sum, ...]]:
    """Return the fewest sums between rows and between columns that say the same as all; with lines of
    `nobody` among their parts."""
    row_sums, column_sums = independent(grid.row_sums), independent(grid.column_sums)
    if not nobody:
        return row_sums, column_sums
    columns = tuple(zip(*grid.cells, strict=True))
    return tuple(with_nobody(row_sums, grid.cells)), tuple(with_nobody(column_sums, columns))


_NONE = -1


def _only_total(sums: Sequence[Sum], lines: Sequence[tuple[int, ...]]) -> int | None:
    """Return the number of the one total over all other lines with anybody in them, _NONE where no
    line is a total; None where there are other totals."""
    if not sums:
        return _NONE
    filled = {number for number, line in enumerate(lines) if any(line)}
    if len(sums) == 1 and not sums[0].less and filled - {sums[0].total} <= set(sums[0].parts):
        return sums[0].total
    return None


def _hide_in_circulation(
    grid: Grid, total_row: int, total_column: int, profile: Profile
) -> tuple[frozenset[Place], frozenset[Place]]:
    rows = [number for number in range(len(grid.cells)) if number != total_row]
    columns = [number for number in range(len(grid.cells[0])) if number != total_column]
    counts = Counts(
        tuple(tuple(grid.cells[row][column] for column in columns) for row in rows),
        None if total_column == _NONE else tuple(grid.cells[row][total_column] for row in rows),
        None if total_row == _NONE else tuple(grid.cells[total_row][column] for column in columns),
    )

    def in_grid(place: tuple[int | None, int | None]) -> Place:
        row, column = place
        return (
            total_row if row is None else rows[row],
            total_column if column is None else columns[column],
        )

    small, further = circulation_rules.hide(counts, profile.rule, profile.readers)
    return frozenset(map(in_grid, small)), frozenset(map(in_grid, further))


def _groups(grid: Grid) -> Iterator[tuple[str, int]]:
    """Yield rows and columns, of at least two cells besides totals, all of whose people stand in
    one: it says something about each of them."""
    total_rows, total_columns = _totals(grid.row_sums), _totals(grid.column_sums)
    columns = tuple(zip(*grid.cells, strict=True))
    for name, lines, totals, other_totals in (
        ("row", grid.cells, total_rows, total_columns),
        ("column", columns, total_columns, total_rows),
    ):
        for number, line in enumerate(lines):
            parts = [count for place, count in enumerate(line) if place not in other_totals]
            if number not in totals and len(parts) > 1 and sum(map(bool, parts)) == 1:
                yield name, number


def _totals(sums: Sequence[Sum]) -> set[int]:
    return {line_sum.total for line_sum in sums}
