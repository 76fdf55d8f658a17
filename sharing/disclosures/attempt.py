"""A hand-over is attempted: whatever goes wrong, nothing leaves and the log says so (H1, H4)."""

import logging
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.log.appending import record
from sharing.disclosures.lines import next_disclosure_id
from sharing.disclosures.undoing import KILLED, undo, undo_if_committed
from sharing.errors import (
    CutOffError,
    DecisionChangedError,
    NeedsApprovalError,
    NotDeliveredError,
    StalledError,
)
from sharing.models import Disclosure, Release
from sharing.stops.stopping import check_not_stopped

# The server waits a little longer than we do for the writer, whose end we can explain.
GRACE_SECONDS = 5
# How old the file of a hand-over is before anybody asks whether its process died.
LEFT_BEHIND = timedelta(minutes=15)
# Nothing failed: the hand-over was not allowed, and whoever asked is told why.
_NOT_ALLOWED = (BadInputError, NeedsApprovalError, DecisionChangedError, NotNowError)

_NUMBER = re.compile(r"[1-9]\d{0,17}", re.ASCII)

logger = logging.getLogger(__name__)


class HandOverAttempt(NamedTuple):
    """The id that the disclosure will have, and where the permitted file is written."""

    number: int
    file: Path


@contextmanager
def attempt(
    agreement: str,
    *,
    by: User,
    clock: Callable[[], datetime],
    rehearsal: bool = False,
    request: int | None = None,
) -> Iterator[HandOverAttempt]:
    """Open the one transaction of a hand-over under an agreement, or on a `request` for data (Q1).

    Raises HandOversStoppedError while the nightly control stops them (K3), unless it is a `rehearsal`,
    which whoever opens it undoes.
    If it fails, the permitted file is deleted, the refusal is logged (H1), and what was committed
    although the answer was lost is undone in the log. Raises StalledError when a lock or the
    database makes no progress for STALL_SECONDS (H4), and again what was raised in it.
    """
    number = next_disclosure_id()
    file = Path(settings.PRIVATE_DIR) / "permitted" / f"{number}.csv"
    try:
        with transaction.atomic():
            locks.limit(settings.STALL_SECONDS + GRACE_SECONDS)
            locks.share(locks.Area.HAND_OVERS)
            if not rehearsal:
                check_not_stopped()
            locks.take_one(locks.Row.HAND_OVER, number)
            yield HandOverAttempt(number, file)
    except BaseException as caught:
        error = _ended_by_the_database(caught) or caught
        try:
            if isinstance(error, Exception) and not isinstance(error, _NOT_ALLOWED):
                log_failure(agreement, error, by=by, at=clock(), request=request)
                undo_if_committed(number, clock())
        finally:
            file.unlink(missing_ok=True)
        if error is not caught:
            raise error from caught
        raise


def forget_unlogged(*, at: datetime) -> int:
    """Delete permitted files whose hand-over ended before its log entry, because its process died;
    return how many.

    However long it takes, a hand-over under way holds the lock of its number until its entry is
    committed: neither its file nor one that is being downloaded is touched. 1 query, and 2 for
    each file without an entry.
    """
    old = _left_behind(at)
    deleted = 0
    for number in old.keys() - _logged(old):
        with transaction.atomic():
            # Asked again under the lock: the entry may have been committed meanwhile.
            if locks.take_if_free(locks.Row.HAND_OVER, number) and not _logged([number]):
                old[number].unlink(missing_ok=True)
                deleted += 1
    return deleted


def undo_undelivered(*, at: datetime) -> int:
    """Say in the log that nothing left of hand-overs by command whose process died before the file was where it
    should go, and delete what it left behind; return how many.

    A command deletes the permitted file right before the file appears (`claim`). Whoever deletes it has the
    last word, so that a file which appears is never undone. 1 query, and 6 for each that is.
    """
    old = _left_behind(at)
    of_nobody = Disclosure.objects.filter(
        ~Exists(Release.objects.filter(disclosure=OuterRef("pk"))),
        pk__in=list(old), origin=Disclosure.Origin.RELEASE, undone=None,
    )  # fmt: skip
    undone = 0
    for disclosure in of_nobody if old else ():
        with suppress(NotDeliveredError), transaction.atomic():
            undo(disclosure, why=KILLED, at=at)
            claim(old[disclosure.pk])
            undone += 1
    return undone


def claim(permitted: Path) -> None:
    """Delete the permitted file of a hand-over, and whatever was made of it. Raises NotDeliveredError where
    another process has done so."""
    try:
        permitted.unlink()
    except FileNotFoundError as error:
        raise NotDeliveredError from error
    for made in permitted.parent.glob(f"{permitted.stem}.*"):
        made.unlink(missing_ok=True)


def _left_behind(at: datetime) -> dict[int, Path]:
    """Return the permitted files of hand-overs that are so old that their processes may have died, by number."""
    before = (at - LEFT_BEHIND).timestamp()
    old = {}
    for file in (Path(settings.PRIVATE_DIR) / "permitted").glob("*.csv"):
        with suppress(FileNotFoundError):
            if _NUMBER.fullmatch(file.stem) and file.stat().st_mtime < before:
                old[int(file.stem)] = file
    return old


def _logged(numbers: Collection[int]) -> set[int]:
    if not numbers:
        return set()
    return set(Disclosure.objects.filter(pk__in=numbers).values_list("pk", flat=True))


def log_failure(
    agreement: str, error: Exception, *, by: User, at: datetime, request: int | None = None
) -> None:
    """Log a refusal because checking or handing over failed (H1)."""
    logger.error("A hand-over failed and nothing left: %s", type(error).__name__)
    log_refusal(agreement, error, by=by, at=at, request=request)


def log_refusal(
    agreement: str, error: Exception, *, by: User, at: datetime, request: int | None = None
) -> None:
    """Log that nothing left, by the kind of error, under an agreement or on a `request` for data."""
    with transaction.atomic():
        details: dict[str, str | int] = {
            "agreement": agreement[:50],
            "error": type(error).__name__,
        }
        if request is not None:
            details["request"] = request
        record("refusal", at=at, by=by, disclosure=None, **details)


def _ended_by_the_database(error: BaseException) -> StalledError | None:
    if locks.ran_out(error):
        return StalledError()
    return CutOffError() if locks.cut_off(error) else None
