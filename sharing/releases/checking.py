"""The check of an uploaded extract, as a job: decided for its day, and kept for the hand-over (D)."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from consent.rules import seen_now
from privacy_portal.ground import days
from privacy_portal.ground.faults import BadInputError, Fault
from privacy_portal.ground.log.merkle import Frontier
from sharing.changes.amendment_file import with_deletions
from sharing.deciding.deciding import ExtractDecision, TooManyRowsError, deciding
from sharing.deciding.extracts import open_extract
from sharing.deciding.policy import Loaded, load
from sharing.disclosures.attempt import log_failure
from sharing.disclosures.lines import next_disclosure_id
from sharing.models import Release
from sharing.releases.desk import extract_file, forget_files, progress_file
from sharing.releases.handing_over import log_decision, request_of
from sharing.releases.queries import permissions_of
from sharing.rules import Outcome, Reason
from sharing.two_files.ahead import Comparison

_COPY = "COPY sharing_finding (release_id, row, upn, outcome, reason, unlocated) FROM STDIN"
State = Release.State


def check(release_id: UUID, *, at: datetime) -> None:
    """Decide on an uploaded extract for the day, and keep it for the hand-over.

    A refused one is logged and deleted; a faulty one is deleted, and its faults are kept.
    """
    release = Release.objects.select_related("requested_by").get(pk=release_id)
    if release.state != State.CHECKING:
        return
    loaded = load(release.agreement, release.purpose, days.day_of(at))
    try:
        decision = _decide(release, loaded, at=at)
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
        _store(release, decision, loaded, at=at)
        refused = release.state == State.REFUSED
        if refused:
            log_decision(
                request_of(release), decision, loaded, number=next_disclosure_id(),
                lines=Frontier(), at=at,
            )  # fmt: skip
    if refused:
        extract_file(release_id).unlink(missing_ok=True)
    progress_file(release_id).unlink(missing_ok=True)


def check_failed(release_id: UUID, error: Exception, *, at: datetime) -> None:
    """Log that a check failed, and so refused its extract (H1); the officer sees it on the page."""
    release = Release.objects.select_related("requested_by").get(pk=release_id)
    if Release.objects.filter(pk=release_id, state=State.CHECKING).update(state=State.FAILED):
        log_failure(release.agreement, error, by=release.requested_by, at=at)
    forget_files(release_id)


def rows_decided(release: Release) -> int:
    """Return how many rows of an extract that is being checked were decided so far."""
    try:
        return int(progress_file(release.pk).read_text(encoding="ascii") or 0)
    except (FileNotFoundError, ValueError):
        return 0


def _decide(release: Release, loaded: Loaded, *, at: datetime) -> ExtractDecision:
    extract = open_extract(extract_file(release.pk), release.file_name, loaded, release.assigned)
    progress = progress_file(release.pk)
    with (
        transaction.atomic(),
        deciding(
            loaded,
            extract.columns,
            override=release.override is not None,
            permitted=permissions_of(release),
            warnings=release.warnings,
        ) as decider,
    ):
        decider.read(extract, max_rows=settings.UPLOAD_MAX_ROWS)
        comparison = Comparison(loaded, override=release.override is not None)
        for segment in decider.segments(seen_now(at)):
            with comparison.collecting():
                for batch in segment:
                    comparison.add(batch)
                    with suppress(OSError):
                        progress.write_text(str(decider.total), encoding="ascii")
        amends = release.source == Release.Source.AMENDMENT
        decision = comparison.concluded(decider, amends=amends)
    return with_deletions(decision) if amends else decision


def _store(release: Release, decision: ExtractDecision, loaded: Loaded, *, at: datetime) -> None:
    release.on = decision.policy.on
    if not decision.overridden:
        release.override = None  # nobody in the file is opted out: it is released like any other
    waits = waits_for_permission(decision)
    release.state = State.REFUSED if decision.refused and not waits else State.CHECKED
    release.agreement_version = loaded.version
    release.must_be_approved |= decision.needs_approval
    release.decision = {
        **decision.summary_with_unmatched(),
        "alike": decision.alike,
        "special_category": decision.special_category,
        "reveals": [
            {
                "entry": file.entry,
                "agreement": file.agreement,
                "purpose": file.purpose,
                "on": file.on.isoformat(),
            }
            for file in decision.reveals
        ],
        "emptied": list(decision.emptied),
        "locating": list(decision.locating),
        "unlocated": decision.unlocated,
        "reason_counts": [
            [outcome, reason, count]
            for (outcome, reason), count in decision.reason_counts.most_common()
        ],
    }
    release.decision_digest, release.checked_at = decision.digest, at
    release.save(
        update_fields=[
            "on", "override", "state", "agreement_version", "must_be_approved", "decision",
            "decision_digest", "checked_at",
        ]
    )  # fmt: skip
    release.findings.all().delete()
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for finding in decision.findings:
            copy.write_row(
                (
                    release.pk,
                    finding.row,
                    finding.upn[:200],
                    finding.outcome,
                    finding.reason,
                    finding.unlocated,
                )
            )


def waits_for_permission(decision: ExtractDecision) -> bool:
    """Return whether nothing may leave only because the pupils are protected: then a second officer can
    still let single rows go, and the extract is kept meanwhile (P3)."""
    protected = decision.reason_counts[Outcome.WITHHELD, Reason.PROTECTED]
    permitted = any(column.permitted for column in decision.columns)
    return decision.reasons == [Reason.NOTHING_PERMITTED] and permitted and protected > 0


def _is_checking(release_id: UUID) -> bool:
    """Lock a release until the transaction ends, and return whether it still waits for its check."""
    return Release.objects.select_for_update().get(pk=release_id).state == State.CHECKING


def _faulty(release: Release, error: BadInputError) -> None:
    with transaction.atomic():
        if _is_checking(release.pk):
            release.state, release.faults = State.FAULTY, error.sentences()
            release.save(update_fields=["state", "faults"])
    forget_files(release.pk)
