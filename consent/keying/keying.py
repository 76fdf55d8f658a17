"""Decisions on paper or by phone, recorded by staff, and the second check of them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from consent.decisions import doubts, opting_in
from consent.decisions.recording import take
from consent.errors import DoubtfulError
from consent.keying import scans
from consent.models import ABOUT, Decision, Matter, Pupil, SecondLook
from consent.queries import lock_pupils, own_pupils
from consent.rules import Choice, DecidedBy
from notices.queries import controller, signature
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import start_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.mail.writing import Letter, write
from privacy_portal.ground.names import person_key

ONE_IN = 10
_ABOUT = [f"decision__{name}" for name in ABOUT]


@dataclass(frozen=True, slots=True)
class FormOrCall:
    """What staff record from a paper form or call. `submission` is the same however often the form
    is sent; `all_the_same` is the key of the doubt about which they were asked."""

    pupil: Pupil
    matter: Matter
    choice: Choice
    by: DecidedBy
    person_name: str
    relation: str
    email: str
    channel: Decision.Channel
    signed_on: date | None
    received_on: date
    submission: UUID
    grounds: str = ""
    all_the_same: str = ""


def key(entry: FormOrCall, *, scan: scans.CheckedScan | None, by: User, at: datetime) -> Decision:
    """Record a decision with its dates, scan and log entry; it counts from the day received (C5).

    An opt-in counts only after a second check and once all contacts are told (C3). Raises
    RefusedError, with nothing stored, where the rules do not allow it, and DoubtfulError where it
    may be a slip and nobody was asked.
    """
    try:
        return _key(entry, scan, by, at)
    except _KeyedAlreadyError as same:
        return same.decision


def _key(entry: FormOrCall, scan: scans.CheckedScan | None, by: User, at: datetime) -> Decision:
    decision = Decision(
        pupil=entry.pupil,
        scheme=entry.matter.scheme,
        recipient=None if entry.matter.scheme else entry.matter.recipient,
        purpose=entry.matter.purpose,
        grounds=entry.grounds,
        choice=entry.choice.value,
        by=entry.by.value,
        person_name=entry.person_name,
        person_key=person_key(entry.person_name),
        relation=entry.relation,
        email=entry.email,
        channel=entry.channel,
        signed_on=entry.signed_on,
        received_at=start_of(entry.received_on),
        recorded_at=at,
        recorded_by=by,
        submission=entry.submission,
    )

    with scans.stored(scan) as file, transaction.atomic():
        lock_pupils([entry.pupil.pk])
        if earlier := Decision.objects.filter(submission=entry.submission).first():
            raise _KeyedAlreadyError(earlier)
        doubt = doubts.about(decision, at=at)
        if doubt and doubt.key != entry.all_the_same:
            raise DoubtfulError(doubt.key, doubt.sentence, repeats=doubt.repeats)

        def with_it(_: Sequence[Decision]) -> None:
            if scan and file:
                scans.attach(decision, file, scan)
            why = _why_look_again(entry.choice)
            if why:
                SecondLook.objects.create(decision=decision, why=why, keyed_by=by)
            if entry.choice is Choice.OPT_IN:
                opting_in.tell_contacts(decision, at=at)
            if entry.email:
                write([_receipt(decision, at)], at=at)

        take(decision, by=by, at=at, then=with_it)
    return decision


class _KeyedAlreadyError(Exception):
    """A form that has been recorded already was sent again; its new scan is discarded."""

    def __init__(self, decision: Decision):
        self.decision = decision
        super().__init__("already recorded")


def _receipt(decision: Decision, at: datetime) -> Letter:
    scheme = decision.scheme
    basics = scheme.basic_items.select_related("item") if scheme else []
    return Letter(
        key=f"decision-kept/{decision.pk}",
        to=decision.email,
        template="consent/decision-kept",
        context={
            "decision": decision,
            "matter": decision.matter,
            "chosen": decision.matter.chosen(Choice(decision.choice)),
            "entered_by": _entered_by(decision),
            "without_effect": decision.choice == Choice.OPT_IN
            and opting_in.without_effect(decision, at=at),
            "basics": [row.item for row in basics],
            **signature(),
        },
    )


def _entered_by(decision: Decision) -> str:
    """Return who the receipt says has entered it: the council if an officer recorded it, else the
    school."""
    if decision.recorded_by is not None and decision.recorded_by.is_officer:
        council = controller()
        return council.name if council else "The council"
    return decision.pupil.school.name


def _why_look_again(choice: Choice) -> SecondLook.Why | None:
    if choice is Choice.OPT_IN:
        return SecondLook.Why.OPT_IN
    return SecondLook.Why.SAMPLE if secrets.randbelow(ONE_IN) == 0 else None


def looks_for(user: User) -> QuerySet[SecondLook]:
    """Return the recorded decisions that this member of staff may check, oldest first; 2 queries."""
    checks = SecondLook.objects.filter(
        looked_by=None, decision__pupil__in=own_pupils(user), decision__invalidation=None
    ).exclude(keyed_by=user)
    listed = checks.select_related("decision__pupil__school", *_ABOUT, "decision__scan", "keyed_by")
    return listed.order_by("pk")


def differing() -> QuerySet[SecondLook]:
    """Return the second checks that found a difference, until an officer corrects it; 1 query."""
    checks = SecondLook.objects.filter(
        agrees=False, decision__invalidation=None, decision__pupil__in=Pupil.objects.standing()
    )
    return checks.select_related("decision__pupil", *_ABOUT, "looked_by").order_by("pk")


def look(second_look: SecondLook, *, agrees: bool, note: str, by: User, at: datetime) -> None:
    """Record whether a second member of staff finds that the record matches the form.

    Raises NotNowError if someone has already checked it, or for whoever recorded it.
    """
    with transaction.atomic():
        lock_pupils([second_look.decision.pupil_id])
        check = SecondLook.objects.select_for_update().get(pk=second_look.pk)
        if check.looked_by_id is not None:
            raise NotNowError("Someone has already checked this.")
        if check.keyed_by_id == by.pk:
            raise NotNowError("You recorded this, so someone else must check it.")
        check.looked_by, check.looked_at, check.agrees, check.note = by, at, agrees, note
        check.save(update_fields=["looked_by", "looked_at", "agrees", "note"])
        log.record("second-look", at=at, by=by, decision=second_look.decision_id, agrees=agrees)
    opting_in.settle(at=at, decision=second_look.decision)
