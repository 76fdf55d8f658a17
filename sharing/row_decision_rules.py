"""Rules about the rows of an extract (docs/rulebook.md, D and P3), as pure functions.

What stays the same for every row is worked out once; a row is then decided from a few facts about
it and its pupil. Nothing here reads a clock, a setting or a table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from consent.age_rules import SUPPORTED_BELOW_AGE, latest_birth
from sharing.rules import Column, Item, Outcome, Policy, Reason


class Permission(StrEnum):
    """A second officer's permission for one protected pupil's row (P3)."""

    WITHOUT_LOCATING = "without-locating"
    WHOLE = "whole"


class RowFacts(NamedTuple):
    """What a row's decision needs to know, of the extract and of the pupil its UPN names.

    `on_roll` is false if no pupil has the UPN; the facts of the roll then mean nothing.
    `given_surname` is folded like `surname`, and empty where the extract has none;
    `given_born` is None where it has no date, `born_unreadable` true where it has
    something that is no date. (A named tuple: a row's worth of it is made 100,000 times.)
    """

    upn_valid: bool
    on_roll: bool
    stood_before: bool = False
    given_surname: str = ""
    given_born: date | None = None
    born_unreadable: bool = False
    surname: str = ""
    born: date = date.min
    school: str = ""
    supported_to_25: bool = False
    opted_out: bool = False
    objected: bool = False
    died: bool = False
    protected: bool = False
    permission: Permission | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RowDecision:
    """What becomes of a row, and why: one of the constants below, so that `is` compares."""

    outcome: Outcome
    reason: Reason | None


WHOLE = RowDecision(Outcome.RELEASED, None)
REDUCED = RowDecision(Outcome.REDUCED, Reason.OPTED_OUT)
# A protected pupil's row that a second officer permitted, without what tells where they are; and one
# whose pupil is opted out besides (P3).
UNLOCATED = RowDecision(Outcome.REDUCED, Reason.PROTECTED)
REDUCED_UNLOCATED = RowDecision(Outcome.REDUCED, Reason.OPTED_OUT)
WITHOUT_LOCATING = frozenset({UNLOCATED, REDUCED_UNLOCATED})
SENT = (WHOLE, REDUCED, UNLOCATED, REDUCED_UNLOCATED)
WITHHELD: Mapping[Reason, RowDecision] = {
    reason: RowDecision(Outcome.WITHHELD, reason)
    for reason in (
        Reason.INVALID_UPN,
        Reason.UNKNOWN_PUPIL,
        Reason.DUPLICATE,
        Reason.DETAILS_DIFFER,
        Reason.OUTSIDE_SCHOOLS,
        Reason.TOO_YOUNG,
        Reason.TOO_OLD,
        Reason.OPTED_OUT,
        Reason.OBJECTED,
        Reason.DECEASED,
        Reason.PROTECTED,
    )
}


@dataclass(frozen=True, slots=True)
class RowRules:
    """What stays the same for every row of an extract, worked out once from policy and columns.

    Ages are turned into days of birth: one born after `youngest` is too young, one born on
    or before `oldest` is too old (`oldest_supported` for pupils supported to 25).
    """

    schools: frozenset[str] | None
    youngest: date | None
    oldest: date | None
    oldest_supported: date
    scheme_applies: bool
    any_basic: bool
    emptied: tuple[str, ...]
    locating: tuple[str, ...] = ()

    def emptied_by(self, decision: RowDecision) -> tuple[str, ...]:
        """Return the headings whose cells are left empty in a row of this decision."""
        if decision is REDUCED:
            return self.emptied
        if decision is UNLOCATED:
            return self.locating
        if decision is REDUCED_UNLOCATED:
            others = [heading for heading in self.locating if heading not in self.emptied]
            return (*self.emptied, *others)
        return ()


def row_rules(
    policy: Policy, columns: Sequence[Column], items: Mapping[str, Item] = MappingProxyType({})
) -> RowRules:
    """Return the rules for the rows of a request that is not refused; `items` by code say which
    columns tell where somebody is (P2)."""
    if policy.agreement is None:
        raise ValueError("rows are decided only for a request that is not refused")
    scheme, on = policy.scheme, policy.on
    if scheme is not None and not scheme.applies_to(policy.purpose):
        scheme = None
    basic = scheme.basic_items if scheme else frozenset()
    permitted = [column for column in columns if column.permitted]
    others = tuple(column.heading for column in permitted if column.item not in basic)
    min_age, below_age = (scheme.min_age, scheme.below_age) if scheme else (None, None)
    return RowRules(
        schools=policy.agreement.schools,
        youngest=None if min_age is None else latest_birth(min_age, on),
        oldest=None if below_age is None else latest_birth(below_age, on),
        oldest_supported=latest_birth(SUPPORTED_BELOW_AGE, on),
        scheme_applies=scheme is not None,
        any_basic=len(others) < len(permitted),
        emptied=others if scheme else (),
        locating=tuple(
            column.heading
            for column in permitted
            if column.item is not None and column.item in items and items[column.item].locating
        ),
    )


def decide_row(rules: RowRules, row: RowFacts) -> RowDecision:
    """D Return what becomes of a row: the first reason that holds withholds it, last that the pupil has
    died or is protected (P3); an opted-out pupil's row that stays keeps only the scheme's basic items,
    a protected pupil's that a second officer permitted, nothing that tells where they are."""
    (
        upn_valid,
        on_roll,
        stood_before,
        given_surname,
        given_born,
        born_unreadable,
        surname,
        born,
        school,
        supported,
        opted_out,
        objected,
        died,
        protected,
        permission,
    ) = row
    if not upn_valid:
        return WITHHELD[Reason.INVALID_UPN]
    if not on_roll:
        return WITHHELD[Reason.UNKNOWN_PUPIL]
    if stood_before:
        return WITHHELD[Reason.DUPLICATE]
    if (
        (given_surname and given_surname != surname)
        or born_unreadable
        or (given_born is not None and given_born != born)
    ):
        return WITHHELD[Reason.DETAILS_DIFFER]
    if rules.schools is not None and school not in rules.schools:
        return WITHHELD[Reason.OUTSIDE_SCHOOLS]
    if rules.youngest is not None and born > rules.youngest:
        return WITHHELD[Reason.TOO_YOUNG]
    if rules.oldest is not None and born <= (rules.oldest_supported if supported else rules.oldest):
        return WITHHELD[Reason.TOO_OLD]
    opted_out = opted_out and rules.scheme_applies
    if opted_out and not rules.any_basic:
        return WITHHELD[Reason.OPTED_OUT]
    if objected:
        return WITHHELD[Reason.OBJECTED]
    if died:
        return WITHHELD[Reason.DECEASED]
    reduced = opted_out and rules.emptied
    if not protected or permission is Permission.WHOLE:
        return REDUCED if reduced else WHOLE
    if permission is None:
        return WITHHELD[Reason.PROTECTED]
    if not rules.locating:
        return REDUCED if reduced else WHOLE
    return REDUCED_UNLOCATED if reduced else UNLOCATED


@dataclass(slots=True)
class RowCounts:
    """How many rows there are, and how many met each outcome."""

    total: int = 0
    released: int = 0
    reduced: int = 0
    withheld: int = 0


def outcome_of(columns: Sequence[Column], rows: RowCounts) -> tuple[Outcome, list[Reason]]:
    """D Return `refused` for `nothing-permitted` when no column or no row is left; `released` when
    every column and every row is whole; otherwise `reduced`."""
    if not any(column.permitted for column in columns) or rows.released + rows.reduced == 0:
        return Outcome.REFUSED, [Reason.NOTHING_PERMITTED]
    if all(column.permitted for column in columns) and rows.released == rows.total:
        return Outcome.RELEASED, []
    return Outcome.REDUCED, []
