"""What keeps a pupil's details from being erased, and who wishes them erased before their time (R2).

Rows are only ever added.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from consent.models.people import Pupil
from privacy_portal.ground.log.erasable import Erasable


class HoldQuerySet(models.QuerySet["Hold"]):
    """Holds, filtered by whether they last."""

    def in_force(self) -> "HoldQuerySet":
        """Return the holds that no officer has ended."""
        return self.filter(ended=None)


class Hold(Erasable):
    """An officer holds a pupil's details, such as for an inquiry or a claim in court: they are not erased
    until an officer ends it."""

    blanks: ClassVar[dict[str, object]] = {"reason": ""}
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(erased=True) | ~Q(reason=""), name="hold_has_reason")
        ]

    def __str__(self) -> str:
        return f"hold of pupil {self.pupil_id}"


class HoldEnd(Erasable):
    """An officer ended a hold, and why."""

    blanks: ClassVar[dict[str, object]] = {"reason": ""}
    hold = models.OneToOneField(Hold, models.PROTECT, related_name="ended")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(reason=""), name="hold_end_has_reason"
            )
        ]

    def __str__(self) -> str:
        return f"end of hold {self.hold_id}"


class ErasureWish(Erasable):
    """An officer proposes that a pupil's details are erased before their time, because somebody wishes it
    (Article 17)."""

    blanks: ClassVar[dict[str, object]] = {"reason": ""}
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="erasure_wishes")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(reason=""), name="erasure_wish_has_reason"
            )
        ]

    def __str__(self) -> str:
        return f"wish to erase pupil {self.pupil_id}"


class ErasureAnswer(Erasable):
    """A second officer's answer to a wish. Who answers is never who proposed it, and both are officers: a
    trigger prevents others."""

    blanks: ClassVar[dict[str, object]] = {"note": ""}
    wish = models.OneToOneField(ErasureWish, models.PROTECT, related_name="answer")
    agrees = models.BooleanField()
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | Q(agrees=True) | ~Q(note=""),
                name="erasure_refused_has_reason",
            )
        ]

    def __str__(self) -> str:
        return "agreed" if self.agrees else "refused"
