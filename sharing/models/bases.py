"""The lawful basis of an agreement as a code, confirmed by somebody. Rows are only ever added."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from sharing.basis_rules import BASES
from sharing.models.agreements import Agreement


class ConfirmedBasis(models.Model):
    """On which letter of UK GDPR Article 6(1) a version rests; of several rows the latest counts.

    It stands beside the terms, for a signed version never changes (A2). Without a row the code is
    read out of the text. `by` is None where a policy file said it.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="bases")
    number = models.PositiveIntegerField()
    code = models.CharField(max_length=7)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(code__in=list(BASES)), name="basis_known")
        ]

    def __str__(self) -> str:
        return self.code
