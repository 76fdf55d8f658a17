"""The pupils that an online opt-out may be about, most likely first, for staff to choose from."""

from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, F, FloatField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Greatest

from consent.models import FormerName, OptOutRequest, Pupil
from privacy_portal.ground.annotations import annotated
from privacy_portal.ground.names import folded_name

SHOWN = 8
# Less alike than this, by trigrams, is a name by chance.
ALIKE = 0.3
SAME = 0.999
# So alike are names misheard or misspelt (`Mya Yeats` for `Mia Yates`): enough for a pupil with the
# same date of birth at the same school.
MISHEARD = 0.1
FULL_NAME = Concat("surname_folded", Value(" "), "forename_folded")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pupil that an opt-out may be about, and the evidence for it.

    `name` is the similarity of the names, from 0 to 1; `born` and `school` say whether they agree;
    `born_nearly` that day and month are swapped, or one part of the date differs.
    """

    pupil: Pupil
    name: float
    born: bool
    born_nearly: bool
    school: bool

    @property
    def name_evidence(self) -> str:
        """Return how the names compare, in words."""
        if self.name < ALIKE:
            return "Different name"
        return "Same name" if self.name >= SAME else "Similar name"

    @property
    def score(self) -> float:
        """Return a number that rises with likelihood: the name weighs most, then the date of birth."""
        born = 1.0 if self.born else 0.6 if self.born_nearly else 0.0
        return 2.0 * self.name + born + (0.5 if self.school else 0.0)


def by_name(pupils: QuerySet[Pupil], name: str) -> QuerySet[Pupil]:
    """Annotate pupils with `alike`, the similarity (0 to 1) of their name, or a former one, to the
    folded words in `name`.

    The order of the words does not matter to trigrams: swapped names are alike.
    """
    former = (
        FormerName.objects.filter(pupil=OuterRef("pk"))
        .annotate(alike=TrigramSimilarity(FULL_NAME, name))
        .order_by("-alike")
    )
    return pupils.annotate(
        alike=Greatest(
            TrigramSimilarity(FULL_NAME, name),
            Coalesce(Cast(Subquery(former.values("alike")[:1]), FloatField()), Value(0.0)),
            output_field=FloatField(),
        )
    )


def candidates(
    request: OptOutRequest, pupils: QuerySet[Pupil], *, most: int = SHOWN
) -> list[Candidate]:
    """Return the most likely of these pupils, best first; 1 query.

    They have a similar name; with the same date of birth and school a less similar one will do.
    """
    name = f"{folded_name(request.surname)} {folded_name(request.forename)}"
    same_place = Q(born=request.born, school=request.school_id)
    likely = by_name(pupils.select_related("school"), name).filter(
        Q(alike__gte=ALIKE) | same_place & Q(alike__gte=MISHEARD)
    )
    same_place_first = Case(When(same_place, then=0), default=1)
    likely_pupils = [
        Candidate(
            pupil=pupil,
            name=annotated(pupil, "alike", float),
            born=pupil.born == request.born,
            born_nearly=_nearly(pupil.born, request.born),
            school=pupil.school_id == request.school_id,
        )
        for pupil in likely.order_by(same_place_first, F("alike").desc(), "pk")[: 10 * most]
    ]
    return sorted(likely_pupils, key=lambda candidate: -candidate.score)[:most]


def _nearly(one: date, other: date | None) -> bool:
    if other is None or one == other:
        return False
    swapped = (one.year, one.day, one.month) == (other.year, other.month, other.day)
    differences = (one.year != other.year, one.month != other.month, one.day != other.day)
    return swapped or sum(differences) == 1
