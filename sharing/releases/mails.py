"""Mails to the officer who asked for a release: approved, sent back, expires soon, expired.

They name the agreement and the purpose and lead to the page; a file's name may name a child.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from notices.queries import purpose_labels
from privacy_portal.ground.mail.writing import Letter, address, write
from sharing.models import Release

State = Release.State
WARN_BEFORE = timedelta(hours=4)
SHOWN_EXPIRED = timedelta(days=3)
APPROVED, RETURNED, SOON, EXPIRED = "approved", "returned", "expires-soon", "expired"


def tell(release: Release, event: str, *, at: datetime) -> None:
    """Tell the officer that a release is APPROVED, RETURNED or EXPIRED, in the same transaction."""
    write([_letter(release, event)], at=at)


def remind(*, at: datetime) -> int:
    """Tell officers of what expires within four hours, once each; return how many emails are new."""
    soon = Q(expires_at__gt=at, expires_at__lte=at + WARN_BEFORE)
    with transaction.atomic():
        return write([_letter(release, SOON) for release in unfinished().filter(soon)], at=at)


def unfinished() -> QuerySet[Release]:
    """Load the releases that should not expire in silence: approved, waiting for an approval, or
    released; not what was only checked."""
    return Release.objects.filter(
        Q(state=State.RELEASED) | Q(state=State.CHECKED, must_be_approved=True)
    ).select_related("requested_by")


def _letter(release: Release, event: str) -> Letter:
    return Letter(
        key=f"release-{event}/{release.pk}",
        to=release.requested_by.email,
        template=f"sharing/release-{event}",
        context={
            "release": release,
            "purpose": purpose_labels().get(release.purpose, release.purpose),
            "link": address(reverse("staff-release", args=[release.pk])),
        },
    )
