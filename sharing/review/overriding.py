"""Overrides (D): a second officer reviews a release despite an opt-out within 24 hours, or it is
raised to the auditor."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import Role, values
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import record
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.mail.writing import Letter, address, write
from sharing.models import Override, OverrideStep

Kind = OverrideStep.Kind
WITHIN = timedelta(hours=24)


def overrides() -> QuerySet[Override]:
    """Return every override, newest first; `reviewed` tells whether a second officer has; 1 query."""
    reviews = OverrideStep.objects.filter(
        override=OuterRef("pk"), kind__in=[Kind.CONFIRMED, Kind.CONTESTED]
    )
    return (
        Override.objects.select_related("disclosure__recipient", "disclosure__purpose", "by")
        .annotate(reviewed=Exists(reviews))
        .order_by("-pk")
    )


def to_review(user: User) -> QuerySet[Override]:
    """Return the overrides of other officers that nobody has reviewed; 1 query."""
    return overrides().filter(Q(reviewed=False)).exclude(by=user)


def check_can_review(override: Override, user: User) -> None:
    """Raise NotNowError, with the reason, unless the user may agree or disagree now."""
    if override.by_id == user.pk:
        raise NotNowError("You released this, so another officer must review it.")
    if override.steps.filter(kind__in=[Kind.CONFIRMED, Kind.CONTESTED]).exists():
        raise NotNowError("A second officer has already reviewed this.")


def review(
    override: Override, kind: OverrideStep.Kind, *, note: str, by: User, at: datetime
) -> OverrideStep:
    """Record that a second officer agrees or disagrees; if they disagree it is raised to the auditor
    straight away. Raise NotNowError if the officer may not."""
    with transaction.atomic():
        locks.take_one(locks.Row.OVERRIDE, override.pk)
        check_can_review(override, by)
        step = OverrideStep.objects.create(override=override, kind=kind, note=note, by=by, at=at)
        about = {"disclosure": override.disclosure_id, "texts": texts_of(step)}
        record(f"override-{kind.value}", at=at, by=by, **about)
    if kind is Kind.CONTESTED:
        _raise(override, at=at)
    return step


def raise_due(*, at: datetime) -> int:
    """Raise to the auditor what nobody reviewed within 24 hours; return how many."""
    raised = OverrideStep.objects.filter(override=OuterRef("pk"), kind=Kind.RAISED)
    due = overrides().filter(~Exists(raised), Q(reviewed=False), at__lte=at - WITHIN)
    return sum(_raise(override, at=at) for override in due)


def _raise(override: Override, *, at: datetime) -> bool:
    try:
        with transaction.atomic():
            step = OverrideStep.objects.create(override=override, kind=Kind.RAISED, at=at)
            write(_letters(override), at=at)
            about = {"disclosure": override.disclosure_id, "texts": texts_of(step)}
            record("override-raised", at=at, by=None, **about)
    except IntegrityError:
        return False
    return True


def _letters(override: Override) -> list[Letter]:
    contested = override.steps.filter(kind=Kind.CONTESTED).exists()
    return [
        Letter(
            key=f"override-raised/{override.pk}/{email}",
            to=email,
            template="sharing/override-raised",
            context={
                "override": override,
                "contested": contested,
                "link": address(reverse("staff-disclosure", args=[override.disclosure.entry])),
            },
        )
        for email in _told()
    ]


def _told() -> list[str]:
    """Return the addresses of who is told: the auditor, or where none is named, auditors and approving
    officers who still sign in, or all officers where there is nobody of these."""
    if settings.AUDITOR_EMAIL:
        return [settings.AUDITOR_EMAIL]
    people = User.objects.filter(is_active=True)
    closest = people.filter(roles__overlap=values([Role.AUDITOR, Role.APPROVING_OFFICER]))
    told = closest or people.filter(roles__contains=[Role.OFFICER.value])
    return [person.email for person in told.order_by("name", "pk")]
