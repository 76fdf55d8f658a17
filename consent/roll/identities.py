"""Rows of a file that may be of another child than the record with their UPN (C6a), and new pupils
who may have a record under another UPN (C6b)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from consent import identity_rules
from consent.identity_rules import WORDS, Identity, IdentityPart
from consent.models import Pupil, SameChildQuestion
from consent.roll import sql
from consent.roll.sql import Row, Rows
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.faults import Fault
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.ui.environment import series


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """A row that would change who a record is, for people to look at.

    `person` is the record's random reference; `changes` are each of surname, forename and date of
    birth that differs, before and after; `exchanged` if names are passed round between records.
    """

    line: int
    upn: str
    person: str
    school: str
    changes: list[tuple[str, str, str]]
    exchanged: bool

    @property
    def key(self) -> str:
        """Return a digest that is the same only for the same change of the same record."""
        return hashlib.sha256(repr(asdict(self)).encode()).hexdigest()[:24]

    @property
    def differs(self) -> list[str]:
        """Return the details that differ, in words."""
        return [WORDS[IdentityPart(part)] for part, _, _ in self.changes]

    def fault(self) -> Fault:
        """Return a fault that says what to do, and nothing about the record."""
        if not self.exchanged or len(self.changes) > 1:
            return other_child_fault(self.differs, self.line)
        message = (
            f"the names are those of another pupil in the file (the {self.differs[0]} changed "
            "places), so this may be another child. Check the UPN."
        )
        return Fault(message, self.line, "UPN")


def other_child_fault(details: Sequence[str], line: int) -> Fault:
    """Return the fault of a row that differs from the record in these details, in words."""
    message = (
        f"the {series(details)} are different from those of the pupil with this UPN, so this may be "
        "another child. Check the UPN."
    )
    return Fault(message, line, "UPN")


def identity_changes(rows: Rows) -> list[IdentityChange]:
    """Return the rows of the file that may be of another child, by line; 1 query."""
    changed = rows(sql.CHANGED_IDENTITIES)
    identities = {
        pupil: (Identity(*before), Identity(*after))
        for pupil, *_, before, after, _, _ in map(_split, changed)
    }
    exchanged = identity_rules.exchanging(identities)
    changes = []
    for pupil, line, upn, person, school, _, _, names, new_names in map(_split, changed):
        before, after = identities[pupil]
        if not identity_rules.may_be_another(before, after) and pupil not in exchanged:
            continue
        differs = identity_rules.differing(before, after)
        values = {
            IdentityPart.SURNAME: (names[0], new_names[0]),
            IdentityPart.FORENAME: (names[1], new_names[1]),
            IdentityPart.BORN: (str(before.born), str(after.born)),
        }
        details = [(part.value, *values[part]) for part in differs]
        changes.append(IdentityChange(line, upn, person, school, details, pupil in exchanged))
    return changes


@dataclass(frozen=True, slots=True)
class PossibleSame:
    """A new pupil and a record that may be of the same child, by their ids.

    `left_on` is the day on which the older record's pupil left the school; None: still there.
    `protected` says that the older record is of a protected pupil.
    """

    line: int
    upn: str
    name: str
    new: int
    other: int
    left_on: date | None
    protected: bool = False


def possible_same_children(
    rows: Rows, values: Mapping[str, object], lines: Mapping[int, int], on: date
) -> list[PossibleSame]:
    """Return the new pupils, by the line of each id in `lines`, who may be children that the school
    has or had under another UPN (C6b); 1 query."""
    pairs = []
    for new, other, *details in rows(sql.POSSIBLE_SAME, values):
        upn, name, protected, here, left_on, moved_at = details[6:]
        if not identity_rules.possible_same_child(Identity(*details[:3]), Identity(*details[3:6])):
            continue
        if not here:
            if moved_at is None:
                continue
            left_on = day_of(moved_at)
        if left_on is None or identity_rules.left_recently(left_on, on):
            pairs.append(PossibleSame(lines[new], upn, name, new, other, left_on, protected))
    return pairs


def ask_same_child(
    possible: Sequence[PossibleSame], *, by: User | None, at: datetime
) -> list[log.Body]:
    """Store a question for each pair; return their log entries."""
    questions = SameChildQuestion.objects.bulk_create(
        [
            SameChildQuestion(new_id=pair.new, other_id=pair.other, at=at, by=by)
            for pair in possible
        ],
        batch_size=1_000,
    )
    people = Pupil.objects.only("reference").in_bulk(
        {pair.new for pair in possible} | {pair.other for pair in possible}
    )
    return [
        log.body(
            "same-child-asked", at=at, by=by, question=question.pk,
            person=str(people[question.new_id].reference), other=str(people[question.other_id].reference),
        )
        for question in questions
    ]  # fmt: skip


def _split(row: Row) -> Row:
    """Return a row's pupil, line, UPN, reference, school; folded identity before and after; names
    before and after."""
    return (*row[:5], row[5:8], row[8:11], row[11:13], row[13:15])
