"""Merges are undone: the records are of two children after all (C6).

Earlier decisions stay with the record they were about. Later ones may be about either child. So
that no opt-out is lost, opt-outs and objections since then count for both; so that none is taken
away by mistake, an opt-in since then counts for neither until it is made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from consent.decisions.recording import record
from consent.identities.copying import add_copies, carry_tellings, copy_rulings, to_copy
from consent.identities.merging import names_of
from consent.letters import codes
from consent.models import (
    Decision,
    FormerName,
    Invalidation,
    MergedDecision,
    MergeUndone,
    PupilMerge,
    PupilUpn,
    RollContact,
)
from consent.protection.recording import copy_since_merge
from consent.queries import lock_pupils
from consent.rules import Choice
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.texts import texts_of

APART = "This was about the other pupil. The 2 records were merged by mistake."
UNSURE = (
    "This was received while the records of 2 pupils were merged, so we do not know which pupil it "
    "was about. The person can make it again."
)


@dataclass(frozen=True, slots=True)
class DecisionsSinceMerge:
    """Decisions received while two records were merged: `both` will count for both children,
    `neither` for none until they are made again."""

    both: Sequence[Decision]
    neither: Sequence[Decision]


def merges() -> QuerySet[PupilMerge]:
    """Return every merge, also those undone, newest first; 1 query."""
    rows: QuerySet[PupilMerge] = PupilMerge.objects.select_related(
        "gone__school", "kept__school", "by", "agreed_by", "undone__by"
    )
    return rows.order_by("-pk")


def check_can_undo(merged: PupilMerge) -> None:
    """Raise NotNowError unless the merge holds, and no later one depends on it; 3 queries."""
    if MergeUndone.objects.filter(merge=merged).exists():
        raise NotNowError("This merge has already been undone.")
    if not merged.upns.exists():
        raise NotNowError("This merge is too old to undo.")
    both = [merged.gone_id, merged.kept_id]
    later = PupilMerge.objects.in_force().filter(pk__gt=merged.pk)
    if later.filter(kept__in=both).exists() or later.filter(gone__in=both).exists():
        raise NotNowError(
            "One of these records has been merged again since then. Undo that merge first."
        )


def since(merged: PupilMerge) -> DecisionsSinceMerge:
    """Return the valid decisions received while the records were merged; 1 query."""
    decisions = merged.kept.decisions.filter(
        pk__gt=merged.last_decision, invalidation=None, copied_from=None
    )
    later = list(decisions.select_related("scheme", "recipient", "purpose").order_by("pk"))
    return DecisionsSinceMerge(
        both=[decision for decision in later if decision.choice != Choice.OPT_IN],
        neither=[decision for decision in later if decision.choice == Choice.OPT_IN],
    )


def undo(merged: PupilMerge, *, reason: str, by: User, at: datetime) -> None:
    """Undo a merge: each record gets back its UPNs, contacts and decisions.

    For decisions since the merge see `DecisionsSinceMerge`. Letter codes printed meanwhile are revoked, since
    they may be with the wrong family. Raises NotNowError.
    """
    with transaction.atomic():
        locks.take(locks.Area.ROLL)
        lock_pupils([merged.gone_id, merged.kept_id])
        check_can_undo(merged)
        came = since(merged)
        undone = MergeUndone.objects.create(merge=merged, reason=reason, at=at, by=by)
        _give_back(merged)
        codes.revoke([merged.kept_id], at=at, since=merged.at)
        copies = list(
            MergedDecision.objects.filter(merge=merged).select_related(
                "original__pupil", "copy__pupil", "copy__invalidation"
            )
        )
        log.record(
            "pupils-parted",
            at=at,
            by=by,
            merge=merged.pk,
            person=str(merged.kept.reference),
            gone=str(merged.gone.reference),
            both=len(came.both),
            neither=len(came.neither),
            texts=texts_of(undone),
        )
        _carry_back(copies, by=by, at=at)
        missing = {decision.pk for decision in to_copy(merged.kept, merged.gone, at=at)}
        record([], _ended(copies, came, by, at), by=by, at=at)
        if protected := copy_since_merge(merged.kept, merged.gone, since=merged.at, by=by, at=at):
            log.append(protected)
        still_to_add = [decision for decision in came.both if decision.pk in missing]
        add_copies(merged, still_to_add, merged.gone, by=by, at=at)


def _give_back(merged: PupilMerge) -> None:
    """Give back the UPNs, contacts and former names that the merge took along."""
    for number in merged.upns.all():
        PupilUpn.objects.filter(upn=number.number_id).update(
            pupil=merged.gone, present=number.present
        )
    RollContact.objects.filter(pupil=merged.kept, merge=merged).delete()
    for surname, forename in names_of(merged.gone):
        FormerName.objects.filter(
            pupil=merged.kept, surname_folded=surname, forename_folded=forename
        ).delete()


def _carry_back(copies: Sequence[MergedDecision], *, by: User, at: datetime) -> None:
    """Carry rulings about a copy, and who was told of it, back to the original."""
    entries = []
    for row in copies:
        entries += list(copy_rulings(row.copy, row.original, by=by, at=at))
        carry_tellings(row.copy, row.original)
    if entries:
        log.append(entries)


def _ended(
    copies: Sequence[MergedDecision], came: DecisionsSinceMerge, by: User, at: datetime
) -> list[Invalidation]:
    """Return what becomes invalid: the copies, and opt-ins that may be about either child.

    A copy that was marked as invalid meanwhile makes its original invalid, too.
    """
    invalid_rows = []
    for row in copies:
        invalid = getattr(row.copy, "invalidation", None)
        if invalid is None:
            invalid_rows.append((row.copy, Invalidation.Kind.WRONG_PUPIL, APART))
        elif not hasattr(row.original, "invalidation"):
            invalid_rows.append((row.original, Invalidation.Kind(invalid.kind), invalid.reason))
    invalid_rows += [(decision, Invalidation.Kind.OTHER, UNSURE) for decision in came.neither]
    return [
        Invalidation(decision=decision, kind=kind, reason=why, recorded_at=at, recorded_by=by)
        for decision, kind, why in invalid_rows
    ]
