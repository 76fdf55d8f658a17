"""Tables of counts that can be handed over, or were."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from sharing.counts_rules import Method, notes, summary
from sharing.models.disclosures import Disclosure


class CountsRelease(models.Model):
    """A table of counts that was checked and that its officer may hand over.

    `table` has the true counts and is emptied when it is handed over or expires; `safe` is what
    may be shown, and stays, so that later tables can be compared with it.
    """

    class State(models.TextChoices):
        CHECKED = "checked", "Checked"
        HANDED_OVER = "handed-over", "Handed over"
        REFUSED = "refused", "Refused"
        EXPIRED = "expired", "Expired"
        VOID = "void", "Cancelled. Nothing was released. Check the table again."

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.CharField(max_length=50)
    purpose = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=20, choices=State.choices)
    table = models.JSONField(null=True)
    safe = models.JSONField(default=list)
    decision = models.JSONField(default=dict)
    request_reference = models.CharField(max_length=200, blank=True)
    requested_on = models.DateField(null=True)
    checked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    disclosure = models.OneToOneField(
        Disclosure, models.PROTECT, null=True, related_name="counts_release"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-checked_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="handed-over") | Q(disclosure__isnull=False),
                name="counts_handed_over_are_logged",
            )
        ]

    def __str__(self) -> str:
        return f"table {self.id}"

    @property
    def summary(self) -> str:
        """Return what was hidden in the table, in one sentence. The table must not be refused."""
        hidden = self.decision["hidden"]
        method = Method(self.decision["profile"])
        return summary(method, self.decision["threshold"], hidden["small"], hidden["further"])

    @property
    def notes(self) -> list[str]:
        """Return what a reader of the safe table must know about its figures."""
        return notes(Method(self.decision["profile"]), self.safe) if self.safe else []
