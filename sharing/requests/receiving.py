"""Requests for data are recorded, and what becomes known of them is added (Q1): oral ones too, with the
few things that are known at first."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.forms.models import model_to_dict

from consent.models import Pupil
from notices.models import Recipient
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.names import folded_name
from sharing import request_rules as rules
from sharing.disclosures import request_entries as entries
from sharing.models import DataRequest, RequestDetails, RequestedPupil
from sharing.requests import queries

MOST_PEOPLE = 100
Part = RequestDetails.Part
# What is no answer of an officer, and so not carried over to the next row.
_OWN = ("id", "request", "number", "part", "at", "by")
CHANGED_MEANWHILE = (
    "Someone else has changed this since you opened the page. Check what it says now."
)


def receive(answers: Mapping[str, Any], *, submission: UUID, by: User, at: datetime) -> DataRequest:
    """Record a request with what is known of it so far, by names of `RequestDetails`; once, however
    often the form is sent. How it came and when it was received have to be among the answers."""
    with transaction.atomic():
        locks.take_one(locks.Row.RECORD, by.pk)
        if recorded := DataRequest.objects.filter(submission=submission).first():
            return recorded
        request = DataRequest.objects.create(submission=submission, at=at, by=by)
        entries.log_received(request)
        _add(RequestDetails(request=request, number=1), Part.ASKER, answers, [], by=by, at=at)
    return request


def check_can_change(request: DataRequest) -> None:
    """Raise NotNowError, with the reason, if what is known of a request stays; 3 queries."""
    if queries.is_withdrawn(request):
        raise NotNowError("This request was withdrawn, so it cannot be changed.")
    decision = queries.standing_decision(request)
    if decision is None:
        return
    if decision.applies:
        raise NotNowError(
            "This request is decided, so it cannot be changed. If they ask again, record a new request."
        )
    raise NotNowError(
        "A decision waits for a second officer. To change the request, the decision must be sent back."
    )


def change(
    request: DataRequest,
    part: RequestDetails.Part,
    answers: Mapping[str, Any],
    *,
    pupils: Collection[Pupil] | None = None,
    seen: int,
    by: User,
    at: datetime,
) -> RequestDetails:
    """Add what is now known of one part of a request; `pupils` are those it is about, None for the same.

    `seen` is the number of the details that the officer saw. Raises NotNowError once it is decided, for
    too many pupils, and where the same was changed meanwhile.
    """
    with transaction.atomic():
        lock(request)
        check_can_change(request)
        newest = _newest(request)
        before = request.details.get(number=seen)
        known = list(newest.pupils.values_list("pupil", flat=True))
        meanwhile = any(getattr(before, name) != getattr(newest, name) for name in answers)
        if pupils is not None:
            seen_pupils = set(before.pupils.values_list("pupil", flat=True))
            meanwhile = meanwhile or seen_pupils != set(known)
            known = [pupil.pk for pupil in pupils]
        if meanwhile:
            raise NotNowError(CHANGED_MEANWHILE)
        if len(known) > MOST_PEOPLE:
            raise NotNowError(f"A request can be about up to {MOST_PEOPLE} pupils.")
        same = model_to_dict(newest, exclude=_OWN)
        for name in ("recipient", "purpose"):
            same[name] = getattr(newest, name)
        details = RequestDetails(request=request, number=newest.number + 1, **same)
        _add(details, part, answers, known, by=by, at=at)
    return details


def lock(request: DataRequest) -> None:
    """Keep others from changing or deciding a request until the transaction ends."""
    locks.take_one(locks.Row.DATA_REQUEST, request.pk)


def _newest(request: DataRequest) -> RequestDetails:
    rows = request.details.select_related("recipient", "purpose").order_by("-number")
    newest = rows.first()
    assert newest is not None  # a request is recorded with details
    return newest


def _add(
    details: RequestDetails,
    part: RequestDetails.Part,
    answers: Mapping[str, Any],
    pupils: Sequence[int],
    *,
    by: User,
    at: datetime,
) -> None:
    for name, value in answers.items():
        setattr(details, name, value)
    _name_organisation(details)
    urgent = timedelta(hours=settings.REQUEST_URGENT_HOURS) if details.urgent else None
    details.due_at = rules.due(details.received_at, urgent_within=urgent)
    details.part, details.by, details.at = part, by, at
    details.save(force_insert=True)
    RequestedPupil.objects.bulk_create(
        RequestedPupil(details=details, pupil_id=pupil) for pupil in pupils
    )
    entries.log_changed(details)


def _name_organisation(details: RequestDetails) -> None:
    """Name the organisation by the policy if it is in there, also where an officer wrote its name: an
    objection against sharing with it applies either way (C10)."""
    folded = folded_name(details.organisation_name)
    if details.recipient is None and folded:
        names = {folded_name(row.name): row for row in Recipient.objects.all()}
        details.recipient = names.get(folded)
    if details.recipient is not None:
        details.organisation_name = ""
        details.organisation_key = f"policy:{details.recipient.code}"
    else:
        details.organisation_key = f"name:{folded}" if folded else ""
