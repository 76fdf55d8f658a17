"""Reads for the page of a decision that is checked again."""

from collections.abc import Iterable
from uuid import UUID

from consent.models import Pupil


def names_of(people: Iterable[str]) -> dict[UUID, str]:
    """Return the name of each pupil by their random reference; 1 query."""
    pupils = Pupil.objects.filter(reference__in=list(people))
    return {
        reference: f"{forename} {surname}"
        for reference, forename, surname in pupils.values_list("reference", "forename", "surname")
    }
