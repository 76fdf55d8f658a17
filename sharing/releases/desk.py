"""The release desk: an officer has an extract checked, releases it, and hands it over once (H).

The extract lies in a private file from the upload until the hand-over, at most 24 hours; each
step is a row lock on the release, so that no two people take it at once. The check is a job, for
a large file takes a while.
"""

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from consent.rules import seen_now
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.faults import BadInputError, Fault
from privacy_portal.ground.files.reading import QUESTIONS, Reading
from privacy_portal.ground.files.workbooks import PAGE_SECONDS
from privacy_portal.ground.jobs import defer
from privacy_portal.ground.log.appending import append, body
from sharing import rules
from sharing.deciding.deciding import Decision, TooManyRowsError, decide
from sharing.deciding.extracts import open_extract
from sharing.deciding.policy import load
from sharing.models import Disclosure, Finding, Release, ReleaseDefinition, Way
from sharing.releases import mails as release_mails
from sharing.releases.extract_files import as_extract, lines_in, new_passphrase
from sharing.releases.handing_over import Request, log_failure, record_refusal
from sharing.releases.queries import way_of
from sharing.releases.unmatched import unmatched_about

_COPY = "COPY sharing_finding (release_id, row, upn, outcome, reason) FROM STDIN"
State = Release.State
OPEN = (State.ASKING, State.MATCHING, State.CHECKING, State.CHECKED, State.RELEASED)


def upload(
    file: Path,
    *,
    name: str,
    agreement: str,
    purpose: str,
    reference: str,
    by: User,
    at: datetime,
    requested_on: date | None = None,
    pasted: bool = False,
    override: Mapping[str, str] | None = None,
    definition: ReleaseDefinition | None = None,
) -> Release:
    """Keeps an extract and has it checked; where a heading is unknown, once somebody looked at it.
    `override` says why it is to go against opt-outs.

    Raises BadInputError, with nothing stored, for a file whose heading is not sound.
    """
    release = Release(
        id=uuid4(),
        agreement=agreement,
        purpose=purpose,
        on=days.day_of(at),
        file_name=name[:200],
        source=Release.Source.ROLL if definition else Release.Source.PASTE if pasted else "",
        definition=definition,
        must_be_approved=definition is not None,
        request_reference=reference,
        requested_on=requested_on,
        override=dict(override) if override else None,
        checked_at=at,
        requested_by=by,
        expires_at=at + timedelta(hours=settings.RELEASE_HOURS),
    )
    take(release, file)
    try:
        with transaction.atomic():
            release.save(force_insert=True)
            if release.state == State.CHECKING:
                have_checked(release)
            append(
                [
                    body(
                        "extract-uploaded",
                        at=at,
                        by=by,
                        release=str(release.pk),
                        agreement=agreement[:50],
                    )
                ]
            )
    except BaseException:
        forget_files(release.pk)
        raise
    return release


def take(release: Release, file: Path) -> None:
    """Keeps what is meant of a file as the extract of a release that is not stored yet, or the file
    itself where somebody must say first which sheet or encoding is meant. Raises BadInputError."""
    loaded = load(release.agreement, release.purpose, release.on)
    kept = extract_file(release.pk)
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    release.asked = {}
    try:
        with as_extract(
            file, release.file_name, Reading(**release.reading), ask=True,
            seconds=PAGE_SECONDS, max_rows=settings.UPLOAD_MAX_ROWS,
        ) as opened:  # fmt: skip
            extract = open_extract(opened.path, release.file_name, loaded)
            kept.touch(mode=0o600)
            shutil.copyfile(opened.path, kept)
    except QUESTIONS as question:
        whole = upload_file(release.pk)
        if file != whole:
            whole.touch(mode=0o600)
            shutil.copyfile(file, whole)
        release.state, release.asked = State.ASKING, question.asked()
        return
    except BaseException:
        forget_files(release.pk)
        raise
    unknown = [heading for heading, item in extract.columns if item is None and heading.strip()]
    asks = bool(unknown) and not rules.request_reasons(loaded.policy)
    release.state = State.MATCHING if asks else State.CHECKING
    release.source = release.source or opened.source
    release.warnings = list(opened.warnings)
    release.rows_expected = lines_in(kept)
    release.headings = [heading for heading, _ in extract.columns]
    upload_file(release.pk).unlink(missing_ok=True)


def have_checked(release: Release) -> None:
    """Has a release checked, once the transaction is committed."""

    defer("sharing.check_release", {"release": str(release.pk)})


def check(release_id: UUID, *, at: datetime) -> None:
    """Decides on a kept extract for the day, and keeps it for the hand-over.

    A refused one is logged and deleted; of a faulty one nothing is kept but what is wrong.
    """
    release = Release.objects.select_related("requested_by").get(pk=release_id)
    if release.state != State.CHECKING:
        return
    path = extract_file(release_id)
    loaded = load(release.agreement, release.purpose, days.day_of(at))
    try:
        extract = open_extract(path, release.file_name, loaded, release.assigned)
        with transaction.atomic():
            decision = decide(
                extract,
                loaded,
                lambda: seen_now(at),
                override=release.override is not None,
                max_rows=settings.UPLOAD_MAX_ROWS,
                warnings=release.warnings,
                progress=_progress(release_id),
            )
    except TooManyRowsError as error:
        fault = Fault(f"{error}. Split it into smaller files.")
        _faulty(release, BadInputError([fault], name=release.file_name))
        return
    except BadInputError as error:
        _faulty(release, error)
        return
    with transaction.atomic():
        if not _is_checking(release_id):
            return  # deleted, or expired, meanwhile
        _store(release, decision, at=at)
        if decision.refused:
            record_refusal(request_of(release), decision, loaded, at=at)
    if decision.refused:
        path.unlink(missing_ok=True)
    _progress_file(release_id).unlink(missing_ok=True)


def check_failed(release_id: UUID, error: Exception, *, at: datetime) -> None:
    """H1 An error while checking: nothing leaves, the refusal is logged, and the officer is told."""
    release = Release.objects.select_related("requested_by").get(pk=release_id)
    if Release.objects.filter(pk=release_id, state=State.CHECKING).update(state=State.FAILED):
        log_failure(request_of(release), error, at)
    forget_files(release_id)


def request_of(release: Release) -> Request:
    """What the officer asked for, as the hand-over needs it."""
    return Request(
        extract_file(release.pk),
        release.file_name,
        release.agreement,
        release.purpose,
        release.requested_by,
        release.request_reference,
        release.requested_on,
        release.assigned,
        release.override,
        way_of(release),
        Disclosure.Origin.SCHEDULED
        if release.source == Release.Source.ROLL
        else Disclosure.Origin.RELEASE,
        release.warnings,
    )


def rows_decided(release: Release) -> int:
    """How many rows of an extract that is being checked were decided so far."""
    try:
        return int(_progress_file(release.pk).read_text(encoding="ascii") or 0)
    except (FileNotFoundError, ValueError):
        return 0


def _store(release: Release, decision: Decision, *, at: datetime) -> None:
    release.on = decision.policy.on
    if not decision.overridden:
        release.override = None  # nobody in the file is opted out: it goes like any other
    release.state = State.REFUSED if decision.refused else State.CHECKED
    release.decision = {
        **decision.told(),
        "alike": decision.alike,
        "emptied": list(decision.emptied),
        "reason_counts": [
            [outcome, reason, count]
            for (outcome, reason), count in decision.reason_counts.most_common()
        ],
    }
    release.decision_digest, release.checked_at = decision.digest, at
    release.save(
        update_fields=["on", "override", "state", "decision", "decision_digest", "checked_at"]
    )
    release.findings.all().delete()
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for each in decision.findings:
            copy.write_row((release.pk, each.row, each.upn[:200], each.outcome, each.reason))


def _is_checking(release_id: UUID) -> bool:
    """Whether a release still waits for its check; held still until the transaction ends."""
    return Release.objects.select_for_update().get(pk=release_id).state == State.CHECKING


def _faulty(release: Release, error: BadInputError) -> None:
    with transaction.atomic():
        if _is_checking(release.pk):
            release.state, release.faults = State.FAULTY, error.sentences()
            release.save(update_fields=["state", "faults"])
    forget_files(release.pk)


def needs_approval(release: Release) -> bool:
    """Whether a second officer must approve: special categories go, or it was built on a schedule."""
    return bool(release.decision.get("needs_approval")) or release.must_be_approved


def waits_for_approval(release: Release) -> bool:
    """Whether a second officer must approve, and nobody has."""
    checked = release.state == State.CHECKED and release.approved_by_id is None
    return checked and needs_approval(release)


def passphrase_for(release: Release, user: User) -> str:
    """What opens the encrypted file, for the officer who asked alone; empty for everybody else."""
    let_go = release.state in (State.RELEASED, State.HANDED_OVER)
    return release.passphrase if let_go and release.requested_by_id == user.pk else ""


def check_can_approve(release: Release, user: User) -> None:
    """Raises NotNowError, with the reason, unless the user may approve or return the release now."""
    if release.state != State.CHECKED or not needs_approval(release):
        raise NotNowError("This release does not wait for an approval.")
    if release.approved_by_id is not None:
        raise NotNowError("This release is approved already.")
    if release.requested_by_id == user.pk:
        raise NotNowError("You asked for this release, so another officer must approve it.")


def check_can_release(release: Release, user: User) -> None:
    """Raises NotNowError, with the reason, unless the user may release it now."""
    if release.state != State.CHECKED:
        raise NotNowError("Only a release that has just been checked can be released.")
    if release.requested_by_id != user.pk:
        raise NotNowError("Only the officer who asked for this release can release it.")
    if needs_approval(release) and release.approved_by_id is None:
        raise NotNowError("A second officer must approve this release first.")


def check_can_download(release: Release, user: User) -> None:
    """Raises NotNowError, with the reason, unless the user may download the file now (H3)."""
    if release.state == State.HANDED_OVER:
        raise NotNowError("The file was downloaded once already, and then deleted.")
    if release.state != State.RELEASED:
        raise NotNowError("This release is not ready to download.")
    if release.requested_by_id != user.pk:
        raise NotNowError("Only the officer who asked for this release can download it.")


def approve(release_id: UUID, *, by: User, at: datetime) -> None:
    """A second officer approves special category information. Raises NotNowError."""
    with transaction.atomic():
        release = locked(release_id, at)
        check_can_approve(release, by)
        release.approved_by, release.approved_at = by, at
        release.save(update_fields=["approved_by", "approved_at"])
        append([body("release-approved", at=at, by=by, release=str(release.id))])
        release_mails.approved(release, at=at)


def send_back(release_id: UUID, *, comment: str, by: User, at: datetime) -> None:
    """A second officer returns a release with a comment; its extract is deleted. Raises
    NotNowError."""
    with transaction.atomic():
        release = locked(release_id, at)
        check_can_approve(release, by)
        release.state, release.returned_by, release.comment = State.RETURNED, by, comment
        release.save(update_fields=["state", "returned_by", "comment"])
        release.findings.all().delete()
        append([body("release-returned", at=at, by=by, release=str(release.id))])
        release_mails.returned(release, at=at)
    forget_files(release_id)


def release(
    release_id: UUID,
    *,
    hidden_meant: bool = False,
    unmatched_seen: bool = False,
    by: User,
    at: datetime,
) -> None:
    """The officer lets it go: it can be downloaded from now. Raises NotNowError, also where the file
    hides something and nobody says that it is meant to go (D), or opt-outs have no pupil yet and
    nobody says that they were looked at.

    Where the agreement says that files go encrypted, the passphrase is made now.
    """
    with transaction.atomic():
        waiting = locked(release_id, at)
        check_can_release(waiting, by)
        if waiting.warnings and not hidden_meant:
            raise NotNowError("Tick that what the workbook hides is meant to go, then release it.")
        number = unmatched_about(waiting).number
        if number and not unmatched_seen:
            raise NotNowError(
                "Tick that you have looked at the opt-outs that have no pupil yet, then release it."
            )
        meant: dict[str, str | int] = {"hidden": "meant"} if waiting.warnings else {}
        if number:
            meant["unmatched"] = number
        waiting.state, waiting.released_at = State.RELEASED, at
        if way_of(waiting) in (Way.ZIP, Way.AGE):
            waiting.passphrase = new_passphrase()
        waiting.save(update_fields=["state", "released_at", "passphrase"])
        append([body("release-released", at=at, by=by, release=str(waiting.id), **meant)])


def expire_due(*, at: datetime) -> int:
    """Deletes what nobody downloaded within 24 hours (H3); returns how many releases expired.

    Also any private file as old that a process which died left behind, of no release at all.
    """
    waits = Q(state__in=OPEN)
    refused = Q(Exists(Finding.objects.filter(release=OuterRef("pk"))), state=State.REFUSED)
    secret = ~Q(passphrase="")
    due = Release.objects.filter(waits | refused | secret, expires_at__lte=at)
    expired = 0
    for release_id in due.values_list("id", flat=True):
        with transaction.atomic():
            # One that is being handed over is not waited for: pages ask for this too (H4).
            row = Release.objects.select_for_update(of=("self",), skip_locked=True)
            waiting = row.filter(pk=release_id).first()
            if waiting is None:
                continue
            waiting.findings.all().delete()
            waiting.passphrase = ""
            # Looked at again: it may have been downloaded meanwhile.
            expires = waiting.state in OPEN
            if expires:
                if release_mails.matters().filter(pk=release_id).exists():
                    release_mails.expired(waiting, at=at)
                waiting.state = State.EXPIRED
                expired += 1
            waiting.save(update_fields=["state", "passphrase"])
            if expires:
                append([body("release-expired", at=at, by=None, release=str(release_id))])
        forget_files(release_id)
    oldest = (at - timedelta(hours=settings.RELEASE_HOURS)).timestamp()
    for folder in ("extracts", "permitted"):
        for file in (Path(settings.PRIVATE_DIR) / folder).glob("*.*"):
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < oldest:
                    file.unlink()
    return expired


def locked(release_id: UUID, at: datetime) -> Release:
    """The release, held still until the transaction ends. Raises NotNowError once it expired."""
    waiting = (
        Release.objects.select_for_update(of=("self",))
        .select_related("requested_by", "approved_by")
        .get(pk=release_id)
    )
    if waiting.expires_at <= at:
        raise NotNowError("The 24 hours of this release are over. Check the file again.")
    return waiting


def extract_file(release_id: UUID) -> Path:
    """Where the extract of a release lies."""
    return Path(settings.PRIVATE_DIR) / "extracts" / f"{release_id}.csv"


def upload_file(release_id: UUID) -> Path:
    """Where the file lies of which nobody has said yet how it is to be read."""
    return extract_file(release_id).with_suffix(".upload")


def forget_files(release_id: UUID) -> None:
    """Deletes the extract of a release, the file it came in, and how far its check was."""
    for path in (extract_file(release_id), upload_file(release_id), _progress_file(release_id)):
        path.unlink(missing_ok=True)


def _progress_file(release_id: UUID) -> Path:
    return extract_file(release_id).with_suffix(".rows")


def _progress(release_id: UUID) -> Callable[[int], None]:
    path = _progress_file(release_id)

    def note(rows: int) -> None:
        with suppress(OSError):
            path.write_text(str(rows), encoding="ascii")

    return note
