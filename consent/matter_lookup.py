"""What a person can decide about: schemes, and what can be objected to today (C10).

Which sharing rests on the public task only the app above knows, from its agreements.
"""

from collections.abc import Callable
from datetime import date

from django.urls import reverse

from consent.models import Matter
from consent.queries import schemes
from privacy_portal.ground.hooks import Hook

objectionable_matters = Hook[Callable[[date], list[Matter]]](
    "What can be objected to on this day (C10)?"
)


def objectionable(on: date) -> list[Matter]:
    """Return what can be objected to on the day, by organisation and purpose."""
    return objectionable_matters.ask(on)


def scheme_matter(code: str) -> Matter | None:
    """Return the opt-out under this scheme, with its basic items prefetched; 2 queries."""
    scheme = schemes().prefetch_related("basic_items__item").filter(code=code).first()
    return scheme.matter if scheme else None


def objection_matter(recipient: str, purpose: str, on: date) -> Matter | None:
    """Return the objection to what a recipient gets for a purpose, if it can be made on the day."""
    key = f"object/{recipient}/{purpose}"
    return next((matter for matter in objectionable(on) if matter.key == key), None)


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
