"""An extract that leaves open how it is to be read: an officer says which sheet or encoding is meant."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.log import appending as log
from sharing.models import Release
from sharing.releases.desk import forget_files, locked, request_check, store_extract, upload_file

State = Release.State
_COLUMNS = (
    "reading", "asked", "state", "source", "warnings", "rows_expected", "headings", "faults",
)  # fmt: skip


def answer(release_id: UUID, answers: Mapping[str, str], *, by: User, at: datetime) -> None:
    """Take the table that is meant (see `Reading`) and have it checked; a file that is none after
    all is faulty, and deleted. Raises NotNowError unless this officer is asked."""
    with transaction.atomic():
        release = locked(release_id, at)
        if release.state != State.ASKING or release.requested_by_id != by.pk:
            raise NotNowError("Nothing is asked about this file any more.")
        release.reading = {**release.reading, **answers}
        try:
            store_extract(release, upload_file(release_id))
        except BadInputError as error:
            release.state, release.faults = State.FAULTY, error.sentences()
            forget_files(release_id)
        release.save(update_fields=_COLUMNS)
        if release.state == State.CHECKING:
            request_check(release)
        details = {"release": str(release_id), "chosen": sorted(answers)}
        log.record("extract-reading-chosen", at=at, by=by, **details)
