"""Lines of a table of counts that nearly add up, or that are percentages or averages of others
(docs/rulebook.md, S2): from them a hidden count could be worked out, so the table is refused with the place.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import comb, prod

from sharing.statistics.sum_rules import Line

# Doubts are looked for among so many lines.
DOUBTED = 60
# How much less likely than once in a table what is doubted must be by chance.
UNLIKELY = 200
TELLING = 3
# One in so many fractions of small counts is the same percentage as another.
COMMON = 30


@dataclass(frozen=True, slots=True)
class NearSum:
    """A line that adds up others in some cells and not in others: at `place` it has `stands`,
    where they add up to `adds_up_to`. `agrees` is in how many cells it adds up."""

    line: int
    place: int
    stands: int
    adds_up_to: int
    agrees: int


def nearly_sums(
    lines: Sequence[Line], totals: Collection[int], other_totals: Collection[int]
) -> Iterator[NearSum]:
    """Yield each line, of those that are no totals, that adds up all others or a run beside it, but
    for some cells: a mistake, or rounded. Places in `other_totals`, totals of the other direction,
    say nothing new."""
    if len(lines) > DOUBTED:
        return
    plain = [number for number in range(len(lines)) if number not in totals]
    for number in plain:
        before = [other for other in reversed(plain) if other < number]
        after = [other for other in plain if other > number]
        runs = [near[:length] for near in (before, after) for length in range(2, len(near) + 1)]
        for tried, parts in [
            (len(lines), before + after),
            *((2 * len(lines) ** 2, run) for run in runs),
        ]:
            doubt = _nearly(lines, number, parts, other_totals, tried)
            if doubt is not None:
                yield doubt
                break


def _nearly(
    lines: Sequence[Line], number: int, parts: Sequence[int], skipped: Collection[int], tried: int
) -> NearSum | None:
    chance = 1.0
    agrees = fits = 0
    first: tuple[int, int, int] | None = None
    cells = set()
    for place, stands in enumerate(lines[number]):
        counts = [lines[part][place] for part in parts if lines[part][place]]
        off = abs(sum(counts) - stands)
        if off and first is None and place not in skipped:
            first = (place, stands, sum(counts))
        # The same cells once more say nothing new.
        if len(counts) < 2 or place in skipped or (stands, *counts) in cells:
            continue
        cells.add((stands, *counts))
        agrees += not off
        if off <= max(2, stands // 50):
            fits += 1
            chance *= min(1, (2 * off + 1) / (stands + 1))
    # As likely as that so many of the cells fit, whichever they are.
    if (
        first is None
        or 2 * fits < len(cells)
        or chance * comb(len(cells), fits) * tried * UNLIKELY > 1
    ):
        return None
    return NearSum(number, *first, agrees)


def worked_out_of(
    whole_lines: Sequence[Line], other_totals: Collection[int]
) -> Iterator[tuple[int, str]]:
    """Yield each line that is percentages or averages of others, rounded, and what it is. Places in
    `other_totals`, totals of the other direction, say nothing new."""
    if len(whole_lines) > DOUBTED:
        return
    lines = [
        tuple(count for place, count in enumerate(line) if place not in other_totals)
        for line in whole_lines
    ]
    for number, line in enumerate(lines):
        others = [other for place, other in enumerate(lines) if place != number and any(other)]
        if not others:
            return
        if max(line) <= 100:
            wholes = [*others, tuple(map(sum, zip(*others, strict=True)))]
            shares = [(part, whole) for part in others for whole in wholes]
            shares += [(part, (sum(part),) * len(line)) for part in others if part != line]
            if any(_is_share(line, *share, len(lines)) for share in shares):
                yield number, "percentages"
                continue
        # Of lines that are equal each is the average.
        if line not in others and _is_mean(line, others):
            yield number, "averages"


def _is_share(line: Line, part: Line, whole: Line, many: int) -> bool:
    telling = set()
    for stands, some, everybody in zip(line, part, whole, strict=True):
        if some > everybody or abs(200 * some - 2 * stands * everybody) > everybody:
            return False
        if 0 < stands < 100:
            telling.add((stands, some, everybody))
    return bool(COMMON ** len(telling) >= UNLIKELY * many**3)


def _is_mean(line: Line, others: Sequence[Line]) -> bool:
    """Return whether a line is the average of all others, to the nearest whole number."""
    if len(others) < TELLING:
        return False
    many = len(others)
    telling = {
        (stands, *column) for stands, *column in zip(line, *others, strict=True) if any(column)
    }
    return len(telling) >= TELLING and (
        all(abs(2 * sum(column) - 2 * stands * many) <= many for stands, *column in telling)
        and prod(stands + 1 for stands, *_ in telling) >= UNLIKELY * many * 4 ** len(telling)
    )
