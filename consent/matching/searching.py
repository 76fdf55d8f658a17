"""Finding a pupil by what a member of staff types: names, a date of birth, a UPN."""

from dataclasses import dataclass

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from consent import upn
from consent.matching.candidates import FULL_NAME
from consent.models import Pupil, PupilUpn
from privacy_portal.ground.days import read_day
from privacy_portal.ground.names import folded_name

SHOWN = 20
ALIKE = 0.3


@dataclass(frozen=True, slots=True)
class Found:
    """The pupils found; `more` says that there are others, `alike` that no name is the same."""

    pupils: list[Pupil]
    more: bool
    alike: bool


def search(pupils: QuerySet[Pupil], written: str) -> Found:
    """Those of the pupils who fit all words, else those with a name alike; at most 2 queries.

    A word is a UPN (present or former: it finds the pupil and is not shown), a day of birth,
    or the beginning of a surname or forename, however it is spelt (C11, C6).
    """
    wanted, names = Q(), []
    for word in written.split():
        number = upn.normal(word)
        if upn.is_valid(number):
            of_number = PupilUpn.objects.filter(pupil=OuterRef("pk"), upn=number)
            wanted &= Q(Exists(of_number))
        elif day := read_day(word):
            wanted &= Q(born=day)
        elif folded := folded_name(word):
            names.append(folded)
    listed = pupils.select_related("school")
    if not wanted and not names:
        return Found([], more=False, alike=False)
    begins = wanted
    for name in names:
        begins &= Q(surname_folded__startswith=name) | Q(forename_folded__startswith=name)
    found = list(
        listed.filter(begins).order_by("surname_folded", "forename_folded", "pk")[: SHOWN + 1]
    )
    if found or not names:
        return Found(found[:SHOWN], more=len(found) > SHOWN, alike=False)
    # Only part of a name may be typed: how alike are the words to the best part of the name?
    alike = TrigramWordSimilarity(" ".join(names), FULL_NAME)
    near = listed.filter(wanted).annotate(alike=alike).filter(Q(alike__gte=ALIKE))
    near = near.order_by(F("alike").desc(), "pk")
    return Found(list(near[:SHOWN]), more=False, alike=True)
