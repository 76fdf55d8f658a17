"""The release desk: an officer has an extract checked, releases it, and downloads it once (H).

The extract lies in a private file from the check until the hand-over, at most 24 hours;
each step is a row lock on the release, so that no two people take it at once.
"""

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from privacy_portal import days
from privacy_portal.accounts.models import User
from privacy_portal.log.appending import append, body
from sharing.deciding import Decision, decide
from sharing.errors import DecisionChangedError, NotNowError
from sharing.models import Disclosure, Finding, Release
from sharing.policy import load
from sharing.releasing import HandOver, Request, hand_over, open_extract, record_refusal

_COPY = "COPY sharing_finding (release_id, row, upn, outcome, reason) FROM STDIN"


def check(
    upload: Path,
    *,
    name: str,
    agreement: str,
    purpose: str,
    reference: str,
    by: User,
    at: datetime,
) -> Release:
    """Decides on an uploaded extract for today and keeps it for the hand-over.

    A refused one is logged and not kept. Raises BadInputError or TooManyRowsError, with
    nothing stored, for a file that is no extract.
    """
    release_id = uuid4()
    on = days.day_of(at)
    loaded = load(agreement, purpose, on)
    extract = open_extract(upload, name, loaded)
    with transaction.atomic():
        decision = decide(extract, loaded, lambda: at, max_rows=settings.UPLOAD_MAX_ROWS)
    kept = _extract_file(release_id)
    if not decision.refused:
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(upload, kept)
        kept.chmod(0o600)
    try:
        with transaction.atomic():
            release = _store(
                release_id, decision, name=name, agreement=agreement, purpose=purpose,
                reference=reference, by=by, at=at,
            )  # fmt: skip
            if decision.refused:
                request = Request(upload, name, agreement, purpose, by, reference)
                record_refusal(request, decision, loaded, at=at)
    except BaseException:
        kept.unlink(missing_ok=True)
        raise
    return release


def _store(
    release_id: UUID,
    decision: Decision,
    *,
    name: str,
    agreement: str,
    purpose: str,
    reference: str,
    by: User,
    at: datetime,
) -> Release:
    release = Release.objects.create(
        id=release_id,
        agreement=agreement,
        purpose=purpose,
        on=decision.policy.on,
        file_name=name[:200],
        request_reference=reference,
        state=Release.State.REFUSED if decision.refused else Release.State.CHECKED,
        decision={
            **decision.summary(),
            "emptied": list(decision.emptied),
            "reason_counts": [
                [outcome, reason, count]
                for (outcome, reason), count in decision.reason_counts.most_common()
            ],
        },
        decision_digest=decision.digest,
        checked_at=at,
        requested_by=by,
        expires_at=at + timedelta(hours=settings.RELEASE_HOURS),
    )
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for each in decision.findings:
            copy.write_row((release_id, each.row, each.upn[:200], each.outcome, each.reason))
    return release


def check_can_approve(release: Release, user: User) -> None:
    """Raises NotNowError, with the reason, unless the user may approve the release now."""
    if release.state != Release.State.CHECKED or not release.decision["needs_approval"]:
        raise NotNowError("This release does not wait for an approval.")
    if release.approved_by_id is not None:
        raise NotNowError("This release is approved already.")
    if release.requested_by_id == user.pk:
        raise NotNowError("You asked for this release, so another officer must approve it.")


def check_can_release(release: Release, user: User) -> None:
    """Raises NotNowError, with the reason, unless the user may release it now."""
    if release.state != Release.State.CHECKED:
        raise NotNowError("Only a release that has just been checked can be released.")
    if release.requested_by_id != user.pk:
        raise NotNowError("Only the officer who asked for this release can release it.")
    if release.decision["needs_approval"] and release.approved_by_id is None:
        raise NotNowError("A second officer must approve this release first.")


def check_can_download(release: Release, user: User) -> None:
    """Raises NotNowError, with the reason, unless the user may download the file now (H3)."""
    if release.state == Release.State.HANDED_OVER:
        raise NotNowError("The file was downloaded once already, and then deleted.")
    if release.state != Release.State.RELEASED:
        raise NotNowError("This release is not ready to download.")
    if release.requested_by_id != user.pk:
        raise NotNowError("Only the officer who asked for this release can download it.")


def allowed(check: Callable[[Release, User], None], release: Release, user: User) -> bool:
    """Whether the check lets the user do it now: what a page offers and a view enforces agree."""
    try:
        check(release, user)
    except NotNowError:
        return False
    return True


def approve(release_id: UUID, *, by: User, at: datetime) -> None:
    """A second officer approves special category information. Raises NotNowError."""
    with transaction.atomic():
        release = _locked(release_id, at)
        check_can_approve(release, by)
        release.approved_by, release.approved_at = by, at
        release.save(update_fields=["approved_by", "approved_at"])
        append([body("release-approved", at=at, by=by, release=str(release.id))])


def release(release_id: UUID, *, by: User, at: datetime) -> None:
    """The officer lets it go: it can be downloaded from now. Raises NotNowError."""
    with transaction.atomic():
        waiting = _locked(release_id, at)
        check_can_release(waiting, by)
        waiting.state, waiting.released_at = Release.State.RELEASED, at
        waiting.save(update_fields=["state", "released_at"])
        append([body("release-released", at=at, by=by, release=str(waiting.id))])


def download(release_id: UUID, *, by: User, clock: Callable[[], datetime]) -> HandOver:
    """Hands the file over, once: decided again under lock, logged, and the extract deleted.

    Raises NotNowError when it is not this officer's to download now, and
    DecisionChangedError when the decision is no longer the one seen: the release is void
    then, which is logged, and nothing leaves (H2).
    """
    at = clock()
    with transaction.atomic():
        waiting = _locked(release_id, at)
        check_can_download(waiting, by)

    def still_mine() -> None:
        check_can_download(_locked(release_id, at), by)

    def finish(disclosure: Disclosure) -> None:
        mine = Release.objects.get(pk=release_id)
        refused = disclosure.outcome == "refused"
        mine.state = Release.State.VOID if refused else Release.State.HANDED_OVER
        mine.disclosure = disclosure
        mine.save(update_fields=["state", "disclosure"])
        mine.findings.all().delete()

    request = Request(
        _extract_file(release_id), waiting.file_name, waiting.agreement, waiting.purpose, by,
        waiting.request_reference,
    )  # fmt: skip
    try:
        done = hand_over(
            request,
            clock=clock,
            approved_by=waiting.approved_by,
            seen_digest=waiting.decision_digest,
            first=still_mine,
            with_disclosure=finish,
        )
    except DecisionChangedError as error:
        _void(release_id, by=by, at=clock(), why=str(error))
        raise
    _extract_file(release_id).unlink(missing_ok=True)
    return done


def expire_due(*, at: datetime) -> int:
    """Deletes what nobody downloaded within 24 hours (H3); returns how many releases expired.

    Also any private file as old that a process which died left behind, of no release at all.
    """
    waits = Q(state__in=[Release.State.CHECKED, Release.State.RELEASED])
    refused = Q(Exists(Finding.objects.filter(release=OuterRef("pk"))), state=Release.State.REFUSED)
    due = Release.objects.filter(waits | refused, expires_at__lte=at).values_list("id", flat=True)
    expired = 0
    for release_id in due:
        with transaction.atomic():
            waiting = Release.objects.select_for_update(of=("self",)).get(pk=release_id)
            waiting.findings.all().delete()
            # Looked at again: it may have been downloaded while this waited for its row.
            if waiting.state in (Release.State.CHECKED, Release.State.RELEASED):
                waiting.state = Release.State.EXPIRED
                waiting.save(update_fields=["state"])
                append([body("release-expired", at=at, by=None, release=str(release_id))])
                expired += 1
        _extract_file(release_id).unlink(missing_ok=True)
    oldest = (at - timedelta(hours=settings.RELEASE_HOURS)).timestamp()
    for folder in ("extracts", "permitted"):
        for file in (Path(settings.PRIVATE_DIR) / folder).glob("*.csv"):
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < oldest:
                    file.unlink()
    return expired


def _locked(release_id: UUID, at: datetime) -> Release:
    waiting = (
        Release.objects.select_for_update(of=("self",))
        .select_related("requested_by", "approved_by")
        .get(pk=release_id)
    )
    if waiting.expires_at <= at:
        raise NotNowError("The 24 hours of this release are over. Check the file again.")
    return waiting


def _void(release_id: UUID, *, by: User, at: datetime, why: str) -> None:
    with transaction.atomic():
        waiting = Release.objects.select_for_update().get(pk=release_id)
        waiting.state, waiting.void_reason = Release.State.VOID, why
        waiting.save(update_fields=["state", "void_reason"])
        waiting.findings.all().delete()
        append([body("release-void", at=at, by=by, release=str(release_id))])
    _extract_file(release_id).unlink(missing_ok=True)


def _extract_file(release_id: UUID) -> Path:
    return Path(settings.PRIVATE_DIR) / "extracts" / f"{release_id}.csv"
