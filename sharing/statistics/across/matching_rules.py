"""Which counts of two tables are the same, by the labels of their lines and what lines add up
(docs/rulebook.md, S4).

A line stands for the labels that it adds up. Two tables count by the same where they share such
labels, whatever stands in rows and whatever in columns; else only what is over all lines of either
is the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from privacy_portal.ground.names import folded_heading
from sharing.statistics.sum_rules import Sum
from sharing.statistics.totals_rules import says_total

# Labels that stand in tables by anything.
_COMMON = frozenset(
    {"", "not recorded", "not known", "unknown", "other", "others", "none", "missing", "yes", "no"}
)
Pair = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Lines:
    """The rows or the columns of a table: their labels, and what is known to add them up."""

    labels: tuple[str, ...]
    sums: tuple[Sum, ...]

    @cached_property
    def parts(self) -> tuple[frozenset[str], ...]:
        """Return the labels that each line stands for: its own, or those of what it adds up."""
        sums: dict[int, Sum] = {}
        for line_sum in sorted(self.sums, key=lambda line_sum: -len(line_sum.parts)):
            if not line_sum.less:
                sums.setdefault(line_sum.total, line_sum)
        return tuple(
            frozenset(self._labels(line, sums, frozenset())) for line in range(len(self.labels))
        )

    def _labels(self, line: int, sums: dict[int, Sum], above: frozenset[int]) -> Iterator[str]:
        line_sum = sums.get(line)
        if line_sum is None or line in above:
            yield folded_heading(self.labels[line])
            return
        for part in line_sum.parts:
            yield from self._labels(part, sums, above | {line})

    @cached_property
    def labels_of_parts(self) -> frozenset[str]:
        """Return the labels of all lines that are no totals."""
        every = frozenset[str]().union(*self.parts)
        return frozenset(label for label in every if not says_total(label)) or every

    @cached_property
    def leaves(self) -> tuple[int, ...]:
        """Return the lines that are no totals."""
        totals = {line_sum.total for line_sum in self.sums if not line_sum.less}
        return tuple(
            line
            for line, label in enumerate(self.labels)
            if line not in totals and not says_total(label)
        )

    @cached_property
    def over_all(self) -> frozenset[int]:
        """Return the lines that stand for all others, or are the only one. Where the table has none
        there is one all the same, though it is not shown: `implied`."""
        leaves = set(self.leaves)
        over_all = frozenset(
            line
            for line, parts in enumerate(self.parts)
            if len(self.labels) == 1
            or (line not in leaves and not self.labels_of_parts - parts)
            or not parts & self.labels_of_parts
        )
        return over_all or frozenset({self.implied})

    @property
    def implied(self) -> int:
        """Return the number of a line over all that the table does not show."""
        return len(self.labels)

    def telling(self) -> frozenset[str]:
        """Return the labels by which it shows that two tables count by the same."""
        return self.labels_of_parts - _COMMON


def same_lines(one: Lines, other: Lines) -> tuple[bool, list[tuple[int, int]]]:
    """Return whether two tables count by the same here, and which lines are the same: they stand for
    the same labels, or have the same one that says no total."""
    over_all = {(line, there) for line in one.over_all for there in other.over_all}
    if not one.telling() & other.telling():
        return False, sorted(over_all)
    places: dict[frozenset[str] | str, list[int]] = {}
    for line, (label, parts) in enumerate(zip(other.labels, other.parts, strict=True)):
        places.setdefault(parts, []).append(line)
        if not says_total(label):
            places.setdefault(folded_heading(label), []).append(line)
    same = {
        (line, there)
        for line, (label, parts) in enumerate(zip(one.labels, one.parts, strict=True))
        for there in (*places.get(parts, ()), *places.get(folded_heading(label), ()))
    }
    return True, sorted(same | over_all if one.labels_of_parts == other.labels_of_parts else same)


@dataclass(frozen=True)
class Common:
    """The counts that two tables have in common, whether the one's rows are the other's columns
    (`turned`), and whether the one's rows and its columns count by the same as those of the other."""

    pairs: tuple[Pair, ...]
    turned: bool
    shares: tuple[bool, bool]

    @property
    def directions(self) -> int:
        """Return in how many directions they count by the same."""
        return sum(self.shares)


def common(one: tuple[Lines, Lines], other: tuple[Lines, Lines]) -> Common:
    """S4 Return the counts that two tables have in common, as places (row and column) in either; of
    the two ways to lay one over the other that in which they have more."""
    straight, turned = (_laid_over(one, other, turned) for turned in (False, True))
    return max(straight, turned, key=lambda found: (found.directions, len(found.pairs)))


def _laid_over(one: tuple[Lines, Lines], other: tuple[Lines, Lines], turned: bool) -> Common:
    by_rows, rows = same_lines(one[0], other[turned])
    by_columns, columns = same_lines(one[1], other[not turned])
    pairs = tuple(
        ((row, column), (other_column, other_row) if turned else (other_row, other_column))
        for row, other_row in rows
        for column, other_column in columns
    )
    return Common(pairs, turned, (by_rows, by_columns))


def lines_of(
    rows: Sequence[str], columns: Sequence[str], row_sums: Sequence[Sum], column_sums: Sequence[Sum]
) -> tuple[Lines, Lines]:
    """Return the lines of a table, rows first."""
    return Lines(tuple(rows), tuple(row_sums)), Lines(tuple(columns), tuple(column_sums))
