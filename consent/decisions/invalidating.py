"""Decisions marked as invalid: they never were decisions (C4)."""

from datetime import datetime

from django.db import transaction

from consent.decisions.recording import record
from consent.models import Decision, Invalidation, Pupil
from consent.queries import lock_pupils
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError


def check_can_mark(decision: Decision) -> None:
    """Raise NotNowError if the decision is already marked as invalid, or about a record that was
    merged: what applies is its copy."""
    if not Pupil.objects.standing().filter(pk=decision.pupil_id).exists():
        raise NotNowError("This record has been merged with another. Mark the choice there.")
    if Invalidation.objects.filter(decision=decision).exists():
        raise NotNowError("This choice is already marked as invalid.")


def mark_invalid(
    decision: Decision, *, kind: Invalidation.Kind, reason: str, by: User, at: datetime
) -> None:
    """Mark a decision as invalid, so that it counts at no time, seen from now. Raises NotNowError.

    An online opt-out that was about another pupil goes back to the queue to be matched.
    """
    with transaction.atomic():
        lock_pupils([decision.pupil_id])
        check_can_mark(decision)
        invalid = Invalidation(
            decision=decision, kind=kind, reason=reason, recorded_at=at, recorded_by=by
        )
        record([], [invalid], by=by, at=at)
