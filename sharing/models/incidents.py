"""What went although it should not have, or was kept from a family's list. Rows are only added."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from privacy_portal.ground.log.erasable import Erasable
from sharing.models.disclosures import Disclosure


class Incident(models.Model):
    """Something was given that the rules forbid; from `opened_at` 72 hours run."""

    disclosure = models.OneToOneField(Disclosure, models.PROTECT, related_name="incident")
    opened_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"incident {self.pk}"


class IncidentStep(Erasable):
    """What was done about an incident: `on` is the day it happened, `note` what and why."""

    blanks: ClassVar[dict[str, object]] = {"note": ""}
    logged_also = ("on",)

    class Kind(models.TextChoices):
        ASSESSED = "assessed", "Risk assessed"
        ICO_TOLD = "ico-told", "ICO told"
        ICO_NOT_TOLD = "ico-not-told", "ICO does not need to be told"
        PEOPLE_TOLD = "people-told", "People told"
        PEOPLE_NOT_TOLD = "people-not-told", "People do not need to be told"
        RECALLED = "recalled", "Data recalled"
        NOTE = "note", "Note added"
        CLOSED = "closed", "Closed"

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    note = models.CharField(max_length=2000)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(note=""), name="incident_step_says_what"
            ),
            models.UniqueConstraint(
                fields=["incident"], condition=Q(kind="closed"), name="incident_closed_once"
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class Override(Erasable):
    """An officer released against an opt-out, for safeguarding or a legal order (D)."""

    blanks: ClassVar[dict[str, object]] = {"legal_ground": "", "reason": ""}
    logged_also = ("ground", "at", "by_id")

    class Ground(models.TextChoices):
        SAFEGUARDING = "safeguarding", "To safeguard a child"
        LEGAL_ORDER = "legal-order", "Court order or other legal duty"

    disclosure = models.OneToOneField(Disclosure, models.PROTECT, related_name="override")
    ground = models.CharField(max_length=20, choices=Ground.choices)
    legal_ground = models.CharField(max_length=500)
    reason = models.CharField(max_length=1000)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | (~Q(legal_ground="") & ~Q(reason="")),
                name="override_says_why",
            ),
            models.CheckConstraint(
                condition=Q(ground__in=["safeguarding", "legal-order"]),
                name="override_ground_known",
            ),
        ]

    def __str__(self) -> str:
        return f"override {self.disclosure_id}"


class OverrideStep(Erasable):
    """A second officer confirmed or contested an override, or 24 hours went by without one."""

    blanks: ClassVar[dict[str, object]] = {"note": ""}

    class Kind(models.TextChoices):
        CONFIRMED = "confirmed", "Agreed by a second officer"
        CONTESTED = "contested", "Challenged by a second officer"
        RAISED = "raised", "Reported to the auditor"

    override = models.ForeignKey(Override, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["override", "kind"], name="override_step_once"),
            models.CheckConstraint(
                condition=Q(kind="raised") | Q(by__isnull=False), name="override_step_by_somebody"
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class Restriction(Erasable):
    """A disclosure is left out of families' lists up to a day, on a legal ground.

    The latest row of a disclosure counts; one whose day is over lifts it.
    """

    blanks: ClassVar[dict[str, object]] = {"ground": ""}

    disclosure = models.ForeignKey(Disclosure, models.PROTECT, related_name="restrictions")
    until = models.DateField()
    ground = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(ground=""), name="restriction_says_why"
            )
        ]

    def __str__(self) -> str:
        return f"until {self.until}"
