"""A protected pupil's list is given out only after a second officer agreed (P5)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from consent.models import Pupil
from consent.protection.queries import was_protected_since
from consent.queries import lock_pupils
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import record
from privacy_portal.ground.log.texts import texts_of
from sharing.models import ListAnswer, ListRequest
from sharing.pupils.lists import has_grown_since

# So long after the second officer agreed the list may be downloaded.
AGREED_FOR = timedelta(days=7)


def requests_about(pupil: Pupil) -> QuerySet[ListRequest]:
    """Return the requests about a pupil with their answers, newest first; 1 query."""
    requests = ListRequest.objects.filter(pupil=pupil).select_related("by", "answer__by")
    return requests.order_by("-pk")


def requests_for(user: User) -> QuerySet[ListRequest]:
    """Return the requests that this officer can answer: another officer's; 1 query."""
    requests = ListRequest.objects.filter(answer=None, pupil__protected=True).exclude(by=user)
    return requests.select_related("pupil", "by")


def check_can_give_out(pupil: Pupil, user: User, *, at: datetime) -> None:
    """Raise NotNowError unless the officer may give out the list about the pupil: of a protected one
    only what a second officer agreed to lately, at this officer's request. Void is what was agreed
    to before the pupil was protected once more, or before the list got longer; at most 5 queries."""
    if not pupil.protected:
        return
    answers = ListAnswer.objects.filter(
        request__pupil=pupil, request__by=user, agrees=True, at__gt=at - AGREED_FOR
    )
    agreed = answers.order_by("at").last()
    if (
        agreed is None
        or was_protected_since(pupil, agreed.at)
        or has_grown_since(pupil, agreed.at, on=day_of(at))
    ):
        raise NotNowError(
            "This pupil is protected. A second officer must agree before the list is given out."
        )


def ask(pupil: Pupil, *, by: User, at: datetime) -> ListRequest:
    """Ask a second officer to agree. Raises NotNowError while an earlier request is open."""
    with transaction.atomic():
        lock_pupils([pupil.pk])
        if ListRequest.objects.filter(pupil=pupil, by=by, answer=None).exists():
            raise NotNowError("You have already asked a second officer.")
        request = ListRequest.objects.create(pupil=pupil, at=at, by=by)
        record("list-requested", at=at, by=by, person=str(pupil.reference), request=request.pk)
    return request


def answer(request: ListRequest, *, agrees: bool, note: str, by: User, at: datetime) -> None:
    """Answer another officer's request. Raises NotNowError for one's own, or one that is answered."""
    with transaction.atomic():
        lock_pupils([request.pupil_id])
        if request.by_id == by.pk:
            raise NotNowError("You asked for this, so another officer must agree.")
        if ListAnswer.objects.filter(request=request).exists():
            raise NotNowError("This request has already been answered.")
        given = ListAnswer.objects.create(request=request, agrees=agrees, note=note, at=at, by=by)
        record(
            "list-agreed" if agrees else "list-refused",
            at=at,
            by=by,
            person=str(request.pupil.reference),
            request=request.pk,
            texts=texts_of(given),
        )
