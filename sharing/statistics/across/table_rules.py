"""Tables of counts that are compared: new ones, whose counts are known, and those that were given out, of which
only what they show is (docs/rulebook.md, S4)."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from sharing.counts_rules import HIDDEN, NCMP_SMALL, Method, Profile
from sharing.statistics.across.matching_rules import Lines, lines_of
from sharing.statistics.grid_rules import Grid, sums_of
from sharing.statistics.sum_rules import Sum
from sharing.statistics.system_rules import Range


@dataclass(frozen=True)
class NewTable:
    """A table that is to be given out, with its labels."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    grid: Grid
    same: ClassVar[bool] = True
    near: ClassVar[bool] = True
    unsaid: ClassVar[bool] = False

    @cached_property
    def lines(self) -> tuple[Lines, Lines]:
        """Return its rows and its columns, to be compared."""
        return lines_of(self.rows, self.columns, *sums_of(self.grid, nobody=True))

    def ends(self, row: int, column: int) -> Range:
        """Return what is known of a count to whoever makes the table."""
        count = sum(self.grid.cells[at][beside] for at, beside in parts_of(self, row, column))
        return count, count


@dataclass(frozen=True)
class GivenTable:
    """A table that was given out: what it shows, and by which profile.

    `same`: it was said to count the same, of the same day and people; `near`: to count the same, of
    people who are mostly the same. `unsaid`: it was not said what one of the two counts, or of whom.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...]
    row_sums: tuple[Sum, ...]
    column_sums: tuple[Sum, ...]
    profile: Profile
    same: bool = True
    near: bool = True
    unsaid: bool = False

    @cached_property
    def lines(self) -> tuple[Lines, Lines]:
        """Return its rows and its columns, to be compared."""
        return lines_of(self.rows, self.columns, self.row_sums, self.column_sums)

    @property
    def exact(self) -> bool:
        """Return whether what it shows is shown as it is."""
        return self.profile.method is Method.HIDE_BELOW_THRESHOLD

    def hides(self, row: int, column: int) -> bool:
        """Return whether a count is hidden."""
        return self.texts[row][column] == HIDDEN

    def ends(self, row: int, column: int) -> Range:
        """Return the least and the greatest that others must think possible of a count."""
        all_ends = [
            ends_of(self.texts[at][beside], self.profile)
            for at, beside in parts_of(self, row, column)
        ]
        highs = [high for _, high in all_ends if high is not None]
        high = sum(highs) if len(highs) == len(all_ends) else None
        return sum(low for low, _ in all_ends), high


def ends_of(text: str, profile: Profile) -> Range:
    """Return the least and the greatest that others must think possible of a count by what is shown."""
    if text == HIDDEN:
        return profile.rule.hidden(0)
    number = int(text)
    if number and profile.method is Method.NCMP_2020:
        return (1, NCMP_SMALL) if number == 5 else (number - 2, number + 2)
    if number and profile.method is Method.ROUND_TO_5:
        return max(number - 2, profile.rule.threshold), number + 2
    return number, number


Table = NewTable | GivenTable


def is_implied(table: Table, row: int, column: int) -> bool:
    """Return whether a count is one over all lines that the table does not show."""
    rows, columns = table.lines
    return row == rows.implied or column == columns.implied


def parts_of(table: Table, row: int, column: int) -> list[tuple[int, int]]:
    """Return the places that a count adds up: itself, or where it is not shown those it is over."""
    rows, columns = table.lines
    return [
        (at, beside)
        for at in (rows.leaves if row == rows.implied else (row,))
        for beside in (columns.leaves if column == columns.implied else (column,))
    ]


def meet(one: Range, other: Range) -> Range | None:
    """Return what is in both ranges; None for nothing."""
    low = max(one[0], other[0])
    highs = [high for high in (one[1], other[1]) if high is not None]
    if highs and low > min(highs):
        return None
    return low, min(highs) if highs else None
