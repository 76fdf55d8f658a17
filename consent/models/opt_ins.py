"""What an opt-in needs before it counts (C3): proof of who decided, and everyone told."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from consent.models.decisions import Decision


class Verification(models.Model):
    """The instant from which an opt-in is verified: it is proven and everyone was told. Rows are
    only added."""

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="verification")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"verification of decision {self.decision_id}"


class Telling(models.Model):
    """A contact on record who must be told of an opt-in, and how; `told_at` once they were.

    `mail` is the key of the email of a contact told by email; others are told by staff.
    """

    class Way(models.TextChoices):
        EMAIL = "email", "Email"
        POST = "post", "Letter"
        VOICE = "voice", "In person or by phone"

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="tellings")
    name = models.CharField(max_length=200)
    way = models.CharField(max_length=10, choices=Way.choices)
    address = models.CharField(max_length=700, blank=True)
    # Known to have parental responsibility, or not known to lack it.
    responsible = models.BooleanField(default=True, db_default=True)
    mail = models.CharField(max_length=300, blank=True)
    told_at = models.DateTimeField(null=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(way__in=["email", "post", "voice"]), name="telling_way_known"
            ),
            models.CheckConstraint(
                condition=Q(way="email") | Q(told_at__isnull=True) | Q(told_by__isnull=False),
                name="telling_by_staff_names_them",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.way}"
