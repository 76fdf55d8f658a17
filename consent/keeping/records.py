"""Find the records that are erased together, those whose time is over, and choices about them that are open (R2)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from django.db.models import Q, QuerySet

from consent.age_rules import latest_birth
from consent.decisions.objecting import waiting_objections
from consent.keeping_rules import KeepingTimes, Matter
from consent.models import (
    Ending,
    ErasureWish,
    Hold,
    MergeProposal,
    OptOutRequest,
    Pupil,
    PupilMerge,
    WaitingMove,
)
from consent.queries import opted_out_among, schemes, schemes_by_recipient
from consent.same_child_links import open_pairs
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.terms import current as terms


def keeping_times() -> KeepingTimes:
    """Return the policy's keeping times of pupils' details."""
    return KeepingTimes(terms.number("pupil_birthday"), terms.number("pupil_left_years"))


def past_time(on: date) -> QuerySet[Pupil]:
    """Return the pupils whose keeping time is over on a day, whatever is still open about them, those who left
    first at the top; 1 query."""
    times = keeping_times()
    return (
        Pupil.objects.standing()
        .filter(left_on__lte=latest_birth(times.left, on), born__lte=latest_birth(times.birthday, on))
        .order_by("left_on", "pk")
    )  # fmt: skip


def held() -> QuerySet[Hold]:
    """Return the holds that last, oldest first; 1 query."""
    holds = Hold.objects.in_force().filter(pupil__erased_at=None)
    return holds.select_related("pupil", "by").order_by("pk")


def open_wishes() -> QuerySet[ErasureWish]:
    """Return the wishes that wait for a second officer, oldest first; 1 query."""
    wishes = ErasureWish.objects.filter(answer=None, pupil__erased_at=None)
    return wishes.select_related("pupil", "by").order_by("pk")


def wishes_for(user: User) -> QuerySet[ErasureWish]:
    """Return the wishes that this officer can answer: another officer's; 1 query."""
    return open_wishes().exclude(by=user)


def opt_outs_of(pupil: Pupil, *, at: datetime) -> list[str]:
    """Return the names of the organisations about which the pupil is opted out at an instant by somebody's
    choice, which ends when the details are erased; as many queries for each scheme as `opted_out_among`."""
    facts = schemes_by_recipient()
    return [
        scheme.recipient.name
        for scheme in schemes()
        if opted_out_among(scheme, facts[scheme.recipient_id], [pupil.pk], at).get(pupil.pk)
    ]


def records_of(pupils: Iterable[int]) -> dict[int, list[int]]:
    """Return for each pupil the records that are part of theirs, their own first, by ids; 1 query for each
    step of merged records."""
    standing = {pupil: pupil for pupil in pupils}
    newest = set(standing)
    while newest:
        merges = PupilMerge.objects.in_force().filter(kept__in=newest).values_list("gone", "kept")
        found = {gone: standing[kept] for gone, kept in merges if gone not in standing}
        standing |= found
        newest = set(found)
    records = defaultdict(list)
    for record, pupil in standing.items():
        records[pupil].append(record)
    return records


def open_choices(records: Collection[int]) -> Mapping[int, set[Matter]]:
    """Return what is open about each of these records as to choices, holds and identity; 9 queries, and a
    few while it is asked whether records are of one child."""
    matters: dict[int, set[Matter]] = defaultdict(set)

    def note(matter: Matter, pupils: Iterable[int | None]) -> None:
        for pupil in pupils:
            if pupil is not None:
                matters[pupil].add(matter)

    note(Matter.HOLD, _pupils(Hold.objects.in_force(), records))
    note(Matter.MOVE, _pupils(WaitingMove.objects.filter(state="waiting"), records))
    note(Matter.PROTECTION, _pupils(Ending.objects.filter(answer=None), records))
    note(Matter.OBJECTION, _pupils(waiting_objections(), records))
    proposals = MergeProposal.objects.filter(Q(gone__in=records) | Q(kept__in=records), answer=None)
    note(Matter.MERGE, (one for pair in proposals.values_list("gone", "kept") for one in pair))
    note(Matter.SAME_CHILD, (one for pair in open_pairs().values() for one in pair))
    note(Matter.FORM, _with_open_form(records))
    return matters


def _pupils(rows: "QuerySet[object]", records: Collection[int]) -> Iterable[int]:  # type: ignore[type-var]
    return rows.filter(pupil__in=records).values_list("pupil", flat=True)


def _with_open_form(records: Collection[int]) -> Iterable[int]:
    """Yield the records of which somebody with the same date of birth sent a form that waits to be matched."""
    waiting = OptOutRequest.objects.to_match().values_list("born", flat=True)
    births = {born for born in waiting if born is not None}
    if births:
        yield from Pupil.objects.filter(pk__in=records, born__in=births).values_list(
            "pk", flat=True
        )
