"""Tables of counts at the desk: checked, shown, handed over once and logged (S, H)."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
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
from sharing.deciding.separating import check_may_release_under
from sharing.disclosures.attempt import attempt
from sharing.disclosures.entry import destroy_by, log_disclosure
from sharing.disclosures.lines import next_disclosure_id
from sharing.errors import DecisionChangedError
from sharing.models import CountsRelease, Disclosure
from sharing.statistics import deciding as counting, delivering
from sharing.statistics.across.earlier import About
from sharing.statistics.deciding import NamedTable, StatisticsDecision
from sharing.statistics.tables import TOTAL, table_from_document
from sharing.stops.stopping import check_not_stopped

State = CountsRelease.State
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
    the officer is warned and shown which (C6b). Raises OwnAgreementError where the officer set up the
    agreement.
    """
    check_may_release_under(agreement, days.day_of(at), by)
    document = decision.document()
    about = decision.about
    release = CountsRelease(
        agreement=agreement,
        purpose=decision.purpose,
        name=name[:200],
        state=State.REFUSED if decision.refused else State.CHECKED,
        tables=None
        if decision.refused
        else [{**table.table.document(), "name": table.name} for table in decision.tables],
        safe=decision.kept(),
        counted=about.counted if about else "",
        counted_on=about.counted_on if about else None,
        counted_group=about.group if about else "",
        decision={
            **{name: value for name, value in document.items() if name not in ("table", "tables")},
            "reasons": decision.reasons,
            "warnings": [*decision.warnings, *([MAY_BE_ONE] if open_questions else [])],
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
        # Two tables that leave at one time would not know of each other.
        locks.take_one(locks.Row.COUNTS, 0)
        at = clock()
        decision = _decided_again(release, at)
        release.tables = None
        changed = decision.refused or decision.kept() != release.safe
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
        release.save(update_fields=["state", "tables", "decision", "disclosure"])
    if facts is None or release.disclosure is None:
        raise DecisionChangedError
    return delivering.stream(release.disclosure, facts, decision.csv().encode(), clock=clock)


def _decided_again(release: CountsRelease, at: datetime) -> StatisticsDecision:
    """Decide again on tables that were checked, with what was handed over since (H2, S4)."""
    permitted = counting.permission(release.agreement, days.day_of(at), release.purpose)
    tables = [
        NamedTable(document["name"], table_from_document(document))
        for document in release.tables or []
    ]
    about = About(
        release.counted_on or days.day_of(release.checked_at),
        release.counted,
        release.counted_group,
    )
    contributors = release.decision.get("contributors") or ""
    return counting.protect(permitted, tables, about=about, contributors=contributors)


def counts_releases() -> QuerySet[CountsRelease]:
    """Load every table of counts, newest first; 1 query."""
    return CountsRelease.objects.select_related("requested_by", "disclosure")


def check_can_hand_over(release: CountsRelease, user: User, *, at: datetime) -> None:
    """Raise NotNowError, with the reason, unless the user may hand the table over now; 2 queries."""
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
    check_may_release_under(release.agreement, days.day_of(at), user)
    check_not_stopped()


def expire_due(*, at: datetime) -> int:
    """Delete the true counts of tables that nobody handed over within 24 hours; return how many."""
    due = CountsRelease.objects.filter(state=State.CHECKED, expires_at__lte=at)
    return due.update(state=State.EXPIRED, tables=None)


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


def chart(
    release: CountsRelease, table: Mapping[str, Any]
) -> Iterator[tuple[str, list[tuple[str, str, int]]]]:
    """Yield each row's label of one of its safe tables and, for each column, its label, what is shown, and
    the length of its bar in thousandths of the longest (0 where it is hidden); totals are left out."""
    totals = {
        (total["kind"], total["label"])
        for total in release.decision.get("totals", [])
        if total.get("table") in (None, table["name"])
    }
    totals |= {("row", TOTAL), ("column", TOTAL)}
    heading, *lines = table["rows"]
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


def withdraw_of(user: User) -> int:
    """Delete the true counts of tables that a user who may no longer sign in has not handed over; return
    how many. One that is being handed over is not waited for: see `sharing.disclosures.entry`."""
    checked = CountsRelease.objects.filter(requested_by=user, state=State.CHECKED)
    free = list(checked.select_for_update(skip_locked=True).values_list("pk", flat=True))
    return CountsRelease.objects.filter(pk__in=free).update(state=State.EXPIRED, tables=None)
