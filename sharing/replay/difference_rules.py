"""Rules about a decision that is made again (docs/rulebook.md, D), as pure functions.

A row was decided once, as it is recorded. Decided again it has two more answers: by what was known
then, and by what is known now. What is not kept any more has no answer, and none is guessed.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sharing.row_decision_rules import (
    REDUCED,
    REDUCED_UNLOCATED,
    UNLOCATED,
    WHOLE,
    RowDecision,
)


class Unkept(StrEnum):
    """Why a row cannot be decided again."""

    # The cells of the file that were compared with the roll are not kept.
    CELLS = "cells"
    # The log does not say more than that nobody was decided on, or the pupil has been erased since.
    NOBODY = "nobody"
    ERASED = "erased"
    # Two records were one then and are two now: the row may have had the number of either.
    PARTED = "parted"
    # Date of birth, school or support has changed since, and what it was is not kept.
    CHANGED = "changed"
    # A choice arrived, or began or ceased to count, within the minutes of the decision.
    MOMENT = "moment"


SENTENCES = {
    Unkept.CELLS: "The number, last name or date of birth in the file decided this, and we do not keep the file.",
    Unkept.NOBODY: "The log does not say which pupil this row is about.",
    Unkept.ERASED: "The pupil’s record has been erased.",
    Unkept.PARTED: "Two records were merged then and have been separated since. We do not keep which one it was.",
    Unkept.CHANGED: "The pupil’s date of birth, school or support has changed since, and we do not keep what it was.",
    Unkept.MOMENT: "A choice arrived, or started or stopped applying, within minutes of the decision.",
}

Answer = RowDecision | Unkept


class Change(StrEnum):
    """What has become of a row: how what may be shared of it compares with what was recorded."""

    WITHHELD = "withheld"
    LESS = "less"
    MORE = "more"
    REASON = "reason"


# What rows that are not withheld leave out.
_LEAVES_OUT: dict[RowDecision, frozenset[str]] = {
    WHOLE: frozenset(),
    REDUCED: frozenset({"choice"}),
    UNLOCATED: frozenset({"place"}),
    REDUCED_UNLOCATED: frozenset({"choice", "place"}),
}


def change(recorded: RowDecision, again: RowDecision) -> Change | None:
    """Return how a row decided again differs from what was recorded; None where it is the same."""
    if again is recorded:
        return None
    before, after = _LEAVES_OUT.get(recorded), _LEAVES_OUT.get(again)
    if after is None:
        return Change.REASON if before is None else Change.WITHHELD
    if before is None or after < before:
        return Change.MORE
    return Change.LESS


class RowAgain(NamedTuple):
    """A row of a disclosure: its number, the pupil's random reference, what was recorded, and what the
    rules say by what was known then and by what is known now."""

    row: int
    person: str | None
    recorded: RowDecision
    then: Answer
    now: Answer

    @property
    def altered(self) -> bool:
        """Return whether what was known then does not lead to what was recorded."""
        return isinstance(self.then, RowDecision) and self.then is not self.recorded

    @property
    def changed(self) -> Change | None:
        """Return what becomes of the row by what is known now; None where it stays or is not known."""
        return None if isinstance(self.now, Unkept) else change(self.recorded, self.now)

    @property
    def unkept(self) -> Unkept | None:
        """Return why one of its two answers is not known; None where both are."""
        return next((said for said in (self.now, self.then) if isinstance(said, Unkept)), None)


@dataclass(frozen=True, slots=True)
class RowsAgain:
    """All rows of a disclosure, decided again, in lists: those that differ in either answer, those that
    cannot be decided again, and those that are the same. `differing` and `unkept` may share rows."""

    differing: list[RowAgain]
    unkept: list[RowAgain]
    same: list[RowAgain]

    @property
    def altered(self) -> list[RowAgain]:
        """Return the rows that what was known then decides otherwise than was recorded."""
        return [row for row in self.differing if row.altered]

    @property
    def changes(self) -> Counter[Change]:
        """Count the rows that what is known now decides otherwise, by what becomes of them."""
        return Counter(kind for row in self.differing if (kind := row.changed))

    @property
    def too_much(self) -> int:
        """Return of how many rows more was shared than is allowed by what is known now."""
        return self.changes[Change.WITHHELD] + self.changes[Change.LESS]


def compared(rows: Iterable[RowAgain]) -> RowsAgain:
    """Sort rows that were decided again by how they compare with what was recorded. A row is the same
    only if both answers are known and neither differs."""
    sorted_rows = RowsAgain([], [], [])
    for row in rows:
        if row.then is row.recorded is row.now:
            sorted_rows.same.append(row)
            continue
        differs = row.altered or row.changed is not None
        if differs:
            sorted_rows.differing.append(row)
        if row.unkept is not None:
            sorted_rows.unkept.append(row)
    return sorted_rows
