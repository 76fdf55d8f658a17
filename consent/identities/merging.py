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


def check_can_merge(gone: Pupil, kept: Pupil) -> None:
    """Raise NotNowError unless these are two records, and neither has been merged."""
    if gone.pk == kept.pk:
        raise NotNowError("Both UPNs already belong to the same record.")
    if PupilMerge.objects.in_force().filter(gone__in=[gone, kept]).exists():
        raise NotNowError("One of these records has already been merged.")


def check_agreed(gone: Pupil, kept: Pupil, *, by: User, agreed_by: User | None) -> None:
    """Raise NotNowError where surname, forename or date of birth differ, as with twins, and no
    second officer has agreed."""
    if agreed_by is not None and agreed_by.pk == by.pk:
        raise NotNowError("You requested this, so another officer must agree.")
    if agreed_by is None and look_like_two(gone, kept):
        raise NotNowError(
            "The names or dates of birth are different, so a second officer must agree."
        )


def look_like_two(gone: Pupil, kept: Pupil) -> bool:
    """Return whether surname, forename or date of birth differ, compared as in D `details-differ`:
    twins differ in the forename alone (C6)."""
    return any(
        getattr(gone, name) != getattr(kept, name)
        for name in ("surname_folded", "forename_folded", "born")
    )


def merge(
    gone: Pupil,
    kept: Pupil,
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
        locks.take(locks.Held.ROLL)
        lock_pupils([gone.pk, kept.pk])
        gone.refresh_from_db()
        kept.refresh_from_db()
        check_can_merge(gone, kept)
        check_agreed(gone, kept, by=by, agreed_by=agreed_by)
        merged = PupilMerge.objects.create(
            gone=gone,
            kept=kept,
            reason=reason,
            at=at,
            by=by,
            agreed_by=agreed_by,
            last_decision=kept.decisions.aggregate(last=Max("pk"))["last"] or 0,
        )
        _move_numbers(merged)
        _keep_contacts(merged)
        codes.revoke_all([gone.pk], at=at)
        if gone.school_id != kept.school_id:
            PupilMove.objects.create(
                pupil=kept, from_school=gone.school, to_school=kept.school, at=at
            )
        originals = to_copy(gone, kept, at=at)
        entry = log.body(
            "pupils-merged",
            at=at,
            by=by,
            merge=merged.pk,
            person=str(kept.reference),
            gone=str(gone.reference),
            agreed_by=str(agreed_by.reference) if agreed_by else None,
            decisions=len(originals),
        )
        add_copies(merged, originals, kept, by=by, at=at, also=[entry])
        _tell_everybody(kept, at)
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
    gone, kept = merged.gone, merged.kept
    contacts: Sequence[RollContact] = list(gone.roll_contacts.all())
    if gone.parent_name or gone.parent_email or gone.parent_address:
        parent = RollContact(
            name=gone.parent_name, email=gone.parent_email, address=gone.parent_address
        )
        contacts = [parent, *contacts]
    last = kept.roll_contacts.last()
    RollContact.objects.bulk_create(
        RollContact(
            pupil=kept,
            place=place,
            name=contact.name,
            email=contact.email,
            address=contact.address,
            merge=merged,
            responsible=contact.responsible,
        )
        for place, contact in enumerate(contacts, last.place + 1 if last else 1)
    )


def _tell_everybody(kept: Pupil, at: datetime) -> None:
    """Tell of a waiting opt-in those who were on record for one of the records only (C3)."""
    for waiting in opting_in.unverified().filter(pupil=kept).select_related("scheme", "pupil"):
        opting_in.tell_contacts(waiting, at=at)
