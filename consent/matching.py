"""Finding the pupil that an opt-out sent online is about."""

from collections.abc import Iterable
from datetime import datetime

from consent.models import Decision, OptOutRequest
from consent.queries import pupils_who_fit, waiting_requests
from consent.recording import record
from consent.rules import Choice
from privacy_portal.log.appending import Body
from privacy_portal.names import person_key


def match(request: OptOutRequest, *, at: datetime, also: Iterable[Body] = ()) -> bool:
    """Records the opt-out if exactly one pupil fits; returns whether one did.

    The decision counts from when the request was received, not from when it was matched
    (C3). `also` are log entries that go before the decision's.
    """
    if request.school is None:
        return False
    fitting = list(pupils_who_fit(request)[:2])
    if len(fitting) != 1:
        return False
    decision = Decision(
        pupil=fitting[0],
        scheme=request.scheme,
        choice=Choice.OPT_OUT.value,
        by=request.by,
        person_name=request.person_name,
        person_key=person_key(request.person_name),
        channel=Decision.Channel.ONLINE,
        received_at=request.received_at,
        recorded_at=at,
        request=request,
    )
    record([decision], by=None, at=at, also=also)
    return True


def match_waiting(*, at: datetime) -> int:
    """Tries again those that found no pupil, after the roll has changed; returns how many did."""
    waiting = waiting_requests().select_related("scheme", "school")
    return sum(match(request, at=at) for request in waiting.iterator())
