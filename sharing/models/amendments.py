"""Amendments: what a recipient is told of changes to what it got (H6). Steps are only ever added."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from notices.models import Purpose
from privacy_portal.ground.log.erasable import Erasable
from sharing.models.agreements import Agreement


class Amendment(models.Model):
    """Something that was handed over under an agreement for a purpose has changed since.

    It is due until a file of the changes was handed over (its releases, of which one at most is),
    then sent until the recipient acknowledges it. `by` is None where the portal found it by itself.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="amendments")
    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="+", db_index=False)
    found_at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    # Of amendments read with `sharing.amendments.queries.amendments` only.
    release_id: UUID | None
    sent_entry: int | None
    sent_at: datetime | None
    ended: str | None
    ended_at: datetime
    asked: bool

    class Meta:
        ordering: ClassVar[list[str]] = ["found_at", "pk"]

    def __str__(self) -> str:
        return f"amendment {self.pk}"


class AmendmentStep(Erasable):
    """What became of an amendment. `by` is None for what the portal or the recipient did."""

    blanks: ClassVar[dict[str, object]] = {"note": ""}

    class Kind(models.TextChoices):
        LAPSED = "lapsed", "Nothing left to change"
        ASKED = "asked", "Link to confirm sent"
        REMINDED = "reminded", "Reminder sent"
        RAISED = "raised", "Officers told that it is overdue"
        ACKNOWLEDGED = "acknowledged", "Organisation confirmed the changes"

    amendment = models.ForeignKey(Amendment, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["lapsed", "asked", "reminded", "raised", "acknowledged"]),
                name="amendment_step_known",
            ),
            models.UniqueConstraint(
                fields=["amendment"],
                condition=Q(kind__in=["lapsed", "acknowledged"]),
                name="amendment_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class AmendmentLink(models.Model):
    """A link by which a recipient acknowledges an amendment, once; only a hash of its secret is kept."""

    amendment = models.ForeignKey(Amendment, models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(token_hash__regex=r"^[0-9a-f]{64}$"),  # noqa: S106 - a field
                name="amendment_link_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"link {self.pk}"
