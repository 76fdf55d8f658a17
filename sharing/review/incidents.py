"""Incidents: information shared out of line, dealt with within 72 hours and then closed."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import record
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.mail.writing import Letter, address, write
from sharing.models import Incident, IncidentStep

Kind = IncidentStep.Kind
CLOCK = timedelta(hours=72)
WARN_BEFORE = timedelta(hours=24)
# What an incident needs before it can be closed: one kind of step for each task.
NEEDED = {
    "assess the risk": (Kind.ASSESSED,),
    "decide whether to tell the ICO": (Kind.ICO_TOLD, Kind.ICO_NOT_TOLD),
    "decide whether to tell the people affected": (Kind.PEOPLE_TOLD, Kind.PEOPLE_NOT_TOLD),
    "recall the data": (Kind.RECALLED,),
}


def incidents() -> QuerySet[Incident]:
    """Return every incident with its steps, newest first; 2 queries."""
    steps = Prefetch("steps", IncidentStep.objects.select_related("by").order_by("pk"))
    return (
        Incident.objects.select_related(
            "by",
            "disclosure__recipient",
            "disclosure__purpose",
            "disclosure__by",
            "disclosure__request_decision__details__recipient",
        )
        .prefetch_related(steps)
        .order_by("-pk")
    )


def open_incidents() -> QuerySet[Incident]:
    """Return the incidents that are not closed, the soonest deadline first."""
    closed = IncidentStep.objects.filter(kind=Kind.CLOSED).values("incident")
    return incidents().exclude(pk__in=closed).order_by("opened_at")


def deadline(incident: Incident) -> datetime:
    """Return the end of the 72 hours in which to tell the ICO if people are at risk."""
    return incident.opened_at + CLOCK


def is_overdue(incident: Incident, at: datetime) -> bool:
    """Return whether the 72 hours are over and it is not closed; no query if steps are prefetched."""
    return deadline(incident) <= at and not is_closed(incident)


def kinds_of(incident: Incident) -> set[str]:
    """Return the kinds of steps taken so far; no query if they are prefetched."""
    return {step.kind for step in incident.steps.all()}


def missing(incident: Incident) -> list[str]:
    """Return the tasks left before the incident can be closed, in words."""
    done = kinds_of(incident)
    return [task for task, kinds in NEEDED.items() if not done & set(kinds)]


def is_closed(incident: Incident) -> bool:
    """Return whether it is closed; no query if the steps are prefetched."""
    return Kind.CLOSED in kinds_of(incident)


def record_step(
    incident: Incident, kind: IncidentStep.Kind, *, on: date, note: str, by: User, at: datetime
) -> IncidentStep:
    """Record a step, logged. Raise NotNowError once it is closed, or if it cannot be closed yet."""
    with transaction.atomic():
        locks.take_one(locks.Row.INCIDENT, incident.pk)
        incident = incidents().get(pk=incident.pk)
        if is_closed(incident):
            raise NotNowError("This incident is already closed.")
        if kind is Kind.CLOSED and (tasks := missing(incident)):
            raise NotNowError(f"Before you can close it: {'; '.join(tasks)}.")
        step = IncidentStep.objects.create(
            incident=incident, kind=kind, on=on, note=note, by=by, at=at
        )
        about = {"incident": incident.pk, "texts": texts_of(step)}
        record(f"incident-{kind.value}", at=at, by=by, **about)
    return step


def remind(*, at: datetime) -> int:
    """Email officers about new incidents, and where nobody has decided whether to tell the ICO, a day
    before and at the end of the 72 hours. Return the number of new emails."""
    letters = []
    officers = list(User.objects.officers().filter(is_active=True))
    for incident in open_incidents():
        decided = kinds_of(incident) & {Kind.ICO_TOLD, Kind.ICO_NOT_TOLD}
        when = "new"
        if not decided and at >= deadline(incident):
            when = "over"
        elif not decided and at >= deadline(incident) - WARN_BEFORE:
            when = "soon"
        letters += [
            Letter(
                key=f"incident-due/{incident.pk}/{when}/{officer.reference}",
                to=officer.email,
                template="sharing/incident-due",
                context={
                    "incident": incident,
                    "when": when,
                    "deadline": deadline(incident),
                    "link": address(reverse("staff-incident", args=[incident.pk])),
                },
            )
            for officer in officers
        ]
    with transaction.atomic():
        return write(letters, at=at)
