"""What else is done about a request for data: notes, answers and questions to the asker, withdrawal; and
reminders before its clock ends (Q1)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import record
from privacy_portal.ground.mail.writing import Letter, address, write
from sharing.disclosures import request_entries as entries
from sharing.models import DataRequest, DataRequestStep, RequestDetails
from sharing.requests import queries
from sharing.requests.receiving import lock

Kind = DataRequestStep.Kind


def check_can_record(request: DataRequest, kind: DataRequestStep.Kind) -> None:
    """Raise NotNowError, with the reason, unless the step fits the state of the request; 3 queries."""
    if queries.is_withdrawn(request):
        raise NotNowError("This request was withdrawn.")
    if kind is Kind.NOTE:
        return
    decision = queries.standing_decision(request)
    decided = decision is not None and decision.applies
    if kind is Kind.ANSWERED and not decided:
        raise NotNowError("Decide on the request before you answer it.")
    if kind in (Kind.WITHDRAWN, Kind.ASKED_MORE) and decided:
        raise NotNowError("This request is already decided.")


def record_step(
    request: DataRequest,
    kind: DataRequestStep.Kind,
    *,
    on: date,
    note: str,
    points: Sequence[str] = (),
    by: User,
    at: datetime,
) -> DataRequestStep:
    """Record a step, logged. Raises NotNowError unless it fits the state of the request."""
    with transaction.atomic():
        lock(request)
        check_can_record(request, kind)
        step = DataRequestStep.objects.create(
            request=request, kind=kind, points=list(points), note=note, on=on, at=at, by=by
        )
        entries.log_step(step)
    return step


def letter_taken(request: DataRequest, kind: str, *, by: User, at: datetime) -> None:
    """Log that an officer downloaded a letter to the asker (L6)."""
    with transaction.atomic():
        record("request-letter", at=at, by=by, request=request.pk, kind=kind)


def remind(*, at: datetime) -> int:
    """Email officers about new urgent requests, and about open ones shortly before and after they should
    be decided. Return the number of new emails; 2 queries and those of the emails."""
    letters: list[Letter] = []
    officers = list(User.objects.officers().filter(is_active=True))
    for details in queries.open_requests():
        if when := _when(details, at):
            letters += [_letter(details, when, officer) for officer in officers]
    if not letters:
        return 0
    with transaction.atomic():
        return write(letters, at=at)


def _when(details: RequestDetails, at: datetime) -> str:
    if details.due_at < at:
        return "over"
    before = timedelta(days=settings.REQUEST_REMIND_DAYS)
    if details.urgent:
        before = timedelta(hours=settings.REQUEST_URGENT_REMIND_HOURS)
    if details.due_at - before <= at:
        return "soon"
    return "new" if details.urgent else ""


def _letter(details: RequestDetails, when: str, officer: User) -> Letter:
    # A request that becomes urgent, or is so no more, has another clock: its emails are others.
    clock = "urgent" if details.urgent else "ordinary"
    return Letter(
        key=f"request-due/{details.request_id}/{clock}/{when}/{officer.reference}",
        to=officer.email,
        template="sharing/request-due",
        context={
            "number": details.request_id,
            "when": when,
            "urgent": details.urgent,
            "due_at": details.due_at,
            "link": address(reverse("staff-request", args=[details.request_id])),
        },
    )
