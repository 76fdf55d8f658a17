"""Files that somebody who may no longer sign in was about to release: deleted, and nothing leaves."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log import appending as log
from sharing.models import Release
from sharing.releases.desk import OPEN, forget_files

State = Release.State


def withdraw_of(user: User, *, at: datetime) -> list[UUID]:
    """Delete the extracts of a user that have not left; return their numbers, for `forget` once that is
    committed.

    One that is being handed over is not waited for: its hand-over asks before its entry whether its
    officer may still sign in, and so comes to nothing (`sharing.disclosures.entry`).
    """
    open_releases = Release.objects.filter(requested_by=user, state__in=OPEN)
    releases = list(open_releases.select_for_update(of=("self",), skip_locked=True))
    for release in releases:
        release.state, release.passphrase = State.DELETED, ""
        release.save(update_fields=["state", "passphrase"])
        release.findings.all().delete()
    log.append(
        log.body("extract-deleted", at=at, by=None, release=str(release.pk)) for release in releases
    )
    return [release.pk for release in releases]


def forget(numbers: Iterable[UUID]) -> None:
    """Delete the files of releases that were withdrawn."""
    for number in numbers:
        forget_files(number)
