"""Error pages: what happened and what to do, in the portal's own layout."""

import logging
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template import loader
from django.urls import reverse

from privacy_portal.ground.accounts.typed import DESK
from privacy_portal.ground.limits.pacing import sent_fields

logger = logging.getLogger(__name__)
# Marks a request whose form was not taken, since it may be another site's. No client can name it.
FORM_REFUSED = "portal.form_refused"


class NotOnThisServerError(Exception):
    """Something that this server lacks; says what."""


def not_on_this_server(request: HttpRequest, why: NotOnThisServerError) -> HttpResponse:
    """Log what is missing, for who runs the server, and tell the reader another way."""
    logger.error("%s", why)
    return render(request, "errors/503.html", status=503)


def too_many(request: HttpRequest) -> HttpResponse:
    """Say when to try again what was asked too often from one place: staff's sign-in in minutes."""
    signing_in = request.path.startswith("/accounts/")
    response = render(request, "errors/429.html", {"signing_in": signing_in}, status=429)
    response["Retry-After"] = "300" if signing_in else "3600"
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Refuse, in the words of the exception, which were written for the person."""
    return render(request, "errors/403.html", {"why": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def method_not_allowed(request: HttpRequest) -> HttpResponse:
    """Explain an address that belongs to a button and was opened like a page."""
    return render(request, "errors/405.html", status=405)


class NullCharacterMiddleware:
    """Answer 400 to an address, cookie or form with a null character, which nobody types."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        typed = [request.path, *request.COOKIES.values(), *_texts(request.GET)]
        if any("\0" in text for text in typed):
            return bad_request(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponseBase | None:
        """Check the form once its token was checked, which reads it anyway."""
        if request.method == "POST" and any("\0" in text for text in _texts(request.POST)):
            return bad_request(request)
        return None


def _texts(sent: QueryDict) -> Iterator[str]:
    """Yield the names and values of what was sent."""
    for name, values in sent.lists():
        yield name
        yield from map(str, values)


class ButtonAddressMiddleware:
    """Show a page where an address that only a button sends to is opened or reloaded."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and request.method == "GET":
            page = method_not_allowed(request)
            page["Allow"] = response["Allow"]
            return page
        return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Render the page without a request, so that nothing on it asks the database."""
    page = loader.render_to_string("errors/500.html")
    return HttpResponse(page, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Lead back to the page of a form that is older than the sign-in, sent without cookies, or sent by
    staff who signed out meanwhile.

    What was typed can be sent again with one press, but only where the browser says that it came
    from this site: another site must not have its words sent by a press on ours. Passwords and
    codes are not shown again.
    """
    own = request.headers.get("Origin", "") == f"{request.scheme}://{request.get_host()}"
    private = request.path.startswith(("/accounts/", "/opt-out/code/")) or request.FILES
    again = own and not private
    request.META[FORM_REFUSED] = True
    context = {
        "sent": sent_fields(request) if again else [],
        "again": again,
        "back": _page_before(request),
        "signed_out": request.path.startswith(DESK) and not request.user.is_authenticated,
    }
    return render(request, "errors/csrf.html", context, status=403)


def _page_before(request: HttpRequest) -> str:
    """Return the path of the page with the form, if the browser says that it was one of ours."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    own = came_from.netloc == request.get_host()
    return came_from.path if own and came_from.path else reverse("home")
