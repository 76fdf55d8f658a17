"""Opt-outs and objections sent online whose pupil nobody has found yet, where data is to go out.

They count for nobody until they are matched. So whoever lets a file go is told of them, and how
many of its pupils are like one who is meant.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from consent.matching.candidates import ALIKE
from consent.models import OptOutRequest
from consent.rules import Choice
from privacy_portal.ground.names import folded_name
from privacy_portal.ground.ui.environment import count

# Like the one who is meant: born on the day, and at the school or with a surname much alike;
# or of the same name at the same school, where the date of birth may be mistyped.
_LIKE = """
SELECT pupil.id
FROM unnest(%s::date[], %s::int[], %s::text[]) meant (born, school, surname)
JOIN consent_pupil pupil ON pupil.born = meant.born
WHERE pupil.school_id = meant.school
    OR similarity(pupil.surname_folded, meant.surname) >= %s
UNION
SELECT pupil.id
FROM unnest(%s::int[], %s::text[], %s::text[]) meant (school, surname, forename)
JOIN consent_pupil pupil ON pupil.school_id = meant.school
    AND pupil.surname_folded = meant.surname AND pupil.forename_folded = meant.forename
"""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """How many say no to a sharing and wait for a person to find the pupil, and when the first of
    them was received (None: none does)."""

    number: int
    oldest: datetime | None


def unmatched(recipient: int, purpose: str) -> Unmatched:
    """Those that wait to be matched, under the scheme that governs what the recipient (by id) gets for
    the purpose (a code), and objections to that; 1 query."""
    found = _waiting(recipient, purpose).order_by("received_at")
    received = list(found.values_list("received_at", flat=True))
    return Unmatched(len(received), received[0] if received else None)


def like_the_unmatched(recipient: int, purpose: str) -> tuple[int, frozenset[int]]:
    """How many wait to be matched, and the pupils, by id, who may be meant by them; 1 query, and 1 more
    if any do."""
    requests = list(_waiting(recipient, purpose))
    meant = [
        (each.born, each.school_id or 0, folded_name(each.surname), folded_name(each.forename))
        for each in requests
        if each.born is not None
    ]
    if not meant:
        return len(requests), frozenset()
    born, schools, surnames, forenames = map(list, zip(*meant, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_LIKE, [born, schools, surnames, ALIKE, schools, surnames, forenames])
        return len(requests), frozenset(pupil for (pupil,) in cursor.fetchall())


def _waiting(recipient: int, purpose: str) -> QuerySet[OptOutRequest]:
    objections = Q(recipient=recipient, purpose__code=purpose)
    governs = Q(scheme__purposes=None) | Q(scheme__purposes__purpose__code=purpose)
    found: QuerySet[OptOutRequest] = OptOutRequest.objects.waiting().filter(
        objections | Q(scheme__recipient=recipient) & governs, ~Q(choice=Choice.OPT_IN.value)
    )
    return found


def unmatched_in_words(number: int, alike: int) -> str:
    """A warning of `number` opt-outs sent online that have no pupil yet; `alike` rows that go in full
    are about somebody like one who is meant."""
    are = "is" if number == 1 else "are"
    sentence = (
        f"{count(number, 'opt-out')} sent online {are} not matched to a pupil yet. "
        "Somebody in this file may be among them."
    )
    if alike:
        are = "is" if alike == 1 else "are"
        sentence += f" {count(alike, 'row')} {are} about somebody like a pupil who is meant."
    return sentence
