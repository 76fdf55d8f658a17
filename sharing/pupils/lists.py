"""What was disclosed about one pupil: to whom, when, which items, under what (for a request of
access). Rows under a temporary legal restriction are held back, and only officers know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, QuerySet, Subquery

from consent.models import Pupil
from consent.queries import references_of
from sharing.models import Disclosure, DisclosureLine, Restriction


@dataclass(frozen=True, slots=True)
class Row:
    """A disclosure in which something about the pupil went: the items, by code. `restricted_until`
    is the last day on which it is held back, None where it is not."""

    disclosure: Disclosure
    items: tuple[str, ...]
    restricted_until: date | None


def rows_about(pupil: Pupil, *, on: date) -> list[Row]:
    """What was disclosed about a pupil, newest first, under any reference they had; 3 queries.

    The table of lines has no index by person, which would slow every release down: it is read
    through once.
    """
    lines = DisclosureLine.objects.filter(
        person__in=list(references_of([pupil])), item_set__isnull=False
    )
    sets: dict[int, set[int]] = {}
    for disclosure, item_set in lines.values_list("disclosure_id", "item_set"):
        sets.setdefault(disclosure, set()).add(item_set or 0)
    found = []
    for each in _disclosures(list(sets)):
        items = sorted({code for place in sets[each.pk] for code in each.item_sets[place]})
        until = each.restricted_until  # type: ignore[attr-defined] # annotated
        held = until if until is not None and until >= on else None
        found.append(Row(each, tuple(items), held))
    return found


def for_the_family(rows: Sequence[Row]) -> list[Row]:
    """The rows that the pupil's family gets: those that are not held back."""
    return [row for row in rows if row.restricted_until is None]


def _disclosures(ids: Sequence[int]) -> QuerySet[Disclosure]:
    latest = Restriction.objects.filter(disclosure=OuterRef("pk")).order_by("-pk")
    return (
        Disclosure.objects.filter(pk__in=ids, undone=None)
        .select_related("recipient", "purpose", "agreement_version__agreement")
        .annotate(restricted_until=Subquery(latest.values("until")[:1]))
        .order_by("-entry")
    )
