"""Recalls (C8): find what was shared after an opt-out or objection was received, and recall it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from consent import rules as consent_rules
from consent.decisions.linked_decisions import LinkedDecisions, decided_about
from consent.decisions.merged_histories import Origin, origins
from consent.models import ABOUT, Decision, Matter, MergedDecision, Pupil
from consent.queries import references_of, scheme_facts
from consent.same_child_links import open_links
from privacy_portal.ground import days, locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import Body, body, record
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.row_security import beyond_own_schools
from privacy_portal.ground.terms import current as terms
from sharing import rules
from sharing.disclosures import lines
from sharing.models import Disclosure, DisclosureLine, KeepingStep, Recall, RecallStep
from sharing.review.recall_letters import people_sent

WHOLE = lines.OUTCOMES.index(rules.Outcome.RELEASED)
REDUCED = lines.OUTCOMES.index(rules.Outcome.REDUCED)
BY_HAND = Disclosure.Origin.AFTER_THE_FACT


def find_late(decisions: Sequence[Decision], at: datetime) -> Iterable[Body]:
    """Draft a recall for each disclosure between a decision's receipt and now that shared too much: in
    full despite an opt-out, or anything despite an objection.

    Runs in the transaction that records the decisions, under their pupils' locks: a hand-over about
    the same pupil is over by then, or sees the decision. A merge of records recalls nothing twice.
    What was refused or undone was not shared; what was recorded afterwards was, whatever the rules
    say. 3 queries, 1 for each disclosure in between, and a few for each pupil in any.
    """
    by_matter: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        late = decision.received_at != decision.recorded_at
        if late and decision.choice != consent_rules.Choice.OPT_IN:
            by_matter[decision.matter.key].append(decision)
    entries: list[Body] = []
    for about_matter in by_matter.values():
        entries += _find(about_matter[0].matter, about_matter, at)
    return entries


def _find(matter: Matter, decisions: Sequence[Decision], at: datetime) -> Iterable[Body]:
    facts = scheme_facts(matter.scheme) if matter.scheme else None
    original_of = dict(
        MergedDecision.objects.filter(copy__in=decisions).values_list("copy", "original")
    )
    entries_before = _entries_before(decisions, origins(decisions) if original_of else {})
    disclosures = Disclosure.objects.filter(
        Q(origin=BY_HAND) | ~Q(outcome=rules.Outcome.REFUSED),
        recipient=matter.recipient,
        direction=Disclosure.Direction.SENT,
        undone=None,
        at__gte=min(_since(decision) for decision in decisions),
    )
    by_pupil: dict[int, list[Decision]] = defaultdict(list)
    links = open_links()
    for decision in decisions:
        for pupil_id in links.with_others([decision.pupil_id]):
            by_pupil[pupil_id].append(decision)
    records = Pupil.objects.in_bulk(list(by_pupil))
    references = references_of(records.values())
    # Read once: what is decided meanwhile about a linked record is judged when it is recorded.
    decided: dict[int, LinkedDecisions] = {}
    for disclosure in disclosures.select_related("purpose").order_by("entry"):
        if not _forbids(matter, facts, disclosure):
            continue
        then = disclosure.left_at
        sent = _too_much(facts, disclosure).filter(person__in=list(references))
        for person in sent.values_list("person", flat=True):
            assert person is not None  # it is one of the references
            pupil = records[references[person]]
            if matter.scheme is not None and pupil.pk not in decided:
                decided[pupil.pk] = decided_about(matter.scheme, pupil)
            for decision in by_pupil[pupil.pk]:
                if _over_before(decision, disclosure, entries_before.get(decision.pk)):
                    continue
                if _since(decision) > then or not _held_then(decision, decided.get(pupil.pk), then):
                    continue
                recalls_made = Recall.objects.filter(disclosure=disclosure)
                if recalls_made.filter(decision=original_of.get(decision.pk)).exists():
                    continue
                # One recall, also if two records of the same child are in the file.
                recall, _ = Recall.objects.get_or_create(
                    disclosure=disclosure, decision=decision, defaults={"found_at": at}
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


def _forbids(matter: Matter, facts: consent_rules.Scheme | None, disclosure: Disclosure) -> bool:
    """Return whether an opt-out or objection in the matter forbids something in the disclosure."""
    purpose = disclosure.purpose
    if facts is None:
        return purpose is None or purpose == matter.purpose
    items = set(disclosure.item_sets[0]) if disclosure.item_sets else set()
    applies = purpose is None or facts.applies_to(purpose.code)
    return applies and not items <= facts.basic_items


def _too_much(
    facts: consent_rules.Scheme | None, disclosure: Disclosure
) -> QuerySet[DisclosureLine]:
    """Return the lines for which more was shared than is now known to be allowed: reduced rows despite
    an opt-out are allowed, no rows despite an objection. What was recorded afterwards was shared in
    full; if the choice was already known, its incident deals with it."""
    lines_of = DisclosureLine.objects.filter(disclosure=disclosure)
    if disclosure.origin == BY_HAND:
        reason = lines.REASONS.index(rules.Reason.OPTED_OUT if facts else rules.Reason.OBJECTED)
        return lines_of.filter(Q(reason=None) | ~Q(reason=reason))
    return lines_of.filter(outcome__in=(WHOLE,) if facts else (WHOLE, REDUCED))


def _since(decision: Decision) -> datetime:
    """Return the time from which a hand-over is late, by the clock of any server, unless the log's order
    shows that it was over (see `_over_before`). The end needs no clock: what is committed was shared
    before the decision was recorded."""
    return decision.received_at - consent_rules.CLOCKS_APART


def _entries_before(decisions: Iterable[Decision], came: Mapping[int, Origin]) -> Mapping[int, int]:
    """Return how many entries the log had when a decision sent online was received, by its id."""
    numbers = {}
    for decision in decisions:
        request = (came[decision.pk].first if decision.pk in came else decision).request
        if request is not None and request.entries_before is not None:
            numbers[decision.pk] = request.entries_before
    return numbers


def _over_before(decision: Decision, disclosure: Disclosure, entries_before: int | None) -> bool:
    """Return whether it was certainly shared before the decision was received: its entry was in the log
    by then, and the clocks agree."""
    if entries_before is None or disclosure.entry >= entries_before:
        return False
    return disclosure.left_at < decision.received_at


def _held_then(decision: Decision, decided: LinkedDecisions | None, then: datetime) -> bool:
    """Return whether the opt-out or objection, as known now, applied at that instant to the record in
    the row: the decision's own, or one that may be of the same child (C6b). `decided` holds the
    decisions about that record; None for an objection."""
    if decided is None:
        return _since(decision) <= then
    return decided.opted_out(consent_rules.seen_about(then))


def recalls() -> QuerySet[Recall]:
    """Return every recall, with `last`, the kind of its last step, and `last_on`, its day; 1 query."""
    steps = RecallStep.objects.filter(recall=OuterRef("pk")).order_by("-pk")
    shared = Recall.objects.filter(disclosure__undone=None).select_related(
        "disclosure__recipient",
        "disclosure__purpose",
        "disclosure__agreement_version__agreement",
        "decision__pupil__school",
        *(f"decision__{relation}" for relation in ABOUT),
    )
    return shared.annotate(
        last=Subquery(steps.values("kind")[:1]), last_on=Subquery(steps.values("on")[:1])
    )


def open_recalls() -> QuerySet[Recall]:
    """Return the recalls whose deletion is not confirmed, oldest first; 1 query.

    An opt-out that is marked invalid needs no recall, nor does a disclosure that is deleted.
    """
    confirmed = RecallStep.objects.filter(recall=OuterRef("pk"), kind=RecallStep.Kind.CONFIRMED)
    destroyed = KeepingStep.objects.filter(
        disclosure=OuterRef("disclosure"), kind=KeepingStep.Kind.DESTROYED
    )
    unconfirmed = recalls().filter(
        ~Exists(confirmed), ~Exists(destroyed), decision__invalidation=None
    )
    return unconfirmed.order_by("found_at", "pk")


def due(on: date) -> QuerySet[Recall]:
    """Return the recalls that need an officer now: letter to send, or no reply for two weeks."""
    before = on - timedelta(days=terms.number("recall_days"))
    return open_recalls().filter(Q(last=None) | Q(last_on__lte=before))


@beyond_own_schools()
def recalls_of(pupil: Pupil) -> list[Recall]:
    """Return a pupil's recalls, newest first; as many queries as `recalls_about` and 1."""
    return list(recalls_about(pupil).order_by("-found_at", "-pk"))


def recalls_about(pupil: Pupil) -> QuerySet[Recall]:
    """Return a pupil's recalls, also of records merged into theirs or perhaps of the same child; 3 queries,
    and a few while such a question is open."""
    records = Pupil.objects.filter(pk__in=open_links().with_others([pupil.pk]))
    return recalls().filter(decision__pupil__reference__in=list(references_of(records)))


def check_can_record_step(recall: Recall, kind: RecallStep.Kind) -> None:
    """Raise NotNowError unless the step fits the state of the recall (read with `recalls`)."""
    last = recall.last  # type: ignore[attr-defined]
    if last == RecallStep.Kind.CONFIRMED:
        raise NotNowError("The organisation has already confirmed deletion.")
    if kind is RecallStep.Kind.SENT and last is not None:
        raise NotNowError("The letter has already been sent. Record a reminder instead.")
    if kind is not RecallStep.Kind.SENT and last is None:
        raise NotNowError("Send the letter first.")


def record_step(
    recall: Recall, kind: RecallStep.Kind, *, on: date, note: str, by: User | None, at: datetime
) -> None:
    """Record a step, logged. Raise NotNowError if it does not fit the state of the recall."""
    with transaction.atomic():
        locks.take_one(locks.Row.RECALL, recall.pk)
        recall = recalls().get(pk=recall.pk)
        check_can_record_step(recall, kind)
        step = RecallStep.objects.create(recall=recall, kind=kind, on=on, at=at, by=by, note=note)
        about = {"recall": recall.pk, "on": on.isoformat(), "texts": texts_of(step)}
        record(f"recall-{kind}", at=at, by=by, **about)


def too_much(recall: Recall) -> list[str]:
    """Return the codes of the items that should not have been shared: all but the basic ones or, after
    an objection, all in the pupil's row. 2 queries, 3 for an objection."""
    decision, sets = recall.decision, recall.disclosure.item_sets
    if decision.scheme is not None:
        basic = scheme_facts(decision.scheme).basic_items
        return [code for code in sets[0] if code not in basic]
    sent = DisclosureLine.objects.filter(
        disclosure=recall.disclosure,
        person__in=people_sent(recall),
        item_set__isnull=False,
    )
    places = sent.values_list("item_set", flat=True)
    return sorted({code for place in places for code in sets[place or 0]})


def letter_taken(recall: Recall, *, by: User, at: datetime) -> None:
    """Log that an officer downloaded the letter, and which pupil it is about (L1)."""
    person = str(recall.decision.pupil.reference)
    with transaction.atomic():
        record("recall-letter", at=at, by=by, recall=recall.pk, person=person)


def answer_by(at: datetime) -> date:
    """Return the day by which the letter asks for a reply."""
    return days.day_of(at) + timedelta(days=terms.number("recall_days"))
