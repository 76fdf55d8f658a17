"""Reads of releases; each says how many queries it takes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from consent.matching.unmatched import Unmatched, unmatched
from privacy_portal.ground.accounts.models import User
from sharing.models import Finding, Release, RowPermission, Way
from sharing.releases import mails as release_mails
from sharing.row_decision_rules import Permission


def releases() -> QuerySet[Release]:
    """Load every release, newest first; 1 query."""
    return Release.objects.select_related(
        "requested_by", "approved_by", "returned_by", "disclosure"
    )


def releases_with_agreements() -> QuerySet[Release]:
    """Load every release with the agreement it was decided under; 1 query."""
    return releases().select_related("agreement_version__agreement", "agreement_version__recipient")


def findings(release_id: UUID) -> QuerySet[Finding]:
    """Load the rows of a release that are not released in full, in their order; 1 query."""
    return Finding.objects.filter(release=release_id).order_by("row")


def findings_like(release_id: UUID, *, words: str, reason: str) -> QuerySet[Finding]:
    """Load such rows by reason, and by letters of the UPN or the number of the row; 1 query."""
    rows = findings(release_id)
    if reason:
        rows = rows.filter(reason=reason)
    if words:
        like = Q(upn__icontains=words.replace(" ", ""))
        if words.isascii() and words.isdigit() and len(words) < 9:
            like |= Q(row=int(words))
        rows = rows.filter(like)
    return rows


def means_of(release: Release) -> str:
    """Return how files are sent under the agreement that a release was decided under."""
    version = release.agreement_version
    return version.sent_by if version and version.sent_by else Way.DOWNLOAD


def unmatched_choices(release: Release) -> Unmatched:
    """Count the opt-outs and objections sent online, about the recipient and purpose of a release,
    that are not matched to a pupil yet; 1 query."""
    version = release.agreement_version
    return unmatched(version.recipient_id, release.purpose) if version else Unmatched(0, None)


@dataclass(frozen=True, slots=True)
class WaitingReleases:
    """The releases that need an officer's attention, the soonest to expire first: their own, and
    `to_approve` those of others."""

    approved: list[Release]
    ready: list[Release]
    unapproved: list[Release]
    expired: list[Release]
    to_approve: list[Release]


def releases_waiting_for(user: User, *, at: datetime) -> WaitingReleases:
    """Load the releases that need an officer's attention, their own and those of others; 1 query.

    Their own: those that are approved, ready to download, wait for a colleague, or expired within
    three days without a download although somebody had to do with them. Of others: those that
    this officer may approve.
    """
    state = Release.State
    lately = Q(state=state.EXPIRED, expires_at__gt=at - release_mails.SHOWN_EXPIRED)
    worked_on = Q(approved_by__isnull=False) | Q(released_at__isnull=False)
    going = Q(pk__in=release_mails.unfinished().values("pk"))
    own = Q(requested_by=user) & (going | lately & (worked_on | Q(must_be_approved=True)))
    unapproved = Q(state=state.CHECKED, approved_by=None, must_be_approved=True)
    others = ~Q(requested_by=user) & unapproved
    rows = list(releases().filter(own | others).order_by("expires_at"))
    of_own = [release for release in rows if release.requested_by_id == user.pk]
    live = [release for release in of_own if release.expires_at > at]
    checked = [release for release in live if release.state == state.CHECKED]
    return WaitingReleases(
        approved=[release for release in checked if release.approved_by_id],
        ready=[release for release in live if release.state == state.RELEASED],
        unapproved=[release for release in checked if not release.approved_by_id],
        # The job that lets them expire comes within a minute.
        expired=[release for release in of_own if release.expires_at <= at],
        to_approve=[
            release
            for release in rows
            if release.requested_by_id != user.pk and release.expires_at > at
        ],
    )


def permissions_of(release: Release) -> dict[int, Permission]:
    """Return the protected pupils, by id, whose rows a second officer lets go in a release (P3); 1
    query."""
    return {
        row.pupil_id: Permission.WHOLE if row.with_locating else Permission.WITHOUT_LOCATING
        for row in RowPermission.objects.filter(release=release)
    }
