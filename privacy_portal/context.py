"""The variables of every page."""

from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from notices.queries import controller
from privacy_portal.ground.accounts.models import User


def page(request: HttpRequest) -> dict[str, object]:
    """Return the reader, the messages to them, and the council.

    A page for everyone (`privacy_portal.ground.public_pages`) knows nobody: no cookie is read.
    """
    authority = SimpleLazyObject(controller)
    for_everyone = getattr(request, "for_everyone", False)
    user = None if for_everyone else getattr(request, "user", None)
    return {
        "staff": user if isinstance(user, User) else None,
        "messages": [] if for_everyone else get_messages(request),
        "controller": authority,
        "council": SimpleLazyObject(lambda: authority.name if authority else "the council"),
    }
