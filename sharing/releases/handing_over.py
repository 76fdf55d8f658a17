"""The hand-over: lock, load, decide, write, log, mark; and only then may the file leave (H).

Whoever calls `hand_over` or `hand_over_release` gets a private file back and may let it leave: its
disclosure is in the log by then. Nothing else in the portal writes a permitted file but
`sharing.requests.files`, for requests for data that no agreement covers (Q1).
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction

from consent.rules import seen_now
from privacy_portal.ground import days, locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log.appending import record
from privacy_portal.ground.log.merkle import Frontier
from sharing.agreements.facts import lock_agreement
from sharing.changes.amendment_file import (
    Amended,
    AmendmentRows,
    with_deletions,
    write_amendment,
)
from sharing.cover_sheets.facts import Facts
from sharing.cover_sheets.gathering import facts_of
from sharing.deciding.deciding import ExtractDecision, deciding
from sharing.deciding.extracts import open_extract
from sharing.deciding.policy import Loaded, load
from sharing.deciding.reveals import in_words
from sharing.deciding.separating import check_may_release_under
from sharing.disclosures.attempt import HandOverAttempt, attempt
from sharing.disclosures.entry import decision_columns, destroy_by, log_disclosure
from sharing.disclosures.item_sets import item_sets_of
from sharing.disclosures.lines import Lines
from sharing.errors import (
    DecisionChangedError,
    ExtractGoneError,
    NeedsApprovalError,
    RevealsOptOutsError,
)
from sharing.models import Disclosure, Override, Release
from sharing.releases.desk import (
    check_can_download,
    extract_file,
    forget_files,
    locked,
    together_with,
)
from sharing.releases.extract_files import SOURCES
from sharing.releases.permitted_file import PermittedFile, start_writer
from sharing.releases.queries import means_of, permissions_of
from sharing.releases.request import Request
from sharing.two_files.comparing import LinesOf, earlier_files, hold_recipient, revealing

State = Release.State
_ORIGINS: Mapping[str, Disclosure.Origin] = {
    Release.Source.ROLL: Disclosure.Origin.SCHEDULED,
    Release.Source.AMENDMENT: Disclosure.Origin.AMENDMENT,
}


@dataclass(frozen=True, slots=True)
class Approved:
    """What a second officer approved: `together_with` are the log entries of earlier files with which
    this one tells who opted out."""

    by: User | None = None
    together_with: Collection[int] = ()


NOT_APPROVED = Approved()


@dataclass(frozen=True, slots=True)
class HandOver:
    """A logged hand-over or refusal. `file` holds what may leave, and `facts` are for its cover sheet;
    both None when refused."""

    disclosure: Disclosure
    decision: ExtractDecision
    file: Path | None
    facts: Facts | None


def hand_over_release(release_id: UUID, *, by: User, clock: Callable[[], datetime]) -> HandOver:
    """Hand over a release of the desk, once: its extract is deleted, its permitted file returned.

    Raises NotNowError when it is not this officer's to download now, and DecisionChangedError when
    the decision is no longer the one the officer saw, or its extract is gone: then the release is
    void, which is logged, and nothing leaves (H2). Raises what `hand_over` raises, too.
    """
    at = clock()
    with transaction.atomic():
        # A second press waits for the first here, no longer than any form waits for a lock (H4).
        release = locked(release_id, at)
        check_can_download(release, by)
    try:
        with attempt(release.agreement, by=by, clock=clock) as attempted:
            release = locked(release_id, at)
            check_can_download(release, by)
            if not extract_file(release_id).exists():
                raise ExtractGoneError
            handover = _decide_write_and_log(
                request_of(release),
                attempted,
                clock=clock,
                approved=_approved(release),
                seen_digest=release.decision_digest,
            )
            refused = handover.decision.refused
            release.state = State.VOID if refused else State.HANDED_OVER
            release.disclosure = handover.disclosure
            release.save(update_fields=["state", "disclosure"])
            release.findings.all().delete()
    except DecisionChangedError as error:
        _void(release_id, why=str(error), by=by, at=clock())
        raise
    with suppress(OSError):  # what could not be deleted now is deleted within 24 hours
        extract_file(release_id).unlink(missing_ok=True)
    return handover


def hand_over(
    request: Request,
    *,
    clock: Callable[[], datetime],
    approved_by: User | None = None,
    together_with: Collection[int] = (),
    keep_findings: bool = False,
) -> HandOver:
    """Hand over an extract that is no release of the desk, or have its refusal logged.

    `clock` reads the time once the locks are held; a decision of a person committed before then
    always counts (H2a). `approved_by` is the second officer, who approved it `together_with` these log
    entries (D). Raises NeedsApprovalError and OwnAgreementError with nothing stored, and BadInputError
    for a file that is no extract. Any other error is logged as a refusal (H1): StalledError when the file, a
    lock or the database makes no progress for STALL_SECONDS (H4).
    """
    with attempt(request.agreement, by=request.by, clock=clock) as attempted:
        return _decide_write_and_log(
            request,
            attempted,
            clock=clock,
            approved=Approved(approved_by, together_with),
            keep_findings=keep_findings,
        )


def rehearse(request: Request, *, clock: Callable[[], datetime], approved_by: User) -> HandOver:
    """Hand over an extract as `hand_over` does, also while hand-overs are stopped, for the nightly control
    (K3): the caller reads the file and undoes all of it.

    Belongs in a transaction that is rolled back. Raises what `hand_over` raises.
    """
    with attempt(request.agreement, by=request.by, clock=clock, rehearsal=True) as attempted:
        return _decide_write_and_log(
            request, attempted, clock=clock, approved=Approved(approved_by)
        )


def _decide_write_and_log(
    request: Request,
    attempted: HandOverAttempt,
    *,
    clock: Callable[[], datetime],
    approved: Approved,
    seen_digest: str | None = None,
    keep_findings: bool = False,
) -> HandOver:
    """Lock, load, decide again under lock, write the permitted file, and log.

    Raises DecisionChangedError unless the digest of the decision is `seen_digest`, that of the
    decision an officer saw, NeedsApprovalError, and OwnAgreementError.
    """
    number, file = attempted
    lines = Lines(number)
    amends = request.origin == Disclosure.Origin.AMENDMENT
    rows = AmendmentRows()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("xb") as output, closing(start_writer(request.path, output)) as writer:
        file.chmod(0o600)
        locks.share(locks.Area.POLICY)
        locks.share(locks.Area.ROLL)
        lock_agreement(request.agreement)
        loaded = load(request.agreement, request.purpose, days.day_of(clock()))
        check_may_release_under(request.agreement, loaded.policy.on, request.by)
        recipients = hold_recipient(loaded)
        extract = open_extract(request.path, request.name, loaded, request.assigned)
        with deciding(
            loaded,
            extract.columns,
            override=request.override is not None,
            permitted=request.permitted,
            warnings=request.warnings,
            keep_findings=keep_findings,
        ) as decider:
            permitted = PermittedFile(writer, extract, decider.columns, decider.row_rules)
            decider.read(permitted)
            decider.lock_pupils()
            for segment in decider.segments(seen_now(clock())):
                with lines.copying():
                    for batch in segment:
                        permitted.add(batch.decisions)
                        lines.add(batch)
                        if amends:
                            rows.add(batch)
        decision = decider.decision()
        permitted.finish(decision.rows_written)
    earlier = earlier_files(
        loaded, recipients, override=request.override is not None, number=number
    )
    if reveals := revealing(decision, earlier, LinesOf(number), amends=amends):
        decision = decider.decision(reveals)
    if amends:
        decision = with_deletions(decision)
    _check_as_approved(decision, approved, seen_digest)
    amended = _amend(decision, rows, file, at=clock()) if amends else None
    disclosure = log_decision(
        request, decision, loaded, number=number, lines=lines.tree, approved_by=approved.by,
        at=clock(), amended=amended,
    )  # fmt: skip
    if decision.refused:
        file.unlink()
        return HandOver(disclosure, decision, None, None)
    facts = facts_of(
        disclosure,
        source=request.source,
        data_at=request.received_at or disclosure.at,
        amendment=amended.facts if amended else None,
    )
    return HandOver(disclosure, decision, file, facts)


def _check_as_approved(
    decision: ExtractDecision, approved: Approved, seen_digest: str | None
) -> None:
    """Raise DecisionChangedError unless it is the decision that an officer saw, and NeedsApprovalError
    unless a second one approved what has to be, each pair of files too (D)."""
    unapproved = {file.entry for file in decision.reveals}.difference(approved.together_with)
    if seen_digest is not None and decision.digest != seen_digest:
        raise RevealsOptOutsError if unapproved else DecisionChangedError
    if decision.refused or not decision.needs_approval:
        return
    if approved.by is None or unapproved:
        raise NeedsApprovalError(reveals=list(map(in_words, decision.reveals)))


def _approved(release: Release) -> Approved:
    """Return what a second officer approved of a release: the decision they saw, as it was checked."""
    if release.approved_by is None:
        return NOT_APPROVED
    return Approved(release.approved_by, together_with(release))


def _amend(
    decision: ExtractDecision, rows: AmendmentRows, file: Path, *, at: datetime
) -> Amended | None:
    """Make the permitted file one of changes (H6), unless the request is refused."""
    if decision.refused:
        return None
    return write_amendment(file, rows, decision, at=at)


def log_decision(
    request: Request,
    decision: ExtractDecision,
    loaded: Loaded,
    *,
    number: int,
    lines: Frontier,
    approved_by: User | None = None,
    at: datetime,
    amended: Amended | None = None,
) -> Disclosure:
    """Log what was decided on a request: its disclosure, or its refusal."""
    refused = decision.refused
    overridden = bool(decision.overridden) and not refused
    override = None
    if overridden and request.override is not None:
        override = Override(at=at, by=request.by, **request.override)
    return log_disclosure(
        number=number,
        agreement=request.agreement,
        version=loaded.version,
        purpose=request.purpose,
        lines=lines,
        at=at,
        by=request.by,
        approved_by=approved_by,
        item_sets=amended.item_sets(decision) if amended else item_sets_of(decision),
        reveals=[file.entry for file in decision.reveals],
        request_reference=request.reference,
        means=request.means,
        origin=request.origin,
        requested_on=request.requested_on,
        overridden=overridden,
        override=override,
        schools=[] if refused else sorted(decision.schools),
        destroy_by=None if refused else destroy_by(loaded.version, days.day_of(at)),
        **decision_columns(decision),
    )


def request_of(release: Release) -> Request:
    """Return what the officer asked for with a release."""
    return Request(
        path=extract_file(release.pk),
        name=release.file_name,
        agreement=release.agreement,
        purpose=release.purpose,
        by=release.requested_by,
        reference=release.request_reference,
        requested_on=release.requested_on,
        assigned=release.assigned,
        override=release.override,
        permitted=permissions_of(release),
        means=means_of(release),
        origin=_ORIGINS.get(release.source, Disclosure.Origin.RELEASE),
        warnings=release.warnings,
        source=SOURCES[Release.Source(release.source)],
        received_at=release.received_at,
    )


def _void(release_id: UUID, *, why: str, by: User, at: datetime) -> None:
    """Mark a release as void, delete what is kept of its extract, and log it."""
    with transaction.atomic():
        release = Release.objects.select_for_update(of=("self",)).get(pk=release_id)
        release.state, release.void_reason = State.VOID, why
        release.save(update_fields=["state", "void_reason"])
        release.findings.all().delete()
        record("release-void", at=at, by=by, release=str(release_id))
    forget_files(release_id)
