"""The notices' part of a policy: from its file into the tables, and back.

Vocabulary is updated; a published version is compared and never touched (N1).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from notices.drafts.drafting import last_edit
from notices.drafts.publishing import record_publication
from notices.drafts.tokens import section_token, young_summary_token
from notices.drafts.translating import TranslationState, states_of
from notices.models import (
    Contact,
    Controller,
    Item,
    ItemHeading,
    NamedItem,
    NamedPurpose,
    NamedRecipient,
    NotApplicable,
    Notice,
    NoticeVersion,
    Publication,
    Purpose,
    Recipient,
    Section,
    TranslatedSection,
    Translation,
    VersionStatus,
)
from notices.policy_file import format as form
from notices.queries import table_of
from notices.subscriptions.telling import Event
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.jobs import defer
from privacy_portal.ground.names import folded_heading


def store_controller(part: form.ControllerPart) -> None:
    """Sets the one controller and its two contacts."""
    controller, _ = Controller.objects.update_or_create(
        id=1, defaults=part.model_dump(exclude={"dpo", "enquiries"})
    )
    for kind, contact in (("dpo", part.dpo), ("enquiries", part.enquiries)):
        Contact.objects.update_or_create(
            controller=controller, kind=kind, defaults=contact.model_dump()
        )


def store_items(parts: Sequence[form.ItemPart]) -> None:
    """Adds and updates items with their headings, in the order given."""
    items = Item.objects.bulk_create(
        [
            Item(**part.model_dump(exclude={"headings"}), position=position)
            for position, part in enumerate(parts)
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["label", "audience", "identifying", "special_category", "position"],
    )
    by_code = {item.code: item for item in Item.objects.filter(code__in=[i.code for i in items])}
    ItemHeading.objects.filter(item__in=by_code.values()).delete()
    ItemHeading.objects.bulk_create(
        ItemHeading(
            item=by_code[part.code], text=text, folded=folded_heading(text), position=position
        )
        for part in parts
        for position, text in enumerate(part.headings)
    )


def store_purposes(parts: Sequence[form.PurposePart]) -> None:
    """Adds and updates purposes, in the order given."""
    Purpose.objects.bulk_create(
        [Purpose(**part.model_dump(), position=position) for position, part in enumerate(parts)],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["label", "audience", "position"],
    )


def store_recipients(parts: Sequence[form.RecipientPart]) -> None:
    """Adds and updates recipients, then links each to its successor."""
    fields = ["name", "kind", "website", "address", "opened", "closed", "position"]
    Recipient.objects.bulk_create(
        [
            Recipient(**part.model_dump(exclude={"successor"}), position=position)
            for position, part in enumerate(parts)
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=fields,
    )
    by_code = Recipient.objects.in_bulk(field_name="code")
    for part in parts:
        by_code[part.code].successor = by_code[part.successor] if part.successor else None
    Recipient.objects.bulk_update([by_code[part.code] for part in parts], ["successor"])


def store_notices(
    parts: Sequence[form.NoticePart], *, by: User | None, at: datetime
) -> tuple[list[Publication], list[str]]:
    """Adds notices and versions and replaces drafts that nobody has edited here.

    Returns what was published, and what differs from the published or from a draft that
    somebody is writing: each sentence names the place in the file, and the caller then
    rolls back.
    """
    published: list[Publication] = []
    differences = []
    for position, part in enumerate(parts):
        notice, _ = Notice.objects.update_or_create(
            slug=part.slug,
            defaults={"title": part.title, "audience": part.audience, "position": position},
        )
        stored = {version.number: version for version in notice.versions.all()}
        for index, version_part in enumerate(part.versions):
            version = stored.get(version_part.number)
            if version is not None and version.status != VersionStatus.DRAFT:
                if changed := _changed(dump_version(version), version_part):
                    differences.append(
                        f"notices[{position}].versions[{index}]: {version} is {version.status} "
                        f"and never changes, but the file differs in {', '.join(changed)} (N1). "
                        "Make a new version instead."
                    )
                continue
            if version is not None:
                if dump_version(version) == version_part:
                    continue
                if edit := last_edit(notice.pk, version.number):
                    differences.append(
                        f"notices[{position}].versions[{index}]: {edit.by.name} is writing "
                        f"{version} here, and nothing of it is overwritten. Publish that draft "
                        "or throw it away first, or give the version in the file a higher number."
                    )
                    continue
                version.delete()
            stored_version = _add_version(notice, version_part, by, at)
            if stored_version.status == VersionStatus.PUBLISHED:
                published.append(stored_version.publication)
    return published, differences


def _changed(stored: form.NoticeVersionPart, part: form.NoticeVersionPart) -> list[str]:
    return [
        name
        for name in form.NoticeVersionPart.model_fields
        if getattr(stored, name) != getattr(part, name)
    ]


def _add_version(
    notice: Notice, part: form.NoticeVersionPart, by: User | None, at: datetime
) -> NoticeVersion:
    """Writes a version as a draft with all its parts, and only then gives it its status."""
    version = NoticeVersion.objects.create(
        notice=notice,
        number=part.number,
        effective_from=part.effective_from,
        summary=part.summary,
        young_summary=part.young_summary,
    )
    NotApplicable.objects.bulk_create(
        NotApplicable(version=version, **mark.model_dump()) for mark in part.not_applicable
    )
    sections = Section.objects.bulk_create(
        Section(version=version, position=position, **section.model_dump())
        for position, section in enumerate(part.sections)
    )
    for translation in part.translations:
        _add_translation(version, sections, translation)
    recipients = Recipient.objects.in_bulk(field_name="code")
    lines = NamedRecipient.objects.bulk_create(
        NamedRecipient(
            version=version,
            position=position,
            recipient=recipients[line.recipient],
            legal_duty=line.legal_duty,
        )
        for position, line in enumerate(part.recipients)
    )
    _name_parts(dict(zip(lines, part.recipients, strict=True)))
    if part.status != VersionStatus.DRAFT:
        record_publication(version, by=by, last_editor=None, at=at)
        version.status = VersionStatus(part.status)
        version.save()
        defer("notices.tell", {"version": version.pk, "event": Event.PUBLISHED})
    return version


def _add_translation(
    version: NoticeVersion, sections: Sequence[Section], part: form.TranslationPart
) -> None:
    translation = Translation.objects.create(
        version=version,
        language=part.language,
        title=part.title,
        young_summary=part.young_summary,
        young_summary_of=young_summary_token(version) if part.young_summary_current else "",
        words=part.words,
    )
    TranslatedSection.objects.bulk_create(
        TranslatedSection(
            version=version,
            translation=translation,
            section=sections[translated.of],
            heading=translated.heading,
            body=translated.body,
            made_from=section_token(sections[translated.of]) if translated.current else "",
        )
        for translated in part.sections
    )


def _dump_translation(state: TranslationState, version: NoticeVersion) -> form.TranslationPart:
    translation = state.translation
    return form.TranslationPart(
        language=translation.language,
        title=translation.title,
        sections=[
            form.TranslatedSectionPart(
                of=place,
                heading=pair.translated.heading,
                body=pair.translated.body,
                current=not pair.stale,
            )
            for place, pair in enumerate(state.sections)
            if pair.translated
        ],
        young_summary=translation.young_summary,
        young_summary_current=translation.young_summary_of == young_summary_token(version),
        words=translation.words,
    )


def _name_parts(lines: Mapping[NamedRecipient, form.NamedRecipientPart]) -> None:
    purposes = Purpose.objects.in_bulk(field_name="code")
    items = Item.objects.in_bulk(field_name="code")
    NamedPurpose.objects.bulk_create(
        NamedPurpose(named=named, purpose=purposes[code], position=position)
        for named, part in lines.items()
        for position, code in enumerate(part.purposes)
    )
    NamedItem.objects.bulk_create(
        NamedItem(named=named, item=items[code], position=position)
        for named, part in lines.items()
        for position, code in enumerate(part.items)
    )


def dump_controller() -> form.ControllerPart | None:
    """The controller as a file has it; None before one is stored."""
    controller = Controller.objects.prefetch_related("contacts").first()
    if controller is None:
        return None
    contacts = {
        contact.kind: form.ContactPart(
            role=contact.role, address=contact.address, phone=contact.phone, email=contact.email
        )
        for contact in controller.contacts.all()
    }
    return form.ControllerPart(
        name=controller.name,
        service=controller.service,
        la_number=controller.la_number,
        website=controller.website,
        dpo=contacts["dpo"],
        enquiries=contacts["enquiries"],
    )


def dump_items() -> list[form.ItemPart]:
    """All items with their headings, in their order."""
    return [
        form.ItemPart(
            code=item.code,
            label=item.label,
            audience=item.audience,
            identifying=item.identifying,
            special_category=item.special_category,
            headings=[heading.text for heading in item.headings.all()],
        )
        for item in Item.objects.prefetch_related("headings")
    ]


def dump_purposes() -> list[form.PurposePart]:
    """All purposes, in their order."""
    return [
        form.PurposePart(code=purpose.code, label=purpose.label, audience=purpose.audience)
        for purpose in Purpose.objects.all()
    ]


def dump_recipients() -> list[form.RecipientPart]:
    """All recipients, in their order."""
    return [
        form.RecipientPart(
            code=recipient.code,
            name=recipient.name,
            kind=recipient.kind,
            website=recipient.website,
            address=recipient.address,
            opened=recipient.opened,
            closed=recipient.closed,
            successor=recipient.successor.code if recipient.successor else None,
        )
        for recipient in Recipient.objects.select_related("successor")
    ]


def dump_notices() -> list[form.NoticePart]:
    """All notices with every version, drafts included."""
    return [
        form.NoticePart(
            slug=notice.slug,
            title=notice.title,
            audience=notice.audience,
            versions=[dump_version(version) for version in notice.versions.all()],
        )
        for notice in Notice.objects.prefetch_related("versions")
    ]


def dump_version(version: NoticeVersion) -> form.NoticeVersionPart:
    """One version as a file has it."""
    return form.NoticeVersionPart(
        number=version.number,
        status=version.status,
        effective_from=version.effective_from,
        summary=version.summary,
        sections=[
            form.SectionPart(
                element=section.element,
                heading=section.heading,
                scheme=section.scheme,
                body=section.body,
            )
            for section in version.sections.all()
        ],
        recipients=[
            form.NamedRecipientPart(
                recipient=line.recipient.code,
                purposes=[named.purpose.code for named in line.purposes.all()],
                items=[named.item.code for named in line.items.all()],
                legal_duty=line.legal_duty,
            )
            for line in table_of(version)
        ],
        not_applicable=[
            form.NotApplicablePart(element=mark.element, reason=mark.reason)
            for mark in version.not_applicable.all()
        ],
        young_summary=version.young_summary,
        translations=[_dump_translation(state, version) for state in states_of(version)],
    )
