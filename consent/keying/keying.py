"""Decisions on paper or by phone, recorded by staff, and the second check of them."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from consent.decisions import opting_in
from consent.decisions.doubts import doubt_about
from consent.decisions.recording import take
from consent.keying import scans
from consent.models import ABOUT, Decision, Pupil, SecondLook
from consent.queries import lock_pupils, own_pupils
from consent.rules import Choice
from consent.scheme_words import law_in_words, supply_in_words
from notices.queries import controller, signature
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.mail.writing import Letter, write

ONE_IN = 10
_ABOUT = [f"decision__{name}" for name in ABOUT]


def key(
    decision: Decision,
    *,
    scan: scans.CheckedScan | None,
    all_the_same: str = "",
    by: User,
    at: datetime,
) -> Decision:
    """Record a decision, not stored yet, with its scan and log entry; it counts from the day received
    (C5). Return it, or the one that is stored if its form was sent before.

    An opt-in counts only after a second check and once all contacts are told (C3). Raises
    RefusedError, with nothing stored, where the rules do not allow it, and DoubtfulError where it
    may be a slip and nobody was asked: `all_the_same` is the key of the doubt about which they were.
    """
    decision.recorded_at, decision.recorded_by = at, by
    try:
        with scans.stored(scan) as file, transaction.atomic():
            lock_pupils([decision.pupil_id])
            if earlier := Decision.objects.filter(submission=decision.submission).first():
                raise _KeyedAlreadyError(earlier)
            doubt = doubt_about(decision, at=at)
            if doubt and doubt.key != all_the_same:
                raise doubt

            def with_it(_: Sequence[Decision]) -> None:
                if scan and file:
                    scans.attach(decision, file, scan)
                _follow_up(decision, by=by, at=at)

            take(decision, by=by, at=at, then=with_it)
    except _KeyedAlreadyError as same:
        return same.decision
    return decision


def _follow_up(decision: Decision, *, by: User, at: datetime) -> None:
    """Ask for a second check of every opt-in and of 1 in 10 opt-outs; tell contacts of an opt-in, and
    the person that the decision is recorded."""
    opts_in = decision.choice == Choice.OPT_IN
    if opts_in or secrets.randbelow(ONE_IN) == 0:
        why = SecondLook.Why.OPT_IN if opts_in else SecondLook.Why.SAMPLE
        SecondLook.objects.create(decision=decision, why=why, keyed_by=by)
    if opts_in:
        opting_in.tell_contacts(decision, at=at)
    if decision.email:
        write([_receipt(decision, at)], at=at)


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
            "entered_by": _entered_by(decision),
            "without_effect": decision.choice == Choice.OPT_IN
            and opting_in.without_effect(decision, at=at),
            "basics": [row.item for row in basics],
            "supply": supply_in_words(scheme, basics=True) if scheme else "",
            "law": law_in_words(scheme) if scheme else "",
            **signature(),
        },
    )


def _entered_by(decision: Decision) -> str:
    """Return who the receipt says entered it: the council for an officer, and of a protected pupil,
    whose school no mail may name (P2); else the school."""
    by = decision.recorded_by
    if decision.pupil.protected or (by is not None and by.sees_every_school):
        council = controller()
        return council.name if council else "The council"
    return decision.pupil.school.name


def checks_for(user: User) -> QuerySet[SecondLook]:
    """Return the recorded decisions that this member of staff may check, oldest first; 2 queries."""
    checks = SecondLook.objects.exclude(keyed_by=user).filter(
        looked_by=None, decision__pupil__in=own_pupils(user), decision__invalidation=None
    )
    return checks.select_related(
        "decision__pupil__school", *_ABOUT, "decision__scan", "keyed_by"
    ).order_by("pk")


def failed_checks() -> QuerySet[SecondLook]:
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
