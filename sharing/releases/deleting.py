"""Deleting an extract that should not be here, before anything of it leaves."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import record
from sharing.models import Release
from sharing.releases.desk import forget_files, locked

State = Release.State
DELETABLE = (State.ASKING, State.MATCHING, State.CHECKING, State.CHECKED, State.RELEASED)


def check_can_delete(release: Release, user: User) -> None:
    """Raise NotNowError, with the reason, unless the user may delete the extract now."""
    if release.requested_by_id != user.pk:
        raise NotNowError("Only the officer who uploaded this extract can delete it.")
    if release.state not in DELETABLE:
        raise NotNowError("This extract has already been deleted.")


def delete(release_id: UUID, *, by: User, at: datetime) -> None:
    """Delete an extract, its findings and its passphrase; the log says so. Raises NotNowError, also
    after its time: then it is deleted already."""
    with transaction.atomic():
        release = locked(release_id, at)
        check_can_delete(release, by)
        release.state, release.passphrase = State.DELETED, ""
        release.save(update_fields=["state", "passphrase"])
        release.findings.all().delete()
        record("extract-deleted", at=at, by=by, release=str(release.id))
    forget_files(release_id)
