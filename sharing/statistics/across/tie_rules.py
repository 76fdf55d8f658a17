"""How tables of counts hang together: which of their counts are one, which differ by so little that it
tells of a few people, and which are the sum of others (docs/rulebook.md, S4)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from sharing.statistics.across.adding_rules import Equations, sums_of_two, unions
from sharing.statistics.across.matching_rules import Common, Pair, common
from sharing.statistics.across.table_rules import GivenTable, NewTable, Table, is_implied, meet
from sharing.statistics.system_rules import Place

# In so many counts tables agree hardly by chance.
TELLING = 5
# Among so many tables those are looked for of which one is the sum of others.
ADDED_UP = 20


@dataclass
class Ties:
    """How tables hang together. A place is the number of a table, a row and a column.

    `merged`: pairs that are one count. `forced`: counts that an earlier version of the same table
    hides. `close`: counts that differ by less than the threshold from what another table shows.
    `sums`: equations between counts of three tables. `unions`: equations that can hold, of a table
    that is over the lines of several. `parts`: counts that are no more together than the one with the
    negative sign. `unchanged`: lines, as pairs of counts, in which nothing shows that they changed from
    one day to another. `tied`: pairs of tables tied by any of these.
    """

    merged: list[tuple[Place, Place]] = field(default_factory=list)
    forced: set[Place] = field(default_factory=set)
    close: set[Place] = field(default_factory=set)
    sums: list[Mapping[Place, int]] = field(default_factory=list)
    unions: list[tuple[Equations, int, set[int]]] = field(default_factory=list)
    parts: list[Mapping[Place, int]] = field(default_factory=list)
    unchanged: list[tuple[tuple[Place, Place], ...]] = field(default_factory=list)
    tied: set[tuple[int, int]] = field(default_factory=set)

    def readings(self, group: set[int]) -> list["Ties"]:
        """Return the ways in which the tables of a group may hang together. That a table is over the
        lines of several is one; then it is not over those of one of them."""
        merged = [pair for pair in self.merged if _tables(pair) <= group]
        sums = [equation for equation in self.sums if _tables(equation) <= group]
        parts = [equation for equation in self.parts if _tables(equation) <= group]
        unchanged = [
            line for line in self.unchanged if all(_tables(pair) <= group for pair in line)
        ]
        readings = [replace(self, merged=merged, sums=sums, parts=parts, unchanged=unchanged)]
        unions = [
            (found, table, among) for found, table, among in self.unions if among | {table} <= group
        ]
        if unions:
            over = {frozenset({number, table}) for _, table, among in unions for number in among}
            left = [pair for pair in merged if _tables(pair) not in over]
            more = [equation for equations, _, _ in unions for equation in equations]
            readings.append(replace(readings[0], merged=left, sums=[*sums, *more]))
        return readings


def _tables(places: Iterable[Place]) -> frozenset[int]:
    """Return the numbers of the tables that places are of."""
    return frozenset(number for number, _, _ in places)


def ties_of(tables: Sequence[Table], threshold: int) -> Ties:
    """S4 Return how tables hang together. New ones come before those that were given out."""
    ties = Ties()
    pairs: dict[tuple[int, int], tuple[Pair, ...]] = {}
    for one, other in combinations(range(len(tables)), 2):
        compared = _Compared(tables[one], tables[other])
        pairs[one, other] = compared.common.pairs
        _tie(ties, compared, one, other, threshold)
    if len(tables) <= ADDED_UP:
        for sums, among in sums_of_two(tables, pairs):
            ties.sums += sums
            ties.tied |= set(combinations(sorted(among), 2))
        for sums, over, among, whole in unions(tables):
            if whole:
                ties.unions.append((sums, over, among))
            else:
                ties.parts += sums
            ties.tied |= set(combinations(sorted(among | {over}), 2))
    return ties


class _Compared:
    """Two tables laid over one another, and how they stand to each other."""

    def __init__(self, one: Table, other: Table):
        self.one, self.other = one, other
        self.common: Common = common(one.lines, other.lines)
        self.misfits: list[Pair] = []
        self.fits: list[Pair] = []
        self.equal = self.compared = self.telling = 0
        self.apart: set[bool] = set()
        implied = [
            (here, there)
            for here, there in self.common.pairs
            if is_implied(one, *here) or is_implied(other, *there)
        ]
        # What is over all in one table need not be over all in the other.
        if not all(map(self._fits, implied)):
            left_out = set(implied)
            pairs = tuple(pair for pair in self.common.pairs if pair not in left_out)
            self.common = replace(self.common, pairs=pairs)
        for pair in self.common.pairs:
            self._compare(pair)

    def _fits(self, pair: Pair) -> bool:
        here, there = pair
        return meet(self.one.ends(*here), self.other.ends(*there)) is not None

    def _known(self, pair: Pair) -> tuple[int, int] | None:
        """Return a count as both tables show it, where both show it exactly."""
        here, there = pair
        (low, high), (other_low, other_high) = self.one.ends(*here), self.other.ends(*there)
        return (low, other_low) if low == high and other_low == other_high else None

    def _compare(self, pair: Pair) -> None:
        (self.fits if self._fits(pair) else self.misfits).append(pair)
        known = self._known(pair)
        if known is not None and any(known):
            here, there = known
            self.compared += 1
            self.equal += here == there
            self.telling += here == there >= TELLING
            if here != there:
                self.apart.add(here > there)

    @property
    def agree(self) -> bool:
        """Return whether they agree in so many counts that it tells."""
        return self.telling >= TELLING and self.common.directions > 0

    @property
    def are_one(self) -> bool:
        """Return whether what they have in common are the same counts. Two new tables are known: where
        they agree, an equation more can only hide more."""
        if self.misfits:
            return False
        if isinstance(self.other, NewTable):
            return True
        if isinstance(self.one, NewTable):
            return self.other.same or self.agree
        return (self.one.same and self.other.same) or self.agree

    @property
    def are_versions(self) -> bool:
        """Return whether they are the same counts, some of which were corrected since: it was said that
        they are, or most of them agree. Of totals over something else nearly all must."""
        if not (self.misfits and isinstance(self.other, GivenTable) and self.other.same):
            return False
        if isinstance(self.one, GivenTable) and not self.one.same:
            return False
        if self.common.directions < 2:
            return 4 * self.equal >= 3 * self.compared and self.equal >= TELLING
        return not self.other.unsaid or 2 * self.equal >= self.compared > 0

    @property
    def overlap(self) -> bool:
        """Return whether a small difference between them tells of a few people: of two days, or of a
        group and all."""
        if not self.common.directions:
            return False
        nested = self.compared >= TELLING and len(self.apart) == 1
        if isinstance(self.other, NewTable):
            return nested
        near = self.other.near and (nested or not self.other.unsaid)
        return self.other.exact and (self.are_versions or near)

    @property
    def may_be_unchanged(self) -> bool:
        """Return whether they count the same on two days, so that readers may suppose that what does not
        show a change has none."""
        one, other = self.one, self.other
        if self.are_one or one.same == other.same or not (one.near and other.near):
            return False
        said = not (one.unsaid or other.unsaid) or 2 * self.equal >= self.compared > 0
        return said and self.common.directions > 0

    def unchanged(self) -> Iterator[list[Pair]]:
        """Yield the pairs of each row and of each column of the one in which nothing shows a change."""
        changed = set(self.misfits)
        for direction in (0, 1):
            lines: dict[int, list[Pair]] = {}
            for pair in self.common.pairs:
                lines.setdefault(pair[0][direction], []).append(pair)
            yield from (pairs for pairs in lines.values() if changed.isdisjoint(pairs))

    def close(self, threshold: int) -> Iterator[Pair]:
        """Yield counts that differ by less than the threshold, where both would be known."""
        for pair in self.misfits:
            known = self._known(pair)
            if known is not None and max(known) - min(known) < threshold:
                yield pair


def _tie(ties: Ties, compared: _Compared, one: int, other: int, threshold: int) -> None:
    """Add what ties two tables."""

    def places(pair: Pair) -> tuple[Place, Place]:
        here, there = pair
        return (one, *here), (other, *there)

    before = len(ties.merged)
    if compared.are_one or compared.are_versions:
        ties.merged += map(places, compared.fits)
    if compared.may_be_unchanged:
        unchanged = [tuple(map(places, pairs)) for pairs in compared.unchanged()]
        ties.unchanged += unchanged
        before -= bool(unchanged)
    if isinstance(compared.one, NewTable):
        if compared.are_versions and isinstance(compared.other, GivenTable):
            ties.forced |= {
                (one, *here)
                for here, there in compared.common.pairs
                if not is_implied(compared.one, *here)
                and not is_implied(compared.other, *there)
                and compared.other.hides(*there)
            }
        if compared.overlap:
            close = {
                (one, *here)
                for here, _ in compared.close(threshold)
                if not is_implied(compared.one, *here)
            }
            ties.close |= close
            before -= bool(close)
    if len(ties.merged) > before:
        ties.tied.add((one, other))
