"""Two records of one child are made one: what was decided about either counts for both (C6).

Nothing is moved or deleted: decisions about the record that goes are added to the one that stays,
as of when they were received, and its UPNs become former ones.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from consent import letter_codes, objecting
from consent.errors import NotNowError
from consent.models import (
    Decision,
    FormerName,
    Pupil,
    PupilMerge,
    PupilMove,
    PupilUpn,
    RollContact,
    Ruling,
    RulingTold,
    Verification,
)
from consent.queries import lock_pupils
from consent.recording import record
from consent.rules import Choice
from privacy_portal import locks
from privacy_portal.accounts.models import User
from privacy_portal.log.appending import body

COPIED = (
    "scheme", "recipient", "purpose", "choice", "by", "person_name", "person_key", "channel",
    "relation", "received_at", "grounds", "signed_on",
)  # fmt: skip


def check_can_merge(gone: Pupil, kept: Pupil) -> None:
    """Raises NotNowError unless these are two records, and neither is part of another."""
    if gone.pk == kept.pk:
        raise NotNowError("Both numbers are of the same record already.")
    if PupilMerge.objects.filter(gone__in=[gone, kept]).exists():
        raise NotNowError("One of the records is part of another already.")


def differ(gone: Pupil, kept: Pupil) -> bool:
    """Whether two records look like two children: by surname or date of birth (C6)."""
    return gone.born != kept.born or gone.surname_folded != kept.surname_folded


def merge(gone: Pupil, kept: Pupil, *, reason: str, by: User, at: datetime) -> int:
    """Makes two records one; returns how many decisions were added to the one that stays.

    Invalid decisions, opt-ins that do not count yet and objections that have ended stay with the
    record that goes. Raises NotNowError.
    """
    with transaction.atomic():
        locks.take(locks.Held.ROLL)
        lock_pupils([gone.pk, kept.pk])
        check_can_merge(gone, kept)
        PupilMerge.objects.create(gone=gone, kept=kept, reason=reason, at=at, by=by)
        _move_numbers(gone, kept)
        _keep_contacts(gone, kept)
        letter_codes.revoke_all([gone.pk], at=at)
        if gone.school_id != kept.school_id:
            PupilMove.objects.create(
                pupil=kept, from_school=gone.school, to_school=kept.school, at=at
            )
        told = list(_counting(gone, at))
        merged = body(
            "pupils-merged",
            at=at,
            by=by,
            person=str(kept.reference),
            gone=str(gone.reference),
            decisions=len(told),
        )

        def with_them(new: Sequence[Decision]) -> None:
            for old, copy in zip(told, new, strict=True):
                _copy_what_follows(old, copy, at)

        record(
            [_copy(each, kept, by, at) for each in told],
            by=by,
            at=at,
            also=[merged],
            then=with_them,
        )
    return len(told)


def _move_numbers(gone: Pupil, kept: Pupil) -> None:
    PupilUpn.objects.filter(pupil=gone).update(pupil=kept, present=False)
    names = [(gone.surname_folded, gone.forename_folded)]
    names += gone.former_names.values_list("surname_folded", "forename_folded")
    FormerName.objects.bulk_create(
        [FormerName(pupil=kept, surname_folded=one, forename_folded=two) for one, two in names],
        ignore_conflicts=True,
    )


def _keep_contacts(gone: Pupil, kept: Pupil) -> None:
    """Whoever is on record for either hears of an opt-in."""
    contacts = list(gone.roll_contacts.all())
    if gone.parent_name or gone.parent_email or gone.parent_address:
        parent = RollContact(
            name=gone.parent_name, email=gone.parent_email, address=gone.parent_address
        )
        contacts.insert(0, parent)
    last = kept.roll_contacts.last()
    first = last.place + 1 if last else 1
    RollContact.objects.bulk_create(
        RollContact(pupil=kept, place=place, name=each.name, email=each.email, address=each.address)
        for place, each in enumerate(contacts, first)
    )


def _counting(gone: Pupil, at: datetime) -> list[Decision]:
    """The decisions about a record that count or may count again."""
    decisions = gone.decisions.filter(invalidation=None).select_related(
        "request", "scheme", "recipient", "purpose"
    )
    found = []
    for each in decisions.order_by("pk"):
        if each.choice == Choice.OPT_IN and not _verified(each):
            continue
        if each.choice == Choice.OBJECTION and not objecting.state_of(each, at=at).counts:
            continue
        found.append(each)
    return found


def _verified(decision: Decision) -> bool:
    imported = decision.import_key is not None
    return imported or Verification.objects.filter(decision=decision).exists()


def _copy(old: Decision, kept: Pupil, by: User, at: datetime) -> Decision:
    """The same decision about the record that stays; it counts as imported, so as verified."""
    return Decision(
        **{name: getattr(old, name) for name in COPIED},
        pupil=kept,
        email=objecting.email_of(old),
        recorded_at=at,
        recorded_by=by,
        import_key=hashlib.sha256(f"merge/{old.pk}".encode()).hexdigest(),
    )


def _copy_what_follows(old: Decision, copy: Decision, at: datetime) -> None:
    """What an officer decided about an objection, and that the person was told."""
    for ruling in old.rulings.select_related("told"):
        told = getattr(ruling, "told", None)
        again = Ruling.objects.create(
            decision=copy, kind=ruling.kind, reason=ruling.reason, at=ruling.at, by=ruling.by
        )
        if told:
            RulingTold.objects.create(ruling=again, at=told.at, by=told.by, note=told.note)
