"""The release desk: an officer uploads an extract, another approves it, and it is released (H).

The extract lies in a private file from the upload until the hand-over, at most 24 hours; each step
locks the release's row, so that no two people take it at once. The check is a job, for a large file
takes a while.
"""

import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.files.reading import QUESTIONS, Reading
from privacy_portal.ground.files.workbooks import PAGE_SECONDS
from privacy_portal.ground.jobs import defer
from privacy_portal.ground.log.appending import record
from sharing import rules
from sharing.deciding.extracts import open_extract
from sharing.deciding.policy import load
from sharing.deciding.separating import check_may_release_under
from sharing.models import Amendment, Finding, Release, ReleaseDefinition, Way
from sharing.releases import mails as release_mails
from sharing.releases.extract_files import as_extract, lines_in, new_passphrase
from sharing.releases.queries import means_of, unmatched_choices
from sharing.releases.request import Request
from sharing.stops.stopping import check_not_stopped

State = Release.State
OPEN = (State.ASKING, State.MATCHING, State.CHECKING, State.CHECKED, State.RELEASED)


def upload(
    request: Request,
    *,
    at: datetime,
    pasted: bool = False,
    definition: ReleaseDefinition | None = None,
    amendment: Amendment | None = None,
) -> Release:
    """Keep an extract and have it checked; where a heading is unknown, once an officer matched it.

    Raises BadInputError, with nothing stored, for a file whose heading is not sound, and
    OwnAgreementError where the officer set up the agreement and could never release it.
    """
    check_may_release_under(request.agreement, days.day_of(at), request.by)
    release = Release(
        id=uuid4(),
        agreement=request.agreement,
        purpose=request.purpose,
        on=days.day_of(at),
        file_name=request.name[:200],
        source=_source(pasted, definition, amendment),
        definition=definition,
        amendment=amendment,
        must_be_approved=definition is not None or amendment is not None,
        request_reference=request.reference,
        requested_on=request.requested_on,
        override=dict(request.override) if request.override else None,
        received_at=at,
        checked_at=at,
        requested_by=request.by,
        expires_at=at + timedelta(hours=settings.RELEASE_HOURS),
    )
    store_extract(release, request.path)
    try:
        with transaction.atomic():
            release.save(force_insert=True)
            if release.state == State.CHECKING:
                request_check(release)
            details = {"release": str(release.pk), "agreement": release.agreement[:50]}
            record("extract-uploaded", at=at, by=request.by, **details)
    except BaseException:
        forget_files(release.pk)
        raise
    return release


def _source(pasted: bool, definition: ReleaseDefinition | None, amendment: Amendment | None) -> str:
    """Return what an extract was made from; empty where its file will say it."""
    if amendment is not None:
        return Release.Source.AMENDMENT
    if definition is not None:
        return Release.Source.ROLL
    return Release.Source.PASTE if pasted else ""


def store_extract(release: Release, file: Path) -> None:
    """Keep the table of a file as the extract of a release, or the whole file where somebody must
    say first which sheet or encoding is meant; the release is not saved. Raises BadInputError."""
    loaded = load(release.agreement, release.purpose, release.on)
    path = extract_file(release.pk)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    release.asked = {}
    try:
        with as_extract(
            file, release.file_name, Reading(**release.reading), ask=True,
            seconds=PAGE_SECONDS, max_rows=settings.UPLOAD_MAX_ROWS,
        ) as opened:  # fmt: skip
            extract = open_extract(opened.path, release.file_name, loaded)
            path.touch(mode=0o600)
            shutil.copyfile(opened.path, path)
    except QUESTIONS as question:
        whole = upload_file(release.pk)
        if file != whole:
            whole.touch(mode=0o600)
            shutil.copyfile(file, whole)
        release.state, release.asked = State.ASKING, question.as_json()
        return
    except BaseException:
        forget_files(release.pk)
        raise
    unknown = [heading for heading, item in extract.columns if item is None and heading.strip()]
    asks = bool(unknown) and not rules.request_reasons(loaded.policy)
    release.state = State.MATCHING if asks else State.CHECKING
    release.source = release.source or opened.source
    release.warnings = list(opened.warnings)
    release.rows_expected = lines_in(path)
    release.headings = [heading for heading, _ in extract.columns]
    upload_file(release.pk).unlink(missing_ok=True)


def request_check(release: Release) -> None:
    """Have a release checked, once the transaction is committed."""
    defer("sharing.check_release", {"release": str(release.pk)})


def together_with(release: Release) -> list[int]:
    """Return the log entries of earlier files that tell, together with a checked one, who opted out."""
    return [file["entry"] for file in release.decision.get("reveals", ())]


def waits_for_approval(release: Release) -> bool:
    """Return whether a second officer must approve, and nobody has."""
    checked = release.state == State.CHECKED and release.approved_by_id is None
    return checked and release.must_be_approved


def passphrase_for(release: Release, user: User) -> str:
    """Return the passphrase of the encrypted file to the officer who asked, to others nothing."""
    released = release.state in (State.RELEASED, State.HANDED_OVER)
    return release.passphrase if released and release.requested_by_id == user.pk else ""


def check_can_approve(release: Release, user: User) -> None:
    """Raise NotNowError, with the reason, unless the user may approve or return the release now."""
    if release.state != State.CHECKED or not release.must_be_approved:
        raise NotNowError("This release does not need approval.")
    if release.approved_by_id is not None:
        raise NotNowError("This release is already approved.")
    if release.decision["outcome"] == rules.Outcome.REFUSED:
        raise NotNowError("Nothing in this file can be released yet.")
    if release.requested_by_id == user.pk:
        raise NotNowError("You requested this release, so another officer must approve it.")


def check_can_release(release: Release, user: User) -> None:
    """Raise NotNowError, with the reason, unless the user may release it now; 1 query."""
    if release.state != State.CHECKED:
        raise NotNowError("Only a checked file can be released.")
    if release.requested_by_id != user.pk:
        raise NotNowError("Only the officer who requested this release can release it.")
    if release.decision["outcome"] == rules.Outcome.REFUSED:
        raise NotNowError("Nothing in this file can be released. A second officer can allow rows.")
    if release.must_be_approved and release.approved_by_id is None:
        raise NotNowError("A second officer must approve this first.")
    check_may_release_under(release.agreement, release.on, user)


def check_can_download(release: Release, user: User) -> None:
    """Raise NotNowError, with the reason, unless the user may download the file now (H3); 1 query."""
    if release.state == State.HANDED_OVER:
        raise NotNowError("This file has already been downloaded and deleted.")
    if release.state != State.RELEASED:
        raise NotNowError("This file is not ready to download.")
    if release.requested_by_id != user.pk:
        raise NotNowError("Only the officer who requested this release can download it.")
    check_not_stopped()


def approve(release_id: UUID, *, reveals_meant: bool = False, by: User, at: datetime) -> None:
    """Approve a release as a second officer. Raises NotNowError, also where it tells, together with
    earlier files, who opted out and the officer does not say that this is meant (D)."""
    with transaction.atomic():
        release = locked(release_id, at)
        check_can_approve(release, by)
        together = together_with(release)
        if together and not reveals_meant:
            raise NotNowError(
                "Select that this file should be released although it shows who has opted out, then "
                "approve it."
            )
        meant = {"together_with": ",".join(map(str, together))} if together else {}
        release.approved_by, release.approved_at = by, at
        release.save(update_fields=["approved_by", "approved_at"])
        record("release-approved", at=at, by=by, release=str(release.id), **meant)
        release_mails.tell(release, release_mails.APPROVED, at=at)


def send_back(release_id: UUID, *, comment: str, by: User, at: datetime) -> None:
    """Return a release with a comment as a second officer; its extract is deleted. Raises
    NotNowError."""
    with transaction.atomic():
        release = locked(release_id, at)
        check_can_approve(release, by)
        release.state, release.returned_by, release.comment = State.RETURNED, by, comment
        release.save(update_fields=["state", "returned_by", "comment"])
        release.findings.all().delete()
        record("release-returned", at=at, by=by, release=str(release.id))
        release_mails.tell(release, release_mails.RETURNED, at=at)
    forget_files(release_id)


def release(
    release_id: UUID,
    *,
    hidden_meant: bool = False,
    unmatched_seen: bool = False,
    by: User,
    at: datetime,
) -> None:
    """Release the file: from now it can be downloaded. Raises NotNowError, also where the file hides
    something and the officer does not say that it is meant (D), or opt-outs have no pupil yet and the
    officer does not say that they were looked at.

    Where the agreement says that files are sent encrypted, the passphrase is made now.
    """
    with transaction.atomic():
        release = locked(release_id, at)
        check_can_release(release, by)
        if release.warnings and not hidden_meant:
            raise NotNowError(
                "Select that you have checked what is hidden in the workbook, then release it."
            )
        number = unmatched_choices(release).number
        if number and not unmatched_seen:
            raise NotNowError(
                "Select that you have checked the opt-outs that are not matched yet, then release it."
            )
        meant: dict[str, str | int] = {"hidden": "meant"} if release.warnings else {}
        if number:
            meant["unmatched"] = number
        release.state, release.released_at = State.RELEASED, at
        if means_of(release) in (Way.ZIP, Way.AGE):
            release.passphrase = new_passphrase()
        release.save(update_fields=["state", "released_at", "passphrase"])
        record("release-released", at=at, by=by, release=str(release.id), **meant)


def expire_due(*, at: datetime) -> int:
    """Delete what nobody downloaded within 24 hours (H3); return how many releases expired.

    Private files as old that a process which died left behind are deleted too.
    """
    unfinished = Q(state__in=OPEN)
    refused = Q(Exists(Finding.objects.filter(release=OuterRef("pk"))), state=State.REFUSED)
    secret = ~Q(passphrase="")
    due = Release.objects.filter(unfinished | refused | secret, expires_at__lte=at)
    expired = 0
    for release_id in due.values_list("id", flat=True):
        with transaction.atomic():
            # One that is being handed over is not waited for: pages ask for this too (H4).
            row = Release.objects.select_for_update(of=("self",), skip_locked=True)
            release = row.filter(pk=release_id).first()
            if release is None:
                continue
            release.findings.all().delete()
            release.passphrase = ""
            # Looked at again: it may have been downloaded meanwhile.
            expires = release.state in OPEN
            if expires:
                if release_mails.unfinished().filter(pk=release_id).exists():
                    release_mails.tell(release, release_mails.EXPIRED, at=at)
                release.state = State.EXPIRED
                expired += 1
            release.save(update_fields=["state", "passphrase"])
            if expires:
                record("release-expired", at=at, by=None, release=str(release_id))
        forget_files(release_id)
    oldest = (at - timedelta(hours=settings.RELEASE_HOURS)).timestamp()
    for folder in ("extracts", "permitted"):
        for file in (Path(settings.PRIVATE_DIR) / folder).glob("*"):
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < oldest:
                    file.unlink()
    return expired


def locked(release_id: UUID, at: datetime) -> Release:
    """Lock a release until the transaction ends, and return it. Raises NotNowError once it expired."""
    release = (
        Release.objects.select_for_update(of=("self",))
        .select_related("requested_by", "approved_by", "agreement_version")
        .get(pk=release_id)
    )
    if release.expires_at <= at:
        raise NotNowError("This release has expired. Check the file again.")
    return release


def extract_file(release_id: UUID) -> Path:
    """Return where the extract of a release is kept."""
    return Path(settings.PRIVATE_DIR) / "extracts" / f"{release_id}.csv"


def upload_file(release_id: UUID) -> Path:
    """Return where an uploaded file is kept until somebody has said how it is to be read."""
    return extract_file(release_id).with_suffix(".upload")


def forget_files(release_id: UUID) -> None:
    """Delete the extract of a release, the file it came in, and the progress of its check."""
    for path in (extract_file(release_id), upload_file(release_id), progress_file(release_id)):
        path.unlink(missing_ok=True)


def progress_file(release_id: UUID) -> Path:
    """Return where a check writes how many rows it has decided."""
    return extract_file(release_id).with_suffix(".rows")
