"""Tables of counts as people make them, and the methods by which they are made safe (rulebook S)."""

from dataclasses import dataclass
from enum import StrEnum

HIDDEN = "c"


class Method(StrEnum):
    """The named profiles by which tables of counts are made safe (S0)."""

    HIDE_BELOW_THRESHOLD = "hide-below-threshold"
    ROUND_TO_5 = "round-to-5"
    NCMP_2020 = "ncmp-2020"


# `round-to-5` hides 1 to 4 whatever the agreement's threshold is: it is a published method.
ROUNDED_THRESHOLD = 5
NCMP_SMALL = 7


# A place in the table: row and column, None for the total over it.
Place = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Counts:
    """A table of counts. `cells[row][column]`; totals are None where the table has none, and
    `grand` where it lacks those of rows or of columns."""

    cells: tuple[tuple[int, ...], ...]
    row_totals: tuple[int, ...] | None = None
    column_totals: tuple[int, ...] | None = None

    @property
    def grand(self) -> int | None:
        """The total of totals, shown where both rows and columns have totals."""
        if self.row_totals is None or self.column_totals is None:
            return None
        return sum(self.row_totals)


def nearest_5(count: int) -> int:
    """The nearest multiple of 5; no whole number lies between two."""
    return (count + 2) // 5 * 5


def ncmp(count: int) -> str:
    """S0 What `ncmp-2020` shows of a count: 5 for 1 to 7, else the nearest multiple of 5."""
    return "5" if 1 <= count <= NCMP_SMALL else str(nearest_5(count))
