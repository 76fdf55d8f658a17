"""Reads of the public register; each says how many queries it takes."""

from datetime import date

from django.db.models import QuerySet

from notices.models import Recipient
from sharing.models import PublishedCount, PublishedMonth


def organisations() -> QuerySet[Recipient]:
    """Load the organisations with their successors and schemes; 1 query."""
    return Recipient.objects.select_related("successor", "scheme")


def published_years() -> list[int]:
    """List the years of which the public register has figures, newest first; 1 query."""
    months = PublishedMonth.objects.filter(counts__isnull=False)
    return [month.year for month in months.dates("month", "year", order="DESC")]


def published_counts(year: int) -> QuerySet[PublishedCount]:
    """Return the published figures of a year, newest month first, then by organisation and purpose;
    1 query."""
    return (
        PublishedCount.objects.filter(month__month__year=year)
        .select_related("month", "recipient", "purpose")
        .order_by("-month__month", "recipient__name", "purpose__label")
    )


def newest_published_month() -> date | None:
    """Return the newest published month, with or without figures; 1 query."""
    return PublishedMonth.objects.values_list("month", flat=True).first()
