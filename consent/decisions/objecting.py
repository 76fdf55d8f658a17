"""What becomes of an objection: an officer decides within a month, and the person is told before
it stops counting (C10).

It counts from receipt like an opt-out, and goes on counting while nobody decides.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from consent import rules
from consent.fitting import fitting
from consent.linking import open_links
from consent.models import Decision, Invalidation, MergedDecision, Pupil, Ruling, RulingTold
from consent.queries import lock_pupils
from notices.queries import signature
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.mail.queries import was_sent
from privacy_portal.ground.mail.writing import Letter, address, write

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


def objecting(recipient: int, purpose: str, at: datetime | rules.Seen) -> frozenset[int]:
    """The ids of all pupils for whom an objection to what this recipient (by its id) gets for the
    purpose counts at the instant, about their record or one that may be of the same child (C6b),
    those that a job is about to record too; 2 queries, where there are any as many as `open_links`
    takes, and 2 more for such a job."""
    coming = {
        each.pupil
        for each in fitting(recipient=recipient, purpose__code=purpose)
        if rules.objection_counts(rules.Objection(each.request.received_at), at)
    }
    with connection.cursor() as cursor:
        cursor.execute(_OBJECTING, [recipient, purpose])
        found = cursor.fetchall()
    objected = coming | {
        pupil
        for pupil, received, invalid, kind, told in found
        if rules.objection_counts(rules.Objection(received, invalid, _kind(kind), told), at)
    }
    return frozenset(open_links().with_others(objected) if objected else ())


@dataclass(frozen=True, slots=True)
class State:
    """How an objection stands: `ruling` is the latest, `ends` when it stops or stopped counting."""

    ruling: Ruling | None
    told: RulingTold | None
    counts: bool
    ends: datetime | None
    due_on: date
    invalid: Invalidation | None


def state_of(decision: Decision, *, at: datetime) -> State:
    """How an objection stands now; at most 2 queries."""
    ruling = decision.rulings.select_related("told", "by").last()
    told = getattr(ruling, "told", None)
    facts = facts_of(decision, ruling.kind if ruling else None, told.at if told else None)
    return State(
        ruling=ruling,
        told=told,
        counts=rules.objection_counts(facts, rules.seen_now(at)),
        ends=rules.objection_ends(facts),
        due_on=rules.objection_due(day_of(decision.received_at)),
        invalid=getattr(decision, "invalidation", None),
    )


def facts_of(decision: Decision, ruled: str | None, told: datetime | None) -> rules.Objection:
    """An objection as the rules need it, with its latest ruling and when the person was told."""
    invalid = getattr(decision, "invalidation", None) is not None
    return rules.Objection(decision.received_at, invalid, _kind(ruled), told)


def objections() -> QuerySet[Decision]:
    """Every objection; `ruled` is its latest ruling's kind, `told_at` when the person was told of
    that one; 1 query.

    One about a record that is part of another is decided there, and stands here no more.
    """
    return all_objections().filter(pupil__in=Pupil.objects.standing())


def all_objections() -> QuerySet[Decision]:
    """Adds those about records that are part of another, read in the same way; 1 query."""
    latest = Ruling.objects.filter(decision=OuterRef("pk")).order_by("-pk")
    found = Decision.objects.filter(recipient__isnull=False).annotate(
        ruled=Subquery(latest.values("kind")[:1]), told_at=Subquery(latest.values("told__at")[:1])
    )
    return found.select_related(
        "pupil__school", "recipient", "purpose", "request", "recorded_by", "invalidation"
    )


def waiting_objections() -> QuerySet[Decision]:
    """Those that nobody has decided, or whose person was not told yet, oldest first; 1 query."""
    waiting = objections().filter(Q(ruled=None) | Q(told_at=None), invalidation=None)
    return waiting.order_by("received_at", "pk")


def objections_about(pupil: Pupil) -> QuerySet[Decision]:
    """A pupil's, and those about records that may be of the same child, in the order received; 1
    query, and as many as `open_links` takes."""
    records = open_links().with_others([pupil.pk])
    return objections().filter(pupil__in=records).order_by("received_at", "pk")


def objection(number: int) -> Decision | None:
    """The objection with this number, or what stands for it since its pupil's record is part of
    another; 1 query, and 2 for each step of such."""
    found = objections().filter(pk=number).first()
    if found is not None:
        return found
    copy = MergedDecision.objects.filter(original=number, merge__undone=None).first()
    return objection(copy.copy_id) if copy else None


def check_rule(decision: Decision, kind: Ruling.Kind, *, at: datetime) -> None:
    """Raises NotNowError unless this can become of the objection now."""
    state = state_of(decision, at=at)
    if state.invalid:
        raise NotNowError("The objection is marked invalid, so there is nothing to decide.")
    last = state.ruling.kind if state.ruling else None
    if last == kind:
        raise NotNowError("This is decided already.")
    if last in (Ruling.Kind.GROUNDS, Ruling.Kind.WITHDRAWN):
        if not state.counts:
            raise NotNowError("The objection has ended. The person can make a new one.")
        if kind is not Ruling.Kind.UPHELD:
            raise NotNowError("This is decided. Until it ends it can still be upheld.")
    if last == Ruling.Kind.UPHELD and kind is Ruling.Kind.GROUNDS:
        raise NotNowError("It is upheld, and the person was told so. Only they can take it back.")


def rule(decision: Decision, kind: Ruling.Kind, *, reason: str, by: User, at: datetime) -> Ruling:
    """Decides, and writes to the person where their email address is known.

    Unless it is upheld the objection stops counting 7 days after they were told, not before.
    Raises NotNowError where it does not fit.
    """
    with transaction.atomic():
        lock_pupils([decision.pupil_id])
        now = objections().filter(pk=decision.pk).first()
        if now is None:
            raise NotNowError("The pupil’s record is part of another one now. Decide it there.")
        check_rule(now, kind, at=at)
        ruling = Ruling(decision=now, kind=kind, reason=reason, at=at, by=by)
        to = email_of(now)
        if to:
            ruling.mail = f"objection-ruled/{now.pk}/{now.rulings.count() + 1}"
        ruling.save()
        if to:
            write([_letter(ruling, to)], at=at)
        log.record(f"objection-{kind}", at=at, by=by, decision=now.pk)
    return ruling


def tell(ruling: Ruling, *, note: str, by: User, at: datetime) -> None:
    """A member of staff has told the person; `note` says how. Raises NotNowError if noted."""
    with transaction.atomic():
        lock_pupils([ruling.decision.pupil_id])
        _told(ruling, at=at, by=by, note=note)


def settle(*, at: datetime) -> int:
    """Notes those whose mail has gone as told; returns how many."""
    done = 0
    waiting = Ruling.objects.filter(~Q(mail=""), told=None).select_related("decision")
    for ruling in waiting.order_by("pk"):
        if not was_sent(ruling.mail):
            continue
        with transaction.atomic():
            lock_pupils([ruling.decision.pupil_id])
            if not RulingTold.objects.filter(ruling=ruling).exists():
                _told(ruling, at=at, by=None, note="")
                done += 1
    return done


def remind(*, at: datetime) -> int:
    """Mails to officers about objections that must be decided soon, and once more when overdue;
    returns how many are new."""
    today = day_of(at)
    letters = []
    officers = User.objects.officers().filter(is_active=True)
    undecided = objections().filter(Q(ruled=None), invalidation=None)
    soon = today + timedelta(days=settings.OBJECTION_REMIND_DAYS)
    for each in undecided.order_by("pk"):
        due_on = rules.objection_due(day_of(each.received_at))
        if due_on > soon:
            continue
        when = "overdue" if due_on < today else "soon"
        letters += [
            Letter(
                key=f"objection-due/{each.pk}/{when}/{officer.reference}",
                to=officer.email,
                template="consent/objection-due",
                context={
                    "due_on": due_on,
                    "overdue": when == "overdue",
                    "link": address(reverse("staff-objection", args=[each.pk])),
                },
            )
            for officer in officers
        ]
    with transaction.atomic():
        return write(letters, at=at)


def email_of(decision: Decision) -> str:
    """Where the person can be written to; empty where only by letter."""
    return decision.email or (decision.request.email if decision.request else "")


def _told(ruling: Ruling, *, at: datetime, by: User | None, note: str) -> None:
    if RulingTold.objects.filter(ruling=ruling).exists():
        raise NotNowError("It is noted already that the person was told.")
    RulingTold.objects.create(ruling=ruling, at=at, by=by, note=note)
    log.record("objection-told", at=at, by=by, decision=ruling.decision_id)


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
