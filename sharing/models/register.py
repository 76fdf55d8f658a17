"""What the public register says of how often something was shared. Rows are only ever added."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import Exact

from notices.models import Purpose, Recipient


class PublishedMonth(models.Model):
    """A calendar month whose figures were published: they never change afterwards."""

    month = models.DateField(unique=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-month"]
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="published_month_begins")
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class PublishedCount(models.Model):
    """How often something went to one organisation for one purpose in a month.

    `pupils` counts different pupils to the nearest 5; both numbers are None where it would be 1 to
    4: what is not published is not kept either.
    """

    month = models.ForeignKey(PublishedMonth, models.PROTECT, related_name="counts")
    recipient = models.ForeignKey(Recipient, models.PROTECT, null=True, related_name="+")
    purpose = models.ForeignKey(Purpose, models.PROTECT, null=True, related_name="+")
    files = models.PositiveIntegerField(null=True)
    pupils = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "recipient", "purpose"],
                nulls_distinct=False,
                name="published_count_once",
            ),
            models.CheckConstraint(
                condition=Q(files=None, pupils=None)
                | Q(files__isnull=False, files__gte=1, pupils__isnull=False),
                name="published_count_hidden_whole",
            ),
            models.CheckConstraint(
                condition=Q(pupils=None) | Q(Exact(F("pupils") % 5, 0)),
                name="published_count_rounded",
            ),
        ]

    def __str__(self) -> str:
        return f"count {self.pk}"
