"""The assurance of organisations (Q3). Rows are only ever added."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from notices.models import Recipient


class Assurance(models.Model):
    """A registration or a certificate of an organisation; `ends` is its last day. Of each kind the one
    recorded last counts. `by` is nobody for one that came with a policy file."""

    class Kind(models.TextChoices):
        REGISTRATION = "ico-registration", "ICO registration"
        CYBER_ESSENTIALS = "cyber-essentials", "Cyber Essentials"
        CYBER_ESSENTIALS_PLUS = "cyber-essentials-plus", "Cyber Essentials Plus"
        ISO_27001 = "iso-27001", "ISO/IEC 27001"
        DSPT = "dspt", "NHS Data Security and Protection Toolkit"
        OTHER = "other", "Another security certificate"

    recipient = models.ForeignKey(Recipient, models.PROTECT, related_name="assurances")
    kind = models.CharField(max_length=30, choices=Kind.choices)
    name = models.CharField(max_length=100, blank=True)
    reference = models.CharField(max_length=100)
    issuer = models.CharField(max_length=200)
    ends = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "ico-registration",
                        "cyber-essentials",
                        "cyber-essentials-plus",
                        "iso-27001",
                        "dspt",
                        "other",
                    ]
                ),
                name="assurance_kind_known",
            ),
            models.CheckConstraint(
                condition=(Q(kind="other") & ~Q(name="")) | (~Q(kind="other") & Q(name="")),
                name="assurance_other_has_a_name",
            ),
            models.CheckConstraint(
                condition=~Q(reference="") & ~Q(issuer=""), name="assurance_says_which"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ends}"

    @property
    def title(self) -> str:
        """Return what it is called."""
        return self.name or self.get_kind_display()


class AssuranceWithdrawal(models.Model):
    """That an assurance was a mistake, or is not relied on any more, and why."""

    logged_texts = ("reason",)

    class Why(models.TextChoices):
        MISTAKE = "mistake", "It was recorded by mistake"
        NO_LONGER = "no-longer", "The organisation no longer has it, and we do not rely on it"

    assurance = models.OneToOneField(Assurance, models.PROTECT, related_name="withdrawal")
    why = models.CharField(max_length=10, choices=Why.choices)
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(why__in=["mistake", "no-longer"]), name="assurance_withdrawal_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="assurance_withdrawal_says_why"),
        ]

    def __str__(self) -> str:
        return f"withdrawal of {self.assurance_id}"
