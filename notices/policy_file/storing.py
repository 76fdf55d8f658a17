"""Store the notices' part of a policy file in the tables, and read it back.

Vocabulary is updated; a published version is compared and never touched (N1).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from django.db.models import Manager, Model

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
from privacy_portal.ground.files.documents import Part
from privacy_portal.ground.jobs import defer
from privacy_portal.ground.names import folded_heading

Row = TypeVar("Row", bound=Model)


def store_controller(part: form.ControllerPart) -> None:
    """Set the one controller and its 2 contacts."""
    controller, _ = Controller.objects.update_or_create(
        id=1, defaults=part.model_dump(exclude={"dpo", "enquiries"})
    )
    for kind, contact in (("dpo", part.dpo), ("enquiries", part.enquiries)):
        Contact.objects.update_or_create(
            controller=controller, kind=kind, defaults=contact.model_dump()
        )


def _upsert(
    rows: Manager[Row], parts: Sequence[Part], *, leave_out: Collection[str] = ()
) -> dict[str, Row]:
    """Add and update rows in the order given, without some keys of the parts; return all by code."""
    values = [part.model_dump(exclude=set(leave_out)) for part in parts]
    rows.bulk_create(
        [rows.model(**value, position=position) for position, value in enumerate(values)],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[*(name for name in (values or [{}])[0] if name != "code"), "position"],
    )
    return rows.in_bulk(field_name="code")


def store_items(parts: Sequence[form.ItemPart]) -> None:
    """Add and update items with their headings, in the order given."""
    items = _upsert(Item.objects, parts, leave_out=["headings"])
    ItemHeading.objects.filter(item__code__in=[part.code for part in parts]).delete()
    ItemHeading.objects.bulk_create(
        ItemHeading(
            item=items[part.code], text=text, folded=folded_heading(text), position=position
        )
        for part in parts
        for position, text in enumerate(part.headings)
    )


def store_purposes(parts: Sequence[form.PurposePart]) -> None:
    """Add and update purposes, in the order given."""
    _upsert(Purpose.objects, parts)


def store_recipients(parts: Sequence[form.RecipientPart]) -> None:
    """Add and update recipients, then link each to its successor. A group that the file leaves out
    stays."""
    by_code = _upsert(Recipient.objects, parts, leave_out=["successor", "group"])
    for part in parts:
        row = by_code[part.code]
        row.successor = by_code[part.successor] if part.successor else None
        if "group" in part.model_fields_set:
            row.group = part.group
    Recipient.objects.bulk_update([by_code[part.code] for part in parts], ["successor", "group"])


def store_notice_titles(parts: Sequence[form.NoticePart]) -> None:
    """Add and update notices without touching their versions, in the order given."""
    for position, part in enumerate(parts):
        Notice.objects.update_or_create(
            slug=part.slug,
            defaults={"title": part.title, "audience": part.audience, "position": position},
        )


def store_notices(
    parts: Sequence[form.NoticePart], *, by: User | None, at: datetime
) -> tuple[list[Publication], list[str]]:
    """Add notices and versions, and replace drafts that nobody has edited here.

    Return the publications, and a sentence for each difference from a published version or from a
    draft that someone is editing, with its place in the file; the caller then rolls back.
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
            if stored_version.status != VersionStatus.DRAFT:
                published.append(stored_version.publication)
    return published, differences


def _changed(stored: form.NoticeVersionPart, part: form.NoticeVersionPart) -> list[str]:
    names = form.NoticeVersionPart.model_fields
    return [name for name in names if getattr(stored, name) != getattr(part, name)]


def _add_version(
    notice: Notice, part: form.NoticeVersionPart, by: User | None, at: datetime
) -> NoticeVersion:
    """Write a version as a draft with all its parts, and only then give it its status."""
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
    return form.TranslationPart.from_row(
        state.translation,
        sections=[
            form.TranslatedSectionPart.from_row(pair.translated, of=place, current=not pair.stale)
            for place, pair in enumerate(state.sections)
            if pair.translated
        ],
        young_summary_current=state.translation.young_summary_of == young_summary_token(version),
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
    """Return the controller as a file has it; None before one is stored."""
    controller = Controller.objects.prefetch_related("contacts").first()
    if controller is None:
        return None
    contacts = {row.kind: form.ContactPart.from_row(row) for row in controller.contacts.all()}
    return form.ControllerPart.from_row(controller, **contacts)


def dump_items() -> list[form.ItemPart]:
    """Return all items with their headings, in their order."""
    return [
        form.ItemPart.from_row(item, headings=[heading.text for heading in item.headings.all()])
        for item in Item.objects.prefetch_related("headings")
    ]


def dump_purposes() -> list[form.PurposePart]:
    """Return all purposes, in their order."""
    return [form.PurposePart.from_row(purpose) for purpose in Purpose.objects.all()]


def dump_recipients() -> list[form.RecipientPart]:
    """Return all recipients, in their order."""
    return [
        form.RecipientPart.from_row(row, successor=row.successor.code if row.successor else None)
        for row in Recipient.objects.select_related("successor")
    ]


def dump_notice_titles() -> list[form.NoticePart]:
    """Return all notices without their versions, in their order."""
    return [form.NoticePart.from_row(notice, versions=[]) for notice in Notice.objects.all()]


def dump_notices() -> list[form.NoticePart]:
    """Return all notices with every version, drafts included."""
    return [
        form.NoticePart.from_row(
            notice, versions=[dump_version(row) for row in notice.versions.all()]
        )
        for notice in Notice.objects.prefetch_related("versions")
    ]


def dump_version(version: NoticeVersion) -> form.NoticeVersionPart:
    """Return one version as a file has it."""
    return form.NoticeVersionPart.from_row(
        version,
        sections=[form.SectionPart.from_row(section) for section in version.sections.all()],
        recipients=[
            form.NamedRecipientPart.from_row(
                line,
                recipient=line.recipient.code,
                purposes=[named.purpose.code for named in line.purposes.all()],
                items=[named.item.code for named in line.items.all()],
            )
            for line in table_of(version)
        ],
        not_applicable=[
            form.NotApplicablePart.from_row(mark) for mark in version.not_applicable.all()
        ],
        translations=[_dump_translation(state, version) for state in states_of(version)],
    )
