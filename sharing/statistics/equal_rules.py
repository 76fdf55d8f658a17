"""Sums among lines of a table of counts that no total stands beside (docs/rulebook.md, S2): by the words of
a label, by the order in which lines stand, and by linear algebra.

A table by sex and then by need has boys and girls, those with and those without: nothing in it says
total, and yet boys are all with and without less the girls.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import combinations, islice, pairwise, permutations, product
from math import prod

from sharing.statistics.sum_rules import PRIME, Line, Sum, adds_up

# Sums by the order of lines are looked for among so many lines.
ORDERED = 400
# Sums in any order are looked for among so many.
ANY_ORDER = 10
GROUPS = 12
# A line of nobody may end one block or begin the next: so many ways to cut are tried.
CUTS = 64
# How much less likely than once in a table a sum must be by chance.
UNLIKELY = 20
_NOT = frozenset({"no", "not", "non", "without", "never", "other", "others"})


def equal_sums(
    labels: Sequence[str],
    lines: Sequence[Line],
    sequences: Sequence[Sequence[int]],
    named: Collection[int],
) -> Iterator[Sum]:
    """Yield the sums that lines share with other lines; `sequences` are the lines in their order, with
    and without those that are totals, `named` those whose labels say total."""
    filled = [number for number, line in enumerate(lines) if any(line)]
    empty = [number for number, line in enumerate(lines) if not any(line)]
    yield from _by_words(labels, lines, filled)
    for sequence in sequences:
        if len(sequence) <= ORDERED:
            # Lines of nobody stand in their turn too.
            yield from _in_turns(lines, sorted({*sequence, *empty}))
            yield from _side_by_side(lines, sequence)
            yield from _in_blocks(lines, sorted({*sequence, *empty}))
        if len(sequence) <= ANY_ORDER:
            yield from _any_two_groups(lines, sequence)
    by_size = sorted(filled, key=lambda number: (number in named, sum(lines[number]), number))
    yield from _dependent(lines, by_size)
    yield from _dependent(lines, sorted(filled, key=lambda number: number in named))


def is_unlikely(line: Line, tried: int) -> bool:
    """Return whether a line equals one of so many sums hardly by chance."""
    return prod(count + 1 for count in line) >= UNLIKELY * tried


def _by_words(labels: Sequence[str], lines: Sequence[Line], filled: Sequence[int]) -> Iterator[Sum]:
    """Yield each line whose words are all in the labels it adds up: `Boys` over `Year 7 boys`."""
    words = [frozenset(re.findall(r"\w+", label.casefold())) for label in labels]
    for total in filled:
        mine = words[total]
        with_words = [part for part in filled if mine < words[part]]
        without = [part for part in with_words if (words[part] & _NOT) <= mine]
        for parts in (with_words, without):
            if mine and len(parts) > 1 and adds_up(lines, total, parts):
                yield Sum(total, tuple(parts))


def _in_turns(lines: Sequence[Line], sequence: Sequence[int]) -> Iterator[Sum]:
    """Yield several totals one after the other, after or before the lines that they add up: each a
    run of these, or one line in so many, or these added up step by step."""
    sizes = [sum(line) for line in lines]
    for order in (list(sequence), list(reversed(sequence))):
        for begin in range(2, len(order)):
            for many in range(2, min(GROUPS, len(order) - begin) + 1):
                totals = order[begin : begin + many]
                for groups in (
                    _runs_before(sizes, order, begin, totals),
                    *_turns_before(sizes, order, begin, totals),
                    _steps_before(order, begin, many, 1),
                    _steps_before(order, begin, many, 2),
                ):
                    if (
                        groups
                        and all(
                            adds_up(lines, total, parts)
                            for total, parts in zip(totals, groups, strict=True)
                        )
                        and _tells(lines, totals, groups, len(order))
                    ):
                        for total, parts in zip(totals, groups, strict=True):
                            filled = [part for part in parts if any(lines[part])]
                            if len(parts) > 1 and filled:
                                yield Sum(total, tuple(sorted(filled)))


def _tells(
    lines: Sequence[Line], totals: Sequence[int], groups: Sequence[Sequence[int]], tried: int
) -> bool:
    both = [
        count
        for total, parts in zip(totals, groups, strict=True)
        if len(parts) > 1
        for count in lines[total]
    ]
    return is_unlikely(tuple(both), tried)


def _runs_before(
    sizes: Sequence[int], order: Sequence[int], begin: int, totals: Sequence[int]
) -> list[list[int]]:
    """Return neighbouring runs of the sizes of the totals, the last one just before them."""
    groups: list[list[int]] = []
    at = begin
    for total in reversed(totals):
        first, size = at, 0
        while first and size < sizes[total]:
            first -= 1
            size += sizes[order[first]]
        if size != sizes[total]:
            return []
        groups.insert(0, list(order[first:at]))
        at = first
    return groups


def _turns_before(
    sizes: Sequence[int], order: Sequence[int], begin: int, totals: Sequence[int]
) -> Iterator[list[list[int]]]:
    """Yield one line in so many as there are totals, of those before them."""
    many = len(totals)
    size = [0] * many
    for turns in range(1, begin // many + 1):
        first = begin - turns * many
        for turn in range(many):
            size[turn] += sizes[order[first + turn]]
        if turns > 1 and all(size[turn] == sizes[total] for turn, total in enumerate(totals)):
            yield [list(order[first + turn : begin : many]) for turn in range(many)]


def _steps_before(order: Sequence[int], begin: int, many: int, first: int) -> list[list[int]]:
    """Return the lines before the totals added up step by step, the first step being of so many."""
    length = many + first - 1
    if length > begin:
        return []
    lines = list(order[begin - length : begin])
    return [lines[: first + step] for step in range(many)]


def _side_by_side(lines: Sequence[Line], sequence: Sequence[int]) -> Iterator[Sum]:
    """Yield two runs beside each other that add up to the same: everybody, counted twice."""
    sizes = [sum(lines[number]) for number in sequence]
    for middle in range(2, len(sequence) - 1):
        first, last = middle - 1, middle + 1
        left, right = sizes[first], sizes[middle]
        while True:
            if left == right and middle - first > 1 and last - middle > 1:
                yield from _same(lines, sequence, first, middle, last)
            if left <= right:
                first -= 1
                if first < 0:
                    break
                left += sizes[first]
            else:
                last += 1
                if last > len(sequence):
                    break
                right += sizes[last - 1]


def _same(
    lines: Sequence[Line], sequence: Sequence[int], first: int, middle: int, last: int
) -> Iterator[Sum]:
    parts, others = sequence[first:middle], sequence[middle:last]
    *less, total = others
    if not adds_up(lines, total, parts, less):
        return
    sums = tuple(map(sum, zip(*(lines[part] for part in parts), strict=True)))
    all_of_them = last - first == len(sequence)
    if all_of_them or is_unlikely(sums, len(sequence) ** 2):
        yield Sum(total, tuple(parts), tuple(less))


def _in_blocks(lines: Sequence[Line], order: Sequence[int]) -> Iterator[Sum]:
    """Yield the lines of one block that add up runs of another, or one line in so many, where all lines
    are blocks of the same people: every kind of pupil, then pupils by sex, then by need.

    That every block adds up to the same tells so much that no count need be large.
    """
    for blocks in _blocks(lines, order):
        for parts, (*less, total) in pairwise(_filled(lines, block) for block in blocks):
            yield Sum(total, tuple(parts), tuple(less))
        for parts, totals in permutations(blocks, 2):
            for groups in (_runs_within(lines, parts, totals), _turns_within(parts, totals)):
                sums = [
                    Sum(total, tuple(_filled(lines, group)))
                    for total, group in zip(totals, groups, strict=True)
                ]
                if all(adds_up(lines, line_sum.total, line_sum.parts) for line_sum in sums):
                    yield from (line_sum for line_sum in sums if line_sum.parts)


def _filled(lines: Sequence[Line], numbers: Sequence[int]) -> list[int]:
    return [number for number in numbers if any(lines[number])]


def _blocks(lines: Sequence[Line], order: Sequence[int]) -> Iterator[list[list[int]]]:
    """Yield the ways to cut lines in their order into two blocks or more of the same sum."""
    so_far = [(0,) * len(lines[0])]
    for number in order:
        so_far.append(tuple(map(sum, zip(so_far[-1], lines[number], strict=True))))
    places: dict[Line, list[int]] = {}
    for place, size in enumerate(so_far):
        places.setdefault(size, []).append(place)
    whole = so_far[-1]
    for many in range(2, len(order) // 2 + 1):
        if not any(whole) or any(count % many for count in whole):
            continue
        cuts = [
            places.get(tuple(count // many * block for count in whole), [])
            for block in range(1, many)
        ]
        for cut in islice(product(*cuts), CUTS):
            yield [list(order[begin:end]) for begin, end in pairwise((0, *cut, len(order)))]


def _runs_within(
    lines: Sequence[Line], parts: Sequence[int], totals: Sequence[int]
) -> list[list[int]]:
    """Return the neighbouring runs of the sizes of the totals, all of the parts."""
    groups: list[list[int]] = []
    rest = list(parts)
    for total in totals:
        missing = sum(lines[total])
        group = []
        while missing > 0 and rest:
            group.append(rest.pop(0))
            missing -= sum(lines[group[-1]])
        groups.append(group)
    return groups


def _turns_within(parts: Sequence[int], totals: Sequence[int]) -> list[list[int]]:
    """Return one part in so many as there are totals, in turns."""
    return [list(parts[turn :: len(totals)]) for turn in range(len(totals))]


def _any_two_groups(lines: Sequence[Line], sequence: Sequence[int]) -> Iterator[Sum]:
    """Yield two groups of lines in any order that add up to the same."""
    most = tuple(
        sum(column) // 2 for column in zip(*(lines[number] for number in sequence), strict=True)
    )
    tried = 3 ** len(sequence)
    if not is_unlikely(most, tried):
        return
    sums: dict[Line, list[frozenset[int]]] = {}
    for many in range(2, len(sequence) - 1):
        for group in map(frozenset, combinations(sequence, many)):
            key = tuple(map(sum, zip(*(lines[number] for number in group), strict=True)))
            same = sums.setdefault(key, [])
            # Groups that share lines are equal because what they do not share is.
            if is_unlikely(key, tried) and (other := _disjoint(group, same)):
                total, *less = sorted(group, reverse=True)
                yield Sum(total, tuple(sorted(other)), tuple(sorted(less)))
            same.append(group)


def _disjoint(group: frozenset[int], same: Sequence[frozenset[int]]) -> frozenset[int] | None:
    return next((candidate for candidate in same if not candidate & group), None)


def _dependent(lines: Sequence[Line], order: Sequence[int]) -> Iterator[Sum]:
    """Yield lines that are the sum of some before them in the order less others, by Gaussian
    elimination in whole numbers modulo a prime. Where a line is so by chance its factors are arbitrary."""
    if not order:
        return
    # Slow to load, and no page but this needs it.
    import numpy as np

    width = len(lines[0])
    most = min(len(order), width)
    # The lines that were independent: reduced, and how each came from the lines themselves.
    reduced = np.zeros((most, width), dtype=np.int64)
    came = np.zeros((most, most), dtype=np.int64)
    independent: list[int] = []
    leading: list[int] = []
    for number in order:
        rest = np.array(lines[number], dtype=np.int64) % PRIME
        factors = np.zeros(most, dtype=np.int64)
        for row, column in enumerate(leading):
            factor = rest[column]
            if factor:
                rest = (rest - factor * reduced[row]) % PRIME
                factors = (factors - factor * came[row]) % PRIME
        [left] = np.nonzero(rest)
        if len(left):
            row, column = len(independent), int(left[0])
            inverse = pow(int(rest[column]), -1, PRIME)
            factors[row] = 1
            reduced[row], came[row] = rest * inverse % PRIME, factors * inverse % PRIME
            independent.append(number)
            leading.append(column)
        elif set(np.unique(factors).tolist()) <= {0, 1, PRIME - 1}:
            parts = [independent[row] for row in np.nonzero(factors == PRIME - 1)[0]]
            less = [independent[row] for row in np.nonzero(factors == 1)[0]]
            if len(parts) + len(less) > 1 and adds_up(lines, number, parts, less):
                yield Sum(number, tuple(sorted(parts)), tuple(sorted(less)))
