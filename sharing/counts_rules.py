"""Tables of counts as people make them, and the methods by which they are made safe (docs/rulebook.md, S)."""

from collections.abc import Sequence
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
        """Return the total of totals, shown where both rows and columns have totals."""
        if self.row_totals is None or self.column_totals is None:
            return None
        return sum(self.row_totals)


def nearest_5(count: int) -> int:
    """Return the nearest multiple of 5; no whole number lies between two."""
    return (count + 2) // 5 * 5


def ncmp(count: int) -> str:
    """S0 Return what `ncmp-2020` shows of a count: 5 for 1 to 7, else the nearest multiple of 5."""
    return "5" if 1 <= count <= NCMP_SMALL else str(nearest_5(count))


def summary(method: Method, threshold: int, small: int, further: int) -> str:
    """Return what was done to a table, in one sentence for the officer who sends it."""
    if method is Method.NCMP_2020:
        return (
            f"No number is hidden. Those from 1 to {NCMP_SMALL} are shown as 5, "
            "and all others are rounded to the nearest 5."
        )
    if method is Method.ROUND_TO_5:
        threshold = ROUNDED_THRESHOLD
        rounded = " All others are rounded to the nearest 5."
    else:
        rounded = ""
    if not small + further:
        return f"No number in this table has to be hidden.{rounded}".replace("All others", "All")
    below = "of 1" if threshold == 2 else f"from 1 to {threshold - 1}"
    sentence = f"{small:,} {'number' if small == 1 else 'numbers'} {below} {'is' if small == 1 else 'are'} hidden"
    if further:
        sentence += (
            f", and {further:,} larger {'one' if further == 1 else 'ones'}, so that no hidden number "
            "can be worked out from this table"
        )
    return f"{sentence}.{rounded}"


def notes(method: Method, cells: Sequence[Sequence[str]]) -> list[str]:
    """Return what a reader of the safe table has to know of its figures."""
    if method is Method.NCMP_2020:
        note = (
            f"5 means a number from 1 to {NCMP_SMALL}. All other numbers are rounded to the nearest "
            "5. Totals are rounded too, so they may differ from the sum of the numbers shown."
        )
        return [note]
    lines = []
    if any(HIDDEN in line for line in cells):
        lines.append("c means the number is hidden so that nobody can be identified.")
    if method is Method.ROUND_TO_5:
        lines.append(
            "Numbers and totals are rounded to the nearest 5, so totals may differ from the sum of the "
            "numbers shown."
        )
    return lines
