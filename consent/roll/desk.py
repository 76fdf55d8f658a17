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
from consent.roll.importing import ImportOptions, OtherChildrenError, RollImport, import_roll
from consent.roll.sql import SHOWN
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.files import private_files
from privacy_portal.ground.files.reading import QUESTIONS, Reading
from privacy_portal.ground.jobs import defer
from privacy_portal.ground.log import appending as log

State = RollUpload.State
MANY_LEAVE = 5
NOT_SURE = (
    "Tick each of these rows when you are sure that it is the same child, or correct the file and "
    "upload it again"
)
LEAVERS_NOT_SURE = (
    "Tick the box if these pupils have left. If they have not, cancel the import, upload the file "
    "again and select that only some pupils are in it"
)
RUNNING = (State.CHECKING, State.IMPORTING)


def upload(file: Path, *, name: str, whole: bool, by: User, at: datetime) -> RollUpload:
    """Store a file and have it checked. School staff may only import pupils at their own schools.

    Raises NotNowError for a member of staff without a school.
    """
    own = _own_schools(by)
    if own == []:
        raise NotNowError("You are not linked to a school yet. Ask the council to link you")
    uploaded = RollUpload(
        file_name=name[:200], whole=whole, schools=own, by=by, at=at,
        expires_at=at + timedelta(hours=settings.ROLL_HOURS),
    )  # fmt: skip
    path = file_of(uploaded)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    shutil.copyfile(file, path)
    try:
        with transaction.atomic():
            uploaded.save(force_insert=True)
            defer("consent.check_roll", {"upload": str(uploaded.pk)})
            log.record("roll-uploaded", at=at, by=by, upload=str(uploaded.pk), whole=whole)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return uploaded


def check(upload_id: UUID, *, at: datetime) -> None:
    """Find out what the import would do, and store that to be looked at; import nothing."""
    uploads = RollUpload.objects.select_related("by")
    uploaded = uploads.filter(pk=upload_id, state=State.CHECKING).first()
    if uploaded is None:
        return
    if not uploaded.by.is_active:
        _delete(uploaded)
        return
    try:
        result = _import(uploaded, at=at, check_only=True)
        # Nobody can make sure of so many: most likely a column slipped.
        if len(result.identity_changes) > SHOWN:
            faults = [change.fault() for change in result.identity_changes]
            raise OtherChildrenError(result.identity_changes, faults, name=uploaded.file_name)
    except QUESTIONS as question:
        uploaded.state, uploaded.asked = State.ASKING, question.as_json()
        uploaded.save(update_fields=["state", "asked"])
        return
    except BadInputError as error:
        _faulty(uploaded, error)
        return
    _checked(uploaded, result)


def answer(uploaded: RollUpload, answered: Mapping[str, str], *, by: User, at: datetime) -> None:
    """Record which sheet or encoding of a file is meant (see `Reading`), and have it checked.

    Raises NotNowError unless that is an open question.
    """
    with transaction.atomic():
        now = RollUpload.objects.select_for_update().get(pk=uploaded.pk)
        if now.state != State.ASKING or now.expires_at <= at:
            raise NotNowError("This question has already been answered.")
        now.reading, now.asked, now.state = {**now.reading, **answered}, {}, State.CHECKING
        now.save(update_fields=["reading", "asked", "state"])
        defer("consent.check_roll", {"upload": str(now.pk)})
        log.record("roll-reading-chosen", at=at, by=by, upload=str(now.pk), chosen=sorted(answered))


def confirm(
    uploaded: RollUpload, *, same: Collection[str] = (), leave: bool = False, by: User, at: datetime
) -> None:
    """Have a checked file imported.

    `same` are the keys of rows that may be of other children and that the user is sure about (C6a).
    `leave` says that so many pupils do leave (see `looks_partial`). Raises NotNowError unless the
    file is ready to import, NotSureError while such a row is not among `same`, ManyLeaveError while
    nobody has confirmed that so many leave.
    """
    with transaction.atomic():
        now = RollUpload.objects.select_for_update().get(pk=uploaded.pk)
        if now.state != State.CHECKED or now.expires_at <= at:
            raise NotNowError("This file can no longer be imported.")
        if set(_own_schools(by) or ()) != set(now.schools or ()):
            raise NotNowError("The schools you work at have changed. Upload the file again.")
        if _keys(now) - set(same):
            raise NotSureError(NOT_SURE)
        if looks_partial(now) and not leave:
            raise ManyLeaveError(LEAVERS_NOT_SURE)
        _progress(now)(0)
        now.state = State.IMPORTING
        now.save(update_fields=["state"])
        defer("consent.import_roll", {"upload": str(now.pk)})


def store(upload_id: UUID, *, at: datetime) -> None:
    """Import a file that someone agreed to, if it still does what they saw and they may still sign in.

    Otherwise nothing is imported, and what it would do now waits for another yes.
    """
    uploaded = RollUpload.objects.filter(pk=upload_id, state=State.IMPORTING).first()
    if uploaded is None:
        return
    try:
        with transaction.atomic():
            result = _import(uploaded, at=at, check_only=False)
            keys = {change.key for change in result.identity_changes}
            if result.counts() != uploaded.result["counts"] or keys != _keys(uploaded):
                raise _OtherwiseError(result)
            uploaded.state, uploaded.result["matched"] = State.DONE, result.requests_matched
            uploaded.save(update_fields=["state", "result"])
    except NotNowError:
        mark_failed(upload_id)
        return
    except _OtherwiseError as otherwise:
        uploaded.changed = True
        _checked(uploaded, otherwise.done)
        return
    except BadInputError as error:
        _faulty(uploaded, error)
        return
    _forget_files(uploaded)


class NotSureError(Exception):
    """A row may be of another child, and nobody has confirmed that it is not (C6a)."""


class ManyLeaveError(Exception):
    """More pupils would leave than stay, and nobody has confirmed that they do."""


class _OtherwiseError(Exception):
    """The import would do something else than the user saw."""

    def __init__(self, done: RollImport):
        self.done = done
        super().__init__("pupil records have changed")


def mark_failed(upload_id: UUID) -> None:
    """Mark a file as failed, for whoever waits for it; nothing of it is imported."""
    running = RollUpload.objects.filter(pk=upload_id, state__in=RUNNING)
    if running.update(state=State.FAILED):
        _forget_files(RollUpload.objects.get(pk=upload_id))


def delete(uploaded: RollUpload, *, by: User, at: datetime) -> None:
    """Delete an uploaded file that is not to be imported. Raises NotNowError while it is."""
    with transaction.atomic():
        now = RollUpload.objects.select_for_update().get(pk=uploaded.pk)
        if now.state in (*RUNNING, State.DONE):
            raise NotNowError("This file is being imported, or has already been imported.")
        _delete(now)
        log.record("roll-thrown-away", at=at, by=by, upload=str(now.pk))


def forget_old(*, at: datetime) -> int:
    """Delete files, and the names in what they would do, after a day; return the number."""
    old = RollUpload.objects.exclude(state=State.GONE).filter(expires_at__lte=at)
    for uploaded in old:
        _delete(uploaded)
    return len(old)


def withdraw_of(user: User, *, at: datetime) -> None:
    """Delete the files of somebody who may no longer sign in, or works elsewhere, that are not being
    imported."""
    waiting = RollUpload.objects.filter(by=user).exclude(
        state__in=[*RUNNING, State.DONE, State.GONE]
    )
    for uploaded in waiting.select_for_update(skip_locked=True):
        _delete(uploaded)
        log.record("roll-thrown-away", at=at, by=None, upload=str(uploaded.pk))


def forget_orphans(*, at: datetime) -> int:
    """Delete files that a process left when it died."""
    names = {str(number) for number in RollUpload.objects.exclude(
        state__in=[State.DONE, State.GONE]).values_list("pk", flat=True)}  # fmt: skip
    return private_files.forget_orphans(
        "rolls", at=at, is_known=lambda name: name.removesuffix(".rows") in names
    )


def uploads_of(user: User) -> QuerySet[RollUpload]:
    """Return what a member of staff uploaded and can still look at, newest first; 1 query."""
    return RollUpload.objects.filter(by=user).exclude(state=State.GONE)


def changes(uploaded: RollUpload) -> bool:
    """Return whether importing a checked file would change anything."""
    counts = uploaded.result.get("counts", {})
    changing = ("added", "updated", "moved", "left", "waiting", "protected", "died", "untold")
    # Where every school may be in it, whether protected pupils leave is not told (P2).
    untold_leavers = bool(counts) and uploaded.whole and uploaded.schools is None
    return untold_leavers or any(counts.get(name) for name in changing)


def looks_partial(uploaded: RollUpload) -> bool:
    """Return whether a file that should have every pupil makes more pupils leave than stay."""
    counts = uploaded.result.get("counts", {})
    left = counts.get("left", 0)
    whole = uploaded.whole and not uploaded.result.get("leavers")
    return bool(whole and left > MANY_LEAVE and left > counts.get("unchanged", 0))


def rows_read(uploaded: RollUpload) -> int:
    """Return the number of rows read so far."""
    try:
        return int(_progress_file(uploaded).read_text(encoding="ascii") or 0)
    except (FileNotFoundError, ValueError):
        return 0


def file_of(uploaded: RollUpload) -> Path:
    """Return the path of an uploaded file."""
    return Path(settings.PRIVATE_DIR) / "rolls" / str(uploaded.pk)


def _import(uploaded: RollUpload, *, at: datetime, check_only: bool) -> RollImport:
    return import_roll(
        file_of(uploaded),
        name=uploaded.file_name,
        by=uploaded.by,
        at=at,
        check_only=check_only,
        options=ImportOptions(
            whole=uploaded.whole,
            only=uploaded.schools,
            confirm_identities=True,
            show=True,
            reading=Reading(**uploaded.reading),
            ask=True,
        ),
        progress=_progress(uploaded),
    )


def _checked(uploaded: RollUpload, result: RollImport) -> None:
    uploaded.state = State.CHECKED
    uploaded.result = {
        "counts": result.counts(),
        "shown": asdict(result.first_changes),
        "renamed": list(result.renamed.items()),
        "ignored": result.ignored,
        "warnings": result.warnings,
        "leavers": result.leavers,
        "matched": result.requests_matched,
        "waiting": [(row.line, row.upn, row.name) for row in result.waiting_moves[:SHOWN]],
        "apart": [(row.line, row.upn, row.name) for row in result.apart[:SHOWN]],
        "possible": [
            (row.line, row.upn, row.name, row.left_on.isoformat() if row.left_on else "")
            for row in result.possible_same[:SHOWN]
        ],
        "identities": [{"key": change.key, **asdict(change)} for change in result.identity_changes],
    }
    uploaded.save(update_fields=["state", "result", "changed"])


def _faulty(uploaded: RollUpload, error: BadInputError) -> None:
    uploaded.state, uploaded.faults = State.FAULTY, error.sentences()
    uploaded.save(update_fields=["state", "faults"])
    _forget_files(uploaded)


def _keys(uploaded: RollUpload) -> set[str]:
    return {change["key"] for change in uploaded.result.get("identities", ())}


def _own_schools(user: User) -> list[str] | None:
    """Return the URNs of the schools whose pupils a user may import; None for all."""
    if user.sees_every_school:
        return None
    return list(schools_of(user).values_list("urn", flat=True))


def _delete(uploaded: RollUpload) -> None:
    uploaded.state, uploaded.result, uploaded.faults, uploaded.asked = State.GONE, {}, [], {}
    uploaded.save(update_fields=["state", "result", "faults", "asked"])
    _forget_files(uploaded)


def _forget_files(uploaded: RollUpload) -> None:
    for path in (file_of(uploaded), _progress_file(uploaded)):
        path.unlink(missing_ok=True)


def _progress_file(uploaded: RollUpload) -> Path:
    return file_of(uploaded).with_suffix(".rows")


def _progress(uploaded: RollUpload) -> Callable[[int], None]:
    path = _progress_file(uploaded)

    def note(rows: int) -> None:
        with suppress(OSError):
            path.write_text(str(rows), encoding="ascii")

    return note
