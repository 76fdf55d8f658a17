"""What every answer tells the browser besides its page: what it may keep, and what no page may use."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from privacy_portal.server_log import SECRET, SECRET_ADDRESSES

# Nothing under these is ever kept by a browser or a server between: it can be about a child.
PRIVATE = ("/staff/", "/accounts/")
NO_STORE = "no-store"
PERMISSIONS = ", ".join(f"{feature}=()" for feature in settings.FEATURES_NOT_USED)
# At the end of a session the browser forgets what it has of the portal.
FORGOTTEN = '"cache", "cookies", "storage"'


class HeadersMiddleware:
    """Keep answers out of caches unless their page says that it is public, switch off what browsers
    offer and no page uses, and clear the browser at sign-out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_private(request):
            response["Cache-Control"] = NO_STORE
        response.headers.setdefault("Cache-Control", NO_STORE)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        # Another site's form is refused there, and must not sign anybody out by it either.
        if is_sign_out(request) and response.status_code == HTTPStatus.FOUND:
            response["Clear-Site-Data"] = FORGOTTEN
        return response


def is_sign_out(request: HttpRequest) -> bool:
    """Return whether somebody asks to end their session."""
    return request.method == "POST" and request.path == reverse("account_logout")


def is_private(request: HttpRequest) -> bool:
    """Return whether an address is of signed-in staff, or lets in whoever knows it."""
    match = request.resolver_match
    secret = match is not None and (
        not SECRET.isdisjoint(match.kwargs) or match.url_name in SECRET_ADDRESSES
    )
    return secret or request.path.startswith(PRIVATE)
