"""Who the random references in entries of the log stand for (L4)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from consent.models import Pupil
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log.models import Entry

Body = Mapping[str, object]
# Under these names entries have the people whom they are about, and others who took part.
ABOUT = ("person", "people", "gone", "other")
TOOK_PART = ("by", "proposed_by", "agreed_by", "approved_by")
ERASED = "Erased person"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody that an entry names: their name, their page, and whether they are a pupil."""

    reference: str
    name: str = ERASED
    address: str = ""
    pupil: Pupil | None = None


def body_of(entry: Entry) -> Body:
    """Return what an entry says; nothing where somebody tampered with it so that it is no JSON."""
    try:
        body = json.loads(bytes(entry.body))
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def references_about(body: Body) -> list[str]:
    """Return the references of the people whom an entry is about, in its order."""
    return _references(body, ABOUT)


def references_in(body: Body) -> list[str]:
    """Return the references of all people whom an entry names, who did it first."""
    return _references(body, (*TOOK_PART, *ABOUT))


def people_of(references: Iterable[str]) -> dict[str, Person]:
    """Return who each reference stands for: somebody erased where nothing tells it any more; 2 queries at
    most."""
    wanted = {reference for reference in references if _is_reference(reference)}
    people = {reference: Person(reference) for reference in wanted}
    if not wanted:
        return people
    for user in User.objects.filter(reference__in=wanted, erased_at=None):
        address = reverse("staff-person", args=[user.reference])
        people[str(user.reference)] = Person(str(user.reference), user.name, address)
        wanted.remove(str(user.reference))
    known = Pupil.objects.filter(reference__in=wanted, erased_at=None)
    pupils = known.select_related("school") if wanted else ()
    for pupil in pupils:
        address = reverse("staff-pupil", args=[pupil.reference])
        people[str(pupil.reference)] = Person(str(pupil.reference), pupil.name, address, pupil)
    return people


def _references(body: Body, names: Iterable[str]) -> list[str]:
    return [text for name in names for text in _texts(body.get(name)) if _is_reference(text)]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        yield from (text for text in value if isinstance(text, str))


def _is_reference(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
