"""What was decided about records that are part of another now, and from which record a decision
came (C6): so that merging hides nothing that was decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from consent.decisions import objecting
from consent.models import ABOUT, Decision, MergedDecision, Pupil, PupilMerge
from consent.queries import references_of


@dataclass(frozen=True, slots=True)
class Origin:
    """From where a merge, or its undoing, carried a decision over: `merge` is the newest one,
    `first` the decision as it was recorded first."""

    merge: PupilMerge
    first: Decision


def origins(decisions: Iterable[Decision]) -> Mapping[int, Origin]:
    """The origin of each decision that was carried over, by its id; 1 query, and 1 for each merge
    that carried one over before."""
    step = {each.pk: [each.pk] for each in decisions}
    found: dict[int, Origin] = {}
    while step:
        copied = MergedDecision.objects.filter(copy__in=list(step)).select_related(
            "merge__by", "original__recorded_by", "original__request"
        )
        before: dict[int, list[int]] = {}
        for each in copied:
            for decision in step[each.copy_id]:
                merge = found[decision].merge if decision in found else each.merge
                found[decision] = Origin(merge, each.original)
                before.setdefault(each.original_id, []).append(decision)
        step = before
    return found


def parts_of(pupils: Sequence[Pupil]) -> list[int]:
    """The ids of the records that are part of one of these now; 2 queries, and 1 for each step."""
    references = list(references_of(pupils))
    if len(references) == len(pupils):
        return []
    records = Pupil.objects.filter(reference__in=references)
    return list(records.exclude(pk__in=[each.pk for each in pupils]).values_list("pk", flat=True))


def left_behind(parts: Sequence[int]) -> list[Decision]:
    """The decisions about records that are part of another (see `parts_of`) of which that one has no
    copy, in the order received: invalid ones, objections that have ended, and those that it had
    already; 1 query, none without such records."""
    return list(_without_copy(Decision.objects.all(), parts)) if parts else []


def objections_left_behind(parts: Sequence[int]) -> list[Decision]:
    """The objections among them, read as by `objecting.objections`; 1 query, or none."""
    return list(_without_copy(objecting.all_objections(), parts)) if parts else []


def _without_copy(decisions: QuerySet[Decision], parts: Sequence[int]) -> QuerySet[Decision]:
    carried = MergedDecision.objects.filter(merge__undone=None, original__pupil__in=parts)
    found = decisions.filter(pupil__in=parts).exclude(pk__in=carried.values("original"))
    return found.select_related(
        *ABOUT, "recorded_by", "request", "invalidation__recorded_by", "pupil", "second_look"
    ).order_by("received_at", "pk")
