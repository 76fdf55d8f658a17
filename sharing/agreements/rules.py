"""Rules of agreements (docs/rulebook.md, A): their terms, dates and warnings, as pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from notices.rules import Notice
from sharing import rules
from sharing.assessment_rules import points_needed
from sharing.basis_rules import bases_in
from sharing.rules import Agreement, Form, Reason
from sharing.two_files_rules import Flow

DAYS_BEFORE_END = (90, 30, 7)
UNUSED_DAYS = 365
ONE_DAY = timedelta(days=1)


class Section(StrEnum):
    """A part of an agreement that has a page of its own."""

    PARTIES = "parties"
    PURPOSE = "purpose"
    ITEMS = "items"
    LAW = "law"
    ASSESSMENT = "assessment"
    HANDLING = "handling"
    KEEPING = "keeping"
    RIGHTS = "rights"
    DATES = "dates"
    SIGNATORIES = "signatories"
    STATISTICS = "statistics"


@dataclass(frozen=True, slots=True)
class Missing:
    """Something on the ICO's checklist that an agreement lacks: its place, and its name in words."""

    section: Section
    field: str
    sentence: str


# The ICO's data sharing code, Annex A, in its order; `kind` and the dates always have a value.
_CHECKLIST = (
    Missing(Section.PARTIES, "roles", "who is responsible for what"),
    Missing(Section.PARTIES, "contact_name", "a contact at the organisation"),
    Missing(Section.PARTIES, "contact_email", "the email address of the organisation’s contact"),
    Missing(Section.PURPOSE, "purposes", "the purpose"),
    Missing(Section.PURPOSE, "benefit", "the benefits of sharing"),
    Missing(Section.ITEMS, "items", "the information that is shared"),
    Missing(
        Section.ITEMS,
        "special_category_condition",
        "the condition for sharing special category data",
    ),
    Missing(Section.LAW, "lawful_basis", "the lawful basis"),
    Missing(Section.LAW, "legal_gateway", "the legal gateway, or why none is needed"),
    Missing(Section.HANDLING, "access", "who can see the data"),
    Missing(Section.HANDLING, "transfer", "how the data is transferred securely"),
    Missing(Section.HANDLING, "sent_by", "the file format"),
    Missing(Section.HANDLING, "security", "how the data is kept safe"),
    Missing(Section.KEEPING, "retention_months", "the retention period"),
    Missing(Section.KEEPING, "deletion", "how the data is deleted"),
    Missing(Section.RIGHTS, "rights", "how people can use their rights and who responds"),
    Missing(Section.DATES, "review_on", "the next review date"),
    Missing(Section.DATES, "at_end", "what happens when the agreement ends"),
    Missing(Section.SIGNATORIES, "signs_for_council", "who signs for the council"),
    Missing(Section.SIGNATORIES, "signs_for_recipient", "who signs for the organisation"),
)


# Asked of whoever signs here, beside what the ICO's list has. Each is needed as `points_needed` says.
_ASSESSMENT = (
    Missing(
        Section.ASSESSMENT,
        "dpia_reference",
        "the reference of the data protection impact assessment (DPIA)",
    ),
    Missing(Section.ASSESSMENT, "dpia_outcome", "the outcome of the DPIA"),
    Missing(
        Section.ASSESSMENT,
        "dpia_reason",
        "why the risk is accepted, or why no DPIA is needed",
    ),
    Missing(Section.ASSESSMENT, "dpo_view", "the data protection officer’s view"),
    Missing(Section.ASSESSMENT, "dpo_advice", "what the data protection officer said"),
    Missing(Section.ASSESSMENT, "dpo_on", "the date of the data protection officer’s view"),
    Missing(
        Section.ASSESSMENT,
        "against_advice",
        "why it is signed against the data protection officer’s advice",
    ),
)
_NO_BASIS = Missing(
    Section.LAW,
    "lawful_basis",
    "a lawful basis from UK GDPR Article 6(1): the text names none of its parts, (a) to (f)",
)


def missing_to_sign(terms: Mapping[str, Any], *, special: bool) -> list[Missing]:
    """A3 Return what keeps a draft from being signed: what `missing` returns, a lawful basis that is none
    of UK GDPR Article 6(1), and what is lacking of the assessment and the protection officer's view."""
    points = missing(terms, special=special)
    if terms["lawful_basis"] and not bases_in(terms["lawful_basis"]):
        points.append(_NO_BASIS)
    needed = points_needed(terms)
    points += [point for point in _ASSESSMENT if point.field in needed and not terms[point.field]]
    order = list(Section)
    return sorted(points, key=lambda point: order.index(point.section))


def missing(terms: Mapping[str, Any], *, special: bool) -> list[Missing]:
    """A3 Return the points of the ICO's checklist that the terms, by the names of their fields, lack.

    `special` says whether one of their items is a special category. Zero months are a period."""
    needless = set() if special else {"special_category_condition"}
    if terms["form"] == Form.AGGREGATE:
        needless |= {"special_category_condition", "sent_by", "retention_months"}
    return [
        point
        for point in _CHECKLIST
        if point.field not in needless and not terms[point.field] and terms[point.field] != 0
    ]


class Standing(StrEnum):
    """The status of a version of an agreement on a day."""

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
    """A1 Return how a version stands among all versions of its agreement: `signed` has not started,
    `replaced` gave way to a higher version whose dates hold the day."""
    if version.signed_on is None:
        return Standing.COMPLETE if complete else Standing.DRAFT
    reasons = rules.agreement_reasons(version, on)
    for reason, status in (
        (Reason.EXPIRED, Standing.EXPIRED),
        (Reason.TERMINATED, Standing.TERMINATED),
        (Reason.NOT_SIGNED, Standing.SIGNED),
        (Reason.NOT_STARTED, Standing.SIGNED),
    ):
        if reason in reasons:
            return status
    if rules.version_for(versions, on) != version:
        return Standing.REPLACED
    return Standing.SUSPENDED if Reason.SUSPENDED in reasons else Standing.IN_FORCE


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included, on which an agreement is in force or suspended."""

    first: date
    last: date
    suspended: bool


def ended_on_first_day(version: Agreement) -> date | None:
    """A1 Return the first day of a version that was terminated from that very day: it is in force on no
    whole day, and yet something can have been shared before somebody terminated it."""
    if version.signed_on is None:
        return None
    first = max(version.starts, version.signed_on)
    return first if version.terminated_on == first <= version.ends else None


def spans(version: Agreement) -> list[Span]:
    """A1 Return when a signed version is in force by its own terms, in order, with its suspensions
    between; empty for one that is not signed or was terminated before its first day was over."""
    if version.signed_on is None:
        return []
    first = max(version.starts, version.signed_on)
    last = version.ends
    if version.terminated_on is not None:
        if version.terminated_on <= first:
            return []
        last = min(last, version.terminated_on - ONE_DAY)
    parts: list[Span] = []
    for suspension in sorted(version.suspensions, key=lambda suspension: suspension.first):
        starts = max(suspension.first, first)
        ends = last if suspension.last is None else min(suspension.last, last)
        if starts > ends:
            continue
        if first < starts:
            parts.append(Span(first, starts - ONE_DAY, False))
        parts.append(Span(starts, ends, True))
        if ends == last:  # the last of all days has none after it
            return parts
        first = ends + ONE_DAY
    if first <= last:
        parts.append(Span(first, last, False))
    return parts


def nearest_reminder(ends: date, on: date) -> int | None:
    """A4 Return the latest reminder due on the day, as 90, 30 or 7 days before the end; None before
    the first and after the end."""
    left = (ends - on).days
    due = [days for days in DAYS_BEFORE_END if 0 <= left <= days]
    return min(due) if due else None


class Warn(StrEnum):
    """A kind of warning about an agreement; none refuses anything (A4)."""

    ENDS_SOON = "ends-soon"
    REVIEW_PAST = "review-past"
    NO_NOTICE = "no-notice"
    PURPOSE_NOT_IN_NOTICE = "purpose-not-in-notice"
    ITEM_NOT_IN_NOTICE = "item-not-in-notice"
    UNUSED = "unused"
    ITEM_UNUSED = "item-unused"
    RECIPIENT_CLOSED = "recipient-closed"
    RECIPIENT_CLOSES = "recipient-closes"
    ASSURANCE_ENDED = "assurance-ended"
    INCOMPLETE = "incomplete"
    TELLING_TOGETHER = "telling-together"


WARNINGS: Mapping[Warn, str] = {
    Warn.ENDS_SOON: "It ends soon. Renew it if you still need it.",
    Warn.REVIEW_PAST: "Its review is due.",
    Warn.NO_NOTICE: "There is no privacy notice in force for these people, so you cannot share anything.",
    Warn.PURPOSE_NOT_IN_NOTICE: "The privacy notice does not mention this organisation for this purpose, so you cannot share anything for it.",
    Warn.ITEM_NOT_IN_NOTICE: "The privacy notice does not list this information for the organisation, so you cannot share it.",
    Warn.UNUSED: "Nothing has been shared under it for a year. Do you still need it?",
    Warn.ITEM_UNUSED: "This has not been shared for a year. Does it still need to be in the agreement?",
    Warn.RECIPIENT_CLOSED: "The organisation has closed, so you cannot share anything. The agreement does not transfer to another organisation.",
    Warn.RECIPIENT_CLOSES: "The organisation closes before the agreement ends. From that day you cannot share anything.",
    Warn.ASSURANCE_ENDED: "The organisation’s registration or certificate has ended. Ask for its renewal: until it is recorded, no new version can be signed.",
    Warn.TELLING_TOGETHER: "Together with other files for this organisation or its group, its files can show who has opted out. A second officer must then approve them.",
    Warn.INCOMPLETE: "It was signed without everything on the ICO’s checklist.",
}


@dataclass(frozen=True, slots=True)
class AgreementWarning:
    """A warning and what it is about: codes of items or purposes, names of what is missing, or each
    purpose with the agreement that has it."""

    kind: Warn
    about: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Return the warning as people read it."""
        return WARNINGS[self.kind]


@dataclass(frozen=True, slots=True)
class Use:
    """What was shared under an agreement: the last day, and the items of the year before the day."""

    last: date | None
    items: frozenset[str] = frozenset()


def warnings(
    version: Agreement,
    *,
    recipient: rules.Recipient,
    notice: Notice | None,
    use: Use,
    review_on: date | None,
    gaps: Sequence[Missing],
    renewed: bool,
    on: date,
    ended: Sequence[str] = (),
    telling: Iterable[Flow] = (),
) -> list[AgreementWarning]:
    """A4 Return the warnings of the day: the agreement against the notice in force, its use and its
    dates. `renewed`: another signed version holds the day after its end; `ended`: what of the
    recipient's assurance has ended, in sentences (Q3); `telling`: what can tell, together with its
    files, who opted out."""
    warnings = []
    if nearest_reminder(version.ends, on) and not renewed:
        warnings.append(AgreementWarning(Warn.ENDS_SOON))
    if review_on is not None and review_on <= on:
        warnings.append(AgreementWarning(Warn.REVIEW_PAST))
    if not rules.is_open(recipient, on):
        warnings.append(AgreementWarning(Warn.RECIPIENT_CLOSED))
    elif recipient.closed is not None and outlasts(version, recipient.closed):
        day = f"{recipient.closed.day} {recipient.closed:%B %Y}"
        warnings.append(AgreementWarning(Warn.RECIPIENT_CLOSES, (day,)))
    if ended:
        warnings.append(AgreementWarning(Warn.ASSURANCE_ENDED, tuple(ended)))
    warnings += against_notice(version, notice)
    since = on - timedelta(days=UNUSED_DAYS)
    old_enough = max(version.starts, version.signed_on or version.starts) <= since
    if use.last is None or use.last <= since:
        warnings += [AgreementWarning(Warn.UNUSED)] if old_enough else []
    elif old_enough and version.form is not Form.AGGREGATE:
        warnings += _about(Warn.ITEM_UNUSED, version.items - use.items)
    # A reference can have spaces, a purpose cannot.
    together = {f"{flow.purpose} {flow.agreement}" for flow in telling}
    warnings += _about(Warn.TELLING_TOGETHER, together)
    if gaps:
        warnings.append(AgreementWarning(Warn.INCOMPLETE, tuple(gap.sentence for gap in gaps)))
    return warnings


def outlasts(version: Agreement, closed: date) -> bool:
    """A4 Return whether a version would still hold on the day on which its organisation closes."""
    terminated = version.terminated_on
    return version.ends >= closed and (terminated is None or terminated > closed)


def against_notice(version: Agreement, notice: Notice | None) -> list[AgreementWarning]:
    """A4 Return what of an agreement, or of a draft, the notice in force does not name, so that it cannot
    be shared."""
    if notice is None:
        return [AgreementWarning(Warn.NO_NOTICE)]
    named = {code for code in version.purposes if notice.names(version.recipient, code)}
    in_notice = {item for code in named for item in notice.items(version.recipient, code)}
    return [
        *_about(Warn.PURPOSE_NOT_IN_NOTICE, version.purposes - named),
        *(_about(Warn.ITEM_NOT_IN_NOTICE, version.items - in_notice) if named else ()),
    ]


def _about(kind: Warn, codes: Iterable[str]) -> list[AgreementWarning]:
    about = tuple(sorted(codes))
    return [AgreementWarning(kind, about)] if about else []
