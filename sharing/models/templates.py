"""Templates of agreements, from the policy file, and which agreements were made from them (A3)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from sharing.models.agreements import AgreementVersion


class AgreementTemplate(models.Model):
    """A template of agreements, known by its code; what it says is in its versions, of which the
    newest applies. A `withdrawn` one is not offered for new agreements."""

    code = models.SlugField(max_length=100, unique=True)
    withdrawn = models.BooleanField(default=False)
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "code"]

    def __str__(self) -> str:
        return self.code


class TemplateVersion(models.Model):
    """What a template said from an import on. Rows are only ever added."""

    template = models.ForeignKey(AgreementTemplate, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["template", "number"]
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="template_version_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="template_version_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.template.code} version {self.number}"


class TemplateUse(models.Model):
    """From which version of a template a version of an agreement was made, and what its own variables
    were filled with. Once the agreement is signed it never changes (A2)."""

    version = models.OneToOneField(
        AgreementVersion, models.CASCADE, related_name="template_use", primary_key=True
    )
    template_version = models.ForeignKey(
        TemplateVersion, models.PROTECT, related_name="template_uses"
    )
    values = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"use of {self.template_version_id}"
