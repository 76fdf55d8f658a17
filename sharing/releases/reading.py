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
from sharing.releases.desk import forget_files, have_checked, locked, take, upload_file

State = Release.State
_TAKEN = (
    "reading", "asked", "state", "source", "warnings", "rows_expected", "headings", "faults",
)  # fmt: skip


def answer(release_id: UUID, answered: Mapping[str, str], *, by: User, at: datetime) -> None:
    """Takes the table that is meant (see `Reading`) and has it checked; a file that is none after
    all is faulty, and deleted. Raises NotNowError unless this officer is asked."""
    with transaction.atomic():
        waiting = locked(release_id, at)
        if waiting.state != State.ASKING or waiting.requested_by_id != by.pk:
            raise NotNowError("Nothing is asked about this file any more.")
        waiting.reading = {**waiting.reading, **answered}
        try:
            take(waiting, upload_file(release_id))
        except BadInputError as error:
            waiting.state, waiting.faults = State.FAULTY, error.sentences()
            forget_files(release_id)
        waiting.save(update_fields=_TAKEN)
        if waiting.state == State.CHECKING:
            have_checked(waiting)
        log.record(
                    "extract-reading-chosen",
                    at=at, by=by, release=str(release_id), chosen=sorted(answered),
                )  # fmt: skip
