"""Links between records that may be of one child: decisions count for both till answered (C6b)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection

from consent import identity_rules
from consent.models import Pupil, PupilMerge
from privacy_portal.ground.row_security import beyond_own_schools

_OPEN = """
SELECT question.id, question.new_id, question.other_id FROM consent_samechildquestion question
WHERE NOT EXISTS (
    SELECT 1 FROM consent_samechildanswer answer WHERE answer.question_id = question.id
)
"""
_SAME_CHILD = """
WITH pair (one, other) AS (
    SELECT gone_id, kept_id FROM consent_pupilmerge merge
    WHERE NOT EXISTS (SELECT 1 FROM consent_mergeundone undone WHERE undone.merge_id = merge.id)
    UNION ALL
    SELECT new_id, other_id FROM ({open}) question
)
SELECT one.id, one.reference, other.id, other.reference FROM pair
JOIN consent_pupil one ON one.id = pair.one
JOIN consent_pupil other ON other.id = pair.other
"""


@dataclass(frozen=True, slots=True)
class Links:
    """The records of open questions by id: for each, all that are linked with it (itself too), and
    its date of birth."""

    groups: Mapping[int, frozenset[int]]
    born: Mapping[int, date]

    def others(self, pupil: int) -> frozenset[int]:
        """Return the records that may be of the same child as this one; mostly none."""
        return self.groups.get(pupil, frozenset()) - {pupil}

    def with_others(self, pupils: Iterable[int]) -> set[int]:
        """Return these records and all that may be of the same children."""
        records = set(pupils)
        return records.union(*(self.groups[pupil] for pupil in records & self.groups.keys()))


@beyond_own_schools()
def open_pairs() -> dict[int, tuple[int, int]]:
    """Return the newer and the older record of each question that nobody has answered, by the
    question's id.

    Records merged since stand for each other: a question about one record is no longer open. 1
    query; with an open question one more, and one for each step of merged records.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OPEN)
        pairs = {number: (new, other) for number, new, other in cursor.fetchall()}
    if not pairs:
        return {}
    standing = {pupil: pupil for pair in pairs.values() for pupil in pair}
    gone = set(standing)
    while gone:
        merges = PupilMerge.objects.in_force().filter(gone__in=gone).values_list("gone", "kept")
        kept_by = dict(merges)
        standing = {pupil: kept_by.get(now, now) for pupil, now in standing.items()}
        gone = set(kept_by.values())
    return {
        number: (standing[new], standing[other])
        for number, (new, other) in pairs.items()
        if standing[new] != standing[other]
    }


@beyond_own_schools()
def open_links() -> Links:
    """Return the links of open questions; 1 query without any, else 3 and 1 a step of merges."""
    pairs = open_pairs()
    if not pairs:
        return Links({}, {})
    groups = identity_rules.linked(pairs.values())
    births = Pupil.objects.filter(pk__in=groups).values_list("pk", "born")
    return Links(groups, dict(births))


def references_of_same_child() -> list[tuple[str, str]]:
    """Return each two random references of records that are of the same child, merged, or may be (C6b),
    in both orders; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_SAME_CHILD.format(open=_OPEN))
        pairs = cursor.fetchall()
    references = {
        pupil: str(reference) for pair in pairs for pupil, reference in (pair[:2], pair[2:])
    }
    groups = identity_rules.linked((one, other) for one, _, other, _ in pairs)
    return [
        (references[pupil], references[other])
        for pupil, group in groups.items()
        for other in sorted(group - {pupil})
    ]
