"""Search for a pupil by what a member of staff types: names, a date of birth, a UPN."""

from dataclasses import dataclass

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from consent import upn
from consent.matching.candidates import FULL_NAME
from consent.models import Pupil, PupilUpn
from privacy_portal.ground.days import read_day
from privacy_portal.ground.names import folded_name

MOST = 20
ALIKE = 0.3


@dataclass(frozen=True, slots=True)
class SearchResults:
    """Pupils who match a search: `more` if others match too, `alike` if their names are only similar."""

    pupils: list[Pupil]
    more: bool
    alike: bool


def search(pupils: QuerySet[Pupil], query: str) -> SearchResults:
    """Return the pupils who match every word, or else those with a similar name; at most 2 queries.

    A word is a UPN (present or former: it finds the pupil and is not shown), a date of birth, or
    the beginning of a surname or forename, however it is spelt (C11, C6).
    """
    exact, names = Q(), []
    for word in query.split():
        number = upn.normal(word)
        if upn.is_valid(number):
            of_number = PupilUpn.objects.filter(pupil=OuterRef("pk"), upn=number)
            exact &= Q(Exists(of_number))
        elif day := read_day(word):
            exact &= Q(born=day)
        elif folded := folded_name(word):
            names.append(folded)
    pupils = pupils.select_related("school")
    if not exact and not names:
        return SearchResults([], more=False, alike=False)
    begins = exact
    for name in names:
        begins &= Q(surname_folded__startswith=name) | Q(forename_folded__startswith=name)
    ordered = pupils.filter(begins).order_by("surname_folded", "forename_folded", "pk")
    matches = list(ordered[: MOST + 1])
    if matches or not names:
        return SearchResults(matches[:MOST], more=len(matches) > MOST, alike=False)
    # Only part of a name may be typed: how alike are the words to the best part of the name?
    alike = TrigramWordSimilarity(" ".join(names), FULL_NAME)
    near = pupils.filter(exact).annotate(alike=alike).filter(Q(alike__gte=ALIKE))
    near = near.order_by(F("alike").desc(), "pk")
    return SearchResults(list(near[:MOST]), more=False, alike=True)
