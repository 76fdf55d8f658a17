"""Merges of two records of one child, a second officer's agreement, and their undoing (C6).

Rows are only ever added: what holds now is a query (`PupilMerge.objects.in_force()`).
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from privacy_portal.ground.log.erasable import Erasable


class MergeProposal(Erasable):
    """An officer's proposal to merge two records that differ; a second officer answers."""

    blanks: ClassVar[dict[str, object]] = {"reason": ""}

    gone = models.ForeignKey("consent.Pupil", models.PROTECT, related_name="+")
    kept = models.ForeignKey("consent.Pupil", models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(gone=F("kept")), name="merge_proposal_of_two"),
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(reason=""), name="merge_proposal_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"is pupil {self.gone_id} pupil {self.kept_id}?"


class MergeAnswer(Erasable):
    """The answer to a proposal. Who agrees is never who proposed it: a trigger prevents that."""

    blanks: ClassVar[dict[str, object]] = {"note": ""}

    proposal = models.OneToOneField(MergeProposal, models.PROTECT, related_name="answer")
    agrees = models.BooleanField()
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | Q(agrees=True) | ~Q(note=""),
                name="merge_refused_has_reason",
            )
        ]

    def __str__(self) -> str:
        return "agreed" if self.agrees else "refused"


class PupilMergeQuerySet(models.QuerySet["PupilMerge"]):
    """Merges, filtered by whether they hold."""

    def in_force(self) -> "PupilMergeQuerySet":
        """Return the merges that nobody has undone."""
        return self.filter(undone=None)


class PupilMerge(Erasable):
    """A merge of two records: `gone` has no UPN of its own any more, and decisions about it count
    for `kept`, until it is undone (C6).

    `agreed_by` is the second officer; None where names and date of birth are the same, so that one
    person is enough. `last_decision` is the newest decision about `kept` before it (0: none).
    """

    blanks: ClassVar[dict[str, object]] = {"reason": ""}
    logged_also = ("last_decision",)

    gone = models.ForeignKey(
        "consent.Pupil", models.PROTECT, related_name="merges_into", db_index=False
    )
    kept = models.ForeignKey("consent.Pupil", models.PROTECT, related_name="merges")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    last_decision = models.BigIntegerField(db_default=0)

    objects = PupilMergeQuerySet.as_manager()

    class Meta:
        # Whether a record is part of another is asked wherever pupils are listed.
        indexes = [models.Index(fields=["gone"], name="merge_gone")]
        constraints = [
            models.CheckConstraint(condition=~Q(gone=F("kept")), name="merge_of_two"),
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(reason=""), name="merge_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(agreed_by__isnull=True) | ~Q(agreed_by=F("by")),
                name="merge_agreed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"pupil {self.gone_id} is pupil {self.kept_id}"


class MergeUndone(Erasable):
    """The undoing of a merge: the two records are of two children after all."""

    blanks: ClassVar[dict[str, object]] = {"reason": ""}

    merge = models.OneToOneField(PupilMerge, models.PROTECT, related_name="undone")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(reason=""), name="merge_undone_has_reason"
            )
        ]

    def __str__(self) -> str:
        return f"merge {self.merge_id} undone"


class MergedUpn(models.Model):
    """A UPN that a merge took along; `present` before it. Deleted with the UPN."""

    merge = models.ForeignKey(PupilMerge, models.PROTECT, related_name="upns")
    number = models.ForeignKey("consent.PupilUpn", models.CASCADE, related_name="+")
    present = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merge", "number"], name="merged_upn_once")]

    def __str__(self) -> str:
        return f"UPN of merge {self.merge_id}"


class MergedDecision(models.Model):
    """A decision `copy` that a merge or its undoing added, so that `original` counts for both."""

    merge = models.ForeignKey(PupilMerge, models.PROTECT, related_name="decisions")
    original = models.ForeignKey("consent.Decision", models.PROTECT, related_name="copies")
    copy = models.OneToOneField("consent.Decision", models.PROTECT, related_name="copied_from")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(original=F("copy")), name="merged_decision_of_two")
        ]

    def __str__(self) -> str:
        return f"decision {self.copy_id} is decision {self.original_id}"
