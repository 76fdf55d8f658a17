"""The nightly control (K3), and what two officers say before files may leave again after it failed.

Rows are only ever added. While a control that failed stands, a trigger lets no hand-over be committed.
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value

from consent.models import Scheme
from notices.models import Purpose
from sharing.control_rules import Outcome
from sharing.models.agreements import AgreementVersion


def _texts(length: int) -> "ArrayField[list[str], list[str]]":
    text = models.CharField(max_length=length)
    return ArrayField(text, default=list, db_default=Value([], ArrayField(text)))


class ControlRun(models.Model):
    """One run of the control over all schemes: `on` is the day it stands for, `by` the officer who asked
    for it (None: the clock)."""

    on = models.DateField()
    started_at = models.DateTimeField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["on"], name="control_run_by_day")
        ]

    def __str__(self) -> str:
        return f"control of {self.on}"


class ControlResult(models.Model):
    """What became of an invented pupil, opted out under a scheme, in a file under one agreement for one
    purpose.

    `beyond` are the headings of cells that came out although they are no basic items; `widened` the
    codes of basic items that the scheme did not have at the control before. `why` is why nothing came
    out, or why the control could not be carried through. Without an agreement in force there is none.
    """

    run = models.ForeignKey(ControlRun, models.PROTECT, related_name="results")
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="+")
    agreement_version = models.ForeignKey(
        AgreementVersion, models.PROTECT, null=True, related_name="+"
    )
    purpose = models.ForeignKey(Purpose, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=10)
    beyond = _texts(200)
    basic_items = _texts(100)
    widened = _texts(100)
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=list(Outcome)), name="control_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.FAILED) & ~Q(beyond=[])
                | ~Q(outcome=Outcome.FAILED) & Q(beyond=[]),
                name="control_failed_by_cells",
            ),
            models.CheckConstraint(
                condition=Q(agreement_version=None, purpose=None)
                | Q(agreement_version__isnull=False, purpose__isnull=False),
                name="control_agreement_with_purpose",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Asked before every hand-over.
            models.Index(fields=["run"], condition=Q(outcome="failed"), name="control_failed")
        ]

    def __str__(self) -> str:
        return f"result {self.pk} of control {self.run_id}"


class Resumption(models.Model):
    """An officer's statement of what was wrong and what was done, after which files may leave again: `run`
    is the control that held since."""

    run = models.ForeignKey(ControlRun, models.PROTECT, related_name="resumptions")
    reason = models.CharField(max_length=1000)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="resumption_has_reason")
        ]

    def __str__(self) -> str:
        return f"resumption after {self.run_id}"


class ResumptionAnswer(models.Model):
    """A second officer's answer. Who agrees is never who asked, and both are officers: a trigger prevents
    others."""

    resumption = models.OneToOneField(Resumption, models.PROTECT, related_name="answer")
    agrees = models.BooleanField()
    note = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(agrees=True) | ~Q(note=""), name="resumption_refused_has_reason"
            )
        ]

    def __str__(self) -> str:
        return "agreed" if self.agrees else "refused"


class LogCheck(models.Model):
    """A check of the log (`log verify`): of how many entries, and what is wrong with it (`why`), empty where
    nothing is. `first_bad` is the first bad entry, if one can be named; `by` is None for the nightly one."""

    logged_texts = ()
    logged_also = ("first_bad", "why")

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    size = models.BigIntegerField()
    first_bad = models.BigIntegerField(null=True)
    why = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_bad__isnull=True) | ~Q(why=""), name="log_check_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"check {self.pk} of the log"
