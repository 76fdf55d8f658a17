"""Reads of the public register; each says how many queries it takes."""

from datetime import date

from django.db.models import QuerySet

from notices.models import Recipient
from sharing.models import PublishedCount, PublishedMonth


def recipient(code: str) -> Recipient | None:
    """The organisation at this address, with its successor and scheme; 1 query."""
    return Recipient.objects.select_related("successor", "scheme").filter(code=code).first()


def published_years() -> list[int]:
    """The years of which the public register has figures, newest first; 1 query."""
    months = PublishedMonth.objects.filter(counts__isnull=False)
    return [each.year for each in months.dates("month", "year", order="DESC")]


def published_counts(year: int) -> QuerySet[PublishedCount]:
    """What the public register says of a year, newest month first, then by organisation and
    purpose; 1 query."""
    return (
        PublishedCount.objects.filter(month__month__year=year)
        .select_related("month", "recipient", "purpose")
        .order_by("-month__month", "recipient__name", "purpose__label")
    )


def newest_published_month() -> date | None:
    """The newest month that the public register has figures of, or would have; 1 query."""
    return PublishedMonth.objects.values_list("month", flat=True).first()
