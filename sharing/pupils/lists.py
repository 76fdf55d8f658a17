"""Lists of what was shared about one pupil, for a request of access. Rows under a temporary legal
restriction are withheld from the family; only officers see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery

from consent.models import Pupil
from consent.queries import references_of
from privacy_portal.ground.days import day_of
from sharing.models import Disclosure, DisclosureLine, Restriction


@dataclass(frozen=True, slots=True)
class Row:
    """A disclosure of items, by code, about the pupil. `restricted_until` is the last day on which it is
    withheld from the family, None if it is not."""

    disclosure: Disclosure
    items: tuple[str, ...]
    restricted_until: date | None


def rows_about(pupil: Pupil, *, on: date) -> list[Row]:
    """Return what was shared about a pupil, newest first, under any reference they had; 3 queries.

    The table of lines has no index by person, which would slow down every release, so it is read
    once.
    """
    lines = DisclosureLine.objects.filter(
        person__in=list(references_of([pupil])), item_set__isnull=False
    )
    sets: dict[int, set[int]] = {}
    for pk, item_set in lines.values_list("disclosure_id", "item_set"):
        sets.setdefault(pk, set()).add(item_set or 0)
    rows = []
    for disclosure in _disclosures(list(sets)):
        item_sets = (disclosure.item_sets[place] for place in sets[disclosure.pk])
        items = sorted({code for item_set in item_sets for code in item_set})
        until = disclosure.restricted_until  # type: ignore[attr-defined] # annotated
        in_force = until if until is not None and until >= on else None
        rows.append(Row(disclosure, tuple(items), in_force))
    return rows


def for_the_family(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that the pupil's family can see."""
    return [row for row in rows if row.restricted_until is None]


def has_grown_since(pupil: Pupil, then: datetime, *, on: date) -> bool:
    """Return whether the pupil's family can see an entry that they could not see then: shared since, or
    withheld then and no longer; 2 queries."""
    lines = DisclosureLine.objects.filter(
        person__in=list(references_of([pupil])), item_set__isnull=False
    )
    restrictions = Restriction.objects.filter(disclosure=OuterRef("pk")).order_by("-pk")
    entries = Disclosure.objects.filter(pk__in=lines.values("disclosure_id"), undone=None)
    return (
        entries.alias(
            until=Subquery(restrictions.values("until")[:1]),
            until_then=Subquery(restrictions.filter(at__lte=then).values("until")[:1]),
        )
        .filter(Q(until=None) | Q(until__lt=on))
        .filter(Q(at__gt=then) | Q(until_then__gte=day_of(then)))
        .exists()
    )


def _disclosures(ids: Sequence[int]) -> QuerySet[Disclosure]:
    latest = Restriction.objects.filter(disclosure=OuterRef("pk")).order_by("-pk")
    return (
        Disclosure.objects.filter(pk__in=ids, undone=None)
        .select_related(
            "recipient",
            "purpose",
            "agreement_version__agreement",
            "request_decision__details__recipient",
            "request_decision__details__purpose",
        )
        .annotate(restricted_until=Subquery(latest.values("until")[:1]))
        .order_by("-entry")
    )
