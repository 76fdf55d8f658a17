"""Pupils that an online opt-out or objection matches."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from consent import rules
from consent.models import FormerName, OptOutRequest, Pupil, Submission
from consent.same_child_links import open_links
from privacy_portal.ground.names import folded_name, person_key

# One that is not recorded yet is recorded after all that are.
LAST = 2**63
# So many records that fit are looked at together, and no more.
SEVERAL = 10


@dataclass(frozen=True, slots=True)
class PupilMatch:
    """An opt-out or objection that a job is about to record, and the one pupil (by id) it matches."""

    request: OptOutRequest
    pupil: int
    born: date

    @property
    def decision(self) -> rules.Decision:
        """Return what the job will record, as the rules need it."""
        return rules.Decision(
            choice=rules.Choice(self.request.choice),
            by=rules.DecidedBy(self.request.by),
            person=person_key(self.request.person_name),
            received=self.request.received_at,
            order=LAST,
            verified=False,
        )


def matching_pupils(request: Submission) -> QuerySet[Pupil]:
    """Return the pupils with the request's name (or once had), birth and school; 1 query."""
    names = {
        "surname_folded": folded_name(request.surname),
        "forename_folded": folded_name(request.forename),
    }
    had = FormerName.objects.filter(pupil=OuterRef("pk"), **names)
    assert request.born is not None  # only one with a letter's code lacks it
    of_school = Pupil.objects.standing().filter(school=request.school, born=request.born)
    pupils: QuerySet[Pupil] = of_school.filter(Q(**names) | Q(Exists(had)))
    return pupils


def single_pupil(pupils: Collection[int]) -> int | None:
    """Return the pupil (by id) if these are records of one, or may be (C6b): the newest of several."""
    if len(pupils) > 1:
        together = open_links().groups.get(next(iter(pupils)), frozenset())
        if len(pupils) >= SEVERAL or not together.issuperset(pupils):
            return None
    return max(pupils, default=None)


def confirmed_matches(**about: object) -> list[PupilMatch]:
    """Return the confirmed requests about this (fields of requests) that are still to be matched
    and match exactly one pupil; 1 query, and 2 more if there are any."""
    requests = list(
        OptOutRequest.objects.filter(to_match__isnull=False, school__isnull=False, **about)
    )
    if not requests:
        return []
    pupils = Pupil.objects.standing().filter(
        school__in={request.school_id for request in requests},
        born__in={request.born for request in requests},
    )
    by_name: dict[tuple[int, date, str, str], set[int]] = defaultdict(set)
    places = {}
    for pupil in pupils.only("school_id", "born", "surname_folded", "forename_folded"):
        places[pupil.pk] = (pupil.school_id, pupil.born)
        by_name[*places[pupil.pk], pupil.surname_folded, pupil.forename_folded].add(pupil.pk)
    for former in FormerName.objects.filter(pupil__in=list(places)):
        place = places[former.pupil_id]
        by_name[*place, former.surname_folded, former.forename_folded].add(former.pupil_id)
    matches = []
    for request in requests:
        assert request.school_id is not None
        assert request.born is not None
        names = folded_name(request.surname), folded_name(request.forename)
        pupil_id = single_pupil(by_name[request.school_id, request.born, *names])
        if pupil_id is not None:
            matches.append(PupilMatch(request, pupil_id, request.born))
    return matches
