"""The page for a request whose body was not taken, with the headers of every page."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import loader

# The front names the status here; no client can.
REFUSED = "portal.refused"
AGAIN_AFTER = "60"


class RefusedMiddleware:
    """Answer a request that the front refused, before anything asks the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        status = request.META.get(REFUSED)
        return self.get_response(request) if status is None else not_received(status)


def not_received(status: int) -> HttpResponse:
    """Say that nothing was received, and why. Nothing on the page asks the database."""
    context = {
        "late": status == HTTPStatus.REQUEST_TIMEOUT,
        "large": status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    }
    text = loader.render_to_string("errors/not_received.html", context)
    response = HttpResponse(text, status=status)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = AGAIN_AFTER
    response["Cache-Control"] = "no-store"
    return response
