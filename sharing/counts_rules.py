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


@dataclass(frozen=True, slots=True)
class Rule:
    """Which counts are hidden for being small, from `least` to `threshold` - 1, and whether others are
    rounded. `least` is 0 where zeros are telling (S5)."""

    threshold: int
    rounded: bool = False
    least: int = 1

    def is_small(self, value: int) -> bool:
        """S1, S5 Return whether a count is hidden for being small."""
        return self.least <= value < self.threshold

    def shown(self, value: int) -> tuple[int, int]:
        """Return the least and the greatest that others must think possible of a count that is shown."""
        if not self.rounded or value < self.threshold:
            return value, value
        near = nearest_5(value)
        return max(near - 2, self.threshold), near + 2

    def hidden(self, value: int, *, knowing: bool = False) -> tuple[int, int | None]:
        """Return the least and the greatest that others must think possible of a count that is hidden,
        None without limit; those who are `knowing` know whether it is below the threshold."""
        if not knowing:
            return self.least, None
        return (
            (self.least, self.threshold - 1) if value < self.threshold else (self.threshold, None)
        )


@dataclass(frozen=True, slots=True)
class Readers:
    """Against whom hidden counts are protected besides whoever reads the table.

    `knowing`: those who know which hidden counts are below the threshold. `contributors`: whoever
    stands behind one line, of rows (0) or columns (1), and knows all of it; None for nobody.
    """

    knowing: bool = True
    contributors: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """S0 By what a table is made safe: the agreement's method and threshold, the `least` number that
    is hidden, and whose own counts are thought of as known."""

    method: Method
    threshold: int
    least: int = 1
    contributors: int | None = None

    @property
    def rule(self) -> Rule:
        """Return which counts are hidden. `round-to-5` hides 1 to 4 whatever the threshold is."""
        rounded = self.method is Method.ROUND_TO_5
        return Rule(ROUNDED_THRESHOLD if rounded else self.threshold, rounded, self.least)

    @property
    def readers(self) -> Readers:
        """Return against whom hidden counts are protected."""
        return Readers(contributors=self.contributors)


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


def summary(method: Method, threshold: int, small: int, further: int, *, least: int = 1) -> str:
    """Return what was done to a table, in one sentence for the officer who sends it."""
    if method is Method.NCMP_2020:
        number = small + further
        hidden = f"{number:,} {'number is' if number == 1 else 'numbers are'} hidden"
        told = f"{hidden}, as in a table given out before" if number else "No number is hidden"
        return (
            f"{told}. Those from 1 to {NCMP_SMALL} are shown as 5, and all others are rounded to "
            "the nearest 5."
        )
    if method is Method.ROUND_TO_5:
        threshold = ROUNDED_THRESHOLD
        rounded = " All others are rounded to the nearest 5."
    else:
        rounded = ""
    if not small + further:
        return f"No number in this table has to be hidden.{rounded}".replace("All others", "All")
    below = f"of {least}" if threshold - least == 1 else f"from {least} to {threshold - 1}"
    sentence = f"{small:,} {'number' if small == 1 else 'numbers'} {below} {'is' if small == 1 else 'are'} hidden"
    if further:
        sentence += (
            f", and {further:,} larger {'one' if further == 1 else 'ones'}, so that no hidden number "
            "can be worked out from this table"
        )
    return f"{sentence}.{rounded}"


def notes(method: Method, cells: Sequence[Sequence[str]]) -> list[str]:
    """Return what a reader of the safe table has to know of its figures."""
    lines = []
    if any(HIDDEN in line for line in cells):
        lines.append("c means the number is hidden so that nobody can be identified.")
    if method is Method.NCMP_2020:
        lines.append(
            f"5 means a number from 1 to {NCMP_SMALL}. All other numbers are rounded to the nearest "
            "5. Totals are rounded too, so they may differ from the sum of the numbers shown."
        )
    if method is Method.ROUND_TO_5:
        lines.append(
            "Numbers and totals are rounded to the nearest 5, so totals may differ from the sum of the "
            "numbers shown."
        )
    return lines
