"""Tables of counts as one system: which counts are one, what is known of each, and what is hidden from the
start (docs/rulebook.md, S4). Pure functions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from privacy_portal.ground.names import folded_heading
from sharing.counts_rules import Method, Profile, ncmp
from sharing.statistics.across.table_rules import (
    GivenTable,
    NewTable,
    Table,
    ends_of,
    is_implied,
    meet,
    parts_of,
)
from sharing.statistics.across.tie_rules import Ties
from sharing.statistics.grid_rules import sums_of
from sharing.statistics.linked_rules import Hiding, contributing_lines
from sharing.statistics.system_rules import Cell, Numbers, Place, Range, System, cell_of, filled

Line = tuple[tuple[Place, Place], ...]


def joined(
    tables: Sequence[Table], group: set[int], ties: Ties, profile: Profile, new: int
) -> list["Joint"]:
    """Return the tables as one system, for each way in which they may hang together that fits what is
    known; that one is a part of another is left out where it does not fit. Where no way fits, for
    some counts were corrected, only what both show counts as one; at last what both show exactly."""
    readings = ties.readings(group)
    merged = readings[0].merged
    shown = [pair for pair in merged if not any(_is_hidden(tables, place) for place in pair)]
    exact = [pair for pair in shown if all(_is_exact(tables, place) for place in pair)]
    corrected = [replace(ties, merged=pairs, sums=[], parts=[]) for pairs in (shown, exact)]
    for tried in (readings, *([reading] for reading in corrected)):
        fitting: list[Joint] = []
        for reading in tried:
            parts = [reading, replace(reading, parts=[])] if reading.parts else [reading]
            joints = (Joint(tables, group, one, profile, new) for one in parts)
            fitting += islice((joint for joint in joints if joint.fill()), 1)
        if fitting:
            return fitting
    raise AssertionError("tables that were given out fit themselves")


def supposed(joint: "Joint") -> list["Joint"]:
    """Return the tables as systems for readers who suppose that a line in which nothing shows a change
    from one day to another has none: as many lines in each as fit together, each in one of them."""

    def with_lines(lines: Sequence[Line]) -> Joint | None:
        merged = [*joint.ties.merged, *(pair for line in lines for pair in line)]
        ties = replace(joint.ties, merged=merged)
        more = Joint(joint.tables, set(joint.group), ties, joint.profile, joint.new, supposing=True)
        return more if more.fill() else None

    def fitting(some: list[Line], more: Sequence[Line]) -> list[Line]:
        if with_lines([*some, *more]):
            return [*some, *more]
        if len(more) == 1:
            return some
        half = len(more) // 2
        return fitting(fitting(some, more[:half]), more[half:])

    joints = []
    left = joint.ties.unchanged
    while left and (lines := fitting([], left)):
        more = with_lines(lines)
        assert more is not None
        joints.append(more)
        left = [line for line in left if line not in lines]
    return joints


def _is_exact(tables: Sequence[Table], place: Place) -> bool:
    number, row, column = place
    low, high = tables[number].ends(row, column)
    return low == high


def _is_hidden(tables: Sequence[Table], place: Place) -> bool:
    number, row, column = place
    table = tables[number]
    return (
        isinstance(table, GivenTable)
        and not is_implied(table, row, column)
        and table.hides(row, column)
    )


class Joint:
    """Tables as one system. `one` gives for each place the one that stands for its count. `supposing`:
    as readers have it who suppose what they do not know; then what they would work out of the new
    tables is hidden as far as it can be."""

    def __init__(
        self,
        tables: Sequence[Table],
        group: set[int],
        ties: Ties,
        profile: Profile,
        new: int,
        supposing: bool = False,
    ):
        self.tables, self.ties, self.profile, self.new = tables, ties, profile, new
        self.supposing = supposing
        self.group = sorted(group)
        self.one = ones(ties.merged)
        self.members: dict[Place, list[Place]] = {}
        for number in self.group:
            for place in _places(number, tables[number]):
                self.members.setdefault(self._one(place), []).append(place)
        # Counts over all lines that a table does not show, as far as another table does.
        across = [*ties.sums, *ties.parts]
        told = dict.fromkeys([*(place for equation in across for place in equation), *self.one])
        self.implied = [place for place in told if is_implied(tables[place[0]], *place[1:])]
        for place in self.implied:
            self.members.setdefault(self._one(place), []).append(place)
        # What a count has besides its parts: anything from 0 on. No table has such places.
        self.rests: list[Place] = [(~number, ~number, ~number) for number in range(len(ties.parts))]
        self.members |= {rest: [] for rest in self.rests}
        self.ends = {place: self._ends(members) for place, members in self.members.items()}
        self.values: dict[Place, int] = {}
        self.system = System({}, [], lambda place: [])
        self.begin: frozenset[Place] = frozenset()
        self.hidden: frozenset[Place] = frozenset()

    def _one(self, place: Place) -> Place:
        return self.one.get(place, place)

    def _ends(self, members: Sequence[Place]) -> Range:
        """Return what is known of a count by all tables that were given out."""
        ends: Range = (0, None)
        for number, *at in members:
            table = self.tables[number]
            if isinstance(table, GivenTable):
                met = meet(ends, table.ends(*at))
                # Two that cannot be one are no longer one where nothing is trusted.
                ends = met if met is not None else (0, None)
        return ends

    def fill(self) -> bool:
        """Give each count a value, and make the system; return whether there are such values."""
        unknown: dict[Place, Range] = {}
        for place, members in self.members.items():
            news = {
                table.ends(row, column)
                for number, row, column in members
                if isinstance(table := self.tables[number], NewTable)
            }
            low, high = self.ends[place]
            if news:
                count = next(iter(news))
                if len(news) > 1 or meet(count, (low, high)) is None:
                    return False
                self.values[place], _ = count
            elif low == high:
                self.values[place] = low
            else:
                unknown[place] = self.ends[place]
        equations = list(self._equations())
        sums = []
        for equation in equations:
            parts = {place: by for place, by in equation.items() if place in unknown}
            amount = -sum(
                by * self.values[place] for place, by in equation.items() if place in self.values
            )
            if parts:
                sums.append((parts, amount))
            elif amount:
                return False
        if unknown:
            values = filled(unknown, sums, self.profile.rule.threshold)
            if values is None:
                return False
            self.values |= values
        self._make_system(equations)
        return True

    def _equations(self) -> Iterator[dict[Place, int]]:
        for number in self.group:
            for equation in self._numbers(number).equations():
                yield self._of_ones({(number, *at): by for at, by in equation.items()})
        for number, *at in self.implied:
            row, column = at
            parts = parts_of(self.tables[number], row, column)
            yield self._of_ones(
                {(number, row, column): -1} | {(number, *part): 1 for part in parts}
            )
        yield from map(self._of_ones, self.ties.sums)
        for rest, part in zip(self.rests, self.ties.parts, strict=True):
            yield self._of_ones(part) | {rest: 1}

    def _of_ones(self, equation: Mapping[Place, int]) -> dict[Place, int]:
        factors: dict[Place, int] = {}
        for place, by in equation.items():
            one = self._one(place)
            factors[one] = factors.get(one, 0) + by
        return {place: by for place, by in factors.items() if by}

    def _numbers(self, number: int) -> Numbers:
        table = self.tables[number]
        if isinstance(table, NewTable):
            sums = sums_of(table.grid, nobody=not self.profile.least)
            return Numbers(table.grid.cells, *sums)
        cells = [
            [self.values.get(self._one((number, row, column)), 0) for column in range(len(line))]
            for row, line in enumerate(table.texts)
        ]
        return Numbers(cells, table.row_sums, table.column_sums)

    def _cell(self, place: Place, members: Sequence[Place], price: float) -> tuple[Cell, bool]:
        """Return the cell of a count, and whether it is hidden from the start."""
        value, known = self.values[place], self.ends[place]
        hiders = [
            table.profile.rule
            for member in members
            if isinstance(table := self.tables[member[0]], GivenTable)
            and _is_hidden(self.tables, member)
        ]
        enough = max((rule.threshold - 1 for rule in hiders), default=0)
        if not any(map(self._may_show, members)):
            return Cell(value, known, known, known, None, enough), bool(hiders)
        if self.profile.method is Method.NCMP_2020:
            shown = _narrowed(ends_of(ncmp(value), self.profile), known)
            return Cell(value, shown, shown, shown, None, enough), bool(hiders)
        rule = self.profile.rule
        by = cell_of(value, rule, price)
        small = rule.is_small(value)
        enough = max(enough, by.enough)
        if known == (value, value):
            # Who hides it now hides nothing.
            return Cell(value, known, known, known, None, enough), small
        if not value and rule.least:
            # Zeros are shown, but what another table hides is not.
            return Cell(value, (value, value), known, known, None, enough), bool(hiders)
        shown, hidden, knowing = (
            _narrowed(ends, known) for ends in (by.shown, by.hidden, by.known)
        )
        asked = self.ties.close | self.ties.forced
        begins = small or bool(hiders) or not asked.isdisjoint(members)
        return Cell(value, shown, hidden, knowing, price, enough), begins

    def _may_show(self, member: Place) -> bool:
        """Return whether this is a count that a new table shows unless it is hidden."""
        return member[0] < self.new and not is_implied(self.tables[member[0]], *member[1:])

    def _is_new(self, members: Sequence[Place]) -> bool:
        return any(number < self.new for number, *_ in members)

    def _make_system(self, equations: Sequence[Mapping[Place, int]]) -> None:
        """Make the system of what the new tables are tied to. What is known for certain takes no part."""
        numbers = {number: self._numbers(number) for number in self.group}
        prices = {number: numbers[number].prices() for number in self.group if number < self.new}
        cells: dict[Place, Cell] = {}
        begin = set()
        for place, members in self.members.items():
            price = sum(
                prices[number][row, column]
                for number, row, column in filter(self._may_show, members)
            )
            cell, begins = self._cell(place, members, price)
            if begins or cell.shown[0] != cell.shown[1] or cell.price is not None:
                cells[place] = cell
            if begins:
                begin.add(place)
        left = [{place: by for place, by in one.items() if place in cells} for one in equations]
        left = [equation for equation in left if equation]
        reached = self._reached(cells, left)
        cells = {place: cell for place, cell in cells.items() if place in reached}

        def near(place: Place) -> list[Place]:
            others = (
                self._one((number, *at))
                for number, row, column in self.members[place]
                if not is_implied(self.tables[number], row, column)
                for at in numbers[number].near(row, column)
            )
            return [other for other in dict.fromkeys(others) if other in cells]

        left = [equation for equation in left if not reached.isdisjoint(equation)]
        self.system = System(cells, left, near)
        self.begin = frozenset(begin & reached)

    def _reached(
        self, cells: Mapping[Place, Cell], equations: Sequence[Mapping[Place, int]]
    ) -> set[Place]:
        """Return the counts of new tables and those that hang together with them by sums. Without new
        tables all do."""
        at: dict[Place, list[int]] = {place: [] for place in cells}
        for number, equation in enumerate(equations):
            for place in equation:
                at[place].append(number)
        new = [place for place in cells if self._is_new(self.members[place])]
        unvisited = new if min(self.group) < self.new else list(cells)
        reached = set(unvisited)
        while unvisited:
            for number in at[unvisited.pop()]:
                more = equations[number].keys() - reached
                reached |= more
                unvisited += more
        return reached

    def run(self, hidden: set[Place]) -> set[Place]:
        """Hide what must be besides what is `hidden`, of new tables; return what could be worked out all
        the same, in whichever table."""
        begin = self.begin | (set(map(self._one, hidden)) & self.system.cells.keys())
        lines = {} if self.supposing else self._contributors()
        hiding = Hiding(self.system, begin, knowing=not self.supposing, lines=lines)
        self.hidden = hiding.run()
        if self.supposing:
            return set()
        blocked = {member for place in hiding.blocked for member in self.members[place]}
        others = {place for place in hiding.blocked if not self._is_new(self.members[place])}
        if others:
            # What the tables given out tell by themselves is not the new ones' doing.
            told = self._told_before()
            blocked -= {
                member
                for place in others
                for member in self.members[place]
                if not told.isdisjoint(self.members[place])
            }
        return blocked

    def _told_before(self) -> set[Place]:
        given = {number for number in self.group if number >= self.new}
        before = joined(self.tables, given, self.ties, self.profile, self.new)
        return {place for joint in before for place in joint.run_alone()}

    def run_alone(self) -> set[Place]:
        """Return what can be worked out of tables that were given out."""
        hiding = Hiding(self.system, self.begin)
        hiding.run()
        return {member for place in hiding.blocked for member in self.members[place]}

    def _contributors(self) -> dict[int, frozenset[Place]]:
        """Return the counts of each line that somebody stands behind, in all new tables."""
        axis = self.profile.contributors
        if axis is None:
            return {}
        lines: dict[str, set[Place]] = {}
        for number, table in enumerate(self.tables):
            if isinstance(table, NewTable):
                labels = (table.rows, table.columns)[axis]
                for line, places in contributing_lines(self._numbers(number), axis).items():
                    label = folded_heading(labels[line])
                    lines.setdefault(label, set()).update(
                        self._one((number, *place[1:])) for place in places
                    )
        return {number: frozenset(places) for number, places in enumerate(lines.values())}

    def hidden_of_new(self) -> set[Place]:
        """Return what is hidden of the new tables."""
        return {
            member
            for place in self.hidden
            for member in filter(self._may_show, self.members[place])
        }


def _narrowed(ends: Range, known: Range) -> Range:
    """Return what is in both of two ranges that a count lies in."""
    both = meet(ends, known)
    assert both is not None  # the count is
    return both


def _places(number: int, table: Table) -> Iterator[Place]:
    lines = table.grid.cells if isinstance(table, NewTable) else table.texts
    for row, line in enumerate(lines):
        for column in range(len(line)):
            yield number, row, column


def ones(merged: Sequence[tuple[Place, Place]]) -> dict[Place, Place]:
    """Return for each place that is one count with another the first of all that are."""
    one: dict[Place, Place] = {}

    def find(place: Place) -> Place:
        while one.get(place, place) != place:
            place = one[place]
        return place

    for pair in merged:
        first, second = sorted(map(find, pair))
        one[second] = first
    return {place: find(place) for pair in merged for place in pair}
