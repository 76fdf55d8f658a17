"""Lists of what was shared about a protected pupil: given out once a second officer agreed (P5)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from consent.models import Pupil
from privacy_portal.ground.log.erasable import Erasable


class ListRequest(models.Model):
    """An officer asks a second one to agree that a protected pupil's list is given out."""

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return f"list about pupil {self.pupil_id}"


class ListAnswer(Erasable):
    """The second officer's answer. Who answers is never who asked: a trigger prevents that."""

    blanks: ClassVar[dict[str, object]] = {"note": ""}

    request = models.OneToOneField(ListRequest, models.PROTECT, related_name="answer")
    agrees = models.BooleanField()
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | Q(agrees=True) | ~Q(note=""),
                name="list_refused_has_reason",
            )
        ]

    def __str__(self) -> str:
        return "agreed" if self.agrees else "refused"
