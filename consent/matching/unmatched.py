"""Online opt-outs and objections that are not matched to a pupil, where data is to be released.

They count for nobody until they are matched. So whoever releases a file is told of them, and how
many of its pupils are similar to one they may be about.
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
    """The number of unmatched opt-outs and objections, and when the first came (None: never)."""

    number: int
    oldest: datetime | None


def unmatched(recipient: int, purpose: str) -> Unmatched:
    """Return the unmatched opt-outs under the scheme that governs what the recipient (by id) gets
    for the purpose (a code), and objections to that; 1 query."""
    requests = _waiting(recipient, purpose).order_by("received_at")
    received = list(requests.values_list("received_at", flat=True))
    return Unmatched(len(received), received[0] if received else None)


def like_the_unmatched(recipient: int, purpose: str) -> tuple[int, frozenset[int]]:
    """Return the number of unmatched opt-outs and objections, and the ids of pupils they may be
    about; 1 query, and 1 more if there are any."""
    requests = list(_waiting(recipient, purpose))
    meant = [
        (
            request.born,
            request.school_id or 0,
            folded_name(request.surname),
            folded_name(request.forename),
        )
        for request in requests
        if request.born is not None
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
    requests: QuerySet[OptOutRequest] = OptOutRequest.objects.to_match().filter(
        objections | Q(scheme__recipient=recipient) & governs, ~Q(choice=Choice.OPT_IN.value)
    )
    return requests


def unmatched_in_words(number: int, alike: int) -> str:
    """Return a warning of `number` unmatched online opt-outs, of which `alike` rows that would be
    released in full may be about the same pupil."""
    are, they_are = ("is", "it is") if number == 1 else ("are", "they are")
    sentence = (
        f"{count(number, 'online opt-out')} {are} not matched to a pupil yet. "
        f"This file may include someone {they_are} about."
    )
    if alike:
        are = "is" if alike == 1 else "are"
        sentence += f" {count(alike, 'row')} {are} about a pupil like one on the forms."
    return sentence
