"""Objections: an officer decides within a month, and the person is told before one ends (C10).

An objection counts from receipt like an opt-out, and goes on counting while nobody decides.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from consent import rules
from consent.models import Decision, Invalidation, MergedDecision, Pupil, Ruling, RulingTold
from consent.pupil_matches import confirmed_matches
from consent.queries import lock_pupils
from consent.same_child_links import open_links
from notices.queries import signature
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.mail.queries import was_sent
from privacy_portal.ground.mail.writing import Letter, address, write
from privacy_portal.ground.row_security import beyond_own_schools

_OBJECTING = """
SELECT decision.pupil_id, decision.received_at, invalidation.id IS NOT NULL, ruling.kind, told.at
FROM consent_decision decision
LEFT JOIN consent_invalidation invalidation ON invalidation.decision_id = decision.id
LEFT JOIN LATERAL (
    SELECT id, kind FROM consent_ruling WHERE decision_id = decision.id ORDER BY id DESC LIMIT 1
) ruling ON true
LEFT JOIN consent_rulingtold told ON told.ruling_id = ruling.id
WHERE decision.recipient_id = %s
    AND decision.purpose_id = (SELECT id FROM notices_purpose WHERE code = %s)
"""


@beyond_own_schools()
def objecting(recipient: int, purpose: str, at: datetime | rules.Seen) -> frozenset[int]:
    """Return the ids of all pupils for whom an objection to what this recipient (by id) gets for
    the purpose counts at the instant.

    The objection may be about a record that may be of the same child (C6b), or one that a job is
    about to record. 2 queries; where there are any, as many more as `open_links` takes, and 2 for
    such a job.
    """
    coming = {
        match.pupil
        for match in confirmed_matches(recipient=recipient, purpose__code=purpose)
        if rules.objection_counts(rules.Objection(match.request.received_at), at)
    }
    with connection.cursor() as cursor:
        cursor.execute(_OBJECTING, [recipient, purpose])
        rows = cursor.fetchall()
    objected = coming | {
        pupil
        for pupil, received, invalid, kind, told_at in rows
        if rules.objection_counts(rules.Objection(received, invalid, _kind(kind), told_at), at)
    }
    return frozenset(open_links().with_others(objected) if objected else ())


@dataclass(frozen=True, slots=True)
class ObjectionProgress:
    """The state of an objection: `ruling` is the latest, `ends` when it stops or stopped counting."""

    ruling: Ruling | None
    telling: RulingTold | None
    counts: bool
    ends: datetime | None
    due_on: date
    invalid: Invalidation | None


def state_of(decision: Decision, *, at: datetime) -> ObjectionProgress:
    """Return the state of an objection at the instant; at most 2 queries."""
    ruling = decision.rulings.select_related("told", "by").last()
    telling = getattr(ruling, "told", None)
    facts = facts_of(decision, ruling.kind if ruling else None, telling.at if telling else None)
    return ObjectionProgress(
        ruling=ruling,
        telling=telling,
        counts=rules.objection_counts(facts, rules.seen_now(at)),
        ends=rules.objection_ends(facts),
        due_on=rules.objection_due(day_of(decision.received_at)),
        invalid=getattr(decision, "invalidation", None),
    )


def facts_of(decision: Decision, ruled: str | None, told_at: datetime | None) -> rules.Objection:
    """Return an objection as rules need it: its latest ruling, and when the person was told."""
    invalid = getattr(decision, "invalidation", None) is not None
    return rules.Objection(decision.received_at, invalid, _kind(ruled), told_at)


def objections() -> QuerySet[Decision]:
    """Return every objection, with the kind of its latest ruling as `ruled` and when the person was
    told of it as `told_at`; 1 query.

    Leaves out objections about records that were merged into another: they are decided there.
    """
    return all_objections().filter(pupil__in=Pupil.objects.standing())


def all_objections() -> QuerySet[Decision]:
    """Return every objection as `objections` does, with those about merged records; 1 query."""
    latest = Ruling.objects.filter(decision=OuterRef("pk")).order_by("-pk")
    rows = Decision.objects.filter(recipient__isnull=False).annotate(
        ruled=Subquery(latest.values("kind")[:1]), told_at=Subquery(latest.values("told__at")[:1])
    )
    return rows.select_related(
        "pupil__school", "recipient", "purpose", "request", "recorded_by", "invalidation"
    )


def waiting_objections() -> QuerySet[Decision]:
    """Return objections not decided, or whose person is not told, oldest first; 1 query."""
    undecided = objections().filter(Q(ruled=None) | Q(told_at=None), invalidation=None)
    return undecided.order_by("received_at", "pk")


def objections_about(pupil: Pupil) -> QuerySet[Decision]:
    """Return the objections about a pupil, or a record that may be of the same child, in the order
    received; 1 query, and as many as `open_links` takes."""
    records = open_links().with_others([pupil.pk])
    return objections().filter(pupil__in=records).order_by("received_at", "pk")


def objection(number: int) -> Decision | None:
    """Return the objection with this number, or the copy that stands for it since its record was
    merged; 1 query, and 2 for each merge."""
    decision = objections().filter(pk=number).first()
    if decision is not None:
        return decision
    copy = MergedDecision.objects.filter(original=number, merge__undone=None).first()
    return objection(copy.copy_id) if copy else None


def check_can_rule(decision: Decision, kind: Ruling.Kind, *, at: datetime) -> None:
    """Raise NotNowError unless an officer can make this decision now."""
    state = state_of(decision, at=at)
    if state.invalid:
        raise NotNowError("This objection is invalid, so it does not need a decision.")
    last = state.ruling.kind if state.ruling else None
    if last == kind:
        raise NotNowError("There is already a decision.")
    if last in (Ruling.Kind.GROUNDS, Ruling.Kind.WITHDRAWN):
        if not state.counts:
            raise NotNowError("This objection has ended. The person can make a new one.")
        if kind is not Ruling.Kind.UPHELD:
            raise NotNowError(
                "There is already a decision. You can still uphold the objection until it ends."
            )
    if last == Ruling.Kind.UPHELD and kind is Ruling.Kind.GROUNDS:
        raise NotNowError(
            "This objection was upheld and the person has been told. Only they can withdraw it."
        )


def rule(decision: Decision, kind: Ruling.Kind, *, reason: str, by: User, at: datetime) -> Ruling:
    """Record an officer's decision, and email the person if their address is known.

    Unless it is upheld the objection ends 7 days after they were told, not before. Raises
    NotNowError if the decision cannot be made now.
    """
    with transaction.atomic():
        lock_pupils([decision.pupil_id])
        now = objections().filter(pk=decision.pk).first()
        if now is None:
            raise NotNowError("This record has been merged with another. Make the decision there.")
        check_can_rule(now, kind, at=at)
        ruling = Ruling(decision=now, kind=kind, reason=reason, at=at, by=by)
        to = email_of(now)
        if to:
            ruling.mail = f"objection-ruled/{now.pk}/{now.rulings.count() + 1}"
        ruling.save()
        if to:
            write([_letter(ruling, to)], at=at)
        log.record(f"objection-{kind}", at=at, by=by, decision=now.pk, texts=texts_of(ruling))
    return ruling


def tell(ruling: Ruling, *, note: str, by: User, at: datetime) -> None:
    """Record that a member of staff has told the person; `note` says how. Raises NotNowError if
    they are marked as told."""
    with transaction.atomic():
        lock_pupils([ruling.decision.pupil_id])
        _mark_told(ruling, at=at, by=by, note=note)


def settle(*, at: datetime) -> int:
    """Mark as told everyone whose email about a decision was sent; return the number."""
    number = 0
    unsent = Ruling.objects.filter(~Q(mail=""), told=None).select_related("decision")
    for ruling in unsent.order_by("pk"):
        if not was_sent(ruling.mail):
            continue
        with transaction.atomic():
            lock_pupils([ruling.decision.pupil_id])
            if not RulingTold.objects.filter(ruling=ruling).exists():
                _mark_told(ruling, at=at, by=None, note="")
                number += 1
    return number


def remind(*, at: datetime) -> int:
    """Email officers about objections that must be decided soon, and once more when overdue; return
    the number of new emails."""
    today = day_of(at)
    letters = []
    officers = User.objects.officers().filter(is_active=True)
    undecided = objections().filter(Q(ruled=None), invalidation=None)
    soon = today + timedelta(days=settings.OBJECTION_REMIND_DAYS)
    for decision in undecided.order_by("pk"):
        due_on = rules.objection_due(day_of(decision.received_at))
        if due_on > soon:
            continue
        when = "overdue" if due_on < today else "soon"
        letters += [
            Letter(
                key=f"objection-due/{decision.pk}/{when}/{officer.reference}",
                to=officer.email,
                template="consent/objection-due",
                context={
                    "due_on": due_on,
                    "overdue": when == "overdue",
                    "link": address(reverse("staff-objection", args=[decision.pk])),
                },
            )
            for officer in officers
        ]
    with transaction.atomic():
        return write(letters, at=at)


def email_of(decision: Decision) -> str:
    """Return the person's email address, or an empty text where they can only be told by letter."""
    return decision.email or (decision.request.email if decision.request else "")


def _mark_told(ruling: Ruling, *, at: datetime, by: User | None, note: str) -> None:
    if RulingTold.objects.filter(ruling=ruling).exists():
        raise NotNowError("This person is already marked as told.")
    told = RulingTold.objects.create(ruling=ruling, at=at, by=by, note=note)
    log.record("objection-told", at=at, by=by, decision=ruling.decision_id, texts=texts_of(told))


def _letter(ruling: Ruling, to: str) -> Letter:
    decision = ruling.decision
    return Letter(
        key=ruling.mail,
        to=to,
        template="consent/objection-ruled",
        context={
            "decision": decision,
            "matter": decision.matter,
            "kind": ruling.kind,
            "reason": ruling.reason,
            "reference": decision.request.reference if decision.request else "",
            "days": rules.OBJECTION_ENDS_DAYS,
            "link": address(reverse("report")),
            **signature(),
        },
    )


def _kind(kind: str | None) -> rules.RulingKind | None:
    return None if kind is None else rules.RulingKind(kind)
