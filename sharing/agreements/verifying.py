"""What the log vouches for about agreements: what was signed, and what was done to them (L5)."""

import hashlib
from collections.abc import Mapping, Sequence

from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.vouching import Kind, each
from sharing.agreements.imported import IMPORTED, SIGNED_ELSEWHERE
from sharing.agreements.part import AgreementPart
from sharing.agreements.signing import assessment_digest, terms_digest
from sharing.agreements.storing import dump_version, versions_with_terms
from sharing.models import (
    AgreementEvent,
    AgreementVersion,
    ConfirmedBasis,
    Signing,
    TemplateUse,
)


class _Assessment:
    """The digest of an assessment; entries of earlier signings have none."""

    def __init__(self, digest: str):
        self.digest = digest

    def __eq__(self, other: object) -> bool:
        if isinstance(other, _Assessment):
            return self.digest == other.digest
        return other is None or other == self.digest

    __hash__ = None  # type: ignore[assignment]


def _signings(rows: Sequence[Signing]) -> list[Body]:
    versions = {
        version.pk: version
        for version in versions_with_terms(pk__in=[row.version_id for row in rows])
    }
    uses = TemplateUse.objects.filter(pk__in=versions).select_related("template_version__template")
    templates = {use.pk: use.template_version for use in uses}
    parts = {version_id: dump_version(version) for version_id, version in versions.items()}
    return [
        {
            "agreement": row.version.agreement.reference,
            "agreement_version": row.version.number,
            "terms": _terms(row, parts[row.version_id]),
            "document": row.sha256,
            "assessment": _Assessment(assessment_digest(parts[row.version_id])),
            "template": template.template.code if template else None,
            "template_text": _digest(template.content) if template else None,
        }
        for row in rows
        for template in [templates.get(row.version_id)]
    ]


def _terms(row: Signing, part: AgreementPart) -> str:
    """Return the digest of the terms that were signed, or what the terms are now where they are others."""
    now = terms_digest(part)
    signed = row.terms_sha256
    return signed if signed == now else f"{signed}, but the terms that are stored have {now}"


def _imported(row: AgreementVersion) -> Body:
    return {
        "agreement": row.agreement.reference,
        "agreement_version": row.number,
        "terms": terms_digest(dump_version(row)),
    }


def _digest(content: Mapping[str, object]) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def _event(row: AgreementEvent) -> Body:
    return body(
        f"agreement-{row.kind}",
        at=row.at,
        by=row.by,
        agreement=row.agreement.reference,
        agreement_version=row.number,
        on=row.on.isoformat(),
    )


def _basis(row: ConfirmedBasis) -> Body:
    return body(
        "lawful-basis-confirmed",
        at=row.at,
        by=row.by,
        agreement=row.agreement.reference,
        version=row.number,
        basis=row.code,
    )


SIGNED = f"agreement-{AgreementEvent.Kind.SIGNED.value}"
KINDS = (
    Kind(
        events=(SIGNED,),
        name="signing",
        rows=lambda: Signing.objects.select_related("version__agreement"),
        key="agreement",
        field="version__agreement__reference",
        facts=_signings,
        texts="signatories",
    ),
    Kind(
        events=tuple(f"agreement-{kind}" for kind in AgreementEvent.Kind.values),
        name="event of an agreement",
        rows=lambda: AgreementEvent.objects.select_related("agreement", "by"),
        key="agreement",
        field="agreement__reference",
        facts=each(_event),
    ),
    Kind(
        events=(IMPORTED,),
        name="agreement signed elsewhere",
        rows=lambda: (
            AgreementVersion.objects.filter(**SIGNED_ELSEWHERE)
            .select_related("agreement", "recipient", "template_use__template_version__template")
            .prefetch_related("purposes__purpose", "items__item", "suspensions")
        ),
        key="agreement",
        field="agreement__reference",
        facts=each(_imported),
    ),
    Kind(
        events=("lawful-basis-confirmed",),
        name="confirmed lawful basis",
        # What a policy file says has the entry of its import.
        rows=lambda: ConfirmedBasis.objects.filter(by__isnull=False).select_related(
            "agreement", "by"
        ),
        key="agreement",
        field="agreement__reference",
        facts=each(_basis),
        whole=True,
    ),
)
