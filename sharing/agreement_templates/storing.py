"""The templates' part of a policy: from its file into the tables, and back."""

from collections.abc import Sequence
from datetime import datetime

from sharing.agreement_templates.part import TemplatePart, TemplateTextPart
from sharing.models import AgreementTemplate, TemplateVersion


def store_templates(parts: Sequence[TemplatePart], *, at: datetime) -> None:
    """Add templates, and a version for each text that is new; agreements keep the version they were
    made from."""
    for position, part in enumerate(parts):
        template, _ = AgreementTemplate.objects.get_or_create(
            code=part.code, defaults={"position": position}
        )
        if (template.position, template.withdrawn) != (position, part.withdrawn):
            template.position, template.withdrawn = position, part.withdrawn
            template.save()
        known = [version.sha256 for version in template.versions.all()]
        for text in part.earlier:
            if text.digest() not in known:
                known.append(_add_version(template, text, len(known) + 1, at=at))
        if known[-1:] != [part.digest()]:
            _add_version(template, part.text(), len(known) + 1, at=at)


def _add_version(
    template: AgreementTemplate, text: TemplateTextPart, number: int, *, at: datetime
) -> str:
    digest = text.digest()
    TemplateVersion.objects.create(
        template=template, number=number, content=text.content(), sha256=digest, at=at
    )
    return digest


def text_of(version: TemplateVersion) -> TemplateTextPart:
    """Return what a version of a template says."""
    return TemplateTextPart.model_validate(version.content)


def dump_templates() -> list[TemplatePart]:
    """Return all templates as a file has them, in their order; 2 queries."""
    parts = []
    for template in AgreementTemplate.objects.prefetch_related("versions"):
        texts = {version.sha256: text_of(version) for version in template.versions.all()}
        current = text_of(max(template.versions.all(), key=lambda version: version.number))
        parts.append(
            TemplatePart(
                code=template.code,
                withdrawn=template.withdrawn,
                earlier=[text for digest, text in texts.items() if digest != current.digest()],
                **{name: getattr(current, name) for name in TemplateTextPart.model_fields},
            )
        )
    return parts
