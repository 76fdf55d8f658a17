"""A file of pupils that staff upload: checked, shown, and imported once they agree.

Both are jobs, since a large file takes a while. Their progress is kept in a small file beside the
upload, because what a transaction writes is not visible before it ends.
"""

import shutil
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from consent.models import RollUpload
from consent.queries import schools_of
from consent.roll.importing import OtherChildrenError, RollImport, import_roll
from consent.roll.sql import SHOWN
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.files import private_files as kept_files
from privacy_portal.ground.files.reading import QUESTIONS, Reading
from privacy_portal.ground.jobs import defer
from privacy_portal.ground.log import appending as log

State = RollUpload.State
MANY_LEAVE = 5
RUNNING = (State.CHECKING, State.IMPORTING)


def upload(file: Path, *, name: str, whole: bool, by: User, at: datetime) -> RollUpload:
    """Store a file and have it checked. School staff may only import pupils at their own schools.

    Raises NotNowError for a member of staff without a school.
    """

    own = None if by.is_officer else list(schools_of(by).values_list("urn", flat=True))
    if own == []:
        raise NotNowError("You are not linked to a school yet. Ask the council to link you")
    kept = RollUpload(
        file_name=name[:200], whole=whole, schools=own, by=by, at=at,
        expires_at=at + timedelta(hours=settings.ROLL_HOURS),
    )  # fmt: skip
    path = file_of(kept)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    shutil.copyfile(file, path)
    try:
        with transaction.atomic():
            kept.save(force_insert=True)
            defer("consent.check_roll", {"upload": str(kept.pk)})
            log.record("roll-uploaded", at=at, by=by, upload=str(kept.pk), whole=whole)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return kept


def check(upload_id: UUID, *, at: datetime) -> None:
    """Find out what the import would do, and store that to be looked at; import nothing."""
    kept = RollUpload.objects.filter(pk=upload_id, state=State.CHECKING).first()
    if kept is None:
        return
    try:
        done = _import(kept, at=at, check_only=True)
        # Nobody can make sure of so many: most likely a column slipped.
        if len(done.identity_changes) > SHOWN:
            faults = [each.fault() for each in done.identity_changes]
            raise OtherChildrenError(done.identity_changes, faults, name=kept.file_name)
    except QUESTIONS as question:
        kept.state, kept.asked = State.ASKING, question.asked()
        kept.save(update_fields=["state", "asked"])
        return
    except BadInputError as error:
        _faulty(kept, error)
        return
    _checked(kept, done)


def answer(kept: RollUpload, answered: Mapping[str, str], *, by: User, at: datetime) -> None:
    """Record which sheet or encoding of a file is meant (see `Reading`), and have it checked.

    Raises NotNowError unless that is an open question.
    """

    with transaction.atomic():
        now = RollUpload.objects.select_for_update().get(pk=kept.pk)
        if now.state != State.ASKING or now.expires_at <= at:
            raise NotNowError("This question has already been answered.")
        now.reading, now.asked, now.state = {**now.reading, **answered}, {}, State.CHECKING
        now.save(update_fields=["reading", "asked", "state"])
        defer("consent.check_roll", {"upload": str(now.pk)})
        log.record("roll-reading-chosen", at=at, by=by, upload=str(now.pk), chosen=sorted(answered))


def say_yes(
    kept: RollUpload,
    *,
    same: Collection[str] = (),
    leave: bool = False,
    by: User,
    at: datetime,
) -> None:
    """Have a checked file imported.

    `same` are the keys of rows that may be of other children and that the user is sure about (C6a).
    `leave` says that so many pupils do leave (see `looks_partial`). Raises NotNowError unless the
    file is ready to import, NotSureError while such a row is not among `same`, ManyLeaveError while
    nobody has confirmed that so many leave.
    """

    with transaction.atomic():
        now = RollUpload.objects.select_for_update().get(pk=kept.pk)
        if now.state != State.CHECKED or now.expires_at <= at:
            raise NotNowError("This file can no longer be imported.")
        if _keys(now) - set(same):
            raise NotSureError
        if looks_partial(now) and not leave:
            raise ManyLeaveError
        _progress(now)(0)
        now.state = State.IMPORTING
        now.save(update_fields=["state"])
        defer("consent.import_roll", {"upload": str(now.pk)})


def store(upload_id: UUID, *, at: datetime) -> None:
    """Import a file that someone agreed to, if it still does what they saw.

    Otherwise nothing is imported, and what it would do now waits for another yes.
    """
    kept = RollUpload.objects.filter(pk=upload_id, state=State.IMPORTING).first()
    if kept is None:
        return
    try:
        with transaction.atomic():
            done = _import(kept, at=at, check_only=False)
            asked = {each.key for each in done.identity_changes}
            if done.counts() != kept.result["counts"] or asked != _keys(kept):
                raise _OtherwiseError(done)
            kept.state, kept.result["matched"] = State.DONE, done.requests_matched
            kept.save(update_fields=["state", "result"])
    except _OtherwiseError as otherwise:
        kept.changed = True
        _checked(kept, otherwise.done)
        return
    except BadInputError as error:
        _faulty(kept, error)
        return
    _forget_files(kept)


class NotSureError(Exception):
    """A row may be of another child, and nobody has confirmed that it is not (C6a)."""

    def __str__(self) -> str:
        return (
            "Tick each of these rows when you are sure that it is the same child, "
            "or correct the file and upload it again"
        )


class ManyLeaveError(Exception):
    """More pupils would leave than stay, and nobody has confirmed that they do."""

    def __str__(self) -> str:
        return (
            "Tick the box if these pupils have left. If they have not, cancel the import, "
            "upload the file again and select that only some pupils are in it"
        )


class _OtherwiseError(Exception):
    """The import would do something else than the user saw."""

    def __init__(self, done: RollImport):
        self.done = done
        super().__init__("pupil records have changed")


def failed(upload_id: UUID) -> None:
    """Mark a file as failed, for whoever waits for it; nothing of it is imported."""
    running = RollUpload.objects.filter(pk=upload_id, state__in=RUNNING)
    if running.update(state=State.FAILED):
        _forget_files(RollUpload.objects.get(pk=upload_id))


def throw_away(kept: RollUpload, *, by: User, at: datetime) -> None:
    """Delete an uploaded file that is not to be imported. Raises NotNowError while it is."""
    with transaction.atomic():
        now = RollUpload.objects.select_for_update().get(pk=kept.pk)
        if now.state in (*RUNNING, State.DONE):
            raise NotNowError("This file is being imported, or has already been imported.")
        _gone(now)
        log.record("roll-thrown-away", at=at, by=by, upload=str(now.pk))


def forget_old(*, at: datetime) -> int:
    """Delete files, and the names in what they would do, after a day; return the number."""
    old = RollUpload.objects.exclude(state=State.GONE).filter(expires_at__lte=at)
    for kept in old:
        _gone(kept)
    return len(old)


def forget_orphans(*, at: datetime) -> int:
    """Delete files that a process left when it died."""
    names = {str(each) for each in RollUpload.objects.exclude(
        state__in=[State.DONE, State.GONE]).values_list("pk", flat=True)}  # fmt: skip
    return kept_files.forget_orphans(
        "rolls", at=at, kept=lambda name: name.removesuffix(".rows") in names
    )


def uploads_of(user: User) -> QuerySet[RollUpload]:
    """Return what a member of staff uploaded and can still look at, newest first; 1 query."""
    return RollUpload.objects.filter(by=user).exclude(state=State.GONE)


def changes(kept: RollUpload) -> bool:
    """Return whether importing a checked file would change anything."""
    counts = kept.result.get("counts", {})
    return any(counts.get(name) for name in ("added", "updated", "moved", "left", "waiting"))


def looks_partial(kept: RollUpload) -> bool:
    """Return whether a file that should have every pupil makes more pupils leave than stay."""
    counts = kept.result.get("counts", {})
    left = counts.get("left", 0)
    whole = kept.whole and not kept.result.get("leavers")
    return bool(whole and left > MANY_LEAVE and left > counts.get("unchanged", 0))


def rows_read(kept: RollUpload) -> int:
    """Return the number of rows read so far."""
    try:
        return int(_progress_file(kept).read_text(encoding="ascii") or 0)
    except (FileNotFoundError, ValueError):
        return 0


def file_of(kept: RollUpload) -> Path:
    """Return the path of an uploaded file."""
    return Path(settings.PRIVATE_DIR) / "rolls" / str(kept.pk)


def _import(kept: RollUpload, *, at: datetime, check_only: bool) -> RollImport:
    return import_roll(
        file_of(kept),
        name=kept.file_name,
        by=kept.by,
        at=at,
        check_only=check_only,
        whole=kept.whole,
        only=kept.schools,
        confirm_identities=True,
        show=True,
        reading=Reading(**kept.reading),
        ask=True,
        progress=_progress(kept),
    )


def _checked(kept: RollUpload, done: RollImport) -> None:
    kept.state = State.CHECKED
    kept.result = {
        "counts": done.counts(),
        "shown": asdict(done.shown),
        "renamed": list(done.renamed.items()),
        "ignored": done.ignored,
        "warnings": done.warnings,
        "leavers": done.leavers,
        "matched": done.requests_matched,
        "waiting": [(each.line, each.upn, each.name) for each in done.waiting_moves[:SHOWN]],
        "apart": [(each.line, each.upn, each.name) for each in done.apart[:SHOWN]],
        "possible": [
            (each.line, each.upn, each.name, each.left_on.isoformat() if each.left_on else "")
            for each in done.possible_same[:SHOWN]
        ],
        "identities": [{"key": each.key, **asdict(each)} for each in done.identity_changes],
    }
    kept.save(update_fields=["state", "result", "changed"])


def _faulty(kept: RollUpload, error: BadInputError) -> None:
    kept.state, kept.faults = State.FAULTY, error.sentences()
    kept.save(update_fields=["state", "faults"])
    _forget_files(kept)


def _keys(kept: RollUpload) -> set[str]:
    """Return the keys of the rows that may be of other children."""
    return {each["key"] for each in kept.result.get("identities", ())}


def _gone(kept: RollUpload) -> None:
    kept.state, kept.result, kept.faults, kept.asked = State.GONE, {}, [], {}
    kept.save(update_fields=["state", "result", "faults", "asked"])
    _forget_files(kept)


def _forget_files(kept: RollUpload) -> None:
    for path in (file_of(kept), _progress_file(kept)):
        path.unlink(missing_ok=True)


def _progress_file(kept: RollUpload) -> Path:
    return file_of(kept).with_suffix(".rows")


def _progress(kept: RollUpload) -> Callable[[int], None]:
    path = _progress_file(kept)

    def note(rows: int) -> None:
        with suppress(OSError):
            path.write_text(str(rows), encoding="ascii")

    return note
