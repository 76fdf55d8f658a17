"""Reads of the public register; each says how many queries it takes."""

from datetime import date

from django.db.models import QuerySet

from notices.models import Recipient
from notices.queries import notice_in_force
from sharing import rules
from sharing.agreements.facts import agreement_facts
from sharing.models import AgreementVersion, PublishedCount, PublishedMonth


def organisations() -> QuerySet[Recipient]:
    """Load the organisations with their successors and schemes; 1 query."""
    return Recipient.objects.select_related("successor", "scheme")


def permitted_items(version: AgreementVersion, on: date) -> list[str]:
    """Return the labels of the items that the rules let an agreement share on a day (D), in its
    order: not those that its notice does not list, nor those that its form withholds; 6 queries."""
    items = [row.item for row in version.items.select_related("item").order_by("position")]
    notice = notice_in_force(version.audience, on)
    if notice is None:
        return []
    facts = agreement_facts(version, items=[item.code for item in items])
    columns = [
        (item.label, rules.Item(item.code, item.identifying, item.special_category))
        for item in items
    ]
    permitted = {
        column.item
        for purpose in facts.purposes
        for column in rules.decide_columns(
            rules.Policy(facts, None, notice, None, purpose, on), columns
        )
        if column.permitted
    }
    return [item.label for item in items if item.code in permitted]


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
