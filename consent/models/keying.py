"""The scan of a decision that staff recorded, and a second person's check of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from consent.models.decisions import Decision
from privacy_portal.ground.log.erasable import Erasable


class Scan(Erasable):
    """The paper form of a decision, as a private file named by `file`. Rows are only ever added."""

    blanks: ClassVar[dict[str, object]] = {"sha256": ""}
    logged_also = ("file", "content_type", "bytes", "sha256")

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="scan")
    file = models.UUIDField(unique=True)
    content_type = models.CharField(max_length=20)
    bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(content_type__in=["application/pdf", "image/jpeg", "image/png"]),
                name="scan_type_known",
            )
        ]

    def __str__(self) -> str:
        return f"scan of decision {self.decision_id}"


class SecondLook(models.Model):
    """Another member of staff checks a recorded decision against its form; never one's own.

    One in ten opt-outs, and every opt-in, which does not count before (C3).
    """

    class Why(models.TextChoices):
        SAMPLE = "sample", "1 in 10 is checked"
        OPT_IN = "opt-in", "Two members of staff must check every opt-in"

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="second_look")
    why = models.CharField(max_length=10, choices=Why.choices)
    keyed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    looked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    looked_at = models.DateTimeField(null=True)
    agrees = models.BooleanField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(looked_by__isnull=True) | ~Q(looked_by=F("keyed_by")),
                name="second_look_is_another_persons",
            ),
            models.CheckConstraint(
                condition=Q(looked_by__isnull=True, looked_at__isnull=True, agrees__isnull=True)
                | Q(looked_by__isnull=False, looked_at__isnull=False, agrees__isnull=False),
                name="second_look_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(agrees__isnull=True) | Q(agrees=True) | ~Q(note=""),
                name="second_look_says_what_differs",
            ),
        ]

    def __str__(self) -> str:
        return f"second look at decision {self.decision_id}"
