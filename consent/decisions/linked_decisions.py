"""Decisions about a pupil and records that may be of the same child; counts of children (C6b)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from consent import rules
from consent.identity_rules import parents_alone, standing_together
from consent.models import Pupil, PupilMerge, Scheme
from consent.queries import decisions_by_pupil, references_of, scheme_facts
from consent.same_child_links import open_links
from privacy_portal.ground.row_security import beyond_own_schools


@dataclass(frozen=True, slots=True)
class LinkedDecisions:
    """Decisions under a scheme about a record itself, and about those that may be of the same child."""

    facts: rules.Scheme
    pupil: Pupil
    own: list[rules.Decision]
    others: list[rules.Decision]

    @property
    def all(self) -> list[rules.Decision]:
        return [*self.own, *self.others]

    def opted_out(self, at: datetime | rules.Seen) -> bool:
        """Return whether the pupil is opted out at the instant (C2, C6b)."""
        standing = standing_together(self.facts, self.pupil.born, self.own, self.others, at)
        return standing.opted_out

    def by_parents_alone(self, at: datetime | rules.Seen) -> bool:
        """Return whether parents opted the pupil out and no decision of the pupil counts (C2, C6b)."""
        return parents_alone(self.facts, self.pupil.born, self.own, self.others, at)


def decided_about(scheme: Scheme, pupil: Pupil) -> LinkedDecisions:
    """Return the decisions under a scheme about a pupil, and about records that may be of the same
    child; 4 queries, and a few while such a question is open."""
    others = open_links().others(pupil.pk)
    about = decisions_by_pupil(scheme, [pupil.pk, *others])
    own = about.pop(pupil.pk, [])
    linked = [decision for decisions in about.values() for decision in decisions]
    return LinkedDecisions(scheme_facts(scheme), pupil, own, linked)


@beyond_own_schools()
def same_school_records(pupil: Pupil) -> tuple[list[Pupil], bool]:
    """Return the other records at the pupil's school that may be of the same child, and whether
    there is one at another school, which the pupil's school may not see (C6c). 1 query, and a few
    while such a question is open."""
    others = open_links().others(pupil.pk)
    records = list(Pupil.objects.filter(pk__in=others).order_by("pk")) if others else []
    here = [record for record in records if record.school_id == pupil.school_id]
    return here, len(here) < len(records)


def child_numbers() -> Mapping[UUID, int]:
    """Return a number for each random reference of a record that is, or may be, of one child with
    another: the same number for one child, so that children are counted once.

    Includes records merged since a disclosure. 2 queries where there are none, else a few.
    """
    links = open_links()
    merged = PupilMerge.objects.in_force().values("kept")
    pupils = Pupil.objects.standing().filter(Q(pk__in=merged) | Q(pk__in=list(links.groups)))
    pupil_of = references_of(pupils)
    return {
        reference: min(links.groups.get(pupil, {pupil})) for reference, pupil in pupil_of.items()
    }


def children(people: Iterable[UUID], one: Mapping[UUID, int]) -> int:
    """Return the number of children that these references stand for, by `child_numbers`."""
    return len({one.get(reference, reference) for reference in people})
