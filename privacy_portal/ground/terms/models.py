"""Numbers and texts that the policy has set; what it has not set is as usual."""

from functools import reduce
from operator import or_

from django.db import models
from django.db.models import Q

from privacy_portal.ground.terms.known import NUMBERS, TEXTS


class PolicyNumber(models.Model):
    """A keeping time or deadline that the policy has set, by the name (`key`) that it has in `known`."""

    key = models.CharField(max_length=40, unique=True)
    number = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=reduce(
                    or_,
                    (
                        Q(key=name, number__gte=known.least, number__lte=known.most)
                        for name, known in NUMBERS.items()
                    ),
                ),
                name="policy_number_within_limits",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.number}"


class PolicyText(models.Model):
    """A text of letters that the policy has set, by the name (`key`) that it has in `known`."""

    key = models.CharField(max_length=40, unique=True)
    text = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=reduce(
                    or_,
                    (
                        reduce(
                            lambda one, words: one & Q(text__contains=words),
                            known.needed,
                            Q(key=name),
                        )
                        for name, known in TEXTS.items()
                    ),
                ),
                name="policy_text_keeps_what_is_needed",
            )
        ]

    def __str__(self) -> str:
        return self.key
