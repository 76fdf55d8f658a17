"""Tables of counts at the desk: checked, shown, handed over once and logged (S, H)."""

import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from notices.models import Purpose
from privacy_portal.ground import days, locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.counted_stream import Leaving
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.files.reading import AS_IT_IS, Reading
from privacy_portal.ground.files.workbooks import PAGE_SECONDS
from privacy_portal.ground.log.appending import append, body
from privacy_portal.ground.log.merkle import Frontier
from sharing.agreements.facts import lock_agreement
from sharing.disclosures.entry import destroy_by, disclosure_body
from sharing.disclosures.lines import next_disclosure_id
from sharing.disclosures.undoing import NOTHING_TAKEN, undo, undo_if_committed
from sharing.errors import DecisionChangedError
from sharing.models import CountsRelease, Disclosure
from sharing.statistics import deciding as counting
from sharing.statistics.deciding import StatisticsDecision
from sharing.statistics.tables import TOTAL, CountsTable, from_document

State = CountsRelease.State
COMPARED = 50
MAY_BE_ONE = (
    "Two records may be of one child. Until somebody answers, the table counts them as one child."
)


def check_file(
    path: Path,
    *,
    name: str,
    agreement: str,
    reference: str,
    requested_on: date | None,
    by: User,
    at: datetime,
    reading: Reading = AS_IT_IS,
) -> CountsRelease:
    """Makes the table of counts in a file safe and keeps it for the hand-over.

    A refused one is logged and not kept. Raises BadInputError, with nothing stored, for what is
    no table of counts.
    """
    decision = counting.check(
        path, name, agreement, days.day_of(at), reading=reading, ask=True, seconds=PAGE_SECONDS
    )
    return _keep(decision, name, agreement, reference, requested_on, by, at)


def check_table(
    table: CountsTable,
    *,
    name: str,
    agreement: str,
    reference: str,
    requested_on: date | None,
    by: User,
    at: datetime,
    open_questions: Sequence[int] = (),
) -> CountsRelease:
    """Makes a table safe that was counted from the roll, and keeps it as `check_file` does.

    `open_questions` are those about its pupils whether two records are of one child, by number: the
    officer is warned and shown which (C6b).
    """
    decision = counting.safe_of(counting.permission(agreement, days.day_of(at)), table)
    return _keep(decision, name, agreement, reference, requested_on, by, at, open_questions)


def _keep(
    decision: StatisticsDecision,
    name: str,
    agreement: str,
    reference: str,
    requested_on: date | None,
    by: User,
    at: datetime,
    open_questions: Sequence[int] = (),
) -> CountsRelease:
    document = decision.document()
    table = decision.table
    kept = CountsRelease(
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
        kept.save(force_insert=True)
        if decision.refused:
            _record(kept, decision, next_disclosure_id(), at=at)
    return kept


def hand_over(
    release_id: UUID, *, warnings_meant: bool = False, by: User, clock: Callable[[], datetime]
) -> Leaving:
    """Decides again under lock, logs, and gives the CSV as it leaves, once. If then nothing leaves,
    the log says that too.

    Raises NotNowError where it is not this officer's to hand over now, or there are warnings (what a
    workbook hides, doubtful totals) and nobody says that it may go all the same; DecisionChangedError where
    what may go is no longer what was seen: the table is void then (H2).
    """
    number = next_disclosure_id()
    try:
        with transaction.atomic():
            locks.limit(settings.STALL_SECONDS)
            decision, disclosure = _hand_over(release_id, number, warnings_meant, by, clock)
    except Exception as error:
        undo_if_committed(number, clock())
        if locks.ran_out(error):
            raise NotNowError(
                "The database made no progress for a minute, so nothing has left. Try again."
            ) from error
        raise
    if disclosure is None:
        raise DecisionChangedError
    logged = disclosure

    def ended(left: int) -> None:
        if not left:
            undo(logged, why=NOTHING_TAKEN, at=clock())

    return Leaving(io.BytesIO(decision.csv().encode()), ended)


def _hand_over(
    release_id: UUID, number: int, warnings_meant: bool, by: User, clock: Callable[[], datetime]
) -> tuple[StatisticsDecision, Disclosure | None]:
    """What is decided now, and its disclosure, None where it is not what was seen."""
    waiting = CountsRelease.objects.select_for_update(of=("self",)).get(pk=release_id)
    check_can_hand_over(waiting, by, at=clock())
    warned = bool(waiting.decision["warnings"])
    if warned and not warnings_meant:
        raise NotNowError("Tick that you have looked at the warnings, then hand the table over.")
    locks.share(locks.Held.POLICY)
    lock_agreement(waiting.agreement)
    at = clock()
    permitted = counting.permission(waiting.agreement, days.day_of(at), waiting.purpose)
    decision = counting.safe_of(permitted, from_document(waiting.table or {}))
    waiting.table = None
    if decision.refused or decision.rows() != waiting.safe:
        waiting.state = State.REFUSED
        waiting.decision["reasons"] = decision.reasons
        waiting.decision["warnings"] = [str(DecisionChangedError())]
        waiting.save(update_fields=["state", "table", "decision"])
        if decision.refused:
            _record(waiting, decision, number, at=at)
        return decision, None
    waiting.state = State.HANDED_OVER
    if warned:
        release, event = str(release_id), "counts-warnings-meant"
        append([body(event, at=at, by=by, release=release)])
    waiting.disclosure = _record(waiting, decision, number, at=at)
    waiting.save(update_fields=["state", "table", "disclosure"])
    return decision, waiting.disclosure


def check_can_hand_over(waiting: CountsRelease, user: User, *, at: datetime) -> None:
    """Raises NotNowError, with the reason, unless the user may hand the table over now."""
    if waiting.state == State.HANDED_OVER:
        raise NotNowError("The table was handed over once already. Check it again to send it anew.")
    if waiting.state != State.CHECKED:
        raise NotNowError("This table is not ready to hand over.")
    if waiting.expires_at <= at:
        raise NotNowError("The 24 hours of this table are over. Check it again.")
    if waiting.requested_by_id != user.pk:
        raise NotNowError("Only the officer who had it checked can hand it over.")


def expire_due(*, at: datetime) -> int:
    """Deletes the true counts of tables that nobody handed over within 24 hours; how many."""
    due = CountsRelease.objects.filter(state=State.CHECKED, expires_at__lte=at)
    return due.update(state=State.EXPIRED, table=None)


def differences(decision: StatisticsDecision) -> list[str]:
    """What earlier tables for the same recipient, with the same labels, together with this one
    give away: a count hidden in one and shown in the other, or a small difference; 1 query."""
    version, table, safe = decision.loaded.version, decision.table, decision.safe
    if version is None or table is None or safe is None:
        return []
    earlier = CountsRelease.objects.filter(
        state=State.HANDED_OVER, disclosure__recipient=version.recipient_id
    ).select_related("disclosure")
    now = _by_label(decision.rows())
    found = []
    for each in earlier.order_by("-checked_at")[:COMPARED]:
        before = _by_label(each.safe)
        places = [
            place
            for place in now.keys() & before.keys()
            if _gives_away(now[place], before[place], version.threshold)
        ]
        if places and each.disclosure is not None:
            named = "; ".join(sorted(f"{row}, {column}" for row, column, _ in places)[:5])
            found.append(
                f"The table of {days.in_words(days.day_of(each.disclosure.at))} "
                f"(entry {each.disclosure.entry}) with this one may tell of single people: {named}."
            )
    return found


def _gives_away(now: str, before: str, threshold: int) -> bool:
    if now == before:
        return False
    if not now.isdigit() or not before.isdigit():
        return True
    return 0 < abs(int(now) - int(before)) < threshold


def _by_label(rows: list[list[str]]) -> dict[tuple[str, str, int], str]:
    """What is shown by row and column; a total that stands more than once is counted through."""
    if not rows:
        return {}
    heading = rows[0]
    seen: Counter[str] = Counter()
    found = {}
    for row in rows[1:]:
        seen[row[0]] += 1
        for column, cell in zip(heading[1:], row[1:], strict=True):
            found[row[0], column, seen[row[0]]] = cell
    return found


def _record(
    kept: CountsRelease, decision: StatisticsDecision, number: int, *, at: datetime
) -> Disclosure:
    version = decision.loaded.version
    document = decision.document()
    file = decision.csv() if not decision.refused else ""
    disclosure = Disclosure(
        id=number,
        agreement_reference=version.agreement.reference if version else kept.agreement[:50],
        agreement_version=version,
        recipient=version.recipient if version else None,
        purpose=Purpose.objects.filter(code=decision.purpose).first(),
        on=decision.on,
        at=at,
        by=kept.requested_by,
        notice=document["notice"] or "",
        outcome=document["outcome"],
        reasons=document["reasons"],
        request_reference=kept.request_reference,
        lines_root=Frontier().root(),
        origin=Disclosure.Origin.STATISTICS,
        requested_on=kept.requested_on,
        destroy_by=None if decision.refused else destroy_by(version, days.day_of(at)),
        file_sha256=hashlib.sha256(file.encode()).hexdigest() if file else "",
    )
    disclosure.entry = append([disclosure_body(disclosure, 0)])
    disclosure.save(force_insert=True)
    return disclosure


def chart(kept: CountsRelease) -> Iterator[tuple[str, list[tuple[str, str, int]]]]:
    """For each row but totals its label and, for each column but totals, the label, what is shown,
    and the length of its bar in thousandths of the longest (0 where it is hidden)."""
    rows = _rows_without_totals(kept)
    numbers = [int(cell) for _, cells in rows for _, cell in cells if cell.isdigit()]
    longest = max(numbers, default=0) or 1
    for label, cells in rows:
        yield (
            label,
            [
                (column, cell, 1000 * int(cell) // longest if cell.isdigit() else 0)
                for column, cell in cells
            ],
        )


def _rows_without_totals(kept: CountsRelease) -> list[tuple[str, list[tuple[str, str]]]]:
    totals = {(each["kind"], each["label"]) for each in kept.decision.get("totals", [])}
    totals |= {("row", TOTAL), ("column", TOTAL)}
    heading = kept.safe[0] if kept.safe else []
    return [
        (
            row[0],
            [
                (column, cell)
                for column, cell in zip(heading[1:], row[1:], strict=True)
                if ("column", column) not in totals
            ],
        )
        for row in kept.safe[1:]
        if ("row", row[0]) not in totals
    ]
