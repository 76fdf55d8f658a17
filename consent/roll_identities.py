"""Rows of a roll that may be of another child than the record with their UPN (C6a)."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from consent import identity_rules
from consent import roll_sql as sql
from consent.identity_rules import WORDS, Identity, Part
from privacy_portal.faults import Fault

# Runs a statement with its values and gives every row.
Rows = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """A row that makes somebody else of a record, for people to look at.

    `person` is the record's random reference; `changes` say each of surname, forename and date of
    birth that differs, as it is and as it is read; with `exchanged` the names of records of the file
    go round in a circle.
    """

    line: int
    upn: str
    person: str
    school: str
    changes: list[tuple[str, str, str]]
    exchanged: bool

    @property
    def key(self) -> str:
        """A digest that is the same only for the same change of the same record."""
        return hashlib.sha256(repr(asdict(self)).encode()).hexdigest()[:24]

    @property
    def differs(self) -> list[str]:
        """The parts that differ, in words."""
        return [WORDS[Part(part)] for part, _, _ in self.changes]

    def fault(self) -> Fault:
        """What is to be done, without a word on the record."""
        words = " and ".join(filter(None, (", ".join(self.differs[:-1]), self.differs[-1])))
        message = (
            f"the names are those of another pupil in the file (the {words} changed places), so "
            "this may be another child. Check the UPN."
            if self.exchanged and len(self.changes) == 1
            else f"the {words} differ from those of the pupil with this UPN, so this may be another "
            "child. Check the UPN."
        )
        return Fault(message, self.line, "UPN")


def identity_changes(rows: Rows) -> list[IdentityChange]:
    """The rows of the file that may be of another child, by line; 1 query."""
    changed = rows(sql.CHANGED_IDENTITIES)
    identities = {
        pupil: (Identity(*before), Identity(*after))
        for pupil, *_, before, after, _, _ in map(_split, changed)
    }
    exchanged = identity_rules.exchanging(identities)
    found = []
    for pupil, line, upn, person, school, _, _, names, new_names in map(_split, changed):
        before, after = identities[pupil]
        if not identity_rules.may_be_another(before, after) and pupil not in exchanged:
            continue
        differs = identity_rules.differing(before, after)
        written = {
            Part.SURNAME: (names[0], new_names[0]),
            Part.FORENAME: (names[1], new_names[1]),
            Part.BORN: (str(before.born), str(after.born)),
        }
        changes = [(part.value, *written[part]) for part in differs]
        found.append(IdentityChange(line, upn, person, school, changes, pupil in exchanged))
    return found


def _split(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Pupil, line, UPN, reference, school; folded identity before and after; names before and after."""
    return (*row[:5], row[5:8], row[8:11], row[11:13], row[13:15])
