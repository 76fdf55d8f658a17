"""How checks of the whole log ended. Rows are only ever added."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class LogCheck(models.Model):
    """A check of the log (`log verify`): of how many entries, and what is wrong with it (`why`), empty where
    nothing is. `first_bad` is the first bad entry, if one can be named; `by` is None for the nightly one."""

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
        return self.why or f"{self.size} entries sound"
