"""Numbers of the disclosure log, counted once for each week that has ended. Rows are only ever added."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from notices.models import Recipient


class CountedWeek(models.Model):
    """A week, or the part of one that lies in a month, whose disclosures were counted: `first` and `last`
    are its days.

    `pupils` counts the different pupils about whom something was shared with anybody since the month
    began, until `last`: different pupils cannot be added up over weeks.
    """

    first = models.DateField(unique=True)
    last = models.DateField(unique=True)
    at = models.DateTimeField()
    pupils = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["first"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    last__gte=F("first"),
                    last__month=F("first__month"),
                    last__year=F("first__year"),
                ),
                name="counted_week_in_a_month",
            )
        ]

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


class WeekCount(models.Model):
    """The log entries of a week about one organisation, by result, and the rows that they decided on.

    What is said later not to have been sent is still counted by the result it had; whoever reads subtracts
    it.

    `pupils` counts as in `CountedWeek`, of this organisation alone. Nothing is stored of an organisation
    without an entry in the week.
    """

    week = models.ForeignKey(CountedWeek, models.PROTECT, related_name="counts")
    recipient = models.ForeignKey(Recipient, models.PROTECT, null=True, related_name="+")
    released = models.PositiveIntegerField()
    reduced = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    received = models.PositiveIntegerField()
    not_allowed = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    rows_withheld = models.PositiveIntegerField()
    pupils = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["week", "recipient"], nulls_distinct=False, name="week_counted_once"
            ),
            models.CheckConstraint(
                condition=Q(rows_withheld__lte=F("rows")), name="week_rows_withheld_of_all"
            ),
        ]

    def __str__(self) -> str:
        return f"count {self.pk}"
