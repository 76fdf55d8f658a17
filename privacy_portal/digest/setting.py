"""The setting of each person whether they get the daily email of their tasks."""

from datetime import datetime

from django.db import transaction

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log import appending as log


def set_wanted(user: User, *, wanted: bool, at: datetime) -> bool:
    """Store whether somebody wants the daily email, and log it; return whether that is a change."""
    with transaction.atomic():
        changed = User.objects.filter(pk=user.pk).exclude(daily_digest=wanted)
        if not changed.update(daily_digest=wanted):
            return False
        log.record(
            "digest-setting-changed",
            at=at,
            by=user,
            person=str(user.reference),
            wanted=wanted,
        )
    return True
