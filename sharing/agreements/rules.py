"""What an agreement must say, when it is in force, and what to warn of (docs/rulebook.md, A): pure functions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from notices.rules import Notice
from sharing.rules import (
    Agreement,
    Form,
    Reason,
    Recipient,
    agreement_reasons,
    is_open,
    version_for,
)

DAYS_BEFORE_END = (90, 30, 7)
UNUSED_DAYS = 365
ONE_DAY = timedelta(days=1)


class Section(StrEnum):
    """A part of an agreement that is written on a page of its own."""

    PARTIES = "parties"
    PURPOSE = "purpose"
    ITEMS = "items"
    LAW = "law"
    HANDLING = "handling"
    KEEPING = "keeping"
    RIGHTS = "rights"
    DATES = "dates"
    SIGNATORIES = "signatories"
    STATISTICS = "statistics"


@dataclass(frozen=True, slots=True)
class Missing:
    """A point of the ICO's list that an agreement does not yet tell: where, and in a sentence."""

    section: Section
    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Point:
    section: Section
    field: str
    sentence: str
    needed: Callable[[Mapping[str, object], bool], bool] = lambda terms, special: True


def _not_counts(terms: Mapping[str, object], special: bool) -> bool:
    return bool(terms["form"] != Form.AGGREGATE)


# The ICO's data sharing code, Annex A, in its order; `kind` and the dates always have a value.
_POINTS = (
    _Point(Section.PARTIES, "roles", "who is responsible for what"),
    _Point(Section.PARTIES, "contact_name", "whom to write to at the organisation"),
    _Point(Section.PARTIES, "contact_email", "the email address of the organisation’s contact"),
    _Point(Section.PURPOSE, "purposes", "what the data is for"),
    _Point(Section.PURPOSE, "benefit", "what good the sharing does"),
    _Point(Section.ITEMS, "items", "which information is shared"),
    _Point(
        Section.ITEMS,
        "special_category_condition",
        "the condition for sharing special category information",
        lambda terms, special: special and _not_counts(terms, special),
    ),
    _Point(Section.LAW, "lawful_basis", "the lawful basis"),
    _Point(Section.LAW, "legal_gateway", "the legal gateway, or why none is needed"),
    _Point(Section.HANDLING, "access", "who can see the data"),
    _Point(Section.HANDLING, "transfer", "how the data gets there safely"),
    _Point(Section.HANDLING, "sent_by", "the way in which files are sent", _not_counts),
    _Point(Section.HANDLING, "security", "how the data is kept safe"),
    _Point(Section.KEEPING, "retention_months", "how many months the data is kept", _not_counts),
    _Point(Section.KEEPING, "deletion", "how the data is deleted"),
    _Point(Section.RIGHTS, "rights", "how people use their rights, and who answers them"),
    _Point(Section.DATES, "review_on", "the day of the next review"),
    _Point(Section.DATES, "at_end", "what happens when the agreement ends"),
    _Point(Section.SIGNATORIES, "signs_for_council", "who signs for the council"),
    _Point(Section.SIGNATORIES, "signs_for_recipient", "who signs for the organisation"),
)


def missing(terms: Mapping[str, Any], *, special: bool) -> list[Missing]:
    """A3 What the ICO's list asks for and the terms, by the names of their fields, do not say yet.

    `special` tells whether one of their items is a special category. Zero months are a period."""
    return [
        Missing(point.section, point.field, point.sentence)
        for point in _POINTS
        if point.needed(terms, special) and not terms[point.field] and terms[point.field] != 0
    ]


class Standing(StrEnum):
    """How a version of an agreement stands on a day."""

    DRAFT = "draft"
    COMPLETE = "complete"
    SIGNED = "signed"
    IN_FORCE = "in-force"
    SUSPENDED = "suspended"
    REPLACED = "replaced"
    EXPIRED = "expired"
    TERMINATED = "terminated"


def standing(
    version: Agreement, versions: Iterable[Agreement], on: date, *, complete: bool
) -> Standing:
    """How a version stands among all versions of its agreement (A1): `signed` waits for its first
    day, `replaced` gave way to a higher version whose dates hold the day."""
    if version.signed_on is None:
        return Standing.COMPLETE if complete else Standing.DRAFT
    reasons = agreement_reasons(version, on)
    for reason, found in (
        (Reason.EXPIRED, Standing.EXPIRED),
        (Reason.TERMINATED, Standing.TERMINATED),
        (Reason.NOT_SIGNED, Standing.SIGNED),
        (Reason.NOT_STARTED, Standing.SIGNED),
    ):
        if reason in reasons:
            return found
    if version_for(versions, on) != version:
        return Standing.REPLACED
    return Standing.SUSPENDED if Reason.SUSPENDED in reasons else Standing.IN_FORCE


@dataclass(frozen=True, slots=True)
class Span:
    """Days that follow each other, both included, on which an agreement stood one way."""

    first: date
    last: date
    suspended: bool


def spans(version: Agreement) -> list[Span]:
    """When a signed version is in force by its own terms, in order, with its suspensions between
    (A1); empty for one that is not signed or was terminated before it began."""
    if version.signed_on is None:
        return []
    first = max(version.starts, version.signed_on)
    last = version.ends
    if version.terminated_on is not None:
        last = min(last, version.terminated_on - ONE_DAY)
    found: list[Span] = []
    for each in sorted(version.suspensions, key=lambda each: each.first):
        begins = max(each.first, first)
        ends = last if each.last is None else min(each.last, last)
        if begins > ends:
            continue
        if first < begins:
            found.append(Span(first, begins - ONE_DAY, False))
        found.append(Span(begins, ends, True))
        first = ends + ONE_DAY
    if first <= last:
        found.append(Span(first, last, False))
    return found


def nearest_reminder(ends: date, on: date) -> int | None:
    """A4 Which of the reminders 90, 30 and 7 days before the end is the latest due on the day;
    None before the first and after the end."""
    left = (ends - on).days
    due = [days for days in DAYS_BEFORE_END if 0 <= left <= days]
    return min(due) if due else None


class Warn(StrEnum):
    """What an agreement is warned of; nothing is refused for it (A4)."""

    ENDS_SOON = "ends-soon"
    REVIEW_PAST = "review-past"
    NO_NOTICE = "no-notice"
    PURPOSE_NOT_IN_NOTICE = "purpose-not-in-notice"
    ITEM_NOT_IN_NOTICE = "item-not-in-notice"
    UNUSED = "unused"
    ITEM_UNUSED = "item-unused"
    RECIPIENT_CLOSED = "recipient-closed"
    INCOMPLETE = "incomplete"


WARNINGS: Mapping[Warn, str] = {
    Warn.ENDS_SOON: "It ends soon. Renew it, or let it end.",
    Warn.REVIEW_PAST: "Its review is due.",
    Warn.NO_NOTICE: "No privacy notice for these people is in force, so nothing can go.",
    Warn.PURPOSE_NOT_IN_NOTICE: "The privacy notice does not tell that the organisation gets data for this purpose, so nothing can go for it.",
    Warn.ITEM_NOT_IN_NOTICE: "The privacy notice does not tell that the organisation gets this, so it cannot go.",
    Warn.UNUSED: "Nothing has gone under it for a year. Is it still needed?",
    Warn.ITEM_UNUSED: "It allows this, but none of it has gone for a year. Is it still needed?",
    Warn.RECIPIENT_CLOSED: "The organisation has closed, so nothing can go. An agreement does not pass to a successor.",
    Warn.INCOMPLETE: "It was signed without a point that the ICO’s list asks for.",
}


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning and what it is about: codes of items or purposes, or a point's sentence."""

    kind: Warn
    about: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The warning as people read it."""
        return WARNINGS[self.kind]


@dataclass(frozen=True, slots=True)
class Use:
    """What went under an agreement: the last day, and the items of the year before the day."""

    last: date | None
    items: frozenset[str] = frozenset()


def warnings(
    version: Agreement,
    *,
    recipient: Recipient,
    notice: Notice | None,
    use: Use,
    review_on: date | None,
    gaps: Sequence[Missing],
    renewed: bool,
    on: date,
) -> list[Warned]:
    """A4 What to warn of on the day: the agreement against the notice in force, its use and its
    dates. `renewed`: another signed version holds the day after its end."""
    found = []
    if nearest_reminder(version.ends, on) and not renewed:
        found.append(Warned(Warn.ENDS_SOON))
    if review_on is not None and review_on <= on:
        found.append(Warned(Warn.REVIEW_PAST))
    if not is_open(recipient, on):
        found.append(Warned(Warn.RECIPIENT_CLOSED))
    if notice is None:
        found.append(Warned(Warn.NO_NOTICE))
    else:
        named = {each for each in version.purposes if notice.names(version.recipient, each)}
        listed = {item for each in named for item in notice.items(version.recipient, each)}
        found += _about(Warn.PURPOSE_NOT_IN_NOTICE, version.purposes - named)
        if named:
            found += _about(Warn.ITEM_NOT_IN_NOTICE, version.items - listed)
    since = on - timedelta(days=UNUSED_DAYS)
    old_enough = max(version.starts, version.signed_on or version.starts) <= since
    if use.last is None or use.last <= since:
        found += [Warned(Warn.UNUSED)] if old_enough else []
    elif old_enough and version.form is not Form.AGGREGATE:
        found += _about(Warn.ITEM_UNUSED, version.items - use.items)
    if gaps:
        found.append(Warned(Warn.INCOMPLETE, tuple(gap.sentence for gap in gaps)))
    return found


def _about(kind: Warn, codes: Iterable[str]) -> list[Warned]:
    listed = tuple(sorted(codes))
    return [Warned(kind, listed)] if listed else []
