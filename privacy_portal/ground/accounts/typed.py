"""A form that came too late for its session: kept for who signs in next, in the same browser."""

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from privacy_portal.ground.accounts.models import User

KEPT = "kept_form"
# More than any page of typed text; an upload is not kept.
MOST_CHARACTERS = 100_000


def keep(request: HttpRequest, user: User | None) -> bool:
    """Keep the form of a request for the user, or for whoever signs in where nobody knows who sent it;
    return whether there was one to keep. Its files are not kept."""
    fields = [
        [name, value]
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]
    length = sum(len(name) + len(value) for name, value in fields)
    if request.method != "POST" or not fields or length > MOST_CHARACTERS:
        return False
    request.session[KEPT] = {
        "path": request.get_full_path(),
        "fields": fields,
        "files": bool(request.FILES),
        "user": user.pk if user else None,
    }
    return True


def kept_for(session: SessionBase, user: User) -> dict[str, object] | None:
    """Return the form that is kept for this user in the session: `path`, `fields`, and whether it had
    `files`; None if there is none. One of somebody else is forgotten."""
    form: dict[str, object] | None = session.get(KEPT)
    if form is not None and form["user"] not in (None, user.pk):
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
