"""Decisions about records that were merged into another, and the record each decision came from
(C6), so that merging hides no decision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from consent.decisions import objecting
from consent.models import ABOUT, Decision, MergedDecision, Pupil, PupilMerge
from consent.queries import references_of


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a merge, or its undoing, carried a decision over from: `merge` is the newest one,
    `first` the decision as it was first recorded."""

    merge: PupilMerge
    first: Decision


def origins(decisions: Iterable[Decision]) -> Mapping[int, Origin]:
    """Return the origin of each decision carried over, by its id; 1 query, and 1 a merge."""
    step = {decision.pk: [decision.pk] for decision in decisions}
    origin_of: dict[int, Origin] = {}
    while step:
        copied = MergedDecision.objects.filter(copy__in=list(step)).select_related(
            "merge__by", "original__recorded_by", "original__request"
        )
        before: dict[int, list[int]] = {}
        for row in copied:
            for decision in step[row.copy_id]:
                merge = origin_of[decision].merge if decision in origin_of else row.merge
                origin_of[decision] = Origin(merge, row.original)
                before.setdefault(row.original_id, []).append(decision)
        step = before
    return origin_of


def parts_of(pupils: Sequence[Pupil]) -> list[int]:
    """Return the ids of the records merged into one of these; 2 queries, and 1 for each step."""
    references = list(references_of(pupils))
    if len(references) == len(pupils):
        return []
    records = Pupil.objects.filter(reference__in=references)
    return list(records.exclude(pk__in=[pupil.pk for pupil in pupils]).values_list("pk", flat=True))


def left_behind(parts: Sequence[int]) -> list[Decision]:
    """Return the decisions about merged records (see `parts_of`) that were not carried over, in the
    order received: invalid ones, ended objections, and those the other record already had; 1 query,
    none without merged records."""
    return list(_without_copy(Decision.objects.all(), parts)) if parts else []


def objections_left_behind(parts: Sequence[int]) -> list[Decision]:
    """Return the objections among `left_behind`, as `objecting.objections` does; 1 query, or none."""
    return list(_without_copy(objecting.all_objections(), parts)) if parts else []


def _without_copy(decisions: QuerySet[Decision], parts: Sequence[int]) -> QuerySet[Decision]:
    carried = MergedDecision.objects.filter(merge__undone=None, original__pupil__in=parts)
    rows = decisions.filter(pupil__in=parts).exclude(pk__in=carried.values("original"))
    return rows.select_related(
        *ABOUT, "recorded_by", "request", "invalidation__recorded_by", "pupil", "second_look"
    ).order_by("received_at", "pk")
