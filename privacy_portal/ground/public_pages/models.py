"""When what the public reads last changed."""

from django.db import models
from django.db.models import Q


class Stamp(models.Model):
    """One row that the database itself counts up whenever a stamped table changes."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="stamp_one_row"),
        ]

    def __str__(self) -> str:
        return f"stamp {self.number}"
