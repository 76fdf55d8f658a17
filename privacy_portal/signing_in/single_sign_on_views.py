"""Pages of single sign-on: to the provider and back, connecting and disconnecting.

A form begins it, never a link: no other site can. The answer to the form is a page that leads on by itself,
not a redirect, which browsers refuse after a form (Content-Security-Policy: form-action).
"""

import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from privacy_portal.environment import Provider
from privacy_portal.ground import days
from privacy_portal.ground.accounts import recently
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.models import ConnectedAccount, User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.refusals import not_now_to
from privacy_portal.signing_in import single_sign_on
from privacy_portal.signing_in.id_tokens import Identity, RefusedError
from privacy_portal.signing_in.provider import AwayError
from privacy_portal.signing_in.single_sign_on import Begun, Purpose
from privacy_portal.signing_in.telling import record_failure

logger = logging.getLogger(__name__)


def configured() -> Provider:
    """Return the council's provider; 404 where there is none."""
    provider: Provider | None = settings.SINGLE_SIGN_ON
    if provider is None:
        raise Http404
    return provider


def leave(
    request: HttpRequest,
    purpose: Purpose,
    *,
    user: User | None = None,
    next_: str = "",
    another: bool = False,
) -> HttpResponse:
    """Return the page that leads on to the provider, or says that it is away."""
    provider = configured()
    try:
        where = single_sign_on.begin(
            request, provider, purpose, user=user, next_=next_, another=another
        )
    except AwayError as error:
        return _away(request, error)
    response = render(request, "signing_in/single_sign_on_leaving.html", {"where": where})
    response["Refresh"] = f"0;url={where}"
    return response


def _recently_proven(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def asking(request: HttpRequest) -> HttpResponseBase:
        configured()
        return view(request) if recently.did(request) else recently.ask(request, keep=True)

    return asking


@require_POST
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Lead somebody on to the provider, where they sign in."""
    configured()
    if limited := ratelimit.consume_or_429(request, action="login"):
        response: HttpResponse = limited
        return response
    if request.user.is_authenticated:
        return redirect("staff-home")
    next_, another = get_next_redirect_url(request) or "", request.POST.get("another") == "yes"
    return leave(request, Purpose.SIGN_IN, next_=next_, another=another)


@open_to(change=Action.USE_OWN_ACCOUNT)
@_recently_proven
@not_now_to("mfa_index")
def connect(request: HttpRequest) -> HttpResponseBase:
    """Ask whether to connect somebody's account at the provider, and lead on to it."""
    user = staff_of(request)
    if ConnectedAccount.objects.filter(user=user).exists():
        return redirect("mfa_index")
    if request.method == "POST":
        return leave(request, Purpose.CONNECT, user=user)
    return render(request, "signing_in/single_sign_on_connect.html", {"section": "account"})


@open_to(change=Action.USE_OWN_ACCOUNT)
@_recently_proven
@not_now_to("mfa_index")
def disconnect(request: HttpRequest) -> HttpResponseBase:
    """Ask whether to disconnect somebody's account at the provider, and do so."""
    user = staff_of(request)
    single_sign_on.check_can_disconnect(user)
    if request.method == "POST":
        single_sign_on.disconnect(request, user)
        messages.success(request, "Disconnected")
        return redirect("mfa_index")
    return render(request, "signing_in/single_sign_on_disconnect.html", {"section": "account"})


@require_GET
def back(request: HttpRequest) -> HttpResponseBase:
    """Take somebody in who comes back from the provider: OpenID Connect has it so that they come by a GET."""
    try:
        begun, identity = single_sign_on.finish(request, configured())
    except single_sign_on.NotBegunError:
        return _failed(request, "not-begun", HTTPStatus.BAD_REQUEST)
    except single_sign_on.CancelledError:
        return _failed(request, "cancelled", HTTPStatus.FORBIDDEN)
    except AwayError as error:
        return _away(request, error)
    except RefusedError as error:
        logger.warning("Single sign-on was refused: %s", error)
        record_failure(single_sign_on.STEP, None, at=days.now())
        return _failed(request, "refused", HTTPStatus.FORBIDDEN)
    return _ENDS[Purpose(begun.purpose)](request, begun, identity)


def _signs_in(request: HttpRequest, begun: Begun, identity: Identity) -> HttpResponse:
    user = single_sign_on.person_of(identity)
    if user is None:
        record_failure(single_sign_on.STEP, None, at=days.now())
        return _failed(request, "unknown", HTTPStatus.FORBIDDEN)
    return single_sign_on.sign_in(request, user, identity, next_=begun.next)


def _sets_up(request: HttpRequest, begun: Begun, identity: Identity) -> HttpResponse:
    try:
        user = single_sign_on.set_up(request, begun, identity, at=days.now())
    except NotNowError as error:
        return _failed(request, "not-connected", HTTPStatus.FORBIDDEN, str(error))
    return single_sign_on.sign_in(request, user, identity, next_="")


def _connects(request: HttpRequest, begun: Begun, identity: Identity) -> HttpResponse:
    user = request.user
    if not isinstance(user, User) or user.pk != begun.user:
        return _failed(request, "not-begun", HTTPStatus.BAD_REQUEST)
    try:
        single_sign_on.connect(request, user, identity, at=days.now())
    except NotNowError as error:
        return _failed(request, "not-connected", HTTPStatus.FORBIDDEN, str(error))
    messages.success(request, "Connected")
    return redirect("mfa_index")


_ENDS: dict[Purpose, Callable[[HttpRequest, Begun, Identity], HttpResponse]] = {
    Purpose.SIGN_IN: _signs_in,
    Purpose.SET_UP: _sets_up,
    Purpose.CONNECT: _connects,
}


def _away(request: HttpRequest, error: AwayError) -> HttpResponse:
    logger.warning("Single sign-on is not possible: %s", error)
    return _failed(request, "away", HTTPStatus.SERVICE_UNAVAILABLE)


def _failed(request: HttpRequest, why: str, status: HTTPStatus, words: str = "") -> HttpResponse:
    context = {"why": why, "words": words}
    return render(request, "signing_in/single_sign_on_failed.html", context, status=status)
