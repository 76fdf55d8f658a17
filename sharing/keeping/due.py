"""List the pupils whose details are due to be erased, and what speaks against it (R2)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from consent.keeping.records import keeping_times, open_choices, records_of
from consent.keeping_rules import KeptPupil, Matter, Reason, over_on, reasons_to_keep
from consent.models import Pupil
from sharing.models import (
    DecidedPupil,
    Disclosure,
    DisclosureLine,
    DueDeletion,
    ListRequest,
    PersonLine,
    PersonLineMark,
    RequestedPupil,
)
from sharing.review.incidents import open_incidents
from sharing.review.recalling import open_recalls


@dataclass(frozen=True, slots=True)
class Due:
    """A pupil whose keeping time was over on a day, None while they are on a roll, and why their details are
    kept all the same."""

    pupil: Pupil
    over_on: date | None
    reasons: Sequence[Reason | Matter]


def due_among(pupils: Sequence[Pupil], *, on: date, wished: bool = False) -> list[Due]:
    """Return for each pupil whether their details are erased on a day, or why not; 20 queries, and a few while
    something is open."""
    records = records_of([pupil.pk for pupil in pupils])
    matters = open_matters([record for group in records.values() for record in group])
    times = keeping_times()
    due = []
    for pupil in pupils:
        # A set of each record's, joined: what is open about one is open about the child.
        found = frozenset().union(*(matters.get(record, ()) for record in records[pupil.pk]))
        facts = KeptPupil(pupil.born, pupil.left_on, found)
        due.append(
            Due(pupil, over_on(facts, times), reasons_to_keep(facts, times, on, wished=wished))
        )
    return due


def open_matters(records: Collection[int]) -> Mapping[int, set[Matter]]:
    """Return what is open about each of these records; 19 queries, and a few while something is open."""
    matters = defaultdict(set, open_choices(records))

    def note(matter: Matter, found: Iterable[int]) -> None:
        for record in found:
            matters[record].add(matter)

    recalled = open_recalls().filter(decision__pupil__in=records)
    note(Matter.RECALL, recalled.values_list("decision__pupil", flat=True))
    lists = ListRequest.objects.filter(answer=None, pupil__in=records)
    note(Matter.LIST, lists.values_list("pupil", flat=True))
    asked = RequestedPupil.objects.filter(pupil__in=records, details__erased=False)
    note(Matter.REQUEST, asked.values_list("pupil", flat=True))
    decided = DecidedPupil.objects.filter(pupil__in=records, decision__erased=False)
    note(Matter.REQUEST, decided.values_list("pupil", flat=True))
    people = dict(Pupil.objects.filter(pk__in=records).values_list("reference", "pk"))
    deletions = DueDeletion.objects.values("disclosure")
    note(Matter.DELETION, _in_disclosures(people, Q(pk__in=deletions)))
    incidents = open_incidents().values("disclosure")
    note(Matter.INCIDENT, _in_disclosures(people, Q(pk__in=incidents)))
    return matters


def _in_disclosures(people: Mapping[UUID, int], which: Q) -> Iterable[int]:
    """Yield the records about which something was shared in such disclosures; 4 queries."""
    newest = PersonLineMark.objects.order_by("-entry").values_list("entry", flat=True).first()
    lines = PersonLine.objects.filter(person__in=people)
    entries: dict[int, set[UUID]] = defaultdict(set)
    for person, entry in lines.values_list("person", "entry"):
        entries[entry].add(person)
    # Beyond the mark the lines themselves are asked: those of some minutes.
    later = Disclosure.objects.filter(which, entry__gt=-1 if newest is None else newest)
    of_later = DisclosureLine.objects.filter(
        disclosure__in=list(later.values_list("pk", flat=True)), item_set__isnull=False
    )
    found = set(of_later.filter(person__in=people).values_list("person", flat=True))
    for entry in Disclosure.objects.filter(which, entry__in=entries).values_list(
        "entry", flat=True
    ):
        found |= entries[entry]
    return (people[person] for person in found if person is not None)
