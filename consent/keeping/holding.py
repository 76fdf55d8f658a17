"""Officers hold a pupil's details, so that they are not erased, and end that (R2)."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from consent.keeping.entries import end_body, hold_body
from consent.models import Hold, HoldEnd, Pupil
from consent.queries import lock_pupils
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import append

GONE = "These details have been erased."


def holds_of(pupil: Pupil) -> QuerySet[Hold]:
    """Return every hold of a pupil with its end, oldest first; 1 query."""
    return Hold.objects.filter(pupil=pupil).select_related("by", "ended__by")


def is_held(pupil: Pupil) -> bool:
    """Return whether a hold of the pupil lasts; 1 query."""
    return holds_of(pupil).filter(ended=None).exists()


def hold(pupil: Pupil, *, reason: str, by: User, at: datetime) -> Hold:
    """Hold a pupil's details. Raises NotNowError once they are erased."""
    with transaction.atomic():
        lock_pupils([pupil.pk])
        if not Pupil.objects.filter(pk=pupil.pk, erased_at=None).exists():
            raise NotNowError(GONE)
        placed = Hold.objects.create(pupil=pupil, reason=reason, by=by, at=at)
        append([hold_body(placed)])
    return placed


def check_can_end(hold: Hold) -> None:
    """Raise NotNowError where a hold has ended."""
    if HoldEnd.objects.filter(hold=hold).exists():
        raise NotNowError("Another officer has already ended this.")


def end(hold: Hold, *, reason: str, by: User, at: datetime) -> None:
    """End a hold, and say why. Raises NotNowError."""
    with transaction.atomic():
        lock_pupils([hold.pupil_id])
        check_can_end(hold)
        append([end_body(HoldEnd.objects.create(hold=hold, reason=reason, by=by, at=at))])
