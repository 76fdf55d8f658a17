"""Once a month the public register's figures of the months that have ended are published."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet

from privacy_portal import days, locks
from sharing import register_rules, rules
from sharing.lines import OUTCOMES
from sharing.models import Disclosure, PublishedCount, PublishedMonth

WENT = (OUTCOMES.index(rules.Outcome.RELEASED), OUTCOMES.index(rules.Outcome.REDUCED))


def publish_due(*, at: datetime) -> int:
    """Publishes each month that has ended and is not published yet; how many.

    A disclosure belongs to the month in which it stands in the log. What is recorded later of an
    earlier day therefore never changes a month that is published.
    """
    with transaction.atomic():
        locks.take_one(locks.Single.PUBLISHED_COUNTS, 0)
        first = _went().aggregate(first=Min("at"))["first"]
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
    kept = PublishedMonth.objects.create(month=month, at=at)
    begin, end = days.start_of(month), days.start_of(days.months_later(month, 1))
    by_hand = Q(origin=Disclosure.Origin.AFTER_THE_FACT)
    counted = (
        _went()
        .filter(at__gte=begin, at__lt=end)
        .values_list("recipient", "purpose")
        .annotate(
            files=Count("pk", distinct=True),
            pupils=Count(
                "lines__person", distinct=True, filter=by_hand | Q(lines__outcome__in=WENT)
            ),
            others=Count("lines__row", filter=by_hand & Q(lines__person=None)),
        )
        .order_by("recipient", "purpose")
    )
    rows = []
    for recipient, purpose, files, pupils, others in counted:
        figures = register_rules.publishable(files, pupils + others)
        rows.append(
            PublishedCount(
                month=kept,
                recipient_id=recipient,
                purpose_id=purpose,
                files=figures.files,
                pupils=figures.pupils,
            )
        )
    PublishedCount.objects.bulk_create(rows)


def _went() -> QuerySet[Disclosure]:
    """What left: not what was refused, though what was recorded after the fact did."""
    return Disclosure.objects.filter(
        Q(origin=Disclosure.Origin.AFTER_THE_FACT) | ~Q(outcome=rules.Outcome.REFUSED),
        undone=None,
        direction=Disclosure.Direction.SENT,
    )
