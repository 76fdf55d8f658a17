"""Count the disclosure log, and what of it is signed off, once, so that its totals need not (K1)."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import transaction
from django.db.models import CharField, Count, DateField, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, TruncMonth

from privacy_portal.ground import days, locks
from sharing.models import (
    CountedStretch,
    Disclosure,
    SignedCount,
    StretchCount,
    UncountedSignOff,
)
from sharing.models.figures import AlikeDisclosures

# So many disclosures are a stretch, and about so many at most does a page still count itself.
LENGTH = 2_000
# What is the same in all disclosures that one row counts.
_ALIKE = {
    "month": TruncMonth("at", output_field=DateField(), tzinfo=days.LONDON),
    "received": Q(direction=Disclosure.Direction.RECEIVED),
    "by_hand": Q(origin=Disclosure.Origin.AFTER_THE_FACT),
    "sampled_for": Coalesce("sampled__reasons", Value([], ArrayField(CharField(max_length=20)))),
}
_COLUMNS = (
    "month", "agreement_reference", "recipient", "purpose", "by", "outcome", "out_of_line",
    "received", "by_hand", "sampled_for",
)  # fmt: skip
_NUMBERS = {
    "entries": Count("pk"),
    **{name: Sum(name, default=0) for name in ("rows_released", "rows_reduced", "rows_withheld")},
}


def count_due(*, at: datetime) -> int:
    """Count each stretch of the log that is long enough and not counted yet, each in a transaction of its own;
    return how many.

    Entries are committed in the order of their numbers, so nothing is added later to a stretch.
    """
    counted = 0
    while _count(at=at):
        counted += 1
    return counted


def counted_until() -> CountedStretch | None:
    """Return the newest stretch that was counted; 1 query."""
    return CountedStretch.objects.order_by("-last").first()


def _count(*, at: datetime) -> bool:
    """Count the next stretch; return whether the log was long enough."""
    with transaction.atomic():
        locks.take_one(locks.Row.COUNTED_STRETCHES, 0)
        before = counted_until()
        rows = Disclosure.objects.order_by("entry")
        if before:
            rows = rows.filter(entry__gt=before.last)
        last = rows.values_list("entry", flat=True)[LENGTH - 1 : LENGTH].first()
        if last is None:
            return False
        stretch = CountedStretch.objects.create(last=last, at=at)
        _store(StretchCount, rows.filter(entry__lte=last), stretch=stretch)
    return True


def count_signed() -> int:
    """Count what was signed off since the last time, wherever it is as much as a stretch; return how many times
    it was."""
    counted = 0
    while _count_signed():
        counted += 1
    return counted


def _count_signed() -> bool:
    """Count the first so many of what is signed off and not counted; return whether there were so many."""
    with transaction.atomic():
        locks.take_one(locks.Row.COUNTED_STRETCHES, 0)
        waiting = UncountedSignOff.objects.order_by("pk").values_list("pk", flat=True)
        signed = list(waiting[:LENGTH])
        if len(signed) < LENGTH:
            return False
        _store(SignedCount, Disclosure.objects.filter(pk__in=signed))
        UncountedSignOff.objects.filter(pk__in=signed).delete()
    return True


def _store(model: type[AlikeDisclosures], rows: QuerySet[Disclosure], **more: object) -> None:
    """Store how many of these disclosures are alike, a row for all that are."""
    groups = rows.order_by().annotate(**_ALIKE).values_list(*_COLUMNS).annotate(**_NUMBERS)
    names = [*model.ALIKE, *_NUMBERS]
    model._default_manager.bulk_create(  # noqa: SLF001
        model(**more, **dict(zip(names, values, strict=True))) for values in groups
    )
