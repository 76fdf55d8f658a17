"""Tables of counts that are the sum of others: of pupils with and without a need, of primary and of secondary
schools (docs/rulebook.md, S4)."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations, product

from privacy_portal.ground.names import folded_heading
from sharing.statistics.across.matching_rules import Common, Pair, common, same_lines
from sharing.statistics.across.table_rules import NewTable, Table
from sharing.statistics.system_rules import Place

# In so many counts a table is the sum of two others hardly by chance.
TELLING = 5
# So many tables of other lines are put together at most.
MOST = 3
TRIED = 8
Equations = list[Mapping[Place, int]]
Sums = tuple[Equations, set[int]]
Over = tuple[Equations, int, set[int], bool]


def sums_of_two(
    tables: Sequence[Table], pairs: Mapping[tuple[int, int], Sequence[Pair]]
) -> Iterator[Sums]:
    """Yield, where one table is the sum of two others, that as equations, count by count, and which
    tables they are of."""
    for one, second, third in combinations(range(len(tables)), 3):
        if not isinstance(tables[one], NewTable):
            return
        seconds, thirds = dict(pairs[one, second]), dict(pairs[one, third])
        triples = [
            ((one, *at), (second, *seconds[at]), (third, *thirds[at]))
            for at in sorted(seconds.keys() & thirds.keys())
        ]
        for total in range(3):
            signs = [-1 if place == total else 1 for place in range(3)]
            equations = [dict(zip(triple, signs, strict=True)) for triple in triples]
            known = sum(_is_known(tables, equation) for equation in equations)
            if known >= TELLING and all(_can_hold(tables, equation) for equation in equations):
                yield list(equations), {one, second, third}


def unions(tables: Sequence[Table]) -> Iterator[Over]:
    """Yield, where the lines of tables together can be what another table is over, or a part of it, that
    as equations, the number of that table, those of the tables, and whether it is over no more."""
    laid = {
        (one, other): common(tables[one].lines, tables[other].lines)
        for one, other in permutations(range(len(tables)), 2)
    }
    tried = set()
    for number, direction in product(range(len(tables)), (0, 1)):
        others = {other: found for (one, other), found in laid.items() if one == number}
        beside = [
            other
            for other, found in others.items()
            if not found.shares[direction] and found.shares[1 - direction]
        ]
        # Primary and secondary schools have no label in common.
        for many in range(min(len(beside), MOST) + 1):
            for more in combinations(beside[:TRIED], many):
                union = _Union(tables, number, direction)
                for other, found in others.items():
                    if found.shares[direction] or other in more:
                        union.add_table(other, found)
                for other, found in others.items():
                    if other in union.tables or found.shares[direction]:
                        continue
                    equations = list(union.over(other, found))
                    key = (other, *(frozenset(one.items()) for one in equations))
                    if key in tried or not equations:
                        continue
                    tried.add(key)
                    if all(_can_hold(tables, one) for one in equations):
                        if len(union.tables) > 1:
                            yield equations, other, union.tables, True
                    elif _may_be_part(tables, union.tables | {other}) and all(
                        _can_be_part(tables, one) for one in equations
                    ):
                        yield equations, other, union.tables, False


class _Union:
    """The lines of a table and those that other tables have besides: `places` gives for each line of the
    other direction the place of each label."""

    def __init__(self, all_tables: Sequence[Table], number: int, direction: int):
        self.all_tables, self.direction = all_tables, direction
        self.tables = {number}
        lines, self.beside = (
            all_tables[number].lines[direction],
            all_tables[number].lines[1 - direction],
        )
        self.places: dict[int, dict[str, Place]] = {
            line: {} for line in {*range(len(self.beside.labels)), *self.beside.over_all}
        }
        for leaf in lines.leaves:
            at = {line: (leaf, line) if direction == 0 else (line, leaf) for line in self.places}
            self._add(lines.labels[leaf], {line: (number, *place) for line, place in at.items()})

    def add_table(self, number: int, found: Common) -> None:
        """Add the lines of a table, laid over the first one, that are not there yet."""
        there = 1 - self.direction if found.turned else self.direction
        lines, beside = (
            self.all_tables[number].lines[there],
            self.all_tables[number].lines[1 - there],
        )
        same = dict(same_lines(self.beside, beside)[1])
        for leaf in lines.leaves:
            places = {
                at: (number, leaf, line) if there == 0 else (number, line, leaf)
                for at, line in same.items()
            }
            if self._add(lines.labels[leaf], places):
                self.tables.add(number)

    def _add(self, label: str, places: Mapping[int, Place]) -> bool:
        """Add a line, unless one with its label is there; return whether it was added."""
        folded = folded_heading(label)
        if any(folded in labels for labels in self.places.values()):
            return False
        for at, place in places.items():
            if at in self.places:
                self.places[at][folded] = place
        return True

    def over(self, other: int, found: Common) -> Iterator[Mapping[Place, int]]:
        """Yield that the counts of a table which is over all of these lines are their sum; of a line that
        not all have nothing."""
        most = max(map(len, self.places.values()))
        for at, there in found.pairs:
            labels = self.places.get(at[1 - self.direction], {})
            if len(labels) == most:
                yield {(other, *there): -1} | dict.fromkeys(labels.values(), 1)


def _ends(tables: Sequence[Table], place: Place) -> tuple[int, float]:
    low, high = tables[place[0]].ends(*place[1:])
    return low, float("inf") if high is None else high


def _may_be_part(all_tables: Sequence[Table], among: set[int]) -> bool:
    """Return whether it is known that tables are of the same day and people, and one of them is new."""
    tables = [all_tables[number] for number in among]
    return any(isinstance(table, NewTable) for table in tables) and all(
        isinstance(table, NewTable) or table.same for table in tables
    )


def _can_be_part(tables: Sequence[Table], equation: Mapping[Place, int]) -> bool:
    """Return whether counts can add up to no more than the one with the negative sign."""
    low, _ = _bounds(tables, equation)
    return low <= 0


def _can_hold(tables: Sequence[Table], equation: Mapping[Place, int]) -> bool:
    """Return whether an equation can hold by what is known of each count."""
    low, high = _bounds(tables, equation)
    return low <= 0 <= high


def _bounds(tables: Sequence[Table], equation: Mapping[Place, int]) -> tuple[float, float]:
    """Return the least and the greatest that counts can add up to with their signs."""
    ends = [sorted(by * end for end in _ends(tables, place)) for place, by in equation.items()]
    return sum(low for low, _ in ends), sum(high for _, high in ends)


def _is_known(tables: Sequence[Table], equation: Mapping[Place, int]) -> bool:
    """Return whether an equation is of counts that are all known, and of somebody."""
    return all(0 < low == high for low, high in (_ends(tables, place) for place in equation))
