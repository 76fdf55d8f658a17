"""Rules about agreements and disclosures (docs/rulebook.md, A and D), as pure functions.

A whole request is looked at first, then each column once, then each row. Items,
purposes and recipients appear by their codes. Nothing here reads a clock, a setting or
a table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from consent.age_rules import SUPPORTED_BELOW_AGE, latest_birth
from consent.rules import Scheme
from notices.rules import Notice

UPN_ITEM = "pupil.upn"
SURNAME_ITEM = "pupil.surname"
BIRTH_DATE_ITEM = "pupil.date_of_birth"


class Form(StrEnum):
    """In what form an agreement lets data go."""

    NAMED = "named"
    PSEUDONYMISED = "pseudonymised"
    AGGREGATE = "aggregate"


class Outcome(StrEnum):
    """What becomes of a request, a column or a row."""

    RELEASED = "released"
    REDUCED = "reduced"
    WITHHELD = "withheld"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why something does not leave, in the rulebook's order and words (D)."""

    NO_AGREEMENT = "no-agreement"
    NOT_SIGNED = "not-signed"
    NOT_STARTED = "not-started"
    EXPIRED = "expired"
    TERMINATED = "terminated"
    SUSPENDED = "suspended"
    RECIPIENT_NOT_OPEN = "recipient-not-open"
    PURPOSE_NOT_COVERED = "purpose-not-covered"
    NO_NOTICE = "no-notice"
    NOT_IN_NOTICE = "not-in-notice"
    FORM_MISMATCH = "form-mismatch"

    UNKNOWN_ITEM = "unknown-item"
    NOT_IN_AGREEMENT = "not-in-agreement"
    ITEM_NOT_IN_NOTICE = "item-not-in-notice"
    IDENTIFYING = "identifying"

    INVALID_UPN = "invalid-upn"
    UNKNOWN_PUPIL = "unknown-pupil"
    DUPLICATE = "duplicate"
    DETAILS_DIFFER = "details-differ"
    OUTSIDE_SCHOOLS = "outside-schools"
    TOO_YOUNG = "too-young"
    TOO_OLD = "too-old"
    OPTED_OUT = "opted-out"
    OBJECTED = "objected"
    DECEASED = "deceased"
    PROTECTED = "protected"

    NOTHING_PERMITTED = "nothing-permitted"

    @property
    def sentence(self) -> str:
        """Return the reason as people read it."""
        return SENTENCES[self]


SENTENCES: Mapping[Reason, str] = {
    Reason.NO_AGREEMENT: "There is no agreement with this reference.",
    Reason.NOT_SIGNED: "The agreement was not signed by both sides on this date.",
    Reason.NOT_STARTED: "The agreement had not started on this date.",
    Reason.EXPIRED: "The agreement had ended by this date.",
    Reason.TERMINATED: "The agreement had been terminated by this date.",
    Reason.SUSPENDED: "The agreement was suspended on this date.",
    Reason.RECIPIENT_NOT_OPEN: "The organisation was not open on this date.",
    Reason.PURPOSE_NOT_COVERED: "The agreement does not cover this purpose.",
    Reason.NO_NOTICE: "There was no privacy notice in force for these people on this date.",
    Reason.NOT_IN_NOTICE: "The privacy notice does not mention this organisation for this purpose.",
    Reason.FORM_MISMATCH: "The agreement allows statistics only, but this file has a row for each person.",
    Reason.UNKNOWN_ITEM: "We do not recognise this column heading.",
    Reason.NOT_IN_AGREEMENT: "The agreement does not cover this information.",
    Reason.ITEM_NOT_IN_NOTICE: "The privacy notice does not list this information for this organisation and purpose.",
    Reason.IDENTIFYING: "This identifies the person, but the agreement allows pseudonymised data only.",
    Reason.INVALID_UPN: "The unique pupil number is missing or not valid.",
    Reason.UNKNOWN_PUPIL: "No pupil on the school roll has this unique pupil number.",
    Reason.DUPLICATE: "This pupil is already in an earlier row.",
    Reason.DETAILS_DIFFER: "The last name or date of birth does not match the school roll.",
    Reason.OUTSIDE_SCHOOLS: "The agreement does not cover the pupil’s school.",
    Reason.TOO_YOUNG: "The pupil is too young for this organisation’s service.",
    Reason.TOO_OLD: "The pupil is too old for this organisation’s service.",
    Reason.OPTED_OUT: "The pupil is opted out. Only basic details can be shared.",
    Reason.OBJECTED: "There is an objection to sharing with this organisation for this purpose.",
    Reason.DECEASED: "The pupil has died.",
    Reason.PROTECTED: "The pupil must not be found. A second officer can allow single rows.",
    Reason.NOTHING_PERMITTED: "Nothing in this file can be released.",
}


@dataclass(frozen=True, slots=True)
class Suspension:
    """An agreement is suspended from the first day to the last, both included; None: until lifted.

    One that was lifted on the day it began has the day before as its last, and holds on none."""

    first: date
    last: date | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of an agreement. End dates are inclusive; `schools` are URNs, None for all."""

    reference: str
    version: int
    recipient: str
    audience: str
    form: Form
    purposes: frozenset[str]
    items: frozenset[str]
    schools: frozenset[str] | None
    starts: date
    ends: date
    signed_on: date | None
    terminated_on: date | None = None
    suspensions: tuple[Suspension, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipient:
    """When an organisation exists: from `opened` until the day before `closed`."""

    code: str
    opened: date | None
    closed: date | None


@dataclass(frozen=True, slots=True)
class Item:
    """A kind of information."""

    code: str
    identifying: bool
    special_category: bool
    locating: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """All that a decision needs to know besides the extract and its pupils."""

    agreement: Agreement | None
    recipient: Recipient | None
    notice: Notice | None
    scheme: Scheme | None
    purpose: str
    on: date


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the extract and what becomes of it; `item` is None where none is known."""

    heading: str
    item: str | None
    reason: Reason | None

    @property
    def permitted(self) -> bool:
        return self.reason is None

    @property
    def outcome(self) -> Outcome:
        return Outcome.RELEASED if self.permitted else Outcome.WITHHELD


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


def dates_hold(agreement: Agreement, on: date) -> bool:
    """Return whether an agreement is signed by both sides, started and not past its end on the day;
    suspension and termination apart."""
    return (
        agreement.signed_on is not None
        and agreement.signed_on <= on
        and agreement.starts <= on <= agreement.ends
    )


def version_for(versions: Iterable[Agreement], on: date) -> Agreement | None:
    """Return the version of an agreement that applies: the one whose dates hold the day, the
    highest if several, else the newest."""
    newest = sorted(versions, key=lambda version: version.version, reverse=True)
    return next(
        (version for version in newest if dates_hold(version, on)), newest[0] if newest else None
    )


def suspended(agreement: Agreement, on: date) -> bool:
    """A1 Return whether an agreement is suspended: on each day from the first to the last of a
    suspension; by one that was lifted on the day it began, on none."""
    return any(
        suspension.first <= on and (suspension.last is None or on <= suspension.last)
        for suspension in agreement.suspensions
    )


def agreement_in_force(agreement: Agreement, on: date) -> bool:
    """A1 Return whether an agreement is signed by both sides on or before the day, between its
    start and end, not terminated, and in no suspension."""
    return not agreement_reasons(agreement, on)


def agreement_reasons(agreement: Agreement, on: date) -> list[Reason]:
    """A1 Return why the agreement is not in force on the day, in the rulebook's order."""
    checks = (
        (Reason.NOT_SIGNED, agreement.signed_on is None or agreement.signed_on > on),
        (Reason.NOT_STARTED, on < agreement.starts),
        (Reason.EXPIRED, on > agreement.ends),
        (Reason.TERMINATED, agreement.terminated_on is not None and agreement.terminated_on <= on),
        (Reason.SUSPENDED, suspended(agreement, on)),
    )
    return [reason for reason, holds in checks if holds]


def is_open(recipient: Recipient, on: date) -> bool:
    """Return whether an organisation has opened by the day and not closed yet."""
    return (recipient.opened is None or recipient.opened <= on) and (
        recipient.closed is None or on < recipient.closed
    )


def request_reasons(policy: Policy) -> list[Reason]:
    """D Return each reason to refuse the whole request, in the rulebook's order."""
    agreement, recipient, notice = policy.agreement, policy.recipient, policy.notice
    if agreement is None or recipient is None:
        return [Reason.NO_AGREEMENT]
    reasons = agreement_reasons(agreement, policy.on)
    if not is_open(recipient, policy.on):
        reasons.append(Reason.RECIPIENT_NOT_OPEN)
    if policy.purpose not in agreement.purposes:
        reasons.append(Reason.PURPOSE_NOT_COVERED)
    if notice is None:
        reasons.append(Reason.NO_NOTICE)
    elif not notice.names(agreement.recipient, policy.purpose):
        reasons.append(Reason.NOT_IN_NOTICE)
    if agreement.form is Form.AGGREGATE:
        reasons.append(Reason.FORM_MISMATCH)
    return reasons


def decide_columns(
    policy: Policy, columns: Sequence[tuple[str, Item | None]]
) -> tuple[Column, ...]:
    """D Return each column, passed as its heading and the item it stands for, with the first reason
    that holds against it. The request itself must have no reason against it."""
    agreement, notice = policy.agreement, policy.notice
    if agreement is None or notice is None:
        raise ValueError("columns are decided only for a request that is not refused")
    in_notice = notice.items(agreement.recipient, policy.purpose)
    decided = []
    for heading, item in columns:
        reason = None
        if item is None:
            reason = Reason.UNKNOWN_ITEM
        elif item.code not in agreement.items:
            reason = Reason.NOT_IN_AGREEMENT
        elif item.code not in in_notice:
            reason = Reason.ITEM_NOT_IN_NOTICE
        elif item.identifying and agreement.form is Form.PSEUDONYMISED:
            reason = Reason.IDENTIFYING
        decided.append(Column(heading, item.code if item else None, reason))
    return tuple(decided)


def needs_approval(columns: Iterable[Column], items: Mapping[str, Item]) -> bool:
    """D Return whether a permitted item is a special category: then a second officer must approve."""
    return any(
        column.permitted and column.item is not None and items[column.item].special_category
        for column in columns
    )


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
