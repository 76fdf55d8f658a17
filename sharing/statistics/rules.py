"""Making a table of counts safe (docs/rulebook.md, S): pure functions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sharing.counts_rules import HIDDEN, ROUNDED_THRESHOLD, Counts, Method, Place, ncmp, nearest_5
from sharing.statistics import circulation_rules


@dataclass(frozen=True, slots=True)
class SafeTable:
    """What may be shown for each place of a table: a number as text, or `c`.

    `small` counts places hidden for being small, `further` those hidden so that no other can be
    worked out. `groups` names rows and columns all of whose people stand in one cell.
    """

    cells: tuple[tuple[str, ...], ...]
    row_totals: tuple[str, ...] | None
    column_totals: tuple[str, ...] | None
    grand: str | None
    small: int
    further: int
    groups: tuple[tuple[str, int], ...] = ()


def make_safe(counts: Counts, method: Method, threshold: int) -> SafeTable:
    """S0 What may be shown of a table by its agreement's method. `hide-below-threshold`: S1 and S2.
    `round-to-5`: 1 to 4 hidden, the rest and totals from true counts to the nearest 5, and S2.
    `ncmp-2020`: 1 to 7 shown as 5, the rest to the nearest 5, totals rounded on their own."""
    if method is Method.NCMP_2020:
        return _shown(counts, ncmp, small=frozenset(), further=frozenset())
    rounded = method is Method.ROUND_TO_5
    threshold = ROUNDED_THRESHOLD if rounded else threshold
    small, further = circulation_rules.hide(counts, rounded=rounded, threshold=threshold)
    show = nearest_5 if rounded else lambda count: count
    return _shown(counts, lambda count: str(show(count)), small=small, further=further)


def _shown(
    counts: Counts,
    show: Callable[[int], str],
    *,
    small: frozenset[Place],
    further: frozenset[Place],
) -> SafeTable:
    hidden = small | further

    def at(place: Place, count: int) -> str:
        return HIDDEN if place in hidden else show(count)

    return SafeTable(
        cells=tuple(
            tuple(at((row, column), count) for column, count in enumerate(line))
            for row, line in enumerate(counts.cells)
        ),
        row_totals=None
        if counts.row_totals is None
        else tuple(at((row, None), count) for row, count in enumerate(counts.row_totals)),
        column_totals=None
        if counts.column_totals is None
        else tuple(at((None, col), count) for col, count in enumerate(counts.column_totals)),
        grand=None if counts.grand is None else at((None, None), counts.grand),
        small=len(small),
        further=len(further),
        groups=tuple(_groups(counts)),
    )


def _groups(counts: Counts) -> Iterator[tuple[str, int]]:
    """Rows and columns of at least two cells all of whose people stand in one: it says something
    about each of them."""
    for name, lines in (("row", counts.cells), ("column", tuple(zip(*counts.cells, strict=True)))):
        for number, line in enumerate(lines):
            if len(line) > 1 and sum(count > 0 for count in line) == 1:
                yield name, number
