"""Numbers of the disclosure log, counted once: for each week that has ended, and for each stretch of the log.
Rows are only ever added."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from notices.models import Purpose, Recipient


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


class CountedStretch(models.Model):
    """So many disclosures, one after the other in the log, that were counted: those after the stretch before
    it, up to log entry `last`."""

    last = models.BigIntegerField(unique=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["last"]

    def __str__(self) -> str:
        return f"up to log entry {self.last}"


class AlikeDisclosures(models.Model):
    """Disclosures that were counted together because they are alike in all that the log is filtered by and that
    never changes, and their rows as they were decided on.

    `month` is the first day of the month in which they were logged, `sampled` why they are in the sample.
    What is said later not to have been sent is still counted; whoever reads subtracts it.
    """

    # The columns in which they are alike.
    ALIKE: ClassVar[tuple[str, ...]] = (
        "month", "agreement_reference", "recipient_id", "purpose_id", "by_id", "outcome",
        "out_of_line", "received", "by_hand", "sampled",
    )  # fmt: skip

    month = models.DateField()
    agreement_reference = models.CharField(max_length=50)
    recipient = models.ForeignKey(
        Recipient, models.PROTECT, null=True, related_name="+", db_index=False
    )
    purpose = models.ForeignKey(
        Purpose, models.PROTECT, null=True, related_name="+", db_index=False
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    outcome = models.CharField(max_length=10)
    out_of_line = models.BooleanField()
    received = models.BooleanField()
    by_hand = models.BooleanField()
    sampled = ArrayField(models.CharField(max_length=20))
    entries = models.PositiveIntegerField()
    rows_released = models.PositiveBigIntegerField()
    rows_reduced = models.PositiveBigIntegerField()
    rows_withheld = models.PositiveBigIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"count {self.pk}"


class StretchCount(AlikeDisclosures):
    """The disclosures of a stretch that are alike."""

    stretch = models.ForeignKey(
        CountedStretch, models.PROTECT, related_name="counts", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "stretch", "month", "agreement_reference", "recipient", "purpose", "by",
                    "outcome", "out_of_line", "received", "by_hand", "sampled",
                ],
                nulls_distinct=False,
                name="stretch_counted_once",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="stretch_count_of_a_month"),
        ]  # fmt: skip


class SignedCount(AlikeDisclosures):
    """Disclosures that are alike and whose sign-offs were counted at one time.

    Of sign-offs that are not counted the database keeps a list (`UncountedSignOff`).
    """

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="signed_count_of_a_month"),
        ]
