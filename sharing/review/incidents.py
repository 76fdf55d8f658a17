"""Incidents: what went out of line, worked through with a clock of 72 hours, until it is closed."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.mail.writing import Letter, address, write
from sharing.models import Incident, IncidentStep

Kind = IncidentStep.Kind
CLOCK = timedelta(hours=72)
WARN_BEFORE = timedelta(hours=24)
# What must have been decided before an incident is closed: one of each.
NEEDED = {
    "the risk is assessed": (Kind.ASSESSED,),
    "it is decided whether the ICO is told": (Kind.ICO_TOLD, Kind.ICO_NOT_TOLD),
    "it is decided whether the people are told": (Kind.PEOPLE_TOLD, Kind.PEOPLE_NOT_TOLD),
    "the data is called back": (Kind.RECALLED,),
}


def incidents() -> QuerySet[Incident]:
    """Every incident with its steps, newest first; 2 queries."""
    steps = Prefetch("steps", IncidentStep.objects.select_related("by").order_by("pk"))
    return (
        Incident.objects.select_related(
            "by", "disclosure__recipient", "disclosure__purpose", "disclosure__by"
        )
        .prefetch_related(steps)
        .order_by("-pk")
    )


def open_incidents() -> QuerySet[Incident]:
    """Those not closed, the soonest deadline first."""
    closed = IncidentStep.objects.filter(kind=Kind.CLOSED).values("incident")
    return incidents().exclude(pk__in=closed).order_by("opened_at")


def deadline(incident: Incident) -> datetime:
    """When the 72 hours are over within which the ICO must be told if it must."""
    return incident.opened_at + CLOCK


def is_over(incident: Incident, at: datetime) -> bool:
    """Whether the 72 hours are over while it is not closed; no query where steps are prefetched."""
    return deadline(incident) <= at and not is_closed(incident)


def kinds_of(incident: Incident) -> set[str]:
    """The kinds of steps taken so far; no query where they are prefetched."""
    return {each.kind for each in incident.steps.all()}


def missing(incident: Incident) -> list[str]:
    """What must still be done before the incident can be closed, in words."""
    done = kinds_of(incident)
    return [words for words, kinds in NEEDED.items() if not done & set(kinds)]


def is_closed(incident: Incident) -> bool:
    """Whether it is closed; no query where the steps are prefetched."""
    return Kind.CLOSED in kinds_of(incident)


def step(
    incident: Incident, kind: IncidentStep.Kind, *, on: date, note: str, by: User, at: datetime
) -> IncidentStep:
    """Notes what was done. Raises NotNowError once it is closed, or closed too early."""
    with transaction.atomic():
        now = incidents().select_for_update(of=("self",)).get(pk=incident.pk)
        if is_closed(now):
            raise NotNowError("This incident is closed.")
        if kind is Kind.CLOSED and (left := missing(now)):
            raise NotNowError(f"It can be closed once {'; '.join(left)}.")
        try:
            made = IncidentStep.objects.create(
                incident=now, kind=kind, on=on, note=note, by=by, at=at
            )
        except IntegrityError as error:
            raise NotNowError("This incident is closed.") from error
        log.record(f"incident-{kind.value}", at=at, by=by, incident=now.pk)
    return made


def remind(*, at: datetime) -> int:
    """Mails to officers: of a new incident, a day before its 72 hours are over without a word on
    the ICO, and once they are; returns how many mails are new."""
    letters = []
    officers = list(User.objects.officers().filter(is_active=True))
    for each in open_incidents():
        decided = kinds_of(each) & {Kind.ICO_TOLD, Kind.ICO_NOT_TOLD}
        when = "new"
        if not decided and at >= deadline(each):
            when = "over"
        elif not decided and at >= deadline(each) - WARN_BEFORE:
            when = "soon"
        letters += [
            Letter(
                key=f"incident-due/{each.pk}/{when}/{officer.reference}",
                to=officer.email,
                template="sharing/incident-due",
                context={
                    "incident": each,
                    "when": when,
                    "deadline": deadline(each),
                    "link": address(reverse("staff-incident", args=[each.pk])),
                },
            )
            for officer in officers
        ]
    with transaction.atomic():
        return write(letters, at=at)
