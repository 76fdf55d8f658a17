"""Whose number a UPN was when somebody decided, compared with whose it is (L5)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db import connection

from consent.models import PupilMerge, PupilUpn

# Of a decision that was emptied, and of one from before it had them, there are no numbers.
_GIVEN_TO_OTHERS = """
SELECT decision.id, decision.pupil_id, number.pupil_id
FROM consent_decision decision
CROSS JOIN LATERAL unnest(decision.upns) AS named (upn)
JOIN consent_pupilupn number ON number.upn = named.upn
WHERE number.pupil_id <> decision.pupil_id
ORDER BY decision.id
"""


def numbers_of(pupils: Collection[int]) -> Mapping[int, list[str]]:
    """Return the UPNs that pupils have or had, in their order; 1 query."""
    numbers: dict[int, list[str]] = defaultdict(list)
    rows = PupilUpn.objects.filter(pupil__in=pupils).order_by("upn")
    for pupil, upn in rows.values_list("pupil_id", "upn"):
        numbers[pupil].append(upn)
    return numbers


def numbers_fault() -> str | None:
    """Return a sentence about the first decision about a pupil whose UPN belongs to another record now, with
    which it was never merged; 1 query, and 1 where there are merged records."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN_TO_OTHERS)
        given = cursor.fetchall()
    if not given:
        return None
    same = _together(PupilMerge.objects.values_list("gone", "kept"))
    for decision, pupil, holder in given:
        if same.get(pupil, pupil) != same.get(holder, holder):
            return f"a UPN that decision {decision} is about belongs to another pupil record now"
    return None


def _together(pairs: Iterable[tuple[int, int]]) -> Mapping[int, int]:
    """Return for each record in a pair one that stands for all that pairs connect it with."""
    stands: dict[int, int] = {}

    def of(record: int) -> int:
        while stands.setdefault(record, record) != record:
            record = stands[record]
        return record

    for one, other in pairs:
        stands[of(one)] = of(other)
    return {record: of(record) for record in list(stands)}
