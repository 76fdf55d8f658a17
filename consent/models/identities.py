"""Questions that imports leave open about which record is whose (C6b, C6c)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from consent.models.people import Pupil, School
from privacy_portal.ground.log.erasable import Erasable


class SameChildQuestion(models.Model):
    """Whether `new`, added by an import, is the same child as `other`, who has the same name, date
    of birth and school (C6b).

    Until someone answers, decisions about either count for both. Rows are only ever added.
    """

    new = models.ForeignKey(Pupil, models.PROTECT, related_name="same_child_questions")
    other = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["new", "other"], name="same_child_asked_once"),
            models.CheckConstraint(condition=~Q(new=F("other")), name="same_child_of_two"),
        ]

    def __str__(self) -> str:
        return f"is pupil {self.new_id} pupil {self.other_id}?"


class SameChildAnswer(Erasable):
    """The answer to a question: the same child, whose records are merged, or another. Rows are only
    ever added."""

    blanks: ClassVar[dict[str, object]] = {"reason": ""}

    question = models.OneToOneField(SameChildQuestion, models.PROTECT, related_name="answer")
    same = models.BooleanField()
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(reason=""), name="same_child_has_reason"
            )
        ]

    def __str__(self) -> str:
        return "the same child" if self.same else "another child"


class WaitingMove(models.Model):
    """A pupil of one school whom another school has imported: nothing changes before the first
    school or an officer confirms it (C6c).

    `row` has what the file says, by column, and is emptied with the answer; of one that is refused
    it keeps the name until someone at the school that asked has seen that (`seen_at`). `given` are
    the columns of a pupil that the file had. `since` is when the school asked first, `at` when it
    imported the row last, and `by` imported it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for an answer"
        CONFIRMED = "confirmed", "Confirmed"
        REFUSED = "refused", "Refused"
        OVERTAKEN = "overtaken", "Moved by another import"
        WITHDRAWN = "withdrawn", "No longer on the school’s roll"

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="waiting_moves")
    to_school = models.ForeignKey(School, models.PROTECT, related_name="+")
    row = models.JSONField()
    given = models.JSONField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    note = models.CharField(max_length=500, blank=True)
    since = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "to_school"],
                condition=Q(state="waiting"),
                name="waiting_move_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["waiting", "confirmed", "refused", "overtaken", "withdrawn"]
                ),
                name="waiting_move_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", answered_at=None)
                | Q(state="refused", answered_at__isnull=False, seen_at=None)
                | Q(~Q(state="waiting"), row={}, answered_at__isnull=False),
                name="waiting_move_row_kept_until_seen",
            ),
            models.CheckConstraint(
                condition=Q(seen_at=None, seen_by=None)
                | Q(state="refused", seen_at__isnull=False, seen_by__isnull=False),
                name="waiting_move_refusal_seen_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"pupil {self.pupil_id} moves to school {self.to_school_id}?"
