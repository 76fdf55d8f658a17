"""The variables of every page."""

from functools import partial

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from notices.queries import controller
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import may_change, may_open


def page(request: HttpRequest) -> dict[str, object]:
    """Return the reader, which addresses they may open or send forms to, the messages to them, and the
    council.

    A page for everyone (`privacy_portal.ground.public_pages`) knows nobody: no cookie is read.
    """
    authority = SimpleLazyObject(controller)
    for_everyone = getattr(request, "for_everyone", False)
    user = None if for_everyone else getattr(request, "user", None)
    staff = user if isinstance(user, User) else None
    return {
        "staff": staff,
        "may_open": partial(may_open, staff) if staff else _nobody_may,
        "may_change": partial(may_change, staff) if staff else _nobody_may,
        "messages": [] if for_everyone else get_messages(request),
        "controller": authority,
        "example": settings.EXAMPLE,
        "single_sign_on": settings.SINGLE_SIGN_ON,
        "council": SimpleLazyObject(lambda: authority.name if authority else "the council"),
    }


def _nobody_may(name: str) -> bool:
    """Return False: who is not signed in opens no guarded address."""
    return False
