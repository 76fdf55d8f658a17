"""Single rows about protected pupils that a second officer lets go, one by one (P3)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from consent.models import Pupil
from consent.queries import pupils_by_upn
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import record
from privacy_portal.ground.log.texts import texts_of
from sharing.models import Finding, Release, RowPermission
from sharing.releases.desk import locked, request_check
from sharing.rules import Reason

State = Release.State


def check_can_permit(release: Release, finding: Finding, user: User) -> None:
    """Raise NotNowError, with the reason, unless the user may let this row go."""
    if release.state != State.CHECKED:
        raise NotNowError("Rows can be allowed only while a release is checked and not released.")
    if release.requested_by_id == user.pk:
        raise NotNowError("You requested this release, so another officer must allow the row.")
    if finding.reason != Reason.PROTECTED or finding.outcome != "withheld":
        raise NotNowError("Only a row about a protected pupil can be allowed.")


def permit(
    release_id: UUID, row: int, *, with_locating: bool, reason: str, by: User, at: datetime
) -> Pupil:
    """Let the row of one protected pupil go, and have the file checked again; return the pupil.

    Cells that tell where the pupil is stay empty unless `with_locating`; those of a file made from
    pupil records are never filled. An approval given before no longer counts. Raises NotNowError.
    """
    with transaction.atomic():
        release = locked(release_id, at)
        finding = release.findings.filter(row=row).first()
        if finding is None:
            raise NotNowError("This row is no longer in the release.")
        check_can_permit(release, finding, by)
        pupil = pupils_by_upn([finding.upn])[finding.upn]
        permission = RowPermission.objects.create(
            release=release, pupil=pupil, with_locating=with_locating, reason=reason, at=at, by=by
        )
        release.state, release.approved_by, release.approved_at = State.CHECKING, None, None
        release.save(update_fields=["state", "approved_by", "approved_at"])
        record(
            "row-permitted",
            at=at,
            by=by,
            release=str(release.pk),
            person=str(pupil.reference),
            with_locating=with_locating,
            texts=texts_of(permission),
        )
        request_check(release)
    return pupil
