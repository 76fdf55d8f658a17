"""Decisions of people are recorded: only ever added, under the pupil's lock, and logged."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db import transaction

from consent import day_rules, rules
from consent.decisions.numbers import numbers_of
from consent.errors import MisdatedError, RefusedError
from consent.models import Decision, Invalidation
from consent.queries import decisions_about, lock_pupils, scheme_facts, standing_for
from consent.schools import work
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.hooks import Hook
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.row_security import beyond_own_schools

# Takes decisions just added, under their pupils' locks, in the transaction that adds them.
entries_after_decisions = Hook[[Sequence[Decision], datetime], Iterable[log.Body]](
    "Which log entries follow from these decisions (C8)?"
)


@beyond_own_schools()
def take(
    decision: Decision,
    *,
    by: User | None,
    at: datetime,
    also: Iterable[log.Body] = (),
    then: Callable[[Sequence[Decision]], None] | None = None,
) -> int:
    """Record a decision that reaches the portal now, if the rules allow it; return the number of the first
    of its log entries.

    Raises RefusedError, with nothing stored, for a pupil too young (C1) or a parent whose child's
    own decision applies (C2). An objection is taken from anyone, at any age (C10). One transaction:
    acknowledge the decision only after it.
    """
    with transaction.atomic():
        lock_pupils([decision.pupil_id])
        # Somebody may have found meanwhile that the record is part of another (C6).
        if (pupil := standing_for(decision.pupil)) != decision.pupil:
            decision.pupil = pupil
            lock_pupils([pupil.pk])
        if decision.scheme is not None:
            refusal = rules.refusal(
                scheme_facts(decision.scheme),
                decision.pupil.born,
                decision.new_facts,
                decisions_about(decision.scheme, decision.pupil),
                by_day=decision.channel != Decision.Channel.ONLINE,
            )
            if refusal:
                raise RefusedError(refusal)
        return record([decision], by=by, at=at, also=also, then=then)


@beyond_own_schools()
def record(
    decisions: Iterable[Decision],
    invalidations: Iterable[Invalidation] = (),
    *,
    by: User | None,
    at: datetime,
    also: Iterable[log.Body] = (),
    then: Callable[[Sequence[Decision]], None] | None = None,
) -> int:
    """Record decisions and invalidations with their log entries, after those in `also`; return the number
    of the first entry.

    `then` adds what belongs to the decisions, before the log is written. Locks each pupil first, so
    that a hand-over under way is waited for and the next one sees the decision (H2). One
    transaction: acknowledge a decision only after it. Raises MisdatedError for one whose written
    dates cannot be right (C3).
    """
    new, invalid = list(decisions), list(invalidations)
    _check_days(new, at)
    with transaction.atomic():
        lock_pupils([row.pupil_id for row in new] + [row.decision.pupil_id for row in invalid])
        numbers = numbers_of({row.pupil_id for row in new})
        for decision in new:
            decision.upns = numbers.get(decision.pupil_id, [])
        Decision.objects.bulk_create(new, batch_size=5_000)
        Invalidation.objects.bulk_create(invalid, batch_size=5_000)
        if then:
            then(new)
        work.tell(new, at)
        entries = [*also]
        entries += [_decision_body(decision, by, at) for decision in new]
        entries += [_invalidation_body(row, by, at) for row in invalid]
        entries += entries_after_decisions(new, at)
        return log.append(entries)


def _check_days(decisions: Iterable[Decision], at: datetime) -> None:
    """Raise MisdatedError for a written date that cannot be right.

    An online decision has the time of a server, which may be ahead of this one: it is taken.
    """
    today = day_of(at)
    for decision in decisions:
        if decision.channel == Decision.Channel.ONLINE and decision.import_key is None:
            continue
        for why in day_rules.misdated(day_of(decision.received_at), decision.signed_on, today):
            raise MisdatedError(why)


def decision_facts(decision: Decision) -> dict[str, object]:
    """Return what the log says of a decision: nothing that names a person (L4)."""
    scheme = decision.scheme
    about: dict[str, object] = (
        {"scheme": scheme.code}
        if scheme is not None
        else {
            "recipient": decision.recipient.code if decision.recipient else None,
            "purpose": decision.purpose.code if decision.purpose else None,
        }
    )
    return {
        "person": str(decision.pupil.reference),
        **about,
        "choice": decision.choice,
        "decided_by": decision.by,
        "channel": decision.channel,
        "imported": decision.import_key is not None,
        "received": decision.received_at,
        "decision": decision.pk,
    }


def invalidation_facts(invalidation: Invalidation) -> dict[str, object]:
    """Return what the log says of a decision that was marked invalid."""
    return {
        "person": str(invalidation.decision.pupil.reference),
        "decision": invalidation.decision_id,
        "kind": invalidation.kind,
    }


def _decision_body(decision: Decision, by: User | None, at: datetime) -> log.Body:
    facts = {**decision_facts(decision), "received": decision.received_at.isoformat()}
    if Decision.scan.is_cached(decision):
        facts["scan"] = texts_of(decision.scan)
    return log.body("decision-recorded", at=at, by=by, **facts, texts=texts_of(decision))


def _invalidation_body(invalidation: Invalidation, by: User | None, at: datetime) -> log.Body:
    facts = invalidation_facts(invalidation)
    return log.body("decision-invalid", at=at, by=by, **facts, texts=texts_of(invalidation))
