"""What a recipient has: what was handed over under an agreement for a purpose, by pupil (H6)."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from consent.models import MergedUpn, Pupil, PupilChange, PupilMerge, PupilUpn
from consent.queries import references_of, scheme_facts
from consent.rules import CLOCKS_APART
from sharing.disclosures import lines
from sharing.models import Disclosure, Recall
from sharing.rules import UPN_ITEM, Outcome

# A roll import may have been under way when a file was made: what it changes is told once too often
# rather than not at all. While an amendment is made there is none.
_MARGIN = timedelta(minutes=15)
_FILES = (Disclosure.Origin.RELEASE, Disclosure.Origin.SCHEDULED)
# Of rows that hold the same items the newest is enough. What was released against an opt-out was asked
# for as it is, and what is destroyed nobody has to change.
_COPIES = """
WITH shared AS (
    SELECT disclosure.id, disclosure.entry, origin, item_sets,
        COALESCE((sheet.facts ->> 'data_at')::timestamptz, disclosure.at) AS read_at
    FROM sharing_disclosure disclosure
    JOIN notices_purpose purpose ON purpose.id = disclosure.purpose_id
    LEFT JOIN sharing_coversheet sheet ON sheet.disclosure_id = disclosure.id
    WHERE agreement_reference = %(agreement)s AND purpose.code = %(purpose)s
        AND origin = ANY(%(origins)s) AND outcome <> 'refused' AND NOT overridden
        AND NOT EXISTS (SELECT 1 FROM sharing_undone undone WHERE undone.disclosure_id = disclosure.id)
        AND NOT EXISTS (SELECT 1 FROM sharing_keepingstep step
            WHERE step.disclosure_id = disclosure.id AND step.kind = 'destroyed')
)
SELECT DISTINCT ON (line.person, shared.origin = 'amendment', item_sets, item_set, outcome)
    line.person, shared.id, entry, line.row, origin, item_sets::text, item_set, outcome, read_at
FROM shared JOIN sharing_disclosureline line ON line.disclosure_id = shared.id
WHERE line.person IS NOT NULL AND (item_set IS NOT NULL OR origin = 'amendment')
    AND (%(people)s::uuid[] IS NULL OR line.person = ANY(%(people)s))
ORDER BY line.person, shared.origin = 'amendment', item_sets, item_set, outcome, entry DESC
"""


class Copy(NamedTuple):
    """A row that was handed over: about whom, in which disclosure and row of its extract."""

    person: UUID
    disclosure: int
    entry: int
    row: int
    origin: str
    items: tuple[str, ...]
    outcome: Outcome
    read_at: datetime


@dataclass(slots=True)
class Holding:
    """What a recipient has of one pupil. `sent` says for each item since when a change may be unknown to
    it; `copies` are the newest rows under which it knows the pupil, one for each record that was
    merged since."""

    pupil: int
    sent: dict[str, datetime] = field(default_factory=dict)
    copies: dict[UUID, Copy] = field(default_factory=dict)


def holdings(
    agreement: str,
    purpose: str,
    *,
    basic: Collection[str],
    pupils: Iterable[int] | None = None,
) -> list[Holding]:
    """Return what the recipient has, by pupil in the order of their ids; of some `pupils` or of all.

    What it was asked to delete before, by an amendment or a recall letter, it is taken not to have any
    more. `basic` are the items that stay in a reduced row. At most 7 queries, and 1 for each step of
    merged records.
    """
    people = None
    if pupils is not None:
        people = list(references_of(Pupil.objects.filter(pk__in=list(pupils))))
    found = list(_copies(agreement, purpose, people))
    pupil_of = _standing(copy.person for copy in found)
    recalled = _recalled({copy.disclosure for copy in found})
    held: dict[int, Holding] = {}
    for copy in sorted(found, key=lambda copy: copy.entry):
        pupil = pupil_of.get(copy.person)
        if pupil is not None:
            holding = held.setdefault(pupil, Holding(pupil))
            _take(holding, copy, basic, recalled.get((copy.disclosure, pupil)))
    return [held[pupil] for pupil in sorted(held) if held[pupil].sent]


def _take(
    holding: Holding, copy: Copy, basic: Collection[str], kept: Collection[str] | None
) -> None:
    """Add a copy to what the recipient has; `kept` are the items that a recall left it."""
    if copy.origin == Disclosure.Origin.AMENDMENT:
        if copy.outcome is Outcome.WITHHELD:
            holding.sent.clear()
        elif copy.outcome is Outcome.REDUCED:
            for item in holding.sent.keys() - set(basic):
                del holding.sent[item]
        for item in holding.sent.keys() & set(copy.items):
            holding.sent[item] = copy.read_at - CLOCKS_APART
        return
    holding.copies[copy.person] = copy
    for item in copy.items:
        if kept is None or item in kept:
            holding.sent[item] = copy.read_at - _MARGIN - CLOCKS_APART


def _copies(agreement: str, purpose: str, people: list[UUID] | None) -> Iterator[Copy]:
    values = {
        "agreement": agreement,
        "purpose": purpose,
        "origins": [*_FILES, Disclosure.Origin.AMENDMENT],
        "people": people,
    }
    sets: dict[str, list[list[str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COPIES, values)
        for person, disclosure, entry, row, origin, text, place, outcome, read_at in cursor:
            item_sets = sets.setdefault(text, json.loads(text))
            items = tuple(item_sets[place]) if place is not None else ()
            yield Copy(
                person, disclosure, entry, row, origin, items, lines.OUTCOMES[outcome], read_at
            )


def _standing(people: Iterable[UUID]) -> dict[UUID, int]:
    """Return the pupil, by id, that each random reference stands for today; 2 queries."""
    merged = dict(PupilMerge.objects.in_force().values_list("gone", "kept"))
    pupil_of = dict(Pupil.objects.filter(reference__in=set(people)).values_list("reference", "pk"))
    for person, pupil in pupil_of.items():
        while pupil in merged:
            pupil = merged[pupil]
        pupil_of[person] = pupil
    return pupil_of


def _recalled(disclosures: set[int]) -> Mapping[tuple[int, int], frozenset[str]]:
    """Return the items that letters of recall left the recipient, by disclosure and pupil."""
    recalls = Recall.objects.filter(disclosure__in=disclosures, steps__isnull=False).distinct()
    kept: dict[tuple[int, int], frozenset[str]] = {}
    for recall in recalls.select_related("decision__scheme", "decision__pupil"):
        scheme = recall.decision.scheme
        stays = scheme_facts(scheme).basic_items if scheme else frozenset()
        for pupil in _standing([recall.decision.pupil.reference]).values():
            place = recall.disclosure_id, pupil
            kept[place] = kept.get(place, stays) & stays
    return kept


def upns_to_find(pupils: Collection[int]) -> dict[int, str]:
    """Return a UPN by which each pupil is found, the present one where there is one; 1 query. For
    decisions only: a recipient may know another (C11)."""
    numbers = PupilUpn.objects.filter(pupil__in=pupils).order_by("present", "upn")
    return dict(numbers.values_list("pupil_id", "upn"))


def upns_as_handed(held: Iterable[Holding]) -> dict[UUID, str]:
    """Return the UPN under which the recipient knows each record, where that is certain; 4 queries.

    It is not where the record had more than one already, nor where its child has another record: the
    row of the file then says who is meant, and nothing puts a former UPN beside a present one (C11).
    """
    held = [
        holding
        for holding in held
        if any(UPN_ITEM in copy.items for copy in holding.copies.values())
    ]
    pupils = [holding.pupil for holding in held]
    numbers: dict[int, list[tuple[bool, str]]] = defaultdict(list)
    for pupil, present, upn in PupilUpn.objects.filter(pupil__in=pupils).values_list(
        "pupil_id", "present", "upn"
    ):
        numbers[pupil].append((present, upn))
    replaced: dict[int, list[datetime]] = defaultdict(list)
    for pupil, at in PupilChange.objects.filter(pupil__in=pupils, field="upn").values_list(
        "pupil_id", "at"
    ):
        replaced[pupil].append(at)
    own = dict(Pupil.objects.filter(pk__in=pupils).values_list("pk", "reference"))
    merged = set(
        MergedUpn.objects.filter(number__pupil__in=pupils).values_list("number__pupil", flat=True)
    )
    known = {}
    for holding in held:
        copy = holding.copies.get(own[holding.pupil])
        if copy is None or UPN_ITEM not in copy.items or holding.pupil in merged:
            continue
        since = [at for at in replaced[holding.pupil] if at > copy.read_at]
        upns = sorted(numbers[holding.pupil])
        # One that nothing replaced, or the only one that was replaced since.
        if (len(upns), len(since)) in ((1, 0), (2, 1)):
            known[copy.person] = upns[0][1]
    return known


def row_in_file(copy: Copy) -> int:
    """Return the number of a copy's row in the file that left, without the headings; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM sharing_disclosureline "
            "WHERE disclosure_id = %s AND row <= %s AND item_set IS NOT NULL",
            [copy.disclosure, copy.row],
        )
        (number,) = cursor.fetchone()
    return int(number)
