"""What was done by whom lately; nobody can be read from it."""

from typing import ClassVar

from django.db import models


class Attempt(models.Model):
    """One attempt at something limited. `who` is a keyed hash, deleted after a day."""

    kind = models.CharField(max_length=50)
    who = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "who", "at"], name="attempts_of"),
            models.Index(fields=["at"], name="attempts_old"),
        ]

    def __str__(self) -> str:
        return self.kind


class Alarm(models.Model):
    """Far more of one kind than usual: from one internet address, about one child, or in all.

    `who` is a keyed hash as of `Attempt`, empty for all together. Officers see it for a day.
    """

    kind = models.CharField(max_length=50)
    who = models.CharField(max_length=64, blank=True)
    number = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="alarms_by_time")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.number}"
