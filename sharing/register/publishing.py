"""Publish, once a month, the public register’s figures of the months that have ended."""

from collections import Counter, defaultdict
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet

from consent.decisions.linked_decisions import child_numbers, children
from privacy_portal.ground import days, locks
from sharing import rules
from sharing.disclosures.lines import OUTCOMES
from sharing.models import Disclosure, DisclosureLine, PublishedCount, PublishedMonth
from sharing.register import rules as register_rules

SHARED = (OUTCOMES.index(rules.Outcome.RELEASED), OUTCOMES.index(rules.Outcome.REDUCED))


def publish_due(*, at: datetime) -> int:
    """Publish each month that has ended and is not published yet; return how many.

    A disclosure belongs to the month in which it stands in the log. What is recorded later of an
    earlier day therefore never changes a month that is published.
    """
    with transaction.atomic():
        locks.take_one(locks.Row.PUBLISHED_COUNTS, 0)
        first = _disclosures().aggregate(first=Min("at"))["first"]
        if first is None:
            return 0
        published = set(PublishedMonth.objects.values_list("month", flat=True))
        due = [
            month
            for month in register_rules.months_ended(days.day_of(first), days.day_of(at))
            if month not in published and (not published or month > max(published))
        ]
        for month in due:
            _publish(month, at=at)
    return len(due)


def _publish(month: date, *, at: datetime) -> None:
    published = PublishedMonth.objects.create(month=month, at=at)
    begin, end = days.start_of(month), days.start_of(days.months_later(month, 1))
    by_hand = Q(origin=Disclosure.Origin.AFTER_THE_FACT)
    counted = (
        _disclosures()
        .filter(at__gte=begin, at__lt=end)
        .values_list("recipient", "purpose")
        .annotate(
            files=Count("pk", distinct=True),
            pupils=Count(
                "lines__person", distinct=True, filter=by_hand | Q(lines__outcome__in=SHARED)
            ),
            others=Count("lines__row", filter=by_hand & Q(lines__person=None)),
        )
        .order_by("recipient", "purpose")
    )
    twice = _counted_twice(_disclosures().filter(at__gte=begin, at__lt=end))
    rows = []
    for recipient, purpose, files, pupils, others in counted:
        children = pupils - twice[recipient, purpose]
        figures = register_rules.publishable(files, children + others)
        rows.append(
            PublishedCount(
                month=published,
                recipient_id=recipient,
                purpose_id=purpose,
                files=figures.files,
                pupils=figures.pupils,
            )
        )
    PublishedCount.objects.bulk_create(rows)


def _counted_twice(went: QuerySet[Disclosure]) -> Counter[tuple[int | None, int | None]]:
    """Count, by recipient and purpose, the records too many among the people of these disclosures:
    those that are, or may be, of the same child as another (C6b). Otherwise fewer than 5 children
    could be published as 5. 3 queries, and a few while such records exist."""
    one = child_numbers()
    groups: dict[tuple[int | None, int | None], set[UUID]] = defaultdict(set)
    if one:
        by_hand = Q(disclosure__origin=Disclosure.Origin.AFTER_THE_FACT)
        left = DisclosureLine.objects.filter(by_hand | Q(outcome__in=SHARED), disclosure__in=went)
        lines = left.filter(person__in=list(one))
        for recipient, purpose, person in lines.values_list(
            "disclosure__recipient", "disclosure__purpose", "person"
        ):
            assert person is not None  # it is one of those
            groups[recipient, purpose].add(person)
    return Counter({about: len(people) - children(people, one) for about, people in groups.items()})


def _disclosures() -> QuerySet[Disclosure]:
    """Return the disclosures that left: what was refused did not, what was recorded afterwards did."""
    return Disclosure.objects.filter(
        Q(origin=Disclosure.Origin.AFTER_THE_FACT) | ~Q(outcome=rules.Outcome.REFUSED),
        undone=None,
        direction=Disclosure.Direction.SENT,
    )
