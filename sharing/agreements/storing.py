"""The agreements' part of a policy: from its file into the tables, and back."""

from collections.abc import Sequence

from notices.models import Item, Purpose, Recipient
from privacy_portal.ground.errors import NotNowError
from sharing.agreements.part import AgreementPart, SuspensionPart, TemplateUsePart
from sharing.models import (
    AgreedItem,
    AgreedPurpose,
    Agreement,
    AgreementVersion,
    Suspension,
    TemplateUse,
    TemplateVersion,
)

_PARTS = {
    "reference", "version", "recipient", "purposes", "items", "schools", "suspensions",
    "template", "lawful_basis_code",
}  # fmt: skip


def store_agreements(parts: Sequence[AgreementPart]) -> list[str]:
    """Add agreements and replace unsigned ones; return what differs from the signed (A2).

    Each sentence returned names the place in the file; the caller then rolls back.
    """
    stored = {
        (version.agreement.reference, version.number): version for version in versions_with_terms()
    }
    differences = []
    for index, part in enumerate(parts):
        version = stored.get((part.reference, part.version))
        if version is not None:
            part = _with_what_it_keeps(dump_version(version), part)
        if version is not None and version.signed_on is not None:
            if changed := _changed(dump_version(version), part):
                differences.append(
                    f"agreements[{index}]: {version} is signed and cannot change, but the file "
                    f"differs in {', '.join(changed)} (A2). Create a new version instead."
                )
            continue
        if version is not None:
            version.delete()
        _add_version(part)
    return differences


def _with_what_it_keeps(stored: AgreementPart, part: AgreementPart) -> AgreementPart:
    """Return the terms in the file; what it may leave out, and does, stays as it is stored."""
    defaults = {
        name: getattr(stored, name)
        for name, field in AgreementPart.model_fields.items()
        if not field.is_required() and name not in part.model_fields_set
    }
    return part.model_copy(update=defaults)


def _changed(stored: AgreementPart, part: AgreementPart) -> list[str]:
    return [
        name
        for name in AgreementPart.model_fields
        if name != "lawful_basis_code" and getattr(stored, name) != getattr(part, name)
    ]


def _add_version(part: AgreementPart) -> None:
    """Write a version with all its terms, and only then the day it was signed."""
    agreement, _ = Agreement.objects.get_or_create(reference=part.reference)
    version = AgreementVersion(agreement=agreement, number=part.version)
    write_terms(version, part)
    Suspension.objects.bulk_create(
        Suspension(version=version, first=suspension.first, last=suspension.last)
        for suspension in part.suspensions
    )
    if part.signed_on is not None:
        version.signed_on = part.signed_on
        version.save(update_fields=["signed_on"])


def write_terms(version: AgreementVersion, part: AgreementPart) -> None:
    """Give a version that is not signed the terms of the part, but for suspensions and signing."""
    for name, value in part.model_dump(exclude=_PARTS | {"version", "signed_on"}).items():
        setattr(version, name, value)
    recipient = Recipient.objects.filter(code=part.recipient).first()
    purposes = Purpose.objects.in_bulk(part.purposes, field_name="code")
    items = Item.objects.in_bulk(part.items, field_name="code")
    if recipient is None or len(purposes) < len(part.purposes) or len(items) < len(part.items):
        raise NotNowError(
            "Something that you chose has been removed from the policy. Choose again."
        )
    version.recipient = recipient
    version.all_schools = part.schools == "all"
    version.schools = [] if part.schools == "all" else list(part.schools)
    version.save()
    AgreedPurpose.objects.filter(version=version).delete()
    AgreedPurpose.objects.bulk_create(
        AgreedPurpose(version=version, purpose=purposes[code], position=position)
        for position, code in enumerate(part.purposes)
    )
    AgreedItem.objects.filter(version=version).delete()
    AgreedItem.objects.bulk_create(
        AgreedItem(version=version, item=items[code], position=position)
        for position, code in enumerate(part.items)
    )
    _write_template_use(version, part.template)


def _write_template_use(version: AgreementVersion, use: TemplateUsePart | None) -> None:
    """Record from which template a version was made: the newest version of it with these words."""
    TemplateUse.objects.filter(version=version).delete()
    if use is not None:
        texts = TemplateVersion.objects.filter(template__code=use.code, sha256=use.digest)
        TemplateUse.objects.create(
            version=version, template_version=texts.latest("number"), values=use.values
        )


def versions_with_terms(**of: object) -> list[AgreementVersion]:
    """Load the versions of all agreements, or of those that `of` filters, with all terms; 6 queries."""
    return list(
        AgreementVersion.objects.filter(**of)
        .select_related("agreement", "recipient", "template_use__template_version__template")
        .prefetch_related("purposes__purpose", "items__item", "suspensions")
    )


def dump_agreements() -> list[AgreementPart]:
    """Return all versions of all agreements, in the order they were created."""
    versions = sorted(
        versions_with_terms(), key=lambda version: (version.agreement_id, version.number)
    )
    return [dump_version(version) for version in versions]


def dump_version(
    version: AgreementVersion,
    *,
    purposes: Sequence[str] | None = None,
    items: Sequence[str] | None = None,
) -> AgreementPart:
    """Return one version as a file has it; the codes of what it covers may be passed."""
    plain = set(AgreementPart.model_fields) - _PARTS
    if purposes is None:
        purposes = [agreed.purpose.code for agreed in version.purposes.all()]
    if items is None:
        items = [agreed.item.code for agreed in version.items.all()]
    use: TemplateUse | None = getattr(version, "template_use", None)
    return AgreementPart(
        template=_dump_template_use(use) if use else None,
        reference=version.agreement.reference,
        version=version.number,
        recipient=version.recipient.code,
        purposes=list(purposes),
        items=list(items),
        schools="all" if version.all_schools else version.schools,
        suspensions=[
            SuspensionPart.model_validate({"from": suspension.first, "to": suspension.last})
            for suspension in version.suspensions.all()
        ],
        **{name: getattr(version, name) for name in plain},
    )


def _dump_template_use(use: TemplateUse) -> TemplateUsePart:
    text = use.template_version
    return TemplateUsePart(code=text.template.code, digest=text.sha256, values=use.values)
