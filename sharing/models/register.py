"""What the public register says of how often something was shared. Rows are only ever added."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.lookups import Exact

from notices.models import Purpose, Recipient


def _texts(length: int) -> "ArrayField[list[str], list[str]]":
    texts = models.CharField(max_length=length)
    return ArrayField(texts, default=list, blank=True, db_default=Value([], ArrayField(texts)))


class PublishedMonth(models.Model):
    """A calendar month whose figures were published: they never change afterwards.

    `entry` is the number of the log entry with the fingerprint of its figures. It is None for months
    that were published before figures said more than how many files and pupils.
    """

    month = models.DateField(unique=True)
    at = models.DateTimeField()
    entry = models.BigIntegerField(unique=True, null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-month"]
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="published_month_begins")
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class PublishedCount(models.Model):
    """How often something went to one organisation for one purpose in a month.

    `pupils` counts different pupils to the nearest 5; it and `files` are None where it would be 1 to
    4. `limited` counts those of whom an opt-out or objection withheld something or everything, None
    where it would tell of few pupils or of nearly all. What is not published is not kept either.

    The rest is what was true of 5 pupils or more, in the words of the day: the labels of what was
    shared, the versions of privacy notices, how it was sent, agreements as the register's columns,
    and codes of `sharing.register.rules.OptOuts`.
    """

    month = models.ForeignKey(PublishedMonth, models.PROTECT, related_name="counts")
    recipient = models.ForeignKey(Recipient, models.PROTECT, null=True, related_name="+")
    purpose = models.ForeignKey(Purpose, models.PROTECT, null=True, related_name="+")
    files = models.PositiveIntegerField(null=True)
    pupils = models.PositiveIntegerField(null=True)
    limited = models.PositiveIntegerField(null=True)
    organisation = models.CharField(max_length=200, blank=True, default="", db_default="")
    why = models.CharField(max_length=300, blank=True, default="", db_default="")
    items = _texts(200)
    notices = _texts(120)
    means = _texts(100)
    opt_outs = _texts(20)
    agreements = models.JSONField(
        default=list, blank=True, db_default=Value([], models.JSONField())
    )

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
            models.CheckConstraint(
                condition=Q(limited=None)
                | Q(limited=0, pupils=0)
                | Q(Exact(F("limited") % 5, 0), limited__gte=5, pupils__gte=5),
                name="published_count_limited_rounded",
            ),
            models.CheckConstraint(
                condition=Q(pupils__isnull=False)
                | Q(limited=None, items=[], notices=[], means=[], opt_outs=[], agreements=[]),
                name="published_count_of_few_says_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"count {self.pk}"
