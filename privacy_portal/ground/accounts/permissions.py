"""Guards of pages: who may look at an address, and who may change something there.

Guards take the answer from the table of `access`; the menus and buttons that lead to an address ask
its guard (`may_open`), so that nobody is shown what would refuse them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, get_resolver

from privacy_portal.ground import row_security
from privacy_portal.ground.accounts import recently, typed
from privacy_portal.ground.accounts.access import MAY, PROVEN_AGAIN, Action, may
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import SCHOOL_ROLES, Role, in_order

View = Callable[..., HttpResponseBase]
LOOKING = ("GET", "HEAD")
PLURALS = {
    Role.SCHOOL_STAFF: "school staff",
    Role.SCHOOL_HEAD_OF_DATA: "school heads of data",
    Role.NOTICE_EDITOR: "notice editors",
    Role.NOTICE_PUBLISHER: "notice publishers",
    Role.OFFICER: "council officers",
    Role.APPROVING_OFFICER: "approving officers",
    Role.PROTECTED_RECORDS_OFFICER: "protected records officers",
    Role.AUDITOR: "auditors",
    Role.ADMINISTRATOR: "administrators",
}


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may look at an address (`look`) and who may send a form to it (`change`, None: nobody)."""

    look: Action
    change: Action | None

    def action(self, method: str) -> Action | None:
        """Return what a request of this method does; None where the address takes no form."""
        return self.look if method in LOOKING else self.change


def check(user: User, action: Action) -> None:
    """Raise PermissionDenied, with who may, unless one of the user's roles allows the action."""
    if not user.roles:
        raise PermissionDenied("Your account has no role yet. Ask the person who set it up.")
    if not may(user, action):
        raise PermissionDenied(f"Only {_in_words(MAY[action])} can use this page.")


def staff_of(request: HttpRequest) -> User:
    """Return the user who opened a guarded page."""
    assert isinstance(request.user, User)
    return request.user


def open_to(look: Action | None = None, *, change: Action | None = None) -> Callable[[View], View]:
    """Make a view for those who may `look`, whose forms only those send who may `change`.

    Strangers are asked to sign in, and who has no second factor to set one up. A page that is nothing but a form names `change` alone. Without
    `change` no form is taken, whatever the view does with one.
    """
    if look is None:
        assert change is not None
        look = change
    guard = Guard(look, change)

    def decorated(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not isinstance(request.user, User):
                typed.keep(request, None)
                return redirect_to_login(request.get_full_path())
            action = guard.action(request.method or "")
            if action is None:
                return HttpResponseNotAllowed(LOOKING)
            check(request.user, action)
            if not request.user.second_factor:
                return redirect("mfa_index")
            if (
                action in PROVEN_AGAIN
                and request.method not in LOOKING
                and not recently.did(request)
            ):
                return recently.ask(request, keep=action is not Action.HAND_OVER)
            typed.was_sent(request)
            return _restricted(request.user, lambda: view(request, *args, **kwargs))

        vars(guarded)["guarded_by"] = guard
        return guarded

    return decorated


def _restricted(user: User, serve: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Serve a page while the database shows only what the user may see (`row_security`)."""
    if user.sees_every_school:
        return serve()
    staff = user.pk if any(user.holds(role) for role in SCHOOL_ROLES) else None
    with row_security.kept_to_schools_of(staff):
        response = serve()
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = row_security.in_pieces(iter(response), staff)
    return response


def may_open(user: User, name: str) -> bool:
    """Return whether the user may look at the address of this name. Raises KeyError for one without
    a guard."""
    return may(user, guards()[name].look)


def may_change(user: User, name: str) -> bool:
    """Return whether the user may send a form to the address of this name. Raises KeyError for one
    without a guard."""
    action = guards()[name].change
    return action is not None and may(user, action)


@cache
def guards() -> Mapping[str, Guard]:
    """Return the guard of each guarded address, by the address's name."""
    return dict(_guards(get_resolver()))


def _guards(resolver: URLResolver) -> Iterator[tuple[str, Guard]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _guards(pattern)
        elif isinstance(pattern, URLPattern) and pattern.name:
            guard = getattr(pattern.callback, "guarded_by", None)
            if guard is not None:
                yield pattern.name, guard


def _in_words(roles: frozenset[Role]) -> str:
    """Return the roles as a sentence names them."""
    named = [PLURALS[role] for role in in_order(roles)]
    return " and ".join(filter(None, (", ".join(named[:-1]), *named[-1:])))
