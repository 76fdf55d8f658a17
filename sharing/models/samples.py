"""Disclosures that another officer has to look at."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from sharing.models.disclosures import Disclosure


class SampledDisclosure(models.Model):
    """A disclosure in the sample, with the codes of `sharing.disclosures.sample_rules.Why`. Stored when it is
    logged, never changed; `log verify` asks the rule again."""

    disclosure = models.OneToOneField(
        Disclosure, models.PROTECT, primary_key=True, related_name="sampled"
    )
    reasons = ArrayField(models.CharField(max_length=20))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    reasons__contained_by=["special-category", "override", "not-allowed", "drawn"]
                )
                & Q(reasons__len__gte=1),
                name="sampled_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"sampled {self.disclosure_id}"
