"""Reads of the public register; each says how many queries it takes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import QuerySet

from notices.models import Item, Recipient
from notices.queries import notices_in_force
from notices.rules import Notice
from privacy_portal.ground.annotations import annotated
from sharing import rules
from sharing.agreements.facts import agreement_facts
from sharing.models import AgreedItem, AgreementVersion, PublishedCount, PublishedMonth


def organisations() -> QuerySet[Recipient]:
    """Load the organisations with their successors and schemes; 1 query."""
    return Recipient.objects.select_related("successor", "scheme")


def permitted_items(versions: Sequence[AgreementVersion], on: date) -> dict[int, list[str]]:
    """Return the labels of the items that the rules let each of these agreements share on a day (D),
    by the version's id: not those that its notice does not list, nor those that its form withholds;
    4 queries."""
    agreed = AgreedItem.objects.filter(version__in=versions).select_related("item")
    notices = notices_in_force(on)
    items: dict[int, list[Item]] = defaultdict(list)
    for row in agreed.order_by("position"):
        items[row.version_id].append(row.item)
    return {
        version.pk: _permitted(version, items[version.pk], notices[version.audience], on)
        for version in versions
        if version.audience in notices
    }


def _permitted(
    version: AgreementVersion, items: Sequence[Item], notice: Notice, on: date
) -> list[str]:
    purposes = annotated(version, "purpose_codes", list)
    facts = agreement_facts(version, purposes=purposes, items=[item.code for item in items])
    columns = [
        (item.label, rules.Item(item.code, item.identifying, item.special_category))
        for item in items
    ]
    permitted = {
        column.item
        for purpose in purposes
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


def published_counts(year: int) -> list[PublishedCount]:
    """Load the published figures of a year, newest month first, then by organisation and purpose;
    1 query."""
    counts = PublishedCount.objects.filter(month__month__year=year)
    counts = counts.select_related("month", "recipient", "purpose")
    return list(counts.order_by("-month__month", "recipient__name", "purpose__label"))


def published_month(year: int, month: int) -> PublishedMonth | None:
    """Load a published month, None where it is not published; 1 query."""
    return PublishedMonth.objects.filter(month__year=year, month__month=month).first()


def newest_published_month() -> date | None:
    """Return the newest published month, with or without figures; 1 query."""
    return PublishedMonth.objects.values_list("month", flat=True).first()
