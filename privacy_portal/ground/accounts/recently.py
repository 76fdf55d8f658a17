"""Whether somebody proved a moment ago who they are, as what matters most asks for."""

import time
from urllib.parse import urlencode, urlsplit

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from privacy_portal.ground.accounts.models import User


def did(request: HttpRequest) -> bool:
    """Return whether whoever is signed in gave a password, a code or a passkey within the last
    PROVE_AGAIN_SECONDS."""
    if not isinstance(request.user, User):
        return False
    times = [record["at"] for record in get_authentication_records(request, request.user)]
    return bool(times) and time.time() - max(times) < settings.PROVE_AGAIN_SECONDS


def ask(request: HttpRequest, *, keep: bool) -> HttpResponse:
    """Ask whoever is signed in to prove who they are, and go on from there: with the form that they sent
    (`keep`), or on the page that it was on, where they press the button again. A file leaves only as
    the answer to a button on its own page."""
    page = reverse("account_reauthenticate")
    if keep and not request.FILES:
        answer: HttpResponse = suspend_request(request, page)
        return answer
    before = urlsplit(request.headers.get("Referer", "")).path
    back = before if before.startswith("/staff/") else reverse("staff-home")
    messages.info(request, "After you confirm, press the button again.")
    return HttpResponseRedirect(f"{page}?{urlencode({'next': back})}")


def steps(request: HttpRequest) -> list[str]:
    """Return the steps with which this session began, like `password` and `totp`."""
    user = request.user if isinstance(request.user, User) else None
    records = get_authentication_records(request, user)
    return [str(record.get("type") or record["method"]) for record in records]
