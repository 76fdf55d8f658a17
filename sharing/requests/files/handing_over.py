"""A file on a request for data is handed over: lock, ask the rules again, write, compare, log; and only then
may it leave (Q1, H)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from consent.models import Pupil
from consent.queries import lock_with_others
from consent.rules import seen_now
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.errors import NotNowError
from sharing import row_decision_rules, rules
from sharing.cover_sheets.facts import Facts
from sharing.cover_sheets.gathering import facts_of
from sharing.deciding.reveals import named
from sharing.disclosures.attempt import HandOverAttempt, attempt, log_refusal
from sharing.disclosures.entry import log_disclosure
from sharing.disclosures.lines import Lines
from sharing.errors import DecisionChangedError, NoSecondOfficerError
from sharing.models import DataRequest, Disclosure
from sharing.requests import disclosing, queries
from sharing.requests.files import content
from sharing.requests.files.content import FileRow
from sharing.requests.files.tickets import Ticket
from sharing.requests.receiving import lock
from sharing.stops.stopping import check_not_stopped
from sharing.two_files.comparing import LinesOf, earlier_to, hold, revealing_lines
from sharing.two_files_rules import EarlierFile

NOTHING_IN_RECORDS = (
    "Nothing that was decided is in pupil records, so there can be no file. Share it another way, then "
    "record it."
)


@dataclass(frozen=True, slots=True)
class FileHandOver:
    """A logged hand-over: `file` is what may leave, and `facts` are for its cover sheet."""

    disclosure: Disclosure
    file: Path
    facts: Facts


def check_can_make(request: DataRequest) -> queries.DecisionRow:
    """Return the decision by which a file can leave now. Raises NotNowError if none can."""
    row = disclosing.check_can_share(request)
    if not content.can_hold_something(row.decision):
        raise NotNowError(NOTHING_IN_RECORDS)
    check_not_stopped()
    return row


def hand_over(
    request: DataRequest, ticket: Ticket, *, by: User, clock: Callable[[], datetime]
) -> FileHandOver:
    """Hand over the file that an officer saw, once.

    Raises NotNowError where no file can leave on the request or this one has left; DecisionChangedError
    where it would hold anything else than they saw, which is logged, and nothing leaves (H2);
    NoSecondOfficerError where it tells, together with earlier files, who opted out (D). Any other error
    is logged as a refusal (H1): StalledError when a lock makes no progress (H4).
    """
    with transaction.atomic():
        # A second press waits for the first here, no longer than any form waits for a lock (H4).
        lock(request)
        _check_not_left(ticket)
        check_can_make(request)
    try:
        with attempt("", by=by, clock=clock, request=request.pk) as attempted:
            lock(request)
            _check_not_left(ticket)
            held = _held(check_can_make(request), ticket, clock)
            return _write_and_log(held, ticket, attempted, by=by)
    except DecisionChangedError as error:
        log_refusal("", error, by=by, at=clock(), request=request.pk)
        raise


def _check_not_left(ticket: Ticket) -> None:
    if Disclosure.objects.filter(submission=ticket.submission).exists():
        raise NotNowError(
            "This file has already been downloaded. To send it again, create another."
        )


@dataclass(frozen=True, slots=True)
class _Held:
    """What is held still: the decision, the `rows` that the rules give at that time, and the ids of the
    `recipients` to whom no other file leaves meanwhile (none that no policy names)."""

    decision: queries.DecisionRow
    rows: Sequence[FileRow]
    recipients: Sequence[int]
    at: datetime


def _held(decision: queries.DecisionRow, ticket: Ticket, clock: Callable[[], datetime]) -> _Held:
    """Lock what the rules ask about, and ask them. Raises DecisionChangedError unless they give what the
    officer saw."""
    decided = decision.decision
    if decided.pk != ticket.decision:
        raise DecisionChangedError
    pupils = [row for row in decided.pupils.all() if str(row.pupil.reference) in ticket.rows]
    locks.share(locks.Area.POLICY)
    locks.share(locks.Area.ROLL)
    recipient = decided.details.recipient
    recipients = hold(recipient) if recipient is not None else []
    records = queries.records_of(pupils)
    lock_with_others(records.values())
    if records != queries.records_of(pupils):
        raise DecisionChangedError
    at = clock()
    rows = content.rows_for(
        decided, pupils, ticket.items, records=records, on=day_of(at), seen=seen_now(at)
    )
    if {row.reference: list(row.items) for row in rows} != ticket.rows or not rows:
        raise DecisionChangedError
    return _Held(decision, rows, recipients, at)


def _write_and_log(
    held: _Held, ticket: Ticket, attempted: HandOverAttempt, *, by: User
) -> FileHandOver:
    number, file = attempted
    decision, rows, at = held.decision, held.rows, held.at
    details = decision.decision.details
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content.write(file, rows, ticket.items)
    sets = list(dict.fromkeys([tuple(ticket.items), *(row.items for row in rows)]))
    item_sets = [sorted(items) for items in sets]
    lines = Lines(number)
    lines.add_given([(row.reference, sets.index(row.items), row.decision) for row in rows])
    despite = any(row.despite for row in rows)
    approved_by = disclosing.approved_by(decision, by)
    reveals = _revealing(held, sets, number, despite=despite)
    if reveals and approved_by is None:
        raise NoSecondOfficerError(reveals=list(map(named, reveals)))
    reduced = sum(row.decision is not row_decision_rules.WHOLE for row in rows)
    disclosure = log_disclosure(
        number=number,
        agreement="",
        version=None,
        recipient=details.recipient,
        purpose=details.purpose.code if details.purpose else "",
        lines=lines.tree,
        request_decision=decision.decision,
        on=day_of(at),
        at=at,
        by=by,
        approved_by=approved_by,
        outcome=rules.Outcome.REDUCED if reduced else rules.Outcome.RELEASED,
        item_sets=item_sets,
        reveals=[earlier.entry for earlier in reveals],
        request_reference=details.their_reference,
        requested_on=day_of(details.received_at),
        origin=Disclosure.Origin.REQUEST,
        means=ticket.means,
        overridden=despite,
        override=disclosing.override_of(decision, at=at) if despite else None,
        schools=disclosing.schools_of(
            Pupil.objects.filter(pk__in=[row.record for row in rows]).select_related("school")
        ),
        destroy_by=ticket.destroy_by,
        submission=ticket.submission,
        rows_total=len(rows),
        rows_released=len(rows) - reduced,
        rows_reduced=reduced,
        rows_withheld=0,
    )
    if despite:
        disclosing.log_agreed_override(disclosure, decision, at=at)
    return FileHandOver(disclosure, file, facts_of(disclosure, source="roll", data_at=at))


def _revealing(
    held: _Held, sets: Sequence[Sequence[str]], number: int, *, despite: bool
) -> list[EarlierFile]:
    """Return the earlier files with which this one tells who opted out: of the organisation and those of
    its group, but for what went on the same request."""
    if not held.recipients:
        return []
    of_others = ~Q(request_decision__request=held.decision.decision.request_id)
    earlier = earlier_to(
        held.recipients, of_others | Q(request_decision=None),
        on=day_of(held.at), override=despite, number=number,
    )  # fmt: skip
    if not earlier:
        return []
    opted_out = rules.Reason.OPTED_OUT
    cut = {sets.index(row.items) for row in held.rows if row.decision.reason is opted_out}
    given = {sets.index(row.items) for row in held.rows}
    return revealing_lines(sets, earlier, LinesOf(number), cut=sorted(cut), given=sorted(given))
