"""How an agreement came to be signed, and what became of it. Rows are only ever added."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from privacy_portal.ground.log.erasable import Erasable
from sharing.models.agreements import Agreement, AgreementVersion


class Signing(Erasable):
    """Who signed a version for each side, and when; `file` names the signed PDF that is kept.

    `terms_sha256` is of the terms as the officer saw them when the signatures were recorded.
    Versions that came signed in a policy file have none.
    """

    blanks: ClassVar[dict[str, object]] = {
        "council_name": "",
        "council_role": "",
        "recipient_name": "",
        "recipient_role": "",
    }
    logged_also = ("council_on", "recipient_on", "file")

    version = models.OneToOneField(AgreementVersion, models.PROTECT, related_name="signing")
    council_name = models.CharField(max_length=200)
    council_role = models.CharField(max_length=200)
    council_on = models.DateField()
    recipient_name = models.CharField(max_length=200)
    recipient_role = models.CharField(max_length=200)
    recipient_on = models.DateField()
    file = models.UUIDField(unique=True)
    bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    terms_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | (~Q(council_name="") & ~Q(recipient_name="")),
                name="signing_says_who",
            )
        ]

    def __str__(self) -> str:
        return f"signing of {self.version_id}"


class AgreementEvent(models.Model):
    """What was done to an agreement in the portal: `on` is the day from which it holds."""

    logged_texts = ("note",)

    class Kind(models.TextChoices):
        DRAFTED = "drafted", "Draft created"
        CHANGED = "changed", "Draft changed"
        DISCARDED = "discarded", "Draft deleted"
        SIGNED = "signed", "Signed by both sides"
        SUSPENDED = "suspended", "Suspended"
        LIFTED = "lifted", "Suspension lifted"
        TERMINATED = "terminated", "Terminated"

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    on = models.DateField()
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "drafted",
                        "changed",
                        "discarded",
                        "signed",
                        "suspended",
                        "lifted",
                        "terminated",
                    ]
                ),
                name="agreement_event_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.on}"
