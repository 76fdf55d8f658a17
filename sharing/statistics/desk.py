"""Tables of counts at the desk: checked, shown, handed over once and logged (S, H)."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from privacy_portal.ground import days, locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import record
from privacy_portal.ground.log.merkle import Frontier
from sharing.agreements.facts import lock_agreement
from sharing.cover_sheets.facts import Facts
from sharing.disclosures.attempt import attempt
from sharing.disclosures.entry import destroy_by, log_disclosure
from sharing.disclosures.lines import next_disclosure_id
from sharing.errors import DecisionChangedError
from sharing.models import CountsRelease, Disclosure
from sharing.statistics import deciding as counting, delivering
from sharing.statistics.deciding import StatisticsDecision
from sharing.statistics.tables import TOTAL, table_from_document

State = CountsRelease.State
COMPARED = 50
MAY_BE_ONE = (
    "2 records may be of the same child. Until someone answers, the table counts them as one child."
)


def store(
    decision: StatisticsDecision,
    *,
    name: str,
    agreement: str,
    reference: str,
    requested_on: date | None,
    by: User,
    at: datetime,
    open_questions: Sequence[int] = (),
) -> CountsRelease:
    """Keep a table that was checked, for hand-over. A refused one is logged without its counts.

    `open_questions` are the numbers of questions whether two records of its pupils are of one child:
    the officer is warned and shown which (C6b).
    """
    document = decision.document()
    table = decision.table
    release = CountsRelease(
        agreement=agreement,
        purpose=decision.purpose,
        name=name[:200],
        state=State.REFUSED if decision.refused else State.CHECKED,
        table=table.document() if table and not decision.refused else None,
        safe=document.pop("table") or [],
        decision={
            **document,
            "reasons": decision.reasons,
            "warnings": [
                *decision.warnings,
                *differences(decision),
                *([MAY_BE_ONE] if open_questions else []),
            ],
            "open_questions": list(open_questions),
        },
        request_reference=reference,
        requested_on=requested_on,
        checked_at=at,
        expires_at=at + timedelta(hours=settings.RELEASE_HOURS),
        requested_by=by,
    )
    with transaction.atomic():
        release.save(force_insert=True)
        if decision.refused:
            _log(release, decision, number=next_disclosure_id(), at=at)
    return release


def hand_over(
    release_id: UUID, *, warnings_meant: bool = False, by: User, clock: Callable[[], datetime]
) -> delivering.TableStream:
    """Hand over a table, once: lock, decide again, log, mark; return the CSV that leaves.

    Where nothing leaves after all, the log says that too. Raises NotNowError when it is not this
    officer's to hand over now, or there are warnings (what a workbook hides, doubtful totals) and the
    officer does not say that it may leave all the same; DecisionChangedError when what may be shown
    is no longer what the officer saw: then the table is void, which is logged (H2).
    """
    agreement = CountsRelease.objects.values_list("agreement", flat=True).get(pk=release_id)
    with attempt(agreement, by=by, clock=clock) as attempted:
        release = CountsRelease.objects.select_for_update(of=("self",)).get(pk=release_id)
        check_can_hand_over(release, by, at=clock())
        warned = bool(release.decision["warnings"])
        if warned and not warnings_meant:
            raise NotNowError("Select that you have checked the warnings, then release the table.")
        locks.share(locks.Area.POLICY)
        lock_agreement(release.agreement)
        at = clock()
        permitted = counting.permission(release.agreement, days.day_of(at), release.purpose)
        decision = counting.protect(permitted, table_from_document(release.table or {}))
        release.table = None
        changed = decision.refused or decision.rows() != release.safe
        facts: Facts | None = None
        if changed:
            release.state = State.REFUSED if decision.refused else State.VOID
            release.decision["reasons"] = decision.reasons
            release.decision["warnings"] = [str(DecisionChangedError())]
            if decision.refused:
                _log(release, decision, number=attempted.number, at=at)
            else:
                record("counts-void", at=at, by=by, release=str(release_id))
        else:
            release.state = State.HANDED_OVER
            if warned:
                record("counts-warnings-meant", at=at, by=by, release=str(release_id))
            release.disclosure = _log(release, decision, number=attempted.number, at=at)
            facts = delivering.facts_of_table(
                release.disclosure, decision, data_at=release.checked_at
            )
        release.save(update_fields=["state", "table", "decision", "disclosure"])
    if facts is None or release.disclosure is None:
        raise DecisionChangedError
    return delivering.stream(release.disclosure, facts, decision.csv().encode(), clock=clock)


def counts_releases() -> QuerySet[CountsRelease]:
    """Load every table of counts, newest first; 1 query."""
    return CountsRelease.objects.select_related("requested_by", "disclosure")


def check_can_hand_over(release: CountsRelease, user: User, *, at: datetime) -> None:
    """Raise NotNowError, with the reason, unless the user may hand the table over now."""
    if release.state == State.HANDED_OVER:
        raise NotNowError(
            "This table has already been released. Check it again to release another copy."
        )
    if release.state != State.CHECKED:
        raise NotNowError("This table is not ready to release.")
    if release.expires_at <= at:
        raise NotNowError("This check has expired. Check the table again.")
    if release.requested_by_id != user.pk:
        raise NotNowError("Only the officer who checked this table can release it.")


def expire_due(*, at: datetime) -> int:
    """Delete the true counts of tables that nobody handed over within 24 hours; return how many."""
    due = CountsRelease.objects.filter(state=State.CHECKED, expires_at__lte=at)
    return due.update(state=State.EXPIRED, table=None)


def differences(decision: StatisticsDecision) -> list[str]:
    """Compare a table with earlier ones for the same recipient, and return a warning for each that
    gives away a count together with this one: hidden in one and shown in the other, or different by
    little; 1 query."""
    version, table, safe = decision.loaded.version, decision.table, decision.safe
    if version is None or table is None or safe is None:
        return []
    earlier = CountsRelease.objects.filter(
        state=State.HANDED_OVER, disclosure__recipient=version.recipient_id
    ).select_related("disclosure")
    now = _by_label(decision.rows())
    warnings = []
    for release in earlier.order_by("-checked_at")[:COMPARED]:
        before = _by_label(release.safe)
        places = [
            place
            for place in now.keys() & before.keys()
            if _gives_away(now[place], before[place], version.threshold)
        ]
        if places and release.disclosure is not None:
            named = "; ".join(sorted(f"{row}, {column}" for row, column, _ in places)[:5])
            warnings.append(
                f"Together with the table of {days.in_words(days.day_of(release.disclosure.at))} (log "
                f"entry {release.disclosure.entry}), this one may reveal information about single "
                f"people: {named}."
            )
    return warnings


def _gives_away(now: str, before: str, threshold: int) -> bool:
    if now == before:
        return False
    if not now.isdigit() or not before.isdigit():
        return True
    return 0 < abs(int(now) - int(before)) < threshold


def _by_label(rows: list[list[str]]) -> dict[tuple[str, str, int], str]:
    """Map row, column and how often the row's label has come (totals repeat) to what is shown."""
    heading, *lines = rows
    times: Counter[str] = Counter()
    cells = {}
    for row in lines:
        times[row[0]] += 1
        for column, cell in zip(heading[1:], row[1:], strict=True):
            cells[row[0], column, times[row[0]]] = cell
    return cells


def _log(
    release: CountsRelease, decision: StatisticsDecision, *, number: int, at: datetime
) -> Disclosure:
    """Log what was decided on a table: its disclosure, or its refusal."""
    version, document, refused = decision.loaded.version, decision.document(), decision.refused
    return log_disclosure(
        number=number,
        agreement=release.agreement,
        version=version,
        purpose=decision.purpose,
        lines=Frontier(),
        on=decision.on,
        at=at,
        by=release.requested_by,
        notice=document["notice"] or "",
        outcome=document["outcome"],
        reasons=document["reasons"],
        request_reference=release.request_reference,
        origin=Disclosure.Origin.STATISTICS,
        requested_on=release.requested_on,
        destroy_by=None if refused else destroy_by(version, days.day_of(at)),
        file_sha256="" if refused else hashlib.sha256(decision.csv().encode()).hexdigest(),
    )


def chart(release: CountsRelease) -> Iterator[tuple[str, list[tuple[str, str, int]]]]:
    """Yield each row's label and, for each column, its label, what is shown, and the length of its
    bar in thousandths of the longest (0 where it is hidden); totals are left out."""
    totals = {(total["kind"], total["label"]) for total in release.decision.get("totals", [])}
    totals |= {("row", TOTAL), ("column", TOTAL)}
    heading, *lines = release.safe or [[]]
    rows = [(line[0], list(zip(heading[1:], line[1:], strict=True))) for line in lines]
    rows = [
        (label, [cell for cell in cells if ("column", cell[0]) not in totals])
        for label, cells in rows
        if ("row", label) not in totals
    ]
    numbers = [int(text) for _, cells in rows for _, text in cells if text.isdigit()]
    longest = max(numbers, default=0) or 1
    for label, cells in rows:
        bars = [1000 * int(text) // longest if text.isdigit() else 0 for _, text in cells]
        yield label, [(*cell, bar) for cell, bar in zip(cells, bars, strict=True)]
