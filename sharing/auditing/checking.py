"""The whole log is checked, every night and when somebody asks; officers hear of what is wrong."""

import logging
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log.appending import record
from privacy_portal.ground.log.notes import NoteError
from privacy_portal.ground.log.reading import entries_so_far
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.log.verifying import LogBrokenError
from privacy_portal.ground.mail.writing import Letter, address, write
from sharing.auditing.verifying import verify_log
from sharing.models import LogCheck

LONGEST = 500
logger = logging.getLogger(__name__)


def check_log(*, at: datetime, by: User | None = None) -> LogCheck:
    """Check the whole log, store and log how that ended, and email every officer where something is wrong, or
    where the check did not come to its end."""
    size, first_bad, why = entries_so_far(), None, ""
    try:
        size = verify_log(lambda entries: None).size
    except LogBrokenError as error:
        first_bad, why = error.seq, str(error)[:LONGEST]
    except NoteError as error:
        why = f"the newest checkpoint: {error}"[:LONGEST]
    except Exception as error:
        # Whatever stops the check, officers must hear that nothing was found sound.
        logger.exception("The log check did not come to its end")
        why = f"the check did not come to its end ({type(error).__name__})"
    with transaction.atomic():
        check = LogCheck.objects.create(at=at, by=by, size=size, first_bad=first_bad, why=why)
        if why:
            write(_letters(check), at=at)
        about = {"check": check.pk, "size": size, "sound": not why, "texts": texts_of(check)}
        record("log-checked", at=at, by=by, **about)
    return check


def _letters(check: LogCheck) -> list[Letter]:
    officers = User.objects.officers().filter(is_active=True)
    return [
        Letter(
            key=f"log-check/{check.pk}/{officer.reference}",
            to=officer.email,
            template="log/checked",
            context={"why": check.why, "link": address(reverse("staff-log"))},
        )
        for officer in officers
    ]
