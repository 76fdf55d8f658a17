"""Count the disclosure log once for each week that has ended, so that no page has to (K1)."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from consent.decisions.linked_decisions import child_numbers, children
from privacy_portal.ground import days, locks
from sharing import rules
from sharing.disclosures.lines import OUTCOMES
from sharing.figures.rules import Period, month_of, weeks_ended
from sharing.models import CountedWeek, Disclosure, DisclosureLine, WeekCount
from sharing.rules import Outcome

SHARED = (OUTCOMES.index(rules.Outcome.RELEASED), OUTCOMES.index(rules.Outcome.REDUCED))
BY_HAND = Q(disclosure__origin=Disclosure.Origin.AFTER_THE_FACT)
IN_LINE = Q(out_of_line=False)
SENT = IN_LINE & Q(direction=Disclosure.Direction.SENT)
# Of what was refused, received or not allowed no row was decided on and shared.
DECIDED = SENT & Q(outcome__in=[Outcome.RELEASED, Outcome.REDUCED], rows_total__isnull=False)
# What is counted of each organisation, by column: of each result, as the log filters it, apart from those
# that were not sent after all, and of rows.
NUMBERS = {
    "released": Count("pk", filter=SENT & Q(outcome=Outcome.RELEASED)),
    "reduced": Count("pk", filter=SENT & Q(outcome=Outcome.REDUCED)),
    "refused": Count("pk", filter=SENT & Q(outcome=Outcome.REFUSED)),
    "received": Count("pk", filter=IN_LINE & Q(direction=Disclosure.Direction.RECEIVED)),
    "not_allowed": Count("pk", filter=~IN_LINE),
    "rows": Coalesce(Sum("rows_total", filter=DECIDED), 0),
    "rows_withheld": Coalesce(
        Sum("rows_withheld", filter=DECIDED & ~Q(origin=Disclosure.Origin.AFTER_THE_FACT)), 0
    ),
}


def count_due(*, at: datetime) -> int:
    """Count each week that has ended and is not counted yet, each in a transaction of its own; return how
    many.

    The first run counts all weeks since the first disclosure. A disclosure belongs to the day on which
    it stands in the log, so nothing that is recorded later changes a week.
    """
    newest = CountedWeek.objects.order_by("-last").first()
    first = Disclosure.objects.aggregate(first=Min("at"))["first"]
    if newest is None and first is None:
        return 0
    begin = newest.last + timedelta(days=1) if newest else days.day_of(first)
    return sum(_count(week, at=at) for week in weeks_ended(begin, days.day_of(at)))


def _count(week: Period, *, at: datetime) -> bool:
    """Count a week; return whether nobody else had."""
    with transaction.atomic():
        locks.take_one(locks.Row.COUNTED_WEEKS, 0)
        if CountedWeek.objects.filter(last__gte=week.first).exists():
            return False
        pupils = _pupils(month_of(week.first), week.last)
        counted = CountedWeek.objects.create(
            first=week.first, last=week.last, at=at, pupils=pupils.of_anybody
        )
        entries = between(week.first, week.last).order_by().values("recipient")
        WeekCount.objects.bulk_create(
            WeekCount(
                week=counted,
                recipient_id=recipient,
                pupils=pupils.by_organisation[recipient],
                **dict(zip(NUMBERS, numbers, strict=True)),
            )
            for recipient, *numbers in entries.annotate(**NUMBERS).values_list(
                "recipient", *NUMBERS
            )
        )
    return True


def between(first: date, last: date | None = None) -> QuerySet[Disclosure]:
    """Return what stands in the disclosure log from the first day to the last, as its page filters it."""
    entries = Disclosure.objects.filter(at__gte=days.start_of(first))
    return entries if last is None else entries.filter(at__lte=days.end_of(last))


@dataclass(frozen=True, slots=True)
class Pupils:
    """How many different pupils something was shared about: with each organisation, by its id, and with
    any of them."""

    by_organisation: Counter[int | None]
    of_anybody: int


def _pupils(first: date, last: date) -> Pupils:
    """Count the pupils about whom something was shared from the first day to the last; 4 queries, and a
    few while records may be of one child (C6b).

    As in the public register: people whom a record by hand counts without a number are in it, nothing
    that was not sent after all is, and records that may be of one child are one.
    """
    left = DisclosureLine.objects.filter(
        BY_HAND | Q(outcome__in=SHARED),
        disclosure__in=between(first, last).filter(
            Q(origin=Disclosure.Origin.AFTER_THE_FACT) | ~Q(outcome=Outcome.REFUSED),
            undone=None,
            direction=Disclosure.Direction.SENT,
        ),
    )
    people = Count("person", distinct=True) + Count("row", filter=BY_HAND & Q(person=None))
    numbers = Counter(
        dict(left.order_by().values_list("disclosure__recipient").annotate(people=people))
    )
    everybody = left.aggregate(people=people)["people"]
    groups = _of_one_child(left)
    one = child_numbers() if groups else {}
    for recipient, records in groups.items():
        numbers[recipient] -= len(records) - children(records, one)
    every = set().union(*groups.values())
    return Pupils(numbers, everybody - len(every) + children(every, one))


def _of_one_child(left: QuerySet[DisclosureLine]) -> dict[int | None, set[UUID]]:
    """Return the records among these that are, or may be, of one child with another, by organisation."""
    groups: dict[int | None, set[UUID]] = defaultdict(set)
    if one := child_numbers():
        lines = (
            left.filter(person__in=list(one))
            .order_by()
            .values_list("disclosure__recipient", "person")
        )
        for recipient, person in lines.distinct():
            assert person is not None  # it is one of those
            groups[recipient].add(person)
    return groups
