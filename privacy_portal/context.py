"""What every page knows."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from notices.queries import controller
from privacy_portal.accounts.models import User


def page(request: HttpRequest) -> dict[str, Any]:
    """Who looks at it, whose portal it is, and the nonce of its one script."""
    found: Any = SimpleLazyObject(controller)
    user = getattr(request, "user", None)
    return {
        "staff": user if isinstance(user, User) else None,
        "controller": found,
        "council": SimpleLazyObject(lambda: found.name if found else "The council"),
        "cspNonce": str(getattr(request, "csp_nonce", "")),
    }
