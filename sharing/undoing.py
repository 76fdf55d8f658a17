"""A hand-over that is in the log although nothing left: said in the log too (H1)."""

from datetime import datetime

from django.db import transaction

from privacy_portal.log.appending import append, body
from sharing.models import Disclosure, Release, Undone


def undo(disclosure: Disclosure, *, why: str, at: datetime) -> None:
    """Logs that of a hand-over that is in the log nothing left; its release is void."""
    with transaction.atomic():
        Undone.objects.create(disclosure=disclosure, at=at, why=why)
        Release.objects.filter(disclosure=disclosure).update(
            state=Release.State.VOID, void_reason=f"{why} Nothing has left. Check the file again."
        )
        append([body("hand-over-undone", at=at, by=None, disclosure=disclosure.pk)])
