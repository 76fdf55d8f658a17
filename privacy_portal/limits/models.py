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
