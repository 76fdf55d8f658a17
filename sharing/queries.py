"""Reads of agreements, releases and disclosures; each says how many queries it takes."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet

from consent.linking import open_links
from notices.models import Recipient
from privacy_portal.accounts.models import User
from sharing import lines, release_mails, rules
from sharing.models import (
    AgreedItem,
    AgreedPurpose,
    AgreementVersion,
    CountsRelease,
    Disclosure,
    DisclosureLine,
    Finding,
    PublishedCount,
    PublishedMonth,
    Release,
    Way,
)
from sharing.policy import agreement_facts, load

NEEDS_APPROVAL = Q(decision__needs_approval=True) | Q(must_be_approved=True)


def agreements_in_force(on: date) -> list[AgreementVersion]:
    """The versions that answer on the day and are in force (A1); 2 queries.

    Each has the labels of what it covers as lists: `purpose_labels` and `item_labels`.
    """
    purposes = AgreedPurpose.objects.filter(version=OuterRef("pk")).order_by("position")
    items = AgreedItem.objects.filter(version=OuterRef("pk")).order_by("position")
    versions = AgreementVersion.objects.select_related("agreement", "recipient").annotate(
        purpose_labels=ArraySubquery(purposes.values("purpose__label")),
        item_labels=ArraySubquery(items.values("item__label")),
    )
    by_reference: dict[str, list[AgreementVersion]] = defaultdict(list)
    for version in versions.prefetch_related("suspensions"):
        by_reference[version.agreement.reference].append(version)
    found = []
    for versions_of_one in by_reference.values():
        facts = {agreement_facts(each, purposes=(), items=()): each for each in versions_of_one}
        answering = rules.version_for(facts, on)
        if answering and rules.agreement_in_force(answering, on):
            found.append(facts[answering])
    return found


def in_force_by_recipient(on: date) -> dict[int, list[AgreementVersion]]:
    """The agreements in force on the day by the id of their recipient; 2 queries."""
    found: dict[int, list[AgreementVersion]] = defaultdict(list)
    for version in agreements_in_force(on):
        found[version.recipient_id].append(version)
    return found


def recipient(code: str) -> Recipient | None:
    """The organisation at this address, with its successor and scheme; 1 query."""
    return Recipient.objects.select_related("successor", "scheme").filter(code=code).first()


def releases() -> QuerySet[Release]:
    """Every release, newest first; 1 query."""
    return Release.objects.select_related(
        "requested_by", "approved_by", "returned_by", "disclosure"
    )


def release(release_id: UUID) -> Release | None:
    """One release; 1 query."""
    return releases().filter(pk=release_id).first()


def findings(release_id: UUID) -> QuerySet[Finding]:
    """The rows of a release that would not go whole, in their order; 1 query."""
    return Finding.objects.filter(release=release_id).order_by("row")


def findings_like(found: QuerySet[Finding], *, words: str, reason: str) -> QuerySet[Finding]:
    """Those with this reason whose UPN has these letters or whose row has this number."""
    if reason:
        found = found.filter(reason=reason)
    if words:
        like = Q(upn__icontains=words.replace(" ", ""))
        if words.isascii() and words.isdigit() and len(words) < 9:
            like |= Q(row=int(words))
        found = found.filter(like)
    return found


def version_of(release: Release) -> AgreementVersion | None:
    """The version of the agreement that a release was decided under; 1 query."""
    return (
        AgreementVersion.objects.select_related("agreement", "recipient")
        .filter(
            agreement__reference=release.agreement,
            number=release.decision.get("agreement_version"),
        )
        .first()
    )


def way_of(release: Release) -> str:
    """How the agreement that was decided under says that files go; 1 query."""
    version = version_of(release)
    return version.sent_by if version and version.sent_by else Way.DOWNLOAD


@dataclass(frozen=True, slots=True)
class WaitingReleases:
    """The releases with which an officer has something to do, the soonest to expire first: their own,
    and `to_approve` those of others."""

    approved: list[Release]
    ready: list[Release]
    unapproved: list[Release]
    expired: list[Release]
    to_approve: list[Release]


def releases_waiting_for(user: User, *, at: datetime) -> WaitingReleases:
    """What an officer has to do with releases, their own and those of others; 1 query.

    Their own: those that are approved, ready to download, wait for a colleague, or expired within
    three days without a download although somebody had to do with them. Of others: those that
    this officer may approve.
    """
    state = Release.State
    lately = Q(state=state.EXPIRED, expires_at__gt=at - release_mails.SHOWN_EXPIRED)
    worked_on = Q(approved_by__isnull=False) | Q(released_at__isnull=False)
    going = Q(pk__in=release_mails.matters().values("pk"))
    own = Q(requested_by=user) & (going | lately & (worked_on | NEEDS_APPROVAL))
    others = ~Q(requested_by=user) & Q(state=state.CHECKED, approved_by=None) & NEEDS_APPROVAL
    rows = list(releases().filter(own | others).order_by("expires_at"))
    of_own = [each for each in rows if each.requested_by_id == user.pk]
    checked = [each for each in of_own if each.state == state.CHECKED]
    return WaitingReleases(
        approved=[each for each in checked if each.approved_by_id],
        ready=[each for each in of_own if each.state == state.RELEASED],
        unapproved=[each for each in checked if not each.approved_by_id],
        expired=[each for each in of_own if each.state == state.EXPIRED],
        to_approve=[each for each in rows if each.requested_by_id != user.pk],
    )


def not_signed_off() -> QuerySet[Disclosure]:
    """What no other officer has signed off yet."""
    return Disclosure.objects.filter(sign_off__isnull=True)


def disclosures() -> QuerySet[Disclosure]:
    """Everything handed over or refused, newest first; 1 query."""
    return Disclosure.objects.select_related(
        "agreement_version__agreement", "recipient", "purpose", "by", "approved_by",
        "sign_off__by", "undone", "override__by", "incident",
    ).order_by("-entry")  # fmt: skip


def disclosure(entry: int) -> Disclosure | None:
    """The disclosure with this number in the log; 1 query."""
    return disclosures().filter(entry=entry).first()


def published_years() -> list[int]:
    """The years of which the public register has figures, newest first; 1 query."""
    months = PublishedMonth.objects.filter(counts__isnull=False)
    return [each.year for each in months.dates("month", "year", order="DESC")]


def published_counts(year: int) -> QuerySet[PublishedCount]:
    """What the public register says of a year, newest month first, then by organisation and
    purpose; 1 query."""
    return (
        PublishedCount.objects.filter(month__month__year=year)
        .select_related("month", "recipient", "purpose")
        .order_by("-month__month", "recipient__name", "purpose__label")
    )


def newest_published_month() -> date | None:
    """The newest month that the public register has figures of, or would have; 1 query."""
    return PublishedMonth.objects.values_list("month", flat=True).first()


def reason_counts(of: Disclosure) -> list[tuple[rules.Outcome, rules.Reason, int]]:
    """How many rows of a disclosure met each outcome and reason, most first; 1 query."""
    counted = (
        DisclosureLine.objects.filter(disclosure=of, reason__isnull=False)
        .values_list("outcome", "reason")
        .annotate(count=Count("row"))
        .order_by("-count")
    )
    return [(lines.OUTCOMES[out], lines.REASONS[why], count) for out, why, count in counted]


def people_in(of: Disclosure) -> tuple[int, int]:
    """About how many on the roll something recorded by hand is, and about how many others; 1 query.

    A pupil who was written with two numbers is one.
    """
    found = DisclosureLine.objects.filter(disclosure=of).aggregate(
        on_roll=Count("person", distinct=True), others=Count("row", filter=Q(person=None))
    )
    return found["on_roll"], found["others"]


def late_pupils(of: Disclosure) -> int:
    """Of how many pupils more went than an opt-out received before allowed (C8), records that may be
    of one child being one (C6b); 2 queries, and a few while such a question is open."""
    late = of.recalls.filter(decision__invalidation=None, disclosure__undone=None)
    pupils = set(late.values_list("decision__pupil", flat=True))
    groups = open_links().groups
    return len({min(groups.get(each, {each})) for each in pupils})


def table_of(shown: Disclosure) -> CountsRelease | None:
    """The table of counts that a disclosure gave; 1 query where it is one."""
    if shown.origin != Disclosure.Origin.STATISTICS:
        return None
    return CountsRelease.objects.filter(disclosure=shown).first()


def counts_releases() -> QuerySet[CountsRelease]:
    """Every table of counts, newest first; 1 query."""
    return CountsRelease.objects.select_related("requested_by", "disclosure")


def version_on(reference: str, on: date) -> AgreementVersion | None:
    """The version of an agreement that answers on the day; 5 queries."""
    return load(reference, "", on).version
