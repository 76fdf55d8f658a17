"""What of the choices and records of a child goes when the child is erased (R2)."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from consent.keying.scans import FOLDER
from consent.models import (
    DeathWithdrawn,
    Decision,
    Ending,
    EndingAnswer,
    ErasureAnswer,
    ErasureWish,
    FormerName,
    Hold,
    HoldEnd,
    Invalidation,
    LetterCode,
    LetterRun,
    MergeAnswer,
    MergeProposal,
    MergeUndone,
    OptOutRequest,
    ProtectedLook,
    Pupil,
    PupilChange,
    PupilMerge,
    PupilNews,
    PupilUpn,
    RequestStep,
    RollContact,
    Ruling,
    RulingTold,
    SameChildAnswer,
    Scan,
    SecondLook,
    Telling,
    WaitingMove,
)
from consent.models.people import BORN_ERASED
from privacy_portal.ground.keeping.erasing import Extent

# In place of words that a row must have.
ERASED = "Erased"


def extent_of(records: Collection[int]) -> Extent:
    """Return the rows and files that are emptied and deleted with these records of one child; 21 queries."""
    decisions = Decision.objects.filter(pupil__in=records)
    of_decisions = Q(decision__in=decisions)
    merges = PupilMerge.objects.filter(Q(gone__in=records) | Q(kept__in=records))
    proposals = MergeProposal.objects.filter(Q(gone__in=records) | Q(kept__in=records))
    forms = forms_of(records)
    scans = Scan.objects.filter(of_decisions)
    rows: list[QuerySet[object]] = [  # type: ignore[type-var]
        decisions,
        Invalidation.objects.filter(of_decisions),
        Ruling.objects.filter(of_decisions),
        RulingTold.objects.filter(ruling__decision__in=decisions),
        scans,
        merges,
        MergeUndone.objects.filter(merge__in=merges),
        proposals,
        MergeAnswer.objects.filter(proposal__in=proposals),
        SameChildAnswer.objects.filter(
            Q(question__new__in=records) | Q(question__other__in=records)
        ),
        forms,
        RequestStep.objects.filter(request__in=forms),
        Ending.objects.filter(pupil__in=records),
        EndingAnswer.objects.filter(ending__pupil__in=records),
        DeathWithdrawn.objects.filter(death__pupil__in=records),
        ProtectedLook.objects.filter(pupil__in=records),
        Hold.objects.filter(pupil__in=records),
        HoldEnd.objects.filter(hold__pupil__in=records),
        ErasureWish.objects.filter(pupil__in=records),
        ErasureAnswer.objects.filter(wish__pupil__in=records),
    ]
    return Extent(
        rows={found.model: list(found.values_list("pk", flat=True)) for found in rows},  # type: ignore[misc]
        files=[(FOLDER, file) for file in scans.values_list("file", flat=True)],
        references=[
            str(reference)
            for reference in Pupil.objects.filter(pk__in=records).values_list("reference", flat=True)
        ],
    )  # fmt: skip


def forms_of(records: Collection[int]) -> QuerySet[OptOutRequest]:
    """Return the forms sent online that are about these records: not those that were matched to one of them by
    mistake, and are about somebody else."""
    moved = Q(invalidation__kind=Invalidation.Kind.WRONG_PUPIL)
    matched = Decision.objects.filter(request=OuterRef("pk"))
    others = matched.exclude(pupil__in=records).exclude(moved).filter(pupil__erased_at=None)
    return OptOutRequest.objects.filter(Exists(matched.filter(pupil__in=records)), ~Exists(others))


def empty(records: Collection[int], *, at: datetime) -> None:
    """Delete and empty what no entry vouches for, and the records themselves: what is left of each is its
    reference, its school, and the year in which the child left. Their locks are held."""
    PupilUpn.objects.filter(pupil__in=records).delete()
    for model in (FormerName, RollContact, PupilNews):
        model.objects.filter(pupil__in=records).delete()
    Telling.objects.filter(decision__pupil__in=records).delete()
    looks = SecondLook.objects.filter(decision__pupil__in=records)
    looks.filter(looked_at=None).delete()
    looks.exclude(note="").update(note=ERASED)
    WaitingMove.objects.filter(pupil__in=records).update(row={}, given={}, note="")
    codes = LetterCode.objects.filter(pupil__in=records)
    codes.filter(used_at=None, revoked_at=None).update(revoked_at=at)
    LetterRun.objects.filter(pk__in=codes.values("run")).update(to_name="")
    codes.update(to_name="", secret_hash="", selector="")
    _empty_records(records, at)
    # Their trigger notes each column that was emptied.
    PupilChange.objects.filter(pupil__in=records).delete()


def _empty_records(records: Collection[int], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE consent_pupil SET surname = '', forename = '', surname_folded = '', forename_folded = '',
                born = %(born)s, sex = '', year_group = '', address = '', postcode = '', parent_name = '',
                parent_address = '', parent_email = '', supported_to_25 = false, home_language = '',
                left_on = date_trunc('year', coalesce(left_on, %(at)s))::date, erased_at = %(at)s
            WHERE id = ANY(%(records)s)
            """,
            {"born": BORN_ERASED, "at": at, "records": list(records)},
        )
