"""Rules about which record is which child's (docs/rulebook.md, C6), as pure functions."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from consent.age_rules import years_old
from consent.rules import Choice, DecidedBy, Decision, Scheme, Seen, Standing, standing
from privacy_portal.ground.days import months_later

OLDEST = 30
# A worked case of the rulebook has a pupil of 31 by today.
YEARS_MORE = 1
# A pupil of year 7 is eleven at its beginning. Former pupils' year groups count on, and may stand still.
YEAR_TO_AGE = 4
YEARS_APART = 5
# A record is compared with new numbers for so long after its pupil left.
LEFT_MONTHS = 12


class IdentityPart(StrEnum):
    """One of the three details of a person's identity."""

    SURNAME = "surname"
    FORENAME = "forename"
    BORN = "born"


WORDS = {
    IdentityPart.SURNAME: "last name",
    IdentityPart.FORENAME: "first name",
    IdentityPart.BORN: "date of birth",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """A person's identity by name and birth; names folded as in D `details-differ`."""

    surname: str
    forename: str
    born: date

    @property
    def name(self) -> tuple[str, str]:
        return self.surname, self.forename


def can_be_born(born: date, on: date, year_group: str = "") -> bool:
    """C6d A date of birth that makes nobody of 0 to 30 years on the day is a fault. One year more is let
    pass, and former pupils whom a roll still has: their year group (28, say) tells the same age within
    five years."""
    if born > on:
        return False
    age = years_old(born, on)
    if age <= OLDEST + YEARS_MORE:
        return True
    if not year_group.isdecimal() or len(year_group) > 2:
        return False
    return abs(age - YEAR_TO_AGE - int(year_group)) <= YEARS_APART


def differing(record: Identity, row: Identity) -> tuple[IdentityPart, ...]:
    """Return which of surname, forename and date of birth a row changes in a record."""
    pairs = (
        (IdentityPart.SURNAME, record.surname, row.surname),
        (IdentityPart.FORENAME, record.forename, row.forename),
        (IdentityPart.BORN, record.born, row.born),
    )
    return tuple(part for part, before, after in pairs if before != after)


def may_be_another(record: Identity, row: Identity) -> bool:
    """C6a A row that changes two or more of surname, forename and date of birth of the record with
    its UPN may be another child."""
    return len(differing(record, row)) >= 2


def exchanging(changes: Mapping[int, tuple[Identity, Identity]]) -> frozenset[int]:
    """C6a Two rows of one file that exchange the names of two records, or more that pass them round,
    may be other children.

    Takes the identity of each record before and after the file, by any number; returns the numbers of
    those whose names go round in a circle.
    """
    steps: dict[Hashable, set[Hashable]] = defaultdict(set)
    for before, after in changes.values():
        if before.name != after.name:
            steps[before.name].add(after.name)
    circle = _circles(steps)
    return frozenset(
        number
        for number, (before, after) in changes.items()
        if before.name != after.name
        and before.name in circle
        and circle[before.name] == circle.get(after.name)
    )


def possible_same_child(new: Identity, other: Identity) -> bool:
    """C6b A new UPN whose surname, forename and date of birth are those of another record is a
    possible same child. Twins have another forename."""
    return new == other


def left_recently(left_on: date, on: date) -> bool:
    """C6b A record is compared with new numbers for a year after its pupil left the school."""
    return left_on >= months_later(on, -LEFT_MONTHS)


def linked(pairs: Iterable[tuple[int, int]]) -> dict[int, frozenset[int]]:
    """C6b Decisions about either of two records count for both until somebody answers. With three of
    which each is a question with the next, for all three.

    Takes pairs of records; returns for each record all that hang together with it, itself too.
    """
    groups: dict[int, set[int]] = {}
    for one, other in pairs:
        together = groups.get(one, {one}) | groups.get(other, {other})
        groups.update(dict.fromkeys(together, together))
    return {record: frozenset(group) for record, group in groups.items()}


def standing_together(
    scheme: Scheme,
    born: date,
    own: Iterable[Decision],
    others: Iterable[Decision],
    at: datetime | Seen,
) -> Standing:
    """C6b While it is open whether two records are of one child, decisions about either count for both
    as if they were one (C2). But what was decided about the record itself is not undone by what may
    be another child's: where it alone is opted out, it is."""
    own_decisions = list(own)
    together = standing(scheme, born, [*own_decisions, *others], at)
    if together.opted_out:
        return together
    alone = standing(scheme, born, own_decisions, at)
    return alone if alone.opted_out else together


def parents_alone(
    scheme: Scheme,
    born: date,
    own: Iterable[Decision],
    others: Iterable[Decision],
    at: datetime | Seen,
) -> bool:
    """C2, C6b Return whether a pupil is opted out by parents alone: the pupil's own decision counts neither
    about the record nor about one that may be of the same child. Unwillingness on the day is aside."""
    about_own, about_others = (
        [decision for decision in about if decision.choice is not Choice.UNWILLING]
        for about in (own, others)
    )
    here = standing_together(scheme, born, about_own, about_others, at)
    together = standing(scheme, born, [*about_own, *about_others], at)
    deciding = [*here.deciding, *together.deciding]
    return here.opted_out and all(decision.by is DecidedBy.PARENT for decision in deciding)


def _circles(steps: Mapping[Hashable, set[Hashable]]) -> dict[Hashable, int]:
    """Return the number of the circle (strongly connected set of two or more) that each node is in;
    nodes in none are left out. By Kosaraju's two walks, without recursion: a file may pass round
    every name."""
    back: dict[Hashable, set[Hashable]] = defaultdict(set)
    for node, after in steps.items():
        for target in after:
            back[target].add(node)
    order: list[Hashable] = []
    seen: set[Hashable] = set()
    for start in steps:
        stack: list[tuple[Hashable, bool]] = [(start, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack += [(target, False) for target in steps.get(node, ())]
    circle: dict[Hashable, int] = {}
    reached: set[Hashable] = set()
    for number, start in enumerate(reversed(order)):
        members, open_nodes = [], [start]
        while open_nodes:
            node = open_nodes.pop()
            if node not in reached:
                reached.add(node)
                members.append(node)
                open_nodes += back.get(node, ())
        if len(members) > 1:
            circle.update(dict.fromkeys(members, number))
    return circle
