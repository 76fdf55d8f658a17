"""Publish, once a month, the public register’s figures of the months that have ended."""

from datetime import datetime

from django.db import transaction
from django.db.models import Min

from privacy_portal.ground import days, locks
from privacy_portal.ground.log.appending import append
from privacy_portal.ground.public_pages.models import Stamp
from sharing.disclosures.month_entries import month_body, month_document
from sharing.models import PublishedCount, PublishedMonth
from sharing.register import rules
from sharing.register.counting import counts_of, disclosures_that_left


def publish_due(*, at: datetime) -> int:
    """Publish each month that has ended and is not published yet; return how many.

    A disclosure belongs to the month in which it stands in the log. What is recorded later of an
    earlier day therefore never changes a month that is published. Each month has an entry in the log
    with the fingerprint of its figures.
    """
    with transaction.atomic():
        locks.take_one(locks.Row.PUBLISHED_COUNTS, 0)
        first = disclosures_that_left().aggregate(first=Min("at"))["first"]
        if first is None:
            return 0
        published = set(PublishedMonth.objects.values_list("month", flat=True))
        due = {
            month: counts_of(month, at=at)
            for month in rules.months_ended(days.day_of(first), days.day_of(at))
            if month not in published and (not published or month > max(published))
        }
        if not due:
            return 0
        # The rows count the stamp up; whoever changes policy has it before the head of the log too.
        Stamp.objects.select_for_update().get()
        entry = append(
            month_body(month, at, month_document(month, at, counts))
            for month, counts in due.items()
        )
        for number, (month, counts) in enumerate(due.items(), start=entry):
            row = PublishedMonth.objects.create(month=month, at=at, entry=number)
            for count in counts:
                count.month = row
            PublishedCount.objects.bulk_create(counts)
    return len(due)
