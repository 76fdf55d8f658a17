"""Releases waiting to go, and what was found in them."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from sharing.models.disclosures import Disclosure


class Release(models.Model):
    """An extract that an officer has had checked and may hand over (H).

    The extract itself is a private file named by `id`; it is deleted when the release is
    handed over, voided or expired. `decision_digest` is of the decision the officer saw:
    a hand-over whose own decision differs voids the release (H2).
    """

    class State(models.TextChoices):
        CHECKED = "checked", "Checked"
        RELEASED = "released", "Ready to download"
        HANDED_OVER = "handed-over", "Handed over"
        VOID = "void", "Void"
        REFUSED = "refused", "Refused"
        EXPIRED = "expired", "Expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.CharField(max_length=50)
    purpose = models.CharField(max_length=100)
    on = models.DateField()
    file_name = models.CharField(max_length=200)
    request_reference = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=State.choices)
    decision = models.JSONField()
    decision_digest = models.CharField(max_length=64)
    checked_at = models.DateTimeField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="releases"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    disclosure = models.OneToOneField(Disclosure, models.PROTECT, null=True, related_name="release")
    void_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-checked_at"]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                name="release_never_approved_by_its_officer",
            ),
            models.CheckConstraint(
                condition=~Q(state="handed-over") | Q(disclosure__isnull=False),
                name="release_handed_over_is_logged",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["checked", "refused", "expired", "void"])
                | Q(released_at__isnull=False),
                name="release_released_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.id}"


class Finding(models.Model):
    """A row that would not go whole, shown to the officer; kept no longer than the extract."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="findings")
    row = models.PositiveIntegerField()
    upn = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=10)
    reason = models.CharField(max_length=30)

    class Meta:
        ordering: ClassVar[list[str]] = ["row"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["release", "row"], name="finding_row"),
        ]

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}"
