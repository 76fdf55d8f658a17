"""Numbers of the policy that rules of sharing need."""

from django.db import models
from django.db.models import Q


class TwoFilesTerm(models.Model):
    """Within how many days a file is compared with what its recipient got (D): one row, or none while
    the policy does not say."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    days = models.PositiveIntegerField(default=92)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="two_files_term_one_row"),
            models.CheckConstraint(
                condition=Q(days__gte=1, days__lte=3_660), name="two_files_term_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.days} days"

    @classmethod
    def current(cls) -> "TwoFilesTerm":
        """Load what the policy says, or else the usual term; 1 query."""
        return cls.objects.first() or cls()
