"""Lists of what was shared about one pupil, for a request of access. Rows under a temporary legal
restriction are withheld from the family; only officers see them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from consent.models import Pupil
from consent.queries import references_of
from privacy_portal.ground.days import day_of
from privacy_portal.ground.ui.keyset import AFTER, BEFORE, Key, KeysetPage, Order
from privacy_portal.ground.ui.pages import PER_PAGE
from sharing.disclosures.person_lines import Group, PersonList, shared_about
from sharing.models import Disclosure, KeepingStep, Recall, Restriction
from sharing.review.recalling import recalls_about

NEWEST = Order("newest", "Newest first", (Key("entry"),), descending=True)
# So many entries of a whole list are read at once.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A disclosure of items, by code, about the pupil. `recalls` are about what of it was too much, and
    `deleted_on` is the day on which its recipient confirmed that it deleted everything."""

    disclosure: Disclosure
    items: tuple[str, ...]
    recalls: tuple[Recall, ...] = ()
    deleted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Withheld:
    """A disclosure about the pupil, and the last day on which it is withheld from the family."""

    disclosure: Disclosure
    restricted_until: date


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of the list, what of it each organisation got (all of it, newest first), and what is withheld
    from the family. `count` is the length of the list that the page is of, whose rows are `Row`s."""

    groups: Sequence[Group]
    count: int
    page: "KeysetPage[Any]"
    withheld: Sequence[Withheld]


def page_about(
    pupil: Pupil, parameters: Mapping[str, str], *, on: date, recipient: int | None = None
) -> ListPage:
    """Return the page of a pupil's list that an address asks for, newest first, under any reference they
    had; with one `recipient` what that organisation got. 5 queries, and a few where records were merged
    or something was recalled."""
    people = list(references_of([pupil]))
    listed, page = _page_of(people, parameters, on, recipient)
    disclosures = _disclosures([*page.object_list, *listed.withheld])
    recalls = _recalls(pupil, page.object_list)
    rows: list[Any] = [
        _row(disclosures[entry], listed.entries[entry], recalls) for entry in page.object_list
    ]
    withheld = [
        Withheld(disclosures[entry], until) for entry, until in sorted(listed.withheld.items())
    ]
    own = [group for group in listed.groups if recipient in (None, group.recipient)]
    return ListPage(
        listed.groups,
        sum(group.count for group in own),
        KeysetPage(rows, page.previous, page.next, page.first, page.last),
        withheld,
    )


def whole_list(pupil: Pupil, *, on: date) -> Iterator[Row]:
    """Yield all that the pupil's family can see, newest first; 1 query, and 4 for each `BATCH`, or a few more
    where something was recalled."""
    people = list(references_of([pupil]))
    listed = shared_about(people, on=on, size=BATCH)
    while entries := list(listed.entries):
        disclosures, recalls = _disclosures(entries), _recalls(pupil, entries)
        for entry in entries:
            yield _row(disclosures[entry], listed.entries[entry], recalls)
        if len(entries) < BATCH:
            return
        listed = shared_about(people, on=on, size=BATCH, below=entries[-1])


def has_grown_since(pupil: Pupil, then: datetime, *, on: date) -> bool:
    """Return whether the pupil's family can see an entry that they could not see then: shared since, or
    withheld then and no longer; 4 queries."""
    everything = shared_about(list(references_of([pupil])), on=on, size=2**31)
    restrictions = Restriction.objects.filter(disclosure=OuterRef("pk"), at__lte=then)
    return (
        Disclosure.objects.filter(entry__in=list(everything.entries))
        .alias(until_then=Subquery(restrictions.order_by("-pk").values("until")[:1]))
        .filter(Q(at__gt=then) | Q(until_then__gte=day_of(then)))
        .exists()
    )


def _page_of(
    people: Sequence[UUID], parameters: Mapping[str, str], on: date, recipient: int | None
) -> tuple[PersonList, "KeysetPage[Any]"]:
    """Return the part of a list that an address asks for, and the page of its log entries; 2 queries, and
    2 more where the list has become shorter than the address says."""

    def part(**window: Any) -> PersonList:
        return shared_about(people, on=on, size=PER_PAGE + 1, recipient=recipient, **window)

    after = NEWEST.read(parameters.get(AFTER, ""))
    before = NEWEST.read(parameters.get(BEFORE, ""))
    if after is not None:
        listed = part(below=after[0])
        if entries := list(listed.entries):
            return listed, _page(entries[:PER_PAGE], back=True, on=len(entries) > PER_PAGE)
    elif before is not None:
        listed = part(above=before[0], oldest=True)
        entries = list(listed.entries)
        if len(entries) > PER_PAGE:
            return listed, _page(entries[-PER_PAGE:], back=True, on=True)
    if after is not None or parameters.get(BEFORE) == "":
        listed = part(oldest=True)
        entries = list(listed.entries)
        return listed, _page(entries[-PER_PAGE:], back=len(entries) > PER_PAGE, on=False)
    listed = part()
    entries = list(listed.entries)
    return listed, _page(entries[:PER_PAGE], back=False, on=len(entries) > PER_PAGE)


def _page(entries: list[int], *, back: bool, on: bool) -> "KeysetPage[Any]":
    """Return the page of these log entries: `back` and `on` say whether there are others before and after."""
    return KeysetPage(
        entries,
        previous=urlencode({BEFORE: f"[{entries[0]}]"}) if back else None,
        next=urlencode({AFTER: f"[{entries[-1]}]"}) if on else None,
        first="" if back else None,
        last=urlencode({BEFORE: ""}) if on else None,
    )


def _row(disclosure: Disclosure, item_sets: Sequence[int], recalls: Sequence[Recall]) -> Row:
    items = {code for place in item_sets for code in disclosure.item_sets[place]}
    return Row(
        disclosure,
        tuple(sorted(items)),
        tuple(recall for recall in recalls if recall.disclosure_id == disclosure.pk),
        disclosure.deleted_on,  # type: ignore[attr-defined] # annotated
    )


def _recalls(pupil: Pupil, entries: Collection[int]) -> list[Recall]:
    """Return the recalls about the pupil in these disclosures, oldest first, but for those of choices that
    are marked invalid; 1 query, and where there are any of whomever as many as `recalls_about`."""
    about = Q(disclosure__entry__in=list(entries), decision__invalidation=None)
    if not Recall.objects.filter(about).exists():
        return []
    return list(recalls_about(pupil).filter(about).order_by("pk"))


def _disclosures(entries: Collection[int]) -> dict[int, Disclosure]:
    """Return the disclosures of these log entries; 1 query."""
    deleted = KeepingStep.objects.filter(disclosure=OuterRef("pk"), kind=KeepingStep.Kind.DESTROYED)
    disclosures: QuerySet[Disclosure] = (
        Disclosure.objects.filter(entry__in=list(entries))
        .select_related(
            "recipient",
            "purpose",
            "agreement_version__agreement",
            "request_decision__details__recipient",
            "request_decision__details__purpose",
        )
        .annotate(deleted_on=Subquery(deleted.values("on")[:1]))
    )
    return {disclosure.entry: disclosure for disclosure in disclosures}
