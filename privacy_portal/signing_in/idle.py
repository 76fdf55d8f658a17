"""Sessions that nobody uses end; what was typed before is kept until the same person is back."""

import time
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.typed import keep

USED_AT = "used_at"
# How often a session that is used is written: not with every page.
EVERY_SECONDS = 60
# A page without a form says so long before that the session ends.
WARN_SECONDS = 120


class IdleMiddleware:
    """Sign out whoever did nothing for IDLE_SECONDS, and warn them shortly before where no typed text
    could be lost by it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith("/staff/") or not isinstance(request.user, User):
            return self.get_response(request)
        now = time.time()
        used = request.session.get(USED_AT, now)
        if now - used > settings.IDLE_SECONDS:
            return sign_out(request)
        if USED_AT not in request.session or now - used > EVERY_SECONDS:
            request.session[USED_AT] = now
        return warned(request, self.get_response(request))


def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End the session; keep a form that was sent for when the same person has signed in again."""
    user = request.user if isinstance(request.user, User) else None
    logout(request)
    has_form = keep(request, user)
    minutes = settings.IDLE_SECONDS // 60
    words = f"You were signed out because you did nothing for {minutes} minutes."
    messages.info(request, f"{words} We have kept what you typed." if has_form else words)
    back = request.get_full_path() if request.method == "GET" else reverse("staff-home")
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': back})}")


def warned(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Have the browser load the warning page in time, unless the page has a form or loads itself."""
    page = getattr(response, "content", b"")
    if (
        request.method == "GET"
        and response.status_code == 200
        and response.get("Content-Type", "").startswith("text/html")
        and not response.has_header("Refresh")
        and b'method="post"' not in page
    ):
        seconds = settings.IDLE_SECONDS - WARN_SECONDS
        back = urlencode({"next": request.get_full_path()})
        response["Refresh"] = f"{seconds};url={reverse('account_idle')}?{back}"
    return response
