"""Matters that a person can decide about: schemes, and sharing open to objection today (C10).

Which sharing rests on the public task only the app above knows, from its agreements.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet
from django.urls import reverse

from consent.age_rules import SUPPORTED_BELOW_AGE
from consent.models import Matter, Scheme
from consent.queries import schemes
from privacy_portal.ground.hooks import Hook
from privacy_portal.ground.ui.environment import lower_first, series

# Takes a day; gives its matters by organisation and purpose.
objectionable_matters = Hook[[date], list[Matter]]("What can be objected to on this day (C10)?")


def schemes_asking_children() -> QuerySet[Scheme]:
    """Return the schemes under which a child may refuse to take part on the day (C2), with their
    purposes; 2 queries."""
    return schemes().filter(child_may_refuse=True).prefetch_related("purposes__purpose")


def scheme_matter(code: str) -> Matter | None:
    """Return the opt-out under this scheme, with its basic items prefetched; 2 queries."""
    scheme = schemes().prefetch_related("basic_items__item").filter(code=code).first()
    return scheme.matter if scheme else None


def sharing_in_words(scheme: Scheme) -> str:
    """Return a sentence about what a scheme limits: which organisation, for what, about which pupils.

    No query where its purposes are prefetched.
    """
    purposes = series([lower_first(row.purpose.label) for row in scheme.purposes.all()])
    kind = scheme.recipient.kind
    reason = f" for {purposes}" if purposes else f" ({lower_first(kind)})" if kind else ""
    ages = longer = ""
    if scheme.below_age is not None and scheme.below_age < SUPPORTED_BELOW_AGE:
        longer = f", or to {SUPPORTED_BELOW_AGE - 1} if they have special educational needs"
    if scheme.min_age is not None:
        last = "or over" if scheme.below_age is None else f"to {scheme.below_age - 1}"
        ages = f" about pupils aged {scheme.min_age} {last}"
    elif scheme.below_age is not None:
        ages = f" about pupils under {scheme.below_age}"
    return f"This is about what we share with {scheme.recipient.name}{reason}{ages}{longer}."


def objection_matter(recipient: str, purpose: str, on: date) -> Matter | None:
    """Return the objection to what a recipient gets for a purpose, if it can be made on the day."""
    key = f"object/{recipient}/{purpose}"
    return next((matter for matter in objectionable_matters(on) if matter.key == key), None)


def objections_by_scheme(
    schemes: Iterable[Scheme], matters: Iterable[Matter]
) -> tuple[dict[int, list[Matter]], list[Matter]]:
    """Return the objections to what a scheme governs, which reach its basic items, by the scheme's id,
    and all others. No query where the schemes' purposes are prefetched."""
    scheme_of = {scheme.recipient_id: scheme for scheme in schemes}
    governed: dict[int, list[Matter]] = defaultdict(list)
    others = []
    for matter in matters:
        scheme = scheme_of.get(matter.recipient.pk)
        purposes = [row.purpose_id for row in scheme.purposes.all()] if scheme else []
        if scheme and matter.purpose and (not purposes or matter.purpose.pk in purposes):
            governed[scheme.pk].append(matter)
        else:
            others.append(matter)
    return governed, others


def step_address(matter: Matter, step: str) -> str:
    """Return the address of one question about a matter."""
    return _address("step", matter, step)


def check_address(matter: Matter) -> str:
    """Return the address where all answers are checked before they are sent."""
    return _address("check", matter)


def form_address(matter: Matter) -> str:
    """Return the address of a matter's paper form."""
    return _address("form", matter)


def _address(page: str, matter: Matter, *more: str) -> str:
    if matter.scheme is not None:
        return reverse(f"opt-out-{page}", args=[matter.scheme.code, *more])
    assert matter.purpose is not None
    return reverse(f"objection-{page}", args=[matter.recipient.code, matter.purpose.code, *more])
