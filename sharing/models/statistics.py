"""Tables of counts that can be handed over, or were."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from sharing.counts_rules import Method, notes, summary
from sharing.models.disclosures import Disclosure


class CountsRelease(models.Model):
    """Tables of counts that were checked, made safe together, and that their officer may hand over.

    `tables` are the true counts, emptied when they are handed over or expire. `safe` is what may be
    shown of each (its name, rows with labels, and which lines add up others), and stays, for it is
    known from then on (S4). `counted`, `counted_on` and `counted_group` say what the tables count,
    on which day and of whom; what was not said is empty.
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
    tables = models.JSONField(null=True, db_column="table")
    safe = models.JSONField(default=list)
    counted = models.CharField(max_length=200, blank=True, db_default="", default="")
    counted_on = models.DateField(null=True)
    counted_group = models.CharField(max_length=200, blank=True, db_default="", default="")
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
            ),
            models.CheckConstraint(
                condition=~Q(state="handed-over") | (~Q(safe=[]) & Q(counted_on__isnull=False)),
                name="counts_handed_over_are_kept",
            ),
        ]

    def __str__(self) -> str:
        return f"table {self.id}"

    @property
    def summary(self) -> str:
        """Return what was hidden in the table, in one sentence. The table must not be refused."""
        hidden = self.decision["hidden"]
        method = Method(self.decision["profile"])
        threshold, least = self.decision["threshold"], 0 if self.decision.get("zeros_hidden") else 1
        return summary(method, threshold, hidden["small"], hidden["further"], least=least)

    @property
    def notes(self) -> list[str]:
        """Return what a reader of the safe tables must know about their figures."""
        rows = [row for table in self.safe for row in table["rows"]]
        return notes(Method(self.decision["profile"]), rows) if rows else []
