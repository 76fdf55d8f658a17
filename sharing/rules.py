"""Rules about agreements and disclosures (docs/rulebook.md, A and D), as pure functions.

A whole request is looked at first, then each column once, then each row. Items,
purposes and recipients appear by their codes. Nothing here reads a clock, a setting or
a table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

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
