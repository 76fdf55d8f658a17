"""Record that a logged hand-over never actually left (H1)."""

from datetime import datetime

from django.db import transaction

from privacy_portal.ground.log.appending import record
from privacy_portal.ground.log.texts import texts_of
from sharing import rules
from sharing.models import CountsRelease, Disclosure, Release, Undone

KILLED = "The program that wrote the file was ended before the file was there."
NO_FILE = "The file, or its cover sheet, could not be made as the agreement says."
NOTHING_TAKEN = "The connection was lost before the download started."


def undo(disclosure: Disclosure, *, why: str, at: datetime) -> None:
    """Record that nothing of a disclosure left: its release is void, and the log says so too."""
    with transaction.atomic():
        undone = Undone.objects.create(disclosure=disclosure, at=at, why=why)
        Release.objects.filter(disclosure=disclosure).update(
            state=Release.State.VOID,
            void_reason=f"{why} Nothing was released. Check the file again.",
        )
        CountsRelease.objects.filter(disclosure=disclosure).update(state=CountsRelease.State.VOID)
        about = {"disclosure": disclosure.pk, "texts": texts_of(undone)}
        record("hand-over-undone", at=at, by=None, **about)


def undo_if_committed(number: int, at: datetime) -> None:
    """Undo the disclosure with this id if it was committed and only the answer to the commit was
    lost."""
    for disclosure in Disclosure.objects.filter(pk=number).exclude(outcome=rules.Outcome.REFUSED):
        undo(disclosure, why="There was a problem with the service.", at=at)
