"""What a page does with a NotNowError of the verb behind it."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from privacy_portal.ground.accounts.permissions import View
from privacy_portal.ground.errors import NotNowError


def not_now_to(
    address: str, *names: str, errors: tuple[type[Exception], ...] = (NotNowError,)
) -> Callable[[View], View]:
    """Turn an error of the view into a message and a redirect to the page called `address`.

    `names` are the arguments of the view that the page's address has too:
    `@not_now_to("staff-release", "release_id")`.
    """

    def decorator(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, **arguments: object) -> HttpResponseBase:
            try:
                return view(request, **arguments)
            except errors as error:
                messages.warning(request, str(error))
                return redirect(address, *(arguments[name] for name in names))

        return wrapped

    return decorator
