"""What people report: a mistake in what is held about them, or a complaint.

The law: UK GDPR Art. 16 (rectification), Data (Use and Access) Act 2025 s.103 (complaints).
"""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery


class ReportKind(models.TextChoices):
    """What is reported."""

    MISTAKE = "mistake", "Correction"
    COMPLAINT = "complaint", "Complaint"


class Concerns(models.TextChoices):
    """Whose information it is about, seen from the person who reports."""

    SELF = "self", "The person who reports it"
    CHILD = "child", "A child of theirs"
    OTHER = "other", "Someone they act for"
    NOBODY = "nobody", "Not about one person"


class StepKind(models.TextChoices):
    """What an officer did with a report."""

    TAKEN = "taken", "Assigned"
    NOTE = "note", "Note"
    TOLD = "told", "Update sent"
    ANSWERED = "answered", "Reply sent"
    REOPENED = "reopened", "Reopened"


class Outcome(models.TextChoices):
    """How a report was answered."""

    RIGHT = "right", "Upheld"
    PARTLY = "partly", "Partly upheld"
    WRONG = "wrong", "Not upheld"


class ReportQuerySet(models.QuerySet["Report"]):
    """Reports by their state, which is read from their steps."""

    def with_state(self) -> "ReportQuerySet":
        """Add `last_turn` (the latest of answered and reopened) and `taken_by_id`."""
        steps = ReportStep.objects.filter(report=OuterRef("pk")).order_by("-pk")
        turns = steps.filter(kind__in=[StepKind.ANSWERED, StepKind.REOPENED])
        state: dict[str, Any] = {
            "last_turn": Subquery(turns.values("kind")[:1]),
            "last_turn_at": Subquery(turns.values("at")[:1]),
            "taken_by_id": Subquery(steps.filter(kind=StepKind.TAKEN).values("by")[:1]),
            "taken_by_name": Subquery(steps.filter(kind=StepKind.TAKEN).values("by__name")[:1]),
        }
        return self.annotate(**state)

    def open(self) -> "ReportQuerySet":
        """Return reports that need a reply."""
        return self.with_state().filter(Q(last_turn=None) | Q(last_turn=StepKind.REOPENED))

    def answered(self) -> "ReportQuerySet":
        return self.with_state().filter(Q(last_turn=StepKind.ANSWERED))


class Report(models.Model):
    """What a person sent; `due_on` is the day by which they are promised an answer."""

    reference = models.CharField(max_length=20, unique=True)
    submission = models.UUIDField("which sending of the form it came by", unique=True)
    kind = models.CharField(max_length=10, choices=ReportKind.choices)
    concerns = models.CharField(max_length=10, choices=Concerns.choices)
    person = models.CharField("whose information", max_length=200, blank=True)
    born = models.DateField(null=True, blank=True)
    school = models.CharField(max_length=200, blank=True)
    what = models.TextField("what is wrong")
    wanted = models.TextField("what would put it right", blank=True)
    name = models.CharField("who reports it", max_length=200)
    email = models.EmailField()
    phone = models.CharField(max_length=50, blank=True)
    received_at = models.DateTimeField()
    due_on = models.DateField()

    # Of reports read `with_state` only.
    last_turn: str | None
    last_turn_at: datetime | None
    taken_by_id: int | None
    taken_by_name: str | None

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ReportKind.values), name="report_kind"),
            models.CheckConstraint(
                condition=Q(concerns__in=Concerns.values), name="report_concerns"
            ),
            models.CheckConstraint(condition=~Q(what=""), name="report_says_what"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The officers' queue, soonest due first.
            models.Index(fields=["due_on", "id"], name="reports_by_due"),
        ]

    def __str__(self) -> str:
        return self.reference


class ReportStep(models.Model):
    """What an officer did with a report, and when. Added, never edited; erased with the report."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=StepKind.values), name="report_step_kind"),
            models.CheckConstraint(
                condition=Q(kind="taken") | ~Q(text=""), name="report_step_has_words"
            ),
            models.CheckConstraint(
                condition=Q(kind="answered", outcome__in=Outcome.values)
                | (~Q(kind="answered") & Q(outcome="")),
                name="report_answer_has_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id}: {self.kind}"
