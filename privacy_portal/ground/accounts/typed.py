"""A form that came too late for its session: kept for the person who sent it, in the same browser.

Who last signed in there stands in a signed cookie, which a sign-out clears. Of strangers nothing is kept.
"""

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponseBase

from privacy_portal.ground.accounts.models import User

KEPT = "kept_form"
# More than any page of typed text; an upload is not kept.
MOST_CHARACTERS = 100_000
# Forms under other addresses are about signing in and hold passwords.
DESK = "/staff/"
DAY_SECONDS = 24 * 60 * 60


def remember(response: HttpResponseBase, user: User) -> None:
    """Have the browser remember, for a day, who signed in."""
    response.set_signed_cookie(
        settings.LAST_USER_COOKIE,
        str(user.pk),
        salt=KEPT,
        max_age=DAY_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def keep(request: HttpRequest, user: User | None) -> bool:
    """Keep the form of a request for the user, or for who last signed in at this browser; return whether
    there was one to keep. Its files are not kept, nor is a form with a password."""
    last = request.get_signed_cookie(
        settings.LAST_USER_COOKIE, default=None, salt=KEPT, max_age=DAY_SECONDS
    )
    whose = user.pk if user else int(last) if last else None
    fields = [
        [name, value]
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]
    length = sum(len(name) + len(value) for name, value in fields)
    if request.method != "POST" or not request.path.startswith(DESK):
        return False
    if whose is None or not fields or length > MOST_CHARACTERS:
        return False
    request.session[KEPT] = {
        "path": request.get_full_path(),
        "fields": fields,
        "files": bool(request.FILES),
        "user": whose,
    }
    return True


def kept_for(session: SessionBase, user: User) -> dict[str, object] | None:
    """Return the form that is kept for this user in the session: `path`, `fields`, and whether it had
    `files`; None if there is none. One of somebody else is forgotten."""
    form: dict[str, object] | None = session.get(KEPT)
    if form is not None and form["user"] != user.pk:
        del session[KEPT]
        return None
    return form


def was_sent(request: HttpRequest) -> None:
    """Forget the form that is kept once it is sent again."""
    form = request.session.get(KEPT) if request.method == "POST" else None
    if form is not None and form["path"] == request.get_full_path():
        forget(request.session)


def forget(session: SessionBase) -> None:
    """Forget the form, now that it was shown again or is not wanted."""
    session.pop(KEPT, None)
