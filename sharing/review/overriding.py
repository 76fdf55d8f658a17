"""Overrides: a release against an opt-out is looked at by a second officer within 24 hours, or
raised to the auditor (D)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.mail.writing import Letter, address, write
from sharing.models import Override, OverrideStep

Kind = OverrideStep.Kind
WITHIN = timedelta(hours=24)


def overrides() -> QuerySet[Override]:
    """Every override, newest first; `looked_at` tells whether a second officer did; 1 query."""
    looked = OverrideStep.objects.filter(
        override=OuterRef("pk"), kind__in=[Kind.CONFIRMED, Kind.CONTESTED]
    )
    return (
        Override.objects.select_related("disclosure__recipient", "disclosure__purpose", "by")
        .annotate(looked_at=Exists(looked))
        .order_by("-pk")
    )


def waiting(user: User) -> QuerySet[Override]:
    """Those that another officer made and nobody has looked at; 1 query."""
    return overrides().filter(Q(looked_at=False)).exclude(by=user)


def check_can_look(override: Override, user: User) -> None:
    """Raises NotNowError, with the reason, unless the user may confirm or contest it now."""
    if override.by_id == user.pk:
        raise NotNowError("You released this, so another officer must look at it.")
    if override.steps.filter(kind__in=[Kind.CONFIRMED, Kind.CONTESTED]).exists():
        raise NotNowError("A second officer has looked at this already.")


def look(
    override: Override, kind: OverrideStep.Kind, *, note: str, by: User, at: datetime
) -> OverrideStep:
    """A second officer confirms or contests it; one contested is raised to the auditor at once.
    Raises NotNowError where it does not fit."""
    with transaction.atomic():
        held = Override.objects.select_for_update().get(pk=override.pk)
        check_can_look(held, by)
        made = OverrideStep.objects.create(override=held, kind=kind, note=note, by=by, at=at)
        log.record(f"override-{kind.value}", at=at, by=by, disclosure=held.disclosure_id)
    if kind is Kind.CONTESTED:
        _raise(held, at=at)
    return made


def raise_due(*, at: datetime) -> int:
    """Raises those that nobody looked at within 24 hours to the auditor; returns how many."""
    raised = OverrideStep.objects.filter(override=OuterRef("pk"), kind=Kind.RAISED)
    due = overrides().filter(~Exists(raised), Q(looked_at=False), at__lte=at - WITHIN)
    return sum(_raise(each, at=at) for each in due)


def _raise(override: Override, *, at: datetime) -> bool:
    try:
        with transaction.atomic():
            OverrideStep.objects.create(override=override, kind=Kind.RAISED, at=at)
            write(_letters(override), at=at)
            log.record("override-raised", at=at, by=None, disclosure=override.disclosure_id)
    except IntegrityError:
        return False
    return True


def _letters(override: Override) -> list[Letter]:
    officers = User.objects.officers().filter(is_active=True)
    contested = override.steps.filter(kind=Kind.CONTESTED).exists()
    to = [settings.AUDITOR_EMAIL] if settings.AUDITOR_EMAIL else [each.email for each in officers]
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
        for email in to
    ]
