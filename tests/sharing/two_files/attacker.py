"""What somebody who has two files can learn by subtracting one from the other. Knows no code of the portal.

An attacker sees the files that left, and knows more than most would: about whom each row is, whichever
cells it still has, and about whom each file was asked for. Subtracting is comparing, for each pupil whom
both files were asked for, what stands in one with what stands in the other, in the columns that both have:
the two *contradict* each other where the pupil is in one file only, or a cell is filled in one only.

A contradiction gives a choice away if it is there because of the choice: had this pupil chosen nothing,
the two files would not contradict each other, or the other way round.
"""

import csv
import io
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class World:
    """The terms: items of each agreement, and of each recipient the purposes that its scheme applies to and
    the items that it leaves."""

    items: Mapping[str, Set[str]]
    recipient_of: Mapping[str, str]
    scheme_purposes: Mapping[str, Set[str]]
    basic: Mapping[str, Set[str]]

    def has_scheme(self, recipient: str, purpose: str) -> bool:
        return purpose in self.scheme_purposes.get(recipient, set())


@dataclass(frozen=True)
class Choices:
    """What a pupil's family had decided when a file left: opted out under the schemes of these
    recipients, and objected to these recipients with these purposes."""

    opted_out: frozenset[str] = frozenset()
    objected: frozenset[tuple[str, str]] = frozenset()


NOTHING = Choices()


@dataclass(frozen=True)
class File:
    """A file that was asked for: its agreement and purpose, columns, the pupils and what they had chosen by
    then. Of `differing` pupils the extract has a wrong surname."""

    agreement: str
    purpose: str
    columns: frozenset[str]
    choices: Mapping[str, Choices]
    override: bool = False
    differing: frozenset[str] = frozenset()


def row(world: World, file: File, pupil: str) -> frozenset[str] | None:
    """Return the items of a pupil's row as the law has it; None for no row."""
    recipient = world.recipient_of[file.agreement]
    permitted = file.columns & world.items[file.agreement]
    chosen = file.choices[pupil]
    if not permitted or (pupil in file.differing and "Surname" in file.columns):
        return None
    if recipient in chosen.opted_out and world.has_scheme(recipient, file.purpose):
        if not file.override:
            permitted &= world.basic[recipient]
        if not permitted:
            return None
    if (recipient, file.purpose) in chosen.objected:
        return None
    return frozenset(permitted)


def contradict(world: World, one: File, other: File, pupil: str) -> bool:
    """Subtract: return whether a pupil's rows in two files contradict each other."""
    first, second = row(world, one, pupil), row(world, other, pupil)
    if first is None or second is None:
        return (first is None) != (second is None)
    common = (one.columns & world.items[one.agreement]) & (
        other.columns & world.items[other.agreement]
    )
    return first & common != second & common


def given_away(world: World, one: File, other: File) -> set[str]:
    """Return the pupils whose choices subtracting the files gives away."""

    def without(file: File, pupil: str) -> File:
        return replace(file, choices={**file.choices, pupil: NOTHING})

    return {
        pupil
        for pupil in one.choices.keys() & other.choices.keys()
        if contradict(world, one, other, pupil)
        != contradict(world, without(one, pupil), without(other, pupil), pupil)
    }


def rows_in(text: str, marks: Mapping[str, Set[str]]) -> dict[str, frozenset[str]]:
    """Read a file that left: the headings of each pupil's filled cells; `marks` tell whose a cell is."""
    rows = {}
    for line in csv.DictReader(io.StringIO(text)):
        filled = {heading: cell for heading, cell in line.items() if cell}
        (pupil,) = {
            pupil
            for pupil, own in marks.items()
            if any(mark in cell for mark in own for cell in filled.values())
        }
        rows[pupil] = frozenset(filled)
    return rows
