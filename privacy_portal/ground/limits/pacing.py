"""How fast one internet address may send the public's forms: slowed before it is stopped.

An address may be a mobile network or a school hall full of parents, so it is slowed and stopped
late, and nobody's answers are lost by it. It says nothing of any child: only how much came from
one place.
"""

from datetime import datetime, timedelta
from enum import Enum

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from privacy_portal.ground.limits.counting import client_of, counted_limit

HOUR = timedelta(hours=1)


class Pace(Enum):
    """Whether a form may be sent now."""

    NOW = "now"
    WAIT = "wait"
    LATER = "later"


def pace(kind: str, who: str, *, waited: bool, at: datetime) -> Pace:
    """Count one more form from an internet address and say NOW, or count nothing.

    WAIT beyond `FORMS_SLOW` in the hour before, unless the person waited; LATER beyond `FORMS_STOP`.
    """
    with transaction.atomic():
        limit = counted_limit(kind, who, most=settings.FORMS_STOP, within=HOUR, at=at)
        if not limit.open:
            return Pace.LATER
        if limit.attempts >= settings.FORMS_SLOW and not waited:
            return Pace.WAIT
        limit.count()
    return Pace.NOW


def held_back(
    request: HttpRequest, kind: str, *, at: datetime, back: str, form: str = ""
) -> HttpResponse | None:
    """Return the page that asks to wait and holds what was sent, or None if it may be sent now.

    `back` is where the answers can be checked, `form` the paper form. Nobody's thread waits: the
    person presses again after a minute.
    """
    paced = pace(kind, client_of(request), waited=_waited(request.session, kind, at), at=at)
    if paced is Pace.NOW:
        request.session.pop(_key(kind), None)
        return None
    wait = paced is Pace.WAIT
    seconds = settings.FORMS_WAIT_SECONDS if wait else int(HOUR.total_seconds())
    if wait:
        request.session.setdefault(_key(kind), at.timestamp())
    context = {
        "wait": wait,
        "back": back,
        "form": form,
        "sent": sent_fields(request),
    }
    response = render(request, "limits/held_back.html", context, status=429)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response


def sent_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the names and values of a form as it was sent, so that a page can offer it again."""
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]


def _waited(session: SessionBase, kind: str, at: datetime) -> bool:
    """Return whether this person was asked to wait, and did."""
    since = session.get(_key(kind))
    return since is not None and at.timestamp() - since >= settings.FORMS_WAIT_SECONDS


def _key(kind: str) -> str:
    return f"waits-{kind}"
