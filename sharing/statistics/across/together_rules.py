"""Making tables of counts safe together with one another and with tables that were given out before
(docs/rulebook.md, S4). Pure functions.

A count that stands in two tables is one count. What an earlier table shows stays known, and what it
hides stays hidden; nobody knows its hidden counts any more, so they are given values that fit all
that is known. Then further counts of the new tables are hidden until no hidden count of any of
them can be worked out from all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sharing.counts_rules import Profile
from sharing.statistics.across.joint_rules import joined, supposed
from sharing.statistics.across.table_rules import (
    GivenTable,
    NewTable,
    Table,
)
from sharing.statistics.across.tie_rules import Ties, ties_of
from sharing.statistics.grid_rules import SafeGrid, laid_out, make_grid_safe
from sharing.statistics.system_rules import Place

MAX_PLACES = 10_000


@dataclass(frozen=True, slots=True)
class Together:
    """What may be shown of each new table. `because`: which of the tables given out count as shown, by
    their numbers; `blocked`: those with which a hidden count could be worked out whatever is hidden
    besides (`places` of the new tables among these counts). `too_large` to be made safe together.
    """

    safe: tuple[SafeGrid, ...] = ()
    because: tuple[int, ...] = ()
    blocked: tuple[int, ...] = ()
    places: tuple[Place, ...] = ()
    too_large: bool = False


def make_safe_together(
    new: Sequence[NewTable], given: Sequence[GivenTable], profile: Profile
) -> Together:
    """S4 Return what may be shown of new tables beside those that were given out."""
    tables: list[Table] = [*new, *given]
    ties = ties_of(tables, profile.rule.threshold)
    group = _reached(ties, len(new))
    if group.isdisjoint(number for pair in ties.tied for number in pair):
        return Together(tuple(make_grid_safe(table.grid, profile) for table in new))
    because = tuple(number for number in range(len(given)) if number + len(new) in group)
    joints = joined(tables, group, ties, profile, len(new))
    if any(len(joint.system.cells) > MAX_PLACES for joint in joints):
        return Together(because=because, too_large=True)
    hidden: set[Place] = set()
    joints += [more for joint in joints for more in supposed(joint)]
    # However the tables hang together: what one way hides is hidden in the others too.
    waiting = list(joints)
    while waiting:
        joint = waiting.pop()
        if blocked := joint.run(hidden):
            return Together(
                because=because,
                blocked=_who_blocks(new, given, because, profile),
                places=tuple(sorted(place for place in blocked if place[0] < len(new))),
            )
        more = joint.hidden_of_new()
        if more - hidden:
            hidden |= more
            waiting = list(joints)
            waiting.remove(joint)
    safe = (_laid_out(number, table, hidden, profile) for number, table in enumerate(new))
    return Together(tuple(safe), because)


def _laid_out(number: int, table: NewTable, hidden: set[Place], profile: Profile) -> SafeGrid:
    """Return what may be shown of a new table."""
    places = {place[1:] for place in hidden if place[0] == number}
    small = {
        (row, column)
        for row, column in places
        if profile.rule.is_small(table.grid.cells[row][column])
    }
    return laid_out(table.grid, profile.method, frozenset(small), frozenset(places - small))


def _reached(ties: Ties, new: int) -> set[int]:
    """Return the new tables and all that hang together with them, over others too."""
    reached = set(range(new))
    before = 0
    while before != len(reached):
        before = len(reached)
        for pair in ties.tied:
            if reached.intersection(pair):
                reached.update(pair)
    return reached


def _who_blocks(
    new: Sequence[NewTable], given: Sequence[GivenTable], because: Sequence[int], profile: Profile
) -> tuple[int, ...]:
    """Return the tables each of which alone stands in the way; all where none does alone."""
    if len(because) == 1:
        return tuple(because)
    alone = [
        number for number in because if make_safe_together(new, [given[number]], profile).blocked
    ]
    return tuple(alone or because)
