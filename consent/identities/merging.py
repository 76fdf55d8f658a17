"""Two records of one child are merged: decisions about either then count for both (C6).

Nothing is moved or deleted: decisions about the merged record are added to the one that is kept, as
of when they were received, and its UPNs become former ones. Undoing it is adding, too:
`consent.identities.undoing`.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from consent.decisions import opting_in
from consent.identities.copying import add_copies, to_copy
from consent.letters import codes
from consent.models import (
    FormerName,
    MergedUpn,
    Pupil,
    PupilMerge,
    PupilMove,
    PupilUpn,
    RollContact,
)
from consent.queries import lock_pupils
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.texts import texts_of


def check_can_merge(duplicate: Pupil, survivor: Pupil) -> None:
    """Raise NotNowError unless these are two records, and neither has been merged."""
    if duplicate.pk == survivor.pk:
        raise NotNowError("Both UPNs already belong to the same record.")
    if PupilMerge.objects.in_force().filter(gone__in=[duplicate, survivor]).exists():
        raise NotNowError("One of these records has already been merged.")


def check_agreed(duplicate: Pupil, survivor: Pupil, *, by: User, agreed_by: User | None) -> None:
    """Raise NotNowError where surname, forename or date of birth differ, as with twins, and no
    second officer has agreed."""
    if agreed_by is not None and agreed_by.pk == by.pk:
        raise NotNowError("You requested this, so another officer must agree.")
    if agreed_by is None and look_like_two(duplicate, survivor):
        raise NotNowError(
            "The names or dates of birth are different, so a second officer must agree."
        )


def look_like_two(duplicate: Pupil, survivor: Pupil) -> bool:
    """Return whether surname, forename or date of birth differ, compared as in D `details-differ`:
    twins differ in the forename alone (C6)."""
    return duplicate.identity != survivor.identity


def merge(
    duplicate: Pupil,
    survivor: Pupil,
    *,
    reason: str,
    by: User,
    at: datetime,
    agreed_by: User | None = None,
) -> int:
    """Merge two records; return how many decisions were added to the one that is kept.

    Where more than the UPN differs, a second officer has to agree. Objections are copied with their
    rulings, and waiting opt-ins with those who were told. Invalid decisions, and objections that
    have ended, stay with the merged record. Raises NotNowError.
    """
    with transaction.atomic():
        locks.take(locks.Area.ROLL)
        lock_pupils([duplicate.pk, survivor.pk])
        duplicate.refresh_from_db()
        survivor.refresh_from_db()
        check_can_merge(duplicate, survivor)
        check_agreed(duplicate, survivor, by=by, agreed_by=agreed_by)
        merged = PupilMerge.objects.create(
            gone=duplicate,
            kept=survivor,
            reason=reason,
            at=at,
            by=by,
            agreed_by=agreed_by,
            last_decision=survivor.decisions.aggregate(last=Max("pk"))["last"] or 0,
        )
        _move_numbers(merged)
        _keep_contacts(merged)
        codes.revoke([duplicate.pk], at=at)
        if duplicate.school_id != survivor.school_id:
            PupilMove.objects.create(
                pupil=survivor, from_school=duplicate.school, to_school=survivor.school, at=at
            )
        originals = to_copy(duplicate, survivor, at=at)
        entry = log.body(
            "pupils-merged",
            at=at,
            by=by,
            merge=merged.pk,
            person=str(survivor.reference),
            gone=str(duplicate.reference),
            agreed_by=str(agreed_by.reference) if agreed_by else None,
            decisions=len(originals),
            texts=texts_of(merged),
        )
        add_copies(merged, originals, survivor, by=by, at=at, also=[entry])
        _tell_everybody(survivor, at)
    return len(originals)


def _move_numbers(merged: PupilMerge) -> None:
    numbers = list(PupilUpn.objects.filter(pupil=merged.gone))
    MergedUpn.objects.bulk_create(
        MergedUpn(merge=merged, number=number, present=number.present) for number in numbers
    )
    PupilUpn.objects.filter(pupil=merged.gone).update(pupil=merged.kept, present=False)
    FormerName.objects.bulk_create(
        [
            FormerName(pupil=merged.kept, surname_folded=surname, forename_folded=forename)
            for surname, forename in names_of(merged.gone)
        ],
        ignore_conflicts=True,
    )


def names_of(pupil: Pupil) -> list[tuple[str, str]]:
    """Return the folded surname and forename of the record, and those it had before; 1 query."""
    former = pupil.former_names.values_list("surname_folded", "forename_folded")
    return [(pupil.surname_folded, pupil.forename_folded), *former]


def _keep_contacts(merged: PupilMerge) -> None:
    """Keep everyone on record for either record, so that they hear of an opt-in."""
    duplicate, survivor = merged.gone, merged.kept
    contacts: Sequence[RollContact] = list(duplicate.roll_contacts.all())
    home = duplicate.home
    if home.parent_name or home.parent_email or home.parent_address:
        parent = RollContact(
            name=home.parent_name, email=home.parent_email, address=home.parent_address
        )
        contacts = [parent, *contacts]
    last = survivor.roll_contacts.last()
    RollContact.objects.bulk_create(
        RollContact(
            pupil=survivor,
            place=place,
            name=contact.name,
            email=contact.email,
            address=contact.address,
            merge=merged,
            responsible=contact.responsible,
        )
        for place, contact in enumerate(contacts, last.place + 1 if last else 1)
    )


def _tell_everybody(survivor: Pupil, at: datetime) -> None:
    """Tell of a waiting opt-in those who were on record for one of the records only (C3)."""
    for opt_in in opting_in.unverified().filter(pupil=survivor).select_related("scheme", "pupil"):
        opting_in.tell_contacts(opt_in, at=at)
