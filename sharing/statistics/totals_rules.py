"""Which rows or columns of a table of counts are totals, by label and by arithmetic (docs/rulebook.md, S2).

A line is a row or a column with all its counts, those in totals of the other direction too. Lines
without anybody take no part: their counts are shown, so nothing can be subtracted from them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from sharing.statistics.equal_rules import equal_sums, is_unlikely
from sharing.statistics.sum_rules import Line, Span, Sum, adds_up

# What follows "All" in names that are not of totals: schools and parishes, and all but some.
_NO_TOTAL = r"saints?|hallows?|souls?|angels|but|except"
_TOTAL = re.compile(
    rf"\b(?:grand|sub|row|column)?[ -]?totals?\b|\bsum\b|\boverall\b|\ball\b(?! (?:{_NO_TOTAL})\b)"
)
_NO_COUNT = re.compile(
    r"%|\bper ?cent(?:age)?s?\b|\bpct\b|\baverages?\b|\bavg\b|\bmeans?\b|\bmedians?\b|\bratios?\b"
    r"|\bproportions?\b|\brates?\b|\bshares?\b|\bper (?:thousand|head|1 ?000|100)\b"
)

# A line with as many counts that are not 0 equals hardly by chance the sum of a run elsewhere in the
# table, or of any lines of it.
TELLING_RUN = 2
TELLING = 3
# Among so few lines a sum by chance hides little more, so one count is enough.
FEW = 8
SEARCHED_EVERYWHERE = 400
SEARCHED_FOR_ANY = 24
STEPS = 20_000
DOUBTED = 5
MOST = 12


def says_total(label: str) -> bool:
    """S2 Return whether a label says that the line is a total, in any case and place of the label.

    `All Saints` is the name of a school.
    """
    return _TOTAL.search(_plain(label)) is not None


def says_no_count(label: str) -> bool:
    """Return whether a label says that the line holds percentages, averages or rates."""
    return _NO_COUNT.search(_plain(label)) is not None


def _plain(label: str) -> str:
    return " ".join(
        re.sub(r"[\W_]", lambda mark: mark[0] if mark[0] in "-%" else " ", label).split()
    ).casefold()


@dataclass(frozen=True, slots=True)
class Misfit:
    """A line that says total and is no sum: at `place` it has `stands`, where the counts of the
    lines that fit it best add up to `adds_up_to`."""

    line: int
    place: int
    stands: int
    adds_up_to: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals among lines: every sum that holds, whichever was meant, and what fits none."""

    sums: tuple[Sum, ...]
    misfits: tuple[Misfit, ...]

    @property
    def numbers(self) -> frozenset[int]:
        """Return the lines that are totals."""
        return frozenset(line_sum.total for line_sum in self.sums if not line_sum.less)


def find_totals(labels: Sequence[str], lines: Sequence[Line]) -> Totals:
    """S2 Find totals by label and by arithmetic. More than one sum may hold for a line: all are
    taken, for each more can only hide more."""
    search = _Search(labels, lines)
    search.run()
    return Totals(tuple(search.sums), tuple(search.misfits()))


class _Search:
    def __init__(self, labels: Sequence[str], lines: Sequence[Line]):
        self.labels = labels
        self.lines = lines
        self.sizes = [sum(line) for line in lines]
        self.named = {number for number, label in enumerate(labels) if says_total(label)}
        self.filled = [number for number, size in enumerate(self.sizes) if size]
        self.sums: dict[Sum, None] = {}

    def run(self) -> None:
        """Look until nothing new turns up: a total of totals is seen once those are found."""
        while True:
            before = len(self.sums)
            for sequence in self._sequences():
                self._all_others(sequence)
                self._runs(sequence)
            if before == len(self.sums):
                self._any_parts()
            if before == len(self.sums):
                self._equal_sums()
            if before == len(self.sums):
                return

    def _equal_sums(self) -> None:
        """Add sums that no total stands beside, so far as they do not follow from those so far."""
        span = Span()
        for line_sum in self.sums:
            span.add(line_sum)
        candidates = equal_sums(self.labels, self.lines, self._sequences(), self.named)
        for line_sum in sorted(candidates, key=lambda line_sum: len(line_sum.less)):
            if span.add(line_sum):
                self.sums[line_sum] = None

    def _sequences(self) -> list[list[int]]:
        """Return the lines among which runs are looked for: all, without totals, and without what a
        total covers. A sum may hold by chance and hide a true one, so of a few totals by arithmetic
        alone each may be one or not."""
        totals = self._totals()
        by_numbers = sorted(totals - self.named)
        if len(by_numbers) <= DOUBTED:
            believed = [
                set(some)
                for many in range(len(by_numbers) + 1)
                for some in combinations(by_numbers, many)
            ]
        else:
            # Those of the most parts are the likeliest.
            parts = {
                line_sum.total: len(line_sum.parts) for line_sum in self.sums if not line_sum.less
            }
            by_numbers.sort(key=lambda number: -parts[number])
            believed = [set(by_numbers[:many]) for many in range(min(len(by_numbers), MOST) + 1)]
            believed.append(set(by_numbers))
        sequences: dict[tuple[int, ...], None] = {tuple(self.filled): None}
        for some in believed:
            covered = {
                part
                for line_sum in self.sums
                if line_sum.total in some | self.named
                and len(line_sum.parts) > 1
                and not line_sum.less
                for part in line_sum.parts
            }
            for without in (some, some | self.named, covered):
                sequences[tuple(number for number in self.filled if number not in without)] = None
        return [list(sequence) for sequence in sequences]

    def _totals(self) -> set[int]:
        return {line_sum.total for line_sum in self.sums if not line_sum.less}

    def _add(self, total: int, parts: Sequence[int]) -> None:
        if len(parts) == 1:
            # Two equal lines: the total is the one that says so, else the later.
            pair = sorted((total, parts[0]), key=lambda number: (number in self.named, number))
            total, parts = pair[1], pair[:1]
        self.sums[Sum(total, tuple(sorted(parts)))] = None

    def _all_others(self, sequence: Sequence[int]) -> None:
        size = sum(self.sizes[number] for number in sequence)
        among = set(sequence)
        for total in self.filled:
            others = size - (self.sizes[total] if total in among else 0)
            if others == self.sizes[total]:
                parts = [number for number in sequence if number != total]
                if adds_up(self.lines, total, parts):
                    self._add(total, parts)

    def _runs(self, sequence: Sequence[int]) -> None:
        small = len(self.filled) <= SEARCHED_EVERYWHERE
        for total in self.filled:
            before = [number for number in reversed(sequence) if number < total]
            after = [number for number in sequence if number > total]
            self._from_here(total, before)
            self._from_here(total, after)
            if total in self.named:
                self._anywhere(total, before[::-1], after, beside=False, least=2)
            elif small:
                beside = len(self.filled) > FEW and not self._tells(total, TELLING_RUN)
                self._anywhere(total, before[::-1], after, beside=beside)

    def _tells(self, number: int, least: int) -> bool:
        return sum(count > 0 for count in self.lines[number]) >= least

    def _from_here(self, total: int, near: Sequence[int]) -> None:
        """Add a run that begins beside the line. No line is empty, so at most one length fits."""
        size = self.sizes[total]
        size_so_far = 0
        for length, number in enumerate(near, 1):
            size_so_far += self.sizes[number]
            if size_so_far >= size:
                if size_so_far == size and adds_up(self.lines, total, near[:length]):
                    self._add(total, near[:length])
                return

    def _anywhere(
        self,
        total: int,
        before: Sequence[int],
        after: Sequence[int],
        *,
        beside: bool,
        least: int = 1,
    ) -> None:
        """Add runs wherever they stand, around the line too; only such as touch it, if `beside`."""
        others = [*before, *after]
        here = len(before)
        size = self.sizes[total]
        first = size_so_far = 0
        for last, number in enumerate(others):
            size_so_far += self.sizes[number]
            while size_so_far > size:
                size_so_far -= self.sizes[others[first]]
                first += 1
            if beside and not first <= here <= last + 1:
                continue
            parts = others[first : last + 1]
            if size_so_far == size and len(parts) >= least and adds_up(self.lines, total, parts):
                self._add(total, parts)

    def _any_parts(self) -> None:
        """Add totals whose parts do not stand together, as of girls where girls and boys take
        turns; looked for in small tables, among lines that are no totals."""
        totals = self._totals()
        leaves = [number for number in self.filled if number not in totals | self.named]
        if len(leaves) > SEARCHED_FOR_ANY:
            return
        for total in self.filled:
            tried = 2 ** len(leaves)
            if total not in totals and (
                self._tells(total, TELLING) or is_unlikely(self.lines[total], tried)
            ):
                others = sorted(
                    (number for number in leaves if number != total),
                    key=lambda number: -self.sizes[number],
                )
                parts = _parts_of(self.lines[total], [self.lines[other] for other in others])
                if parts:
                    self._add(total, [others[part] for part in parts])

    def misfits(self) -> Iterator[Misfit]:
        """Yield each line that says total and equals no sum."""
        totals = {line_sum.total for line_sum in self.sums} | {
            part for line_sum in self.sums if len(line_sum.parts) == 1 for part in line_sum.parts
        }
        empty = [number for number, size in enumerate(self.sizes) if not size]
        for number in sorted(self.named - totals):
            # A total of nobody is right where another line has nobody: it may be that one's.
            if self.sizes[number] or not (len(empty) > 1 or not self.filled):
                yield from self._misfit(number)

    def _misfit(self, number: int) -> Iterator[Misfit]:
        """Compare the line with the likeliest sums; yield how it differs from the best of them."""
        plain = [other for other in range(len(self.lines)) if other not in self.named]
        previous = max((other for other in self.named if other < number), default=-1)
        candidates = [plain, list(range(previous + 1, number))]
        differences = [list(self._differences(number, parts)) for parts in candidates if parts]
        if differences:
            yield from min(differences, key=len)
        else:
            yield Misfit(number, 0, self.lines[number][0], 0)

    def _differences(self, number: int, parts: Sequence[int]) -> Iterator[Misfit]:
        for place, stands in enumerate(self.lines[number]):
            adds_up_to = sum(self.lines[part][place] for part in parts)
            if adds_up_to != stands:
                yield Misfit(number, place, stands, adds_up_to)


def _parts_of(total: Line, lines: Sequence[Line]) -> list[int]:
    """Return the numbers of two or more lines that add up to the total in every cell; empty where
    there are none, or where STEPS were not enough. The largest lines come first."""
    left: list[Line] = [(0,) * len(total)]
    for line in reversed(lines):
        left.append(tuple(map(sum, zip(left[-1], line, strict=True))))
    left.reverse()
    steps = STEPS
    unfinished: list[tuple[int, Line, list[int]]] = [(0, total, [])]
    while unfinished and steps:
        steps -= 1
        at, missing, parts = unfinished.pop()
        if not any(missing):
            if len(parts) >= 2:
                return parts
            continue
        if any(lack > rest for lack, rest in zip(missing, left[at], strict=True)):
            continue
        unfinished.append((at + 1, missing, parts))
        after = tuple(lack - has for lack, has in zip(missing, lines[at], strict=True))
        if min(after) >= 0:
            unfinished.append((at + 1, after, [*parts, at]))
    return []
