"""Templates of agreements as officers see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from sharing.agreement_templates.part import TemplateTextPart
from sharing.agreement_templates.storing import text_of
from sharing.models import AgreementTemplate, AgreementVersion, TemplateUse, TemplateVersion


@dataclass(frozen=True, slots=True)
class TemplateReview:
    """A template with its versions, newest first; `agreements` were made from any of them."""

    template: AgreementTemplate
    versions: Sequence[TemplateVersion]
    agreements: int

    @property
    def current(self) -> TemplateVersion:
        """Return the version that new agreements are made from."""
        return self.versions[0]

    @property
    def text(self) -> TemplateTextPart:
        """Return what the template says now."""
        return text_of(self.current)


def template_reviews(code: str | None = None) -> list[TemplateReview]:
    """Return every template, or the one with the code, in the order of the policy; 2 queries."""
    agreements = Count("versions__template_uses__version__agreement", distinct=True)
    templates = AgreementTemplate.objects.annotate(agreements=agreements)
    if code is not None:
        templates = templates.filter(code=code)
    return [
        TemplateReview(
            template,
            sorted(template.versions.all(), key=lambda version: -version.number),
            template.agreements,
        )
        for template in templates.prefetch_related("versions")
    ]


def uses_of(template: AgreementTemplate) -> QuerySet[TemplateUse]:
    """Return the versions of agreements that were made from a template, newest first; 1 query."""
    return (
        TemplateUse.objects.filter(template_version__template=template)
        .select_related("version__agreement", "version__recipient", "template_version")
        .order_by("-version")
    )


def use_of(version: AgreementVersion) -> TemplateUse | None:
    """Return from what a version was made; None if from no template. No query where that is loaded."""
    return getattr(version, "template_use", None)
