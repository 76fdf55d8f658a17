"""A pupil's details are erased: by a job once nothing speaks against it, or because somebody wishes it and two
officers agreed (R2).

One transaction for each child: locks in the order of all locks, the rules asked again, rows emptied, an entry.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from consent.keeping import emptying
from consent.keeping.records import past_time, records_of
from consent.keeping_rules import SENTENCES
from consent.models import Pupil, PupilUpn
from consent.queries import lock_pupils
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.keeping.erasing import Extent, Rows, What, erase, log_erasures
from privacy_portal.ground.log.appending import Body
from privacy_portal.ground.log.models import Erasure
from sharing.auditing.verifying import KINDS
from sharing.keeping.due import due_among
from sharing.models import Finding, ListAnswer, RecallStep, RowPermission

# So many are looked at together, each is erased in a transaction of its own.
BATCH = 200
RULE = "pupil_left_years"


def erase_due(*, at: datetime) -> int:
    """Erase the details of every pupil whose time is over and about whom nothing is open; return how many."""
    erased, last = 0, 0
    everybody = past_time(day_of(at)).order_by("pk")
    while batch := list(everybody.filter(pk__gt=last)[:BATCH]):
        for due in due_among(batch, on=day_of(at)):
            erased += not due.reasons and erase_pupil(due.pupil.pk, rule=RULE, by=None, at=at)
        last = batch[-1].pk
    return erased


def erase_pupil(
    number: int, *, rule: str, by: User | None, at: datetime, also: Sequence[Body] = ()
) -> bool:
    """Erase what names a pupil, by id, with all records that are part of theirs; return whether they were not
    erased before. Their entries follow those in `also`. Raises NotNowError, with what speaks against it."""
    with transaction.atomic():
        locks.share(locks.Area.ROLL)
        records = records_of([number])[number]
        lock_pupils(records)
        pupil = Pupil.objects.standing().filter(pk=number).first()
        if pupil is None:
            return False
        (due,) = due_among([pupil], on=day_of(at), wished=rule == Erasure.WISH)
        if due.reasons:
            raise NotNowError(" ".join(SENTENCES[reason] for reason in due.reasons))
        _erase(records, rule=rule, by=by, at=at, also=also)
    return True


def _erase(
    records: list[int], *, rule: str, by: User | None, at: datetime, also: Sequence[Body]
) -> None:
    """Erase the records of one child, the one that stands for it first."""
    extent = emptying.extent_of(records)
    whole = Extent({**extent.rows, **_shared_rows(records)}, extent.files, extent.references)
    upns = PupilUpn.objects.filter(pupil__in=records).values_list("upn", flat=True)
    Finding.objects.filter(upn__in=list(upns)).delete()
    references = dict(Pupil.objects.filter(pk__in=records).values_list("pk", "reference"))
    extents = [whole, *[Extent()] * len(records[1:])]
    # Before the records are emptied: the database looks at them, whether they may be.
    erasures = [
        erase(What.PUPIL, str(references[record]), part, rule=rule, kinds=KINDS, by=by, at=at)
        for record, part in zip(records, extents, strict=True)
    ]
    emptying.empty(records, at=at)
    log_erasures(*erasures, also=also)


def _shared_rows(records: list[int]) -> Rows:
    found = (
        ListAnswer.objects.filter(request__pupil__in=records),
        RowPermission.objects.filter(pupil__in=records),
        RecallStep.objects.filter(recall__decision__pupil__in=records),
    )
    return {rows.model: list(rows.values_list("pk", flat=True)) for rows in found}
