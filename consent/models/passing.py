"""Decisions passed to the pupil's school, which marks them as entered (C9). Rows are only ever
added."""

from django.conf import settings
from django.db import models

from consent.models.decisions import Decision
from consent.models.people import Pupil, School


class Acknowledgement(models.Model):
    """A school has entered a decision, or that it is invalid, in its own system."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="acknowledgements")
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    invalid = models.BooleanField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "school", "invalid"], name="acknowledged_once"
            )
        ]

    def __str__(self) -> str:
        return f"decision {self.decision_id} acknowledged"


class PupilMove(models.Model):
    """A pupil's change of school: the new one has not heard of earlier decisions."""

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="moves")
    from_school = models.ForeignKey(School, models.PROTECT, related_name="+")
    to_school = models.ForeignKey(School, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"move of pupil {self.pupil_id}"
