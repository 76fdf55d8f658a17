"""Opt-ins count only with proof of who decided, and once everyone on record has been told (C3).

A false opt-out is cheap and can be withdrawn; a false opt-in cannot. So an opt-in needs a letter's
code or two members of staff, and everyone who may object hears of it.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from consent.decisions.contacts import UNNAMED, contacts_to_tell
from consent.decisions.linked_decisions import decided_about, same_school_records
from consent.models import Decision, Meeting, Pupil, Telling, Verification
from consent.models.people import may_be_written_to
from consent.protection_rules import is_own_business
from consent.queries import lock_pupils
from consent.rules import (
    OPT_IN_DAYS,
    WITHOUT_EFFECT,
    Choice,
    effects,
    seen_now,
)
from notices.queries import signature
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of, days_later
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.mail.models import Message
from privacy_portal.ground.mail.queries import was_sent
from privacy_portal.ground.mail.writing import Letter, address, write
from privacy_portal.ground.names import person_key


def tell_contacts(decision: Decision, *, at: datetime) -> None:
    """Record everyone who must be told of an opt-in and is not recorded yet, and email those with
    an address.

    Includes contacts of another record at the school that may be of the same child (C6b). Belongs
    to the transaction that records the opt-in or merges its pupil's record. Nobody is told of an
    opt-in that can never start, as things are. Nobody is told of one about a protected pupil (P4); of
    one by a pupil of 16 or over the pupil alone (P7).
    """
    if without_effect(decision, at=at):
        return
    letters = []
    self_age = decision.scheme.self_age if decision.scheme else None
    noted = list(decision.tellings.values_list("name", "address"))
    names = {person_key(name) for name, _ in noted if name != UNNAMED}
    addresses = {address.casefold() for _, address in noted if address}
    linked, _ = same_school_records(decision.pupil)
    pupils = [decision.pupil, *linked]
    contacts = contacts_to_tell(pupils, self_age=self_age, on=day_of(at))
    if own_business(decision):
        contacts = [contact for contact in contacts if contact.own]
    for contact in contacts:
        where = contact.email or (contact.address[:700] if contact.name == UNNAMED else "")
        if person_key(contact.name) in names or where.casefold() in addresses:
            continue
        way = Telling.Way.POST if contact.address else Telling.Way.VOICE
        if contact.email:
            way = Telling.Way.EMAIL
        telling = Telling.objects.create(
            decision=decision,
            name=contact.name[:200],
            way=way,
            address=(contact.email or contact.address)[:700],
            responsible=contact.responsible,
        )
        if way is Telling.Way.EMAIL:
            telling.mail = f"opt-in-told/{decision.pk}/{telling.pk}"
            telling.save(update_fields=["mail"])
            letters.append(_letter(telling, decision))
    write(letters, at=at)


def mark_told(telling: Telling, *, by: User, at: datetime) -> None:
    """Mark a contact as told by a member of staff. Raises NotNowError if they already are."""
    with transaction.atomic():
        lock_pupils([telling.decision.pupil_id])
        row = Telling.objects.select_for_update().filter(pk=telling.pk, told_at=None).first()
        if row is None:
            raise NotNowError("This person is already marked as told.")
        row.told_at, row.told_by = at, by
        row.save(update_fields=["told_at", "told_by"])
        log.record("contact-told", at=at, by=by, decision=telling.decision_id, way=str(telling.way))
    settle(at=at, decision=telling.decision)


def settle(*, at: datetime, decision: Decision | None = None) -> int:
    """Verify each opt-in that is proven and whose contacts have all been told; return the number.

    It counts from then, or 7 days after receipt if that is later. While it is open whether another
    record is of the same child, that record's contacts are told too; if it is at another school,
    whose contacts nobody here may see, the opt-in waits for the answer.
    """
    settled = 0
    opt_ins = unverified() if decision is None else unverified().filter(pk=decision.pk)
    for opt_in in opt_ins.select_related("pupil", "second_look", "request", "meeting"):
        with transaction.atomic():
            lock_pupils([opt_in.pupil_id])
            linked, elsewhere = same_school_records(opt_in.pupil)
            # While it had no effect nobody was told.
            to_tell = bool(linked) or not opt_in.tellings.exists()
            if elsewhere or (to_tell and without_effect(opt_in, at=at)):
                continue
            if to_tell:
                tell_contacts(opt_in, at=at)
            _note_mails(opt_in, at)
            untold = opt_in.tellings.filter(told_at=None).exists()
            if not proven(opt_in) or (untold and not opt_in.pupil.protected):
                continue
            _, new = Verification.objects.get_or_create(decision=opt_in, defaults={"at": at})
            if new:
                person = str(opt_in.pupil.reference)
                log.record("decision-verified", at=at, by=None, decision=opt_in.pk, person=person)
                settled += 1
    return settled


def without_effect(opt_in: Decision, *, at: datetime) -> bool:
    """Return whether an opt-in can never start, as things are: the pupil's own decision applies, or
    the same person opted out later (C2); 4 queries, and a few while it is open whether another
    record is of the same child."""
    assert opt_in.scheme is not None  # the database wants one for all but objections
    decided = decided_about(opt_in.scheme, opt_in.pupil)
    effect_of = effects(decided.facts, opt_in.pupil.born, decided.all, seen_now(at))
    return effect_of.get(opt_in.pk) in WITHOUT_EFFECT


def unverified() -> QuerySet[Decision]:
    """Return the opt-ins that do not count yet because something is missing; 1 query.

    Leaves out those about records that were merged: their copies wait instead.
    """
    verified = Verification.objects.filter(decision=OuterRef("pk"))
    return Decision.objects.filter(
        ~Exists(verified),
        pupil__in=Pupil.objects.standing(),
        choice=Choice.OPT_IN.value,
        import_key=None,
        invalidation=None,
    ).order_by("pk")


def own_business(decision: Decision) -> bool:
    """P7 Return whether a decision is the pupil's own, made at 16 or over: no parent is told of it."""
    return is_own_business(decision.by, decision.pupil.born, day_of(decision.received_at))


def record_meeting(decision: Decision, *, by: User, at: datetime) -> None:
    """Record that an officer met whoever opts in about a protected pupil (P4). Raises NotNowError
    unless that is what the opt-in waits for."""
    with transaction.atomic():
        lock_pupils([decision.pupil_id])
        waits = unverified().filter(pk=decision.pk, pupil__protected=True, meeting=None)
        if not waits.exists():
            raise NotNowError("This choice does not need a meeting.")
        Meeting.objects.create(decision=decision, at=at, by=by)
        person = str(decision.pupil.reference)
        log.record("opt-in-meeting", at=at, by=by, decision=decision.pk, person=person)
    settle(at=at, decision=decision)


def proven(decision: Decision) -> bool:
    """Return whether it is certain who decided: by a fresh code, or two staff saw the form; about a
    protected pupil only by a meeting in person (P4)."""
    if decision.pupil.protected:
        return hasattr(decision, "meeting")
    if decision.request is not None and decision.request.by_code:
        return True
    look = getattr(decision, "second_look", None)
    return look is not None and look.agrees is True


def tellings_for(pupils: QuerySet[Pupil]) -> QuerySet[Telling]:
    """Return the contacts of these pupils whom staff must still tell, oldest first; 1 query.

    Includes those whose email could not be sent and was deleted.
    """
    mail = Message.objects.filter(key=OuterRef("mail"))
    tellings = Telling.objects.filter(
        ~Q(way=Telling.Way.EMAIL) | ~Exists(mail),
        told_at=None,
        decision__pupil__in=pupils.filter(may_be_written_to()),
        decision__invalidation=None,
    )
    return tellings.select_related(
        "decision__pupil__school", "decision__scheme__recipient"
    ).order_by("pk")


def _note_mails(decision: Decision, at: datetime) -> None:
    mails: Sequence[Telling] = list(decision.tellings.filter(way=Telling.Way.EMAIL, told_at=None))
    for telling in mails:
        if was_sent(telling.mail):
            telling.told_at = at
            telling.save(update_fields=["told_at"])


def _letter(telling: Telling, decision: Decision) -> Letter:
    return Letter(
        key=telling.mail,
        to=telling.address,
        template="consent/opt-in-told",
        context={
            "decision": decision,
            "counts_from": days_later(decision.received_at, OPT_IN_DAYS),
            "link": address(reverse("opt-out")),
            **signature(),
        },
    )
