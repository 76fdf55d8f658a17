"""What is shared on a request for data is recorded as a disclosure like any other (Q1).

The decision on the request stands behind it. Where more was shared than was decided, or the rules have
come to withhold some of it, the record is out of line and an incident begins, as after the fact (D).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeGuard
from uuid import UUID

from django.db import transaction

from consent.models import Pupil
from consent.queries import lock_with_others
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import record
from privacy_portal.ground.log.texts import texts_of
from sharing import row_decision_rules, rules
from sharing.deciding.deciding import seen_for
from sharing.disclosures.entry import log_disclosure
from sharing.disclosures.lines import Lines, next_disclosure_id
from sharing.models import (
    DataRequest,
    DecidedPupil,
    Disclosure,
    Incident,
    Override,
    OverrideStep,
    RequestDecision,
)
from sharing.request_rules import Shared, covers
from sharing.requests import queries, standings
from sharing.requests.deciding import choice_of
from sharing.requests.receiving import lock

NOT_DECIDED = "Nothing can be shared on this request: no decision to share applies."


@dataclass(frozen=True, slots=True)
class Given:
    """What was shared on a request: about which of its pupils, by id, which items, and of how many others.

    `beyond`: something else was shared too, which was not decided. `destroy_by` is the day that was
    agreed, None for none.
    """

    on: date
    means: str
    pupils: Sequence[int]
    items: Sequence[str]
    others: int
    note: str
    beyond: bool = False
    destroy_by: date | None = None
    submission: UUID | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A pupil of whom `items` were given: what the rules say of the row for the day, and whether they
    give `less`."""

    pupil: DecidedPupil
    items: tuple[str, ...]
    now: row_decision_rules.RowDecision
    less: bool


def can_share(row: queries.DecisionRow | None) -> TypeGuard[queries.DecisionRow]:
    """Return whether a decision lets information go."""
    return row is not None and row.applies and row.shares


def check_can_share(request: DataRequest) -> queries.DecisionRow:
    """Return the decision by which information is shared. Raises NotNowError if there is none."""
    row = queries.standing_decision(request)
    if not can_share(row) or queries.is_withdrawn(request):
        raise NotNowError(NOT_DECIDED)
    return row


def record_given(request: DataRequest, given: Given, *, by: User, at: datetime) -> Disclosure:
    """Record what was given on a request, once however often the form is sent. Raises NotNowError where
    no decision to share applies, and where nobody is named."""
    number = next_disclosure_id()
    with transaction.atomic():
        locks.take_one(locks.Row.RECORD, by.pk)
        recorded = Disclosure.objects.filter(submission=given.submission).first()
        if given.submission is not None and recorded is not None:
            return recorded
        lock(request)
        decision = check_can_share(request)
        if not given.pupils and not given.others:
            raise NotNowError("Select who information was shared about.")
        if not given.items and not given.beyond and not decision.decision.words:
            raise NotNowError("Select what information was shared.")
        rows = _rows_under_lock(decision.decision, given, at)
        return _logged(decision, given, rows, number=number, by=by, at=at)


def _rows_under_lock(decision: RequestDecision, given: Given, at: datetime) -> list[Row]:
    chosen = set(given.pupils)
    pupils = [row for row in decision.pupils.all() if row.pupil_id in chosen]
    records = queries.records_of(pupils)
    locks.share(locks.Area.POLICY)
    locks.share(locks.Area.ROLL)
    lock_with_others(records.values())
    seen = seen_for(given.on, at)
    loaded = standings.load(
        decision.details, list(records.values()), decision.items, on=given.on, seen=seen
    )
    return [_row(loaded, row, records[row.pupil_id], decision, given) for row in pupils]


def _row(
    loaded: standings.Loaded,
    row: DecidedPupil,
    record_id: int,
    decision: RequestDecision,
    given: Given,
) -> Row:
    """Return what was given of a pupil: what was decided and ticked, and what was ticked although it was
    not decided."""
    choice = choice_of(row.choice)
    now = loaded.option(record_id, choice, decision.items)
    undecided = set(given.items) - set(decision.items)
    items = set(given.items) if not choice.shared else set(given.items) & set(row.items) | undecided
    withheld = now.decision.outcome is rules.Outcome.WITHHELD
    decided = now.decision
    if not withheld and loaded.knows_more(record_id, row):
        withheld, decided = True, row_decision_rules.WITHHELD[rules.Reason.OPTED_OUT]
    return Row(
        pupil=row,
        items=tuple(sorted(items)),
        now=decided,
        less=withheld or not items - undecided <= set(now.items),
    )


def _is_covered(decision: queries.DecisionRow, given: Given, rows: Sequence[Row]) -> bool:
    """Return whether what was given lies within what was decided, and not before."""
    decided = decision.decision
    shared = [row for row in decided.pupils.all() if choice_of(row.choice).shared]
    return (
        not given.beyond
        and queries.decided_on(decision) <= given.on
        and covers(
            Shared(
                frozenset(str(row.pupil.reference) for row in shared),
                frozenset(decided.items),
                decided.others,
            ),
            Shared(
                frozenset(str(row.pupil.pupil.reference) for row in rows),
                frozenset(given.items),
                given.others,
            ),
        )
    )


def _logged(
    decision: queries.DecisionRow,
    given: Given,
    rows: Sequence[Row],
    *,
    number: int,
    by: User,
    at: datetime,
) -> Disclosure:
    details = decision.decision.details
    covered = _is_covered(decision, given, rows)
    in_line = covered and not any(row.less for row in rows)
    sets = list(dict.fromkeys([tuple(sorted(given.items)), *(row.items for row in rows)]))
    lines = Lines(number)
    of_others = (
        row_decision_rules.WHOLE
        if covered
        else row_decision_rules.WITHHELD[rules.Reason.UNKNOWN_PUPIL]
    )
    lines.add_given(
        [
            *((str(row.pupil.pupil.reference), sets.index(row.items), row.now) for row in rows),
            *[(None, 0, of_others)] * given.others,
        ]
    )
    despite = in_line and any(choice_of(row.pupil.choice).despite for row in rows)
    disclosure = log_disclosure(
        number=number,
        agreement="",
        version=None,
        recipient=details.recipient,
        purpose=details.purpose.code if details.purpose else "",
        lines=lines.tree,
        request_decision=decision.decision,
        on=given.on,
        at=at,
        by=by,
        approved_by=approved_by(decision, by),
        reasons=[] if covered else [rules.Reason.NO_AGREEMENT.value],
        item_sets=[list(items) for items in sets],
        request_reference=details.their_reference,
        requested_on=day_of(details.received_at),
        origin=Disclosure.Origin.AFTER_THE_FACT,
        means=given.means,
        out_of_line=not in_line,
        overridden=despite,
        override=override_of(decision, at=at) if despite else None,
        note=given.note,
        schools=schools_of(row.pupil.pupil for row in rows),
        destroy_by=given.destroy_by,
        submission=given.submission,
        **_outcome(rows, given.others, covered),
    )
    if despite:
        log_agreed_override(disclosure, decision, at=at)
    if not in_line:
        record("incident-opened", at=at, by=by, disclosure=number)
        Incident.objects.create(disclosure=disclosure, opened_at=at, by=by)
    return disclosure


def _outcome(rows: Sequence[Row], others: int, covered: bool) -> dict[str, object]:
    """Return what became of it all, and the numbers of rows by their outcome."""
    total = len(rows) + others
    withheld = sum(row.less for row in rows) if covered else total
    reduced = (
        sum(not row.less and row.now is not row_decision_rules.WHOLE for row in rows)
        if covered
        else 0
    )
    outcome = rules.Outcome.RELEASED
    if withheld == total:
        outcome = rules.Outcome.REFUSED
    elif withheld or reduced:
        outcome = rules.Outcome.REDUCED
    return {
        "outcome": outcome,
        "rows_total": total,
        "rows_released": total - withheld - reduced,
        "rows_reduced": reduced,
        "rows_withheld": withheld,
    }


def approved_by(decision: queries.DecisionRow, by: User) -> User | None:
    """Return the other of the two officers, if there were two; nobody approves what they share."""
    if decision.answer is None:
        return None
    officers = (decision.answer.by, decision.decision.by)
    return next((officer for officer in officers if officer.pk != by.pk), None)


def schools_of(pupils: Iterable[Pupil]) -> list[str]:
    """Return the URNs of the pupils' schools; which one a protected pupil goes to is told nowhere (P2)."""
    return sorted({pupil.school.urn for pupil in pupils if not pupil.protected})


def override_of(decision: queries.DecisionRow, *, at: datetime) -> Override:
    """Return why it goes against an opt-out, not stored yet."""
    decided = decision.decision
    details = decided.details
    legal_ground = f"{details.get_power_display()} {details.power_words}".strip()[:500]
    return Override(
        ground=decided.override_ground,
        legal_ground=legal_ground,
        reason=decided.reasons[:1000],
        at=at,
        by=decided.by,
    )


def log_agreed_override(
    disclosure: Disclosure, decision: queries.DecisionRow, *, at: datetime
) -> None:
    """Record that a second officer agreed beforehand that it goes against an opt-out (D)."""
    answer = decision.answer
    assert answer is not None  # despite an opt-out nothing goes without a second officer
    step = OverrideStep.objects.create(
        override=disclosure.override,
        kind=OverrideStep.Kind.CONFIRMED,
        at=at,
        by=answer.by,
        note=answer.note,
    )
    about = {"disclosure": disclosure.pk, "texts": texts_of(step)}
    record("override-confirmed", at=at, by=answer.by, **about)
