"""Handing an extract over: decided under lock, logged, committed, and only then given (H).

Whoever calls `hand_over` gets a private file back and may let it leave: its disclosure
stands in the log by then. Nothing else in the portal writes a permitted file.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from consent.rules import seen_now
from notices.models import Purpose
from privacy_portal.ground import days, locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.log.appending import append, body
from sharing.agreements.facts import lock_agreement
from sharing.deciding.deciding import Decision, Take, TooManyRowsError, decide
from sharing.deciding.extracts import open_extract
from sharing.deciding.policy import Loaded, load
from sharing.deciding.rows import DecidedBatch
from sharing.disclosures.entry import destroy_by, disclosure_body
from sharing.disclosures.lines import Lines, next_disclosure_id
from sharing.disclosures.undoing import undo_if_committed
from sharing.errors import DecisionChangedError, NeedsApprovalError
from sharing.models import Disclosure, Override
from sharing.releases.permitted_file import PermittedFile
from sharing.releases.watching import CutOffError, StalledError

# The server waits a little longer than we do for the writer, whose end we can explain.
GRACE_SECONDS = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What an officer asks to hand over: a file under an agreement for a purpose.

    `name` is what messages call the file; `reference` the recipient's own and `requested_on` the
    day of its request. `assigned` maps headings that no item has to codes of items, as an
    officer found; `override` says why it goes against opt-outs: `ground`, `legal_ground`, `reason`.
    `means` is how the file goes, `origin` where it came from, `warnings` what it hides.
    """

    path: Path
    name: str
    agreement: str
    purpose: str
    by: User
    reference: str = ""
    requested_on: date | None = None
    assigned: Mapping[str, str] = field(default_factory=dict)
    override: Mapping[str, str] | None = None
    means: str = Disclosure.Means.DOWNLOAD
    origin: str = Disclosure.Origin.RELEASE
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class HandOver:
    """A logged hand-over or refusal. `file` holds what may leave; None when refused."""

    disclosure: Disclosure
    decision: Decision
    file: Path | None


def hand_over(
    request: Request,
    *,
    clock: Callable[[], datetime],
    approved_by: User | None = None,
    seen_digest: str | None = None,
    keep_findings: bool = False,
    first: Callable[[], None] = lambda: None,
    with_disclosure: Callable[[Disclosure], None] = lambda disclosure: None,
    progress: Callable[[int], None] = lambda rows: None,
) -> HandOver:
    """Decides again, under lock; logs; and returns the permitted file, or the refusal.

    `clock` is asked once the locks are held; a decision of a person committed before then
    always counts (H2a). `seen_digest` is of the decision an officer saw. `first` begins
    the transaction, for locks of the caller's own, and `with_disclosure` ends it. Raises
    NeedsApprovalError and DecisionChangedError with nothing stored, BadInputError for a file
    that is no extract.
    Any other error is logged as a refusal before it is raised again (H1): StalledError if the file,
    a lock or the database makes no progress for STALL_SECONDS (H4).
    """
    folder = settings.PRIVATE_DIR / "permitted"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = next_disclosure_id()
    file = folder / f"{number}.csv"
    try:
        with transaction.atomic():
            locks.limit(settings.STALL_SECONDS + GRACE_SECONDS)
            first()
            done = _hand_over(
                request, number, file, clock, approved_by, seen_digest, keep_findings, progress
            )
            with_disclosure(done.disclosure)
    except BaseException as caught:
        error = _ended_by_the_database(caught) or caught
        file.unlink(missing_ok=True)
        if isinstance(error, Exception) and not isinstance(
            error,
            BadInputError
            | TooManyRowsError
            | NeedsApprovalError
            | DecisionChangedError
            | NotNowError,
        ):
            log_failure(request, error, clock())
            undo_if_committed(number, clock())
        if error is not caught:
            raise error from caught
        raise
    if done.file is None:
        file.unlink(missing_ok=True)
    return done


def _ended_by_the_database(error: BaseException) -> StalledError | None:
    if locks.ran_out(error):
        return StalledError()
    return CutOffError() if locks.cut_off(error) else None


def _hand_over(
    request: Request,
    number: int,
    file: Path,
    clock: Callable[[], datetime],
    approved_by: User | None,
    seen_digest: str | None,
    keep_findings: bool,
    progress: Callable[[int], None],
) -> HandOver:
    lines = Lines(number)
    with (
        file.open("xb") as output,
        closing(PermittedFile(request.path, output)) as permitted,
    ):
        file.chmod(0o600)
        locks.share(locks.Held.POLICY)
        locks.share(locks.Held.ROLL)
        lock_agreement(request.agreement)
        loaded = load(request.agreement, request.purpose, days.day_of(clock()))
        extract = open_extract(request.path, request.name, loaded, request.assigned)
        scheme = loaded.policy.scheme

        @contextmanager
        def sink() -> Iterator[Take]:
            with lines.copying() as add:

                def take(batch: DecidedBatch) -> None:
                    permitted.add(batch.decisions)
                    add(batch)

                yield take

        decision = decide(
            permitted.of(extract, scheme.basic_items if scheme else frozenset()),
            loaded,
            lambda: seen_now(clock()),
            lock=True,
            override=request.override is not None,
            begin=permitted.begin,
            sink=sink,
            keep_findings=keep_findings,
            warnings=request.warnings,
            progress=progress,
        )
        rows = decision.rows
        permitted.finish(rows.released + rows.reduced if rows else 0)
    if seen_digest is not None and decision.digest != seen_digest:
        raise DecisionChangedError
    if decision.needs_approval and not decision.refused and approved_by is None:
        raise NeedsApprovalError
    disclosure = _record(request, decision, loaded, lines, number, clock(), approved_by)
    return HandOver(disclosure, decision, None if decision.refused else file)


def record_refusal(request: Request, decision: Decision, loaded: Loaded, *, at: datetime) -> None:
    """Logs that an extract was refused when it was checked."""
    with transaction.atomic():
        number = next_disclosure_id()
        _record(request, decision, loaded, Lines(number), number, at, None)


def _record(
    request: Request,
    decision: Decision,
    loaded: Loaded,
    lines: Lines,
    number: int,
    at: datetime,
    approved_by: User | None,
) -> Disclosure:
    summary = decision.summary()
    version = loaded.version
    counts = decision.rows
    disclosure = Disclosure(
        id=number,
        agreement_reference=version.agreement.reference if version else request.agreement[:50],
        agreement_version=version,
        recipient=version.recipient if version else None,
        purpose=Purpose.objects.filter(code=request.purpose).first(),
        on=decision.policy.on,
        at=at,
        by=request.by,
        approved_by=approved_by,
        notice=summary["notice"] or "",
        outcome=decision.outcome,
        reasons=summary["reasons"],
        columns=summary["columns"],
        item_sets=_item_sets(decision),
        request_reference=request.reference,
        rows_total=counts.total if counts else None,
        rows_released=counts.released if counts else None,
        rows_reduced=counts.reduced if counts else None,
        rows_withheld=counts.withheld if counts else None,
        lines_root=lines.tree.root(),
        means=request.means,
        origin=request.origin,
        requested_on=request.requested_on,
        overridden=bool(decision.overridden) and not decision.refused,
        schools=[] if decision.refused else sorted(decision.schools),
        destroy_by=None if decision.refused else destroy_by(version, days.day_of(at)),
    )
    disclosure.entry = append([disclosure_body(disclosure, lines.tree.size)])
    disclosure.save(force_insert=True)
    if disclosure.overridden and request.override is not None:
        Override.objects.create(disclosure=disclosure, at=at, by=request.by, **request.override)
    return disclosure


def _item_sets(decision: Decision) -> list[list[str]]:
    """The items that went in whole rows, and those that went in reduced ones."""
    permitted = [column for column in decision.columns if column.permitted and column.item]
    whole = sorted({column.item for column in permitted if column.item})
    emptied = set(decision.emptied)
    basic = sorted(
        {column.item for column in permitted if column.item and column.heading not in emptied}
    )
    return [whole, basic] if permitted else []


def log_failure(request: Request, error: Exception, at: datetime) -> None:
    """H1 Any error while checking: nothing leaves, and the refusal is logged."""
    logger.error("A hand-over failed and nothing left: %s", type(error).__name__)
    with transaction.atomic():
        append(
            [
                body(
                    "refusal",
                    at=at,
                    by=request.by,
                    disclosure=None,
                    agreement=request.agreement[:50],
                    error=type(error).__name__,
                )
            ]
        )
