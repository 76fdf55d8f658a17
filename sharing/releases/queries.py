"""Reads of releases; each says how many queries it takes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from privacy_portal.ground.accounts.models import User
from sharing.models import AgreementVersion, Finding, Release, Way
from sharing.releases import mails as release_mails

NEEDS_APPROVAL = Q(decision__needs_approval=True) | Q(must_be_approved=True)


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
