"""Letters with codes: the run that prints them, and each code with a hash of its secret."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from consent.models.people import Pupil, School
from consent.models.schemes import Scheme
from consent.rules import DecidedBy


class LetterKind(models.TextChoices):
    """The reason for a letter."""

    CHOICE = "choice", "How to opt out"
    TURNING_16 = "turning-16", "You can now choose for yourself (age 16)"
    OPT_IN = "opt-in", "A new code to opt back in"


class LetterRun(models.Model):
    """Letters printed in one PDF: a private file named by `id`, until `expires_at`.

    `pupils` are ids, in the order printed. `to_name` and `to_by` are for a letter to one person; if
    empty, each goes to the parent, or the pupil who may decide. `made` counts codes so far.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Being created"
        READY = "ready", "Ready to download"
        FAILED = "failed", "Failed"
        GONE = "gone", "Deleted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=LetterKind.choices)
    language = models.CharField(max_length=10, blank=True)
    pupils = ArrayField(models.BigIntegerField())
    to_name = models.CharField(max_length=200, blank=True)
    to_by = models.CharField(
        max_length=10, choices=[(by.value, by.value) for by in DecidedBy], blank=True
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    made = models.PositiveIntegerField(default=0)
    why = models.CharField(max_length=500, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "ready", "failed", "gone"]),
                name="letter_run_state_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=LetterKind.values), name="letter_run_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"letters {self.id}"


class LetterCode(models.Model):
    """The code on one letter: `selector` finds it, `secret_hash` proves it. Valid for one decision.

    A newer one of the same pupil and scheme revokes it. `by` and `to_name`: whom it is for.
    """

    selector = models.CharField(max_length=4)
    secret_hash = models.CharField(max_length=128)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="letter_codes")
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=LetterKind.choices)
    by = models.CharField(max_length=10, choices=[(by.value, by.value) for by in DecidedBy])
    to_name = models.CharField(max_length=200)
    run = models.ForeignKey(LetterRun, models.PROTECT, related_name="codes")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["selector"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="letter_code_selector",
            ),
            models.UniqueConstraint(
                fields=["pupil", "scheme"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="letter_code_newest_only",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(revoked_at__isnull=True),
                name="letter_code_used_or_revoked",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=LetterKind.values), name="letter_code_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"code for pupil {self.pupil_id}"
