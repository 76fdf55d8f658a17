"""Lines of a table of counts of which one is a sum of others (docs/rulebook.md, S2)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

# A row or a column with all its counts.
Line = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """One line that is the sum of others in every cell: `total` and `parts` are their numbers.

    Lines in `less` are subtracted: where boys and girls are as many as those with and without a
    need, the last of the four is the first two less the third.
    """

    total: int
    parts: tuple[int, ...]
    less: tuple[int, ...] = ()

    @property
    def others(self) -> tuple[int, ...]:
        """Return all lines but the total."""
        return self.parts + self.less

    @property
    def factors(self) -> dict[int, int]:
        """Return by how much each line counts, so that together they add up to 0."""
        factors = {self.total: -1}
        factors |= dict.fromkeys(self.parts, 1)
        return factors | dict.fromkeys(self.less, -1)


def adds_up(
    lines: Sequence[Line], total: int, parts: Sequence[int], less: Sequence[int] = ()
) -> bool:
    """Return whether a line is the sum of the parts less others, in every cell."""
    return all(
        sum(lines[part][place] for part in parts)
        == stands + sum(lines[part][place] for part in less)
        for place, stands in enumerate(lines[total])
    )


# Eliminated modulo a prime: two numbers below it multiplied still fit in 64 bits.
PRIME = 2_147_483_629


class Span:
    """Sums, and all that follows from them by adding and subtracting."""

    def __init__(self) -> None:
        self.reduced: dict[int, dict[int, int]] = {}

    def add(self, new: Sum) -> bool:
        """Add a sum; return whether it says something new."""
        left = dict(new.factors)
        # Each vector that is kept begins with its lowest line.
        while left and (first := min(left)) in self.reduced:
            _subtract(left, self.reduced[first], left[first])
        if not left:
            return False
        first = min(left)
        inverse = pow(left[first], -1, PRIME)
        self.reduced[first] = {line: factor * inverse % PRIME for line, factor in left.items()}
        return True


def independent(sums: Iterable[Sum]) -> tuple[Sum, ...]:
    """Return the fewest sums that say the same as all: those that do not follow from shorter ones."""
    span = Span()
    shortest = sorted(
        sums, key=lambda line_sum: (len(line_sum.others), line_sum.total, line_sum.parts)
    )
    return tuple(line_sum for line_sum in shortest if span.add(line_sum))


def with_nobody(sums: Iterable[Sum], lines: Sequence[Line]) -> Iterator[Sum]:
    """S5 Yield the sums with the lines of nobody that stand among or next to what they add up. Where
    zeros are hidden it matters that a line with nobody is a part of a total."""
    for line_sum in sums:
        parts = _with_nobody(line_sum.parts, lines)
        less = _with_nobody(line_sum.less, lines)
        yield Sum(line_sum.total, parts, tuple(line for line in less if line not in parts))


def _with_nobody(parts: tuple[int, ...], lines: Sequence[Line]) -> tuple[int, ...]:
    if not parts:
        return parts
    first, last = min(parts), max(parts)
    while first > 0 and not any(lines[first - 1]):
        first -= 1
    while last < len(lines) - 1 and not any(lines[last + 1]):
        last += 1
    nobody = {line for line in range(first, last + 1) if not any(lines[line])}
    return tuple(sorted({*parts, *nobody}))


def _subtract(left: dict[int, int], other: dict[int, int], times: int) -> None:
    for line, factor in other.items():
        left[line] = (left.get(line, 0) - times * factor) % PRIME
        if not left[line]:
            del left[line]
