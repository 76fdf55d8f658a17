"""Disclosures that went although an opt-out had been received: found, and called back (C8)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from consent import rules as consent_rules
from consent.models import Decision, Scheme
from consent.queries import decisions_about, scheme_facts
from privacy_portal import days, locks
from privacy_portal.accounts.models import User
from privacy_portal.log.appending import Body, append, body
from sharing import lines, rules
from sharing.errors import NotNowError
from sharing.models import Disclosure, DisclosureLine, Recall, RecallStep

WHOLE = lines.OUTCOMES.index(rules.Outcome.RELEASED)


def find_late(decisions: Sequence[Decision], at: datetime) -> Iterable[Body]:
    """Drafts a recall for each disclosure that went whole between an opt-out's receipt and now.

    In the transaction that records the decisions, under their pupils' locks: a hand-over of
    the same pupil is over by then, or sees the decision. 2 queries, and 1 for each disclosure
    in between and each pupil found in it.
    """
    by_scheme: dict[int, list[Decision]] = defaultdict(list)
    for decision in decisions:
        late = decision.received_at < decision.recorded_at
        if late and decision.choice == consent_rules.Choice.OPT_OUT:
            by_scheme[decision.scheme_id].append(decision)
    entries: list[Body] = []
    for of_scheme in by_scheme.values():
        entries += _find(of_scheme[0].scheme, of_scheme, at)
    return entries


def _find(scheme: Scheme, decisions: Sequence[Decision], at: datetime) -> Iterable[Body]:
    facts = scheme_facts(scheme)
    went = Disclosure.objects.filter(
        recipient=scheme.recipient_id,
        at__gte=min(each.received_at for each in decisions),
        at__lte=max(each.recorded_at for each in decisions),
    ).exclude(outcome=rules.Outcome.REFUSED)
    by_person: dict[object, list[Decision]] = defaultdict(list)
    for decision in decisions:
        by_person[decision.pupil.reference].append(decision)
    for disclosure in went.select_related("purpose").order_by("entry"):
        assert disclosure.purpose is not None  # a disclosure that was not refused has one
        items = set(disclosure.item_sets[0]) if disclosure.item_sets else set()
        if not facts.applies_to(disclosure.purpose.code) or items <= facts.basic_items:
            continue
        whole = DisclosureLine.objects.filter(
            disclosure=disclosure, person__in=list(by_person), outcome=WHOLE
        )
        for person in whole.values_list("person", flat=True):
            for decision in by_person[person]:
                in_between = decision.received_at <= disclosure.at <= decision.recorded_at
                if in_between and _opted_out_then(scheme, facts, decision, disclosure.at):
                    recall = Recall.objects.create(
                        disclosure=disclosure, decision=decision, found_at=at
                    )
                    yield body(
                        "disclosure-late",
                        at=at,
                        by=None,
                        recall=recall.pk,
                        disclosure=disclosure.pk,
                        person=str(person),
                        decision=decision.pk,
                    )


def _opted_out_then(
    scheme: Scheme, facts: consent_rules.Scheme, decision: Decision, then: datetime
) -> bool:
    known = decisions_about(scheme, decision.pupil)
    return consent_rules.opted_out(facts, decision.pupil.born, known, then)


def recalls() -> QuerySet[Recall]:
    """Every recall with `last`, its last step's kind, and `last_on`, that step's day; 1 query."""
    steps = RecallStep.objects.filter(recall=OuterRef("pk")).order_by("-pk")
    listed = Recall.objects.select_related(
        "disclosure__recipient",
        "disclosure__purpose",
        "disclosure__agreement_version__agreement",
        "decision__pupil__school",
        "decision__scheme",
    )
    return listed.annotate(
        last=Subquery(steps.values("kind")[:1]), last_on=Subquery(steps.values("on")[:1])
    )


def open_recalls() -> QuerySet[Recall]:
    """Those whose deletion nobody confirmed, oldest first; 1 query.

    One whose opt-out was marked invalid since needs no recall any more.
    """
    confirmed = RecallStep.objects.filter(recall=OuterRef("pk"), kind=RecallStep.Kind.CONFIRMED)
    waiting = recalls().filter(~Exists(confirmed), decision__invalidation=None)
    return waiting.order_by("found_at", "pk")


def due(on: date) -> QuerySet[Recall]:
    """Those an officer should do something about now: never sent, or silent for two weeks."""
    before = on - timedelta(days=settings.RECALL_REMIND_DAYS)
    return open_recalls().filter(Q(last=None) | Q(last_on__lte=before))


def recalls_of(pupil_id: int) -> QuerySet[Recall]:
    """A pupil's, newest first; 1 query."""
    return recalls().filter(decision__pupil=pupil_id).order_by("-found_at", "-pk")


def check_step(recall: Recall, kind: RecallStep.Kind) -> None:
    """Raises NotNowError unless the step fits the state of the recall (read with `recalls`)."""
    last = recall.last  # type: ignore[attr-defined]
    if last == RecallStep.Kind.CONFIRMED:
        raise NotNowError("The organisation has confirmed already that it deleted it.")
    if kind is RecallStep.Kind.SENT and last is not None:
        raise NotNowError("The letter was sent already. Note a reminder instead.")
    if kind is RecallStep.Kind.REMINDED and last is None:
        raise NotNowError("The letter was not sent yet.")


def step(
    recall: Recall, kind: RecallStep.Kind, *, on: date, note: str, by: User, at: datetime
) -> None:
    """Notes what was done or heard, logged. Raises NotNowError where it does not fit."""
    with transaction.atomic():
        locks.take_one(locks.Single.RECALL, recall.pk)
        now = recalls().get(pk=recall.pk)
        check_step(now, kind)
        RecallStep.objects.create(recall=now, kind=kind, on=on, at=at, by=by, note=note)
        append([body(f"recall-{kind}", at=at, by=by, recall=now.pk, on=on.isoformat())])


def too_much(recall: Recall) -> list[str]:
    """The codes of the items that went and should not have: all but the basic ones; 2 queries."""
    basic = scheme_facts(recall.decision.scheme).basic_items
    return [code for code in recall.disclosure.item_sets[0] if code not in basic]


def letter_taken(recall: Recall, *, by: User, at: datetime) -> None:
    """Logs that an officer took the letter, which names the pupil (L1)."""
    person = str(recall.decision.pupil.reference)
    with transaction.atomic():
        append([body("recall-letter", at=at, by=by, recall=recall.pk, person=person)])


def answer_by(at: datetime) -> date:
    """The day by which the letter asks for an answer."""
    return days.day_of(at) + timedelta(days=settings.RECALL_REMIND_DAYS)
