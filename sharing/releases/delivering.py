"""The hand-over at the desk: decided again, logged, and only then streamed, once (H).

The log's entry is committed before the first byte leaves. Where then nothing leaves after all,
an entry says so too, and the officer sees what happened.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.counted_stream import Leaving
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import append, body
from sharing.disclosures.undoing import NOTHING_TAKEN, undo
from sharing.errors import DecisionChangedError
from sharing.models import Disclosure, Release
from sharing.releases.desk import check_can_download, extract_file, forget_files, locked, request_of
from sharing.releases.extract_files import as_workbook, encrypted
from sharing.releases.handing_over import HandOver, hand_over

logger = logging.getLogger(__name__)
State = Release.State


@dataclass(frozen=True, slots=True)
class Parcel:
    """What leaves: the file as it goes, the name under which it does, and its size in bytes."""

    file: Path
    name: str
    size: int
    release_id: UUID


class NotDeliveredError(NotNowError):
    """The file could not be made as the agreement says; nothing left, and the log says so."""

    def __str__(self) -> str:
        return (
            "The file could not be made ready, so nothing has left. The log says so. "
            "Check the extract again."
        )


def hand_over_release(release_id: UUID, *, by: User, clock: Callable[[], datetime]) -> HandOver:
    """Decides again under lock, logs, and deletes the extract; gives the permitted file, once.

    Raises NotNowError when it is not this officer's to download now, and
    DecisionChangedError when the decision is no longer the one seen: the release is void
    then, which is logged, and nothing leaves (H2).
    """
    at = clock()
    with transaction.atomic():
        waiting = locked(release_id, at)
        check_can_download(waiting, by)

    def still_mine() -> None:
        check_can_download(locked(release_id, at), by)

    def finish(disclosure: Disclosure) -> None:
        mine = Release.objects.get(pk=release_id)
        refused = disclosure.outcome == "refused"
        mine.state = State.VOID if refused else State.HANDED_OVER
        mine.disclosure = disclosure
        mine.save(update_fields=["state", "disclosure"])
        mine.findings.all().delete()

    try:
        done = hand_over(
            request_of(waiting),
            clock=clock,
            approved_by=waiting.approved_by,
            seen_digest=waiting.decision_digest,
            first=still_mine,
            with_disclosure=finish,
        )
    except DecisionChangedError as error:
        _void(release_id, by=by, at=clock(), why=str(error))
        raise
    with suppress(OSError):  # what stays behind for now is deleted within 24 hours
        extract_file(release_id).unlink(missing_ok=True)
    return done


def parcel(done: HandOver, release_id: UUID, *, clock: Callable[[], datetime]) -> "OnceOnly":
    """The permitted file as it goes, open to be streamed: a workbook where one came in, encrypted
    as agreed.

    Raises NotDeliveredError where it cannot be made: nothing leaves, and the log says so.
    """
    if done.file is None:
        raise ValueError("nothing of a refused extract leaves")
    try:
        return OnceOnly(_made(done, done.file, release_id), clock)
    except Exception as error:
        logger.error("A permitted file could not be made: %s", type(error).__name__)
        for left in done.file.parent.glob(f"{done.file.stem}.*"):
            with suppress(OSError):
                left.unlink(missing_ok=True)
        undo(done.disclosure, why="The file could not be made as the agreement says.", at=clock())
        raise NotDeliveredError from error


def _made(done: HandOver, file: Path, release_id: UUID) -> Parcel:
    release = Release.objects.get(pk=release_id)
    name = f"{release.agreement.replace('/', '-')}-{done.disclosure.on}-{done.disclosure.entry}"
    if release.source == Release.Source.XLSX:
        file = as_workbook(file)
    inner = f"{name}{file.suffix}"
    file = encrypted(file, done.disclosure.means, release.passphrase, inner=inner)
    size = file.stat().st_size
    Release.objects.filter(pk=release_id).update(file_bytes=size)
    return Parcel(file, f"{name}{''.join(file.suffixes)}", size, release_id)


class OnceOnly(Leaving):
    """A parcel as it is streamed; at the end the file is deleted, and how much of it left is
    recorded."""

    def __init__(self, sent: Parcel, clock: Callable[[], datetime]):
        self.sent = sent

        def ended(left: int) -> None:
            with suppress(OSError):
                sent.file.unlink(missing_ok=True)
            record_delivery(sent.release_id, left, at=clock())

        super().__init__(sent.file.open("rb"), ended)


def record_delivery(release_id: UUID, left: int, *, at: datetime) -> None:
    """Records how many bytes of the file left; where none did, the hand-over is undone."""
    Release.objects.filter(pk=release_id).update(left_bytes=left)
    if left == 0:
        release = Release.objects.select_related("disclosure").get(pk=release_id)
        if release.disclosure is not None:
            undo(release.disclosure, why=NOTHING_TAKEN, at=at)


def _void(release_id: UUID, *, by: User, at: datetime, why: str) -> None:
    with transaction.atomic():
        waiting = Release.objects.select_for_update(of=("self",)).get(pk=release_id)
        waiting.state, waiting.void_reason = State.VOID, why
        waiting.save(update_fields=["state", "void_reason"])
        waiting.findings.all().delete()
        append([body("release-void", at=at, by=by, release=str(release_id))])
    forget_files(release_id)
