"""Marking a decision invalid: it never was one (C4)."""

from datetime import datetime

from django.db import transaction

from consent.decisions.recording import record
from consent.models import Decision, Invalidation
from consent.queries import lock_pupils
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError


def check_can_mark(decision: Decision) -> None:
    """Raises NotNowError if the decision is marked invalid already."""
    if Invalidation.objects.filter(decision=decision).exists():
        raise NotNowError("This decision is marked invalid already.")


def mark_invalid(
    decision: Decision, *, kind: Invalidation.Kind, reason: str, by: User, at: datetime
) -> None:
    """It stops counting at every instant when seen from now. Raises NotNowError.

    One sent online that was about another pupil waits in the queue again, and is not lost.
    """
    with transaction.atomic():
        lock_pupils([decision.pupil_id])
        check_can_mark(decision)
        invalid = Invalidation(
            decision=decision, kind=kind, reason=reason, recorded_at=at, recorded_by=by
        )
        record([], [invalid], by=by, at=at)
