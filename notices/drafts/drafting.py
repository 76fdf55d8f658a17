"""Edit the next version of a notice; every change is logged, and none overwrites another.

Whoever saves gives the token of what they read (`seen`). If someone else has changed the same
part since, the save is refused with DraftChangedError and nothing is stored.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, Model

from notices.drafts.tokens import (
    details_token,
    line_token,
    order_token,
    section_token,
    young_summary_token,
)
from notices.errors import DraftChangedError
from notices.models import (
    DraftEdit,
    Item,
    NamedItem,
    NamedPurpose,
    NamedRecipient,
    NotApplicable,
    Notice,
    NoticeVersion,
    Purpose,
    Recipient,
    Section,
    TranslatedSection,
    VersionStatus,
)
from notices.queries import table_of
from notices.rules import ELEMENT_SENTENCES, Element
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import in_words
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log

Part = TypeVar("Part", bound=Model)
# Positions are unique at every moment, so rows are first moved out of each other's way.
_ASIDE = 1_000_000


@dataclass(frozen=True, slots=True)
class Editing:
    """Hold who edits a draft, and when."""

    by: User
    at: datetime


def start_draft(notice: Notice, *, editing: Editing) -> NoticeVersion:
    """Create a draft with the words of the newest published version.

    Raises NotNowError if there is already a draft.
    """
    with transaction.atomic():
        Notice.objects.select_for_update().get(pk=notice.pk)
        versions = list(notice.versions.order_by("number"))
        if any(version.status == VersionStatus.DRAFT for version in versions):
            raise NotNowError("There is already a draft. Edit that one.")
        published = [row for row in versions if row.status == VersionStatus.PUBLISHED]
        draft = NoticeVersion.objects.create(
            notice=notice, number=versions[-1].number + 1 if versions else 1
        )
        if published:
            _copy(published[-1], draft)
        _record(draft, editing, "started", "Draft created")
    return draft


def _copy(source: NoticeVersion, draft: NoticeVersion) -> None:
    draft.young_summary = source.young_summary
    draft.save(update_fields=["young_summary"])
    copy_of = {section.pk: section for section in source.sections.all()}
    for section in copy_of.values():
        section.pk, section.version = None, draft
    Section.objects.bulk_create(copy_of.values())
    for translation in source.translations.prefetch_related("sections"):
        translated = list(translation.sections.all())
        translation.pk, translation.version = None, draft
        translation.save(force_insert=True)
        for row in translated:
            row.pk, row.version, row.translation = None, draft, translation
            row.section = copy_of[row.section_id]
        TranslatedSection.objects.bulk_create(translated)
    marks = list(source.not_applicable.all())
    for mark in marks:
        mark.pk, mark.version = None, draft
    NotApplicable.objects.bulk_create(marks)
    for line in table_of(source):
        purposes = [named.purpose for named in line.purposes.all()]
        items = [named.item for named in line.items.all()]
        line.pk, line.version = None, draft
        line.save(force_insert=True)
        _name(line, purposes, items)


def change_details(
    version_id: int, *, effective_from: date | None, summary: str, seen: str, editing: Editing
) -> None:
    """Set the date on which the draft will come into force, and the summary of what changed."""
    day = in_words(effective_from) if effective_from else "not set"
    with locked_draft(version_id, editing, "details", f"Date ({day}) and summary changed") as draft:
        refuse_unless_seen(details_token(draft), seen, draft)
        draft.effective_from, draft.summary = effective_from, summary.strip()
        draft.save(update_fields=["effective_from", "summary"])


def change_young_summary(version_id: int, *, text: str, seen: str, editing: Editing) -> None:
    """Set the short version for young people, in Markdown."""
    change = "Short version for young people changed"
    with locked_draft(version_id, editing, "young-summary", change) as draft:
        refuse_unless_seen(young_summary_token(draft), seen, draft)
        draft.young_summary = text.strip()
        draft.save(update_fields=["young_summary"])


@dataclass(frozen=True, slots=True)
class SectionWords:
    """Hold the words of a section; `scheme` is the code of the opt-out it explains."""

    element: str
    heading: str
    scheme: str
    body: str


def add_section(version_id: int, *, words: SectionWords, editing: Editing) -> Section:
    """Add a section at the end."""
    change = f"Section “{words.heading}” added"
    with locked_draft(version_id, editing, "section-added", change) as draft:
        position = _end(draft.sections.all())
        return Section.objects.create(version=draft, position=position, **asdict(words))


def change_section(
    version_id: int, section_id: int, *, words: SectionWords, seen: str, editing: Editing
) -> None:
    """Set the words of a section."""
    change = f"Section “{words.heading}” changed"
    with locked_draft(version_id, editing, "section-changed", change) as draft:
        section = as_seen(draft.sections.filter(pk=section_id).first(), section_token, seen, draft)
        section.element, section.heading = words.element, words.heading
        section.scheme, section.body = words.scheme, words.body
        section.save()


def remove_section(version_id: int, section_id: int, *, seen: str, editing: Editing) -> None:
    """Remove a section from the draft."""
    with locked_draft(version_id, editing, "section-removed", "Section removed") as draft:
        as_seen(draft.sections.filter(pk=section_id).first(), section_token, seen, draft).delete()


def move_section(
    version_id: int, section_id: int, *, up: bool, seen: str, editing: Editing
) -> None:
    """Move a section one place; at either end it stays where it is."""
    with locked_draft(version_id, editing, "section-moved", "Order of sections changed") as draft:
        _move(list(draft.sections.order_by("position")), section_id, up, seen, draft)


@dataclass(frozen=True, slots=True)
class LineWords:
    """Hold a line of the table: an organisation, the purposes and the items, all in order."""

    recipient: Recipient
    purposes: Sequence[Purpose]
    items: Sequence[Item]
    legal_duty: str


def add_line(version_id: int, *, words: LineWords, editing: Editing) -> NamedRecipient:
    """Add a line to the table."""
    change = f"{words.recipient.name} added to organisations"
    with _policy_still(words), locked_draft(version_id, editing, "line-added", change) as draft:
        line = NamedRecipient.objects.create(
            version=draft,
            position=_end(draft.named_recipients.all()),
            recipient=words.recipient,
            legal_duty=words.legal_duty,
        )
        _name(line, words.purposes, words.items)
        return line


def change_line(
    version_id: int, line_id: int, *, words: LineWords, seen: str, editing: Editing
) -> None:
    """Set a line of the table."""
    change = f"What we share with {words.recipient.name} changed"
    with _policy_still(words), locked_draft(version_id, editing, "line-changed", change) as draft:
        line = as_seen(table_of(draft).filter(pk=line_id).first(), line_token, seen, draft)
        line.recipient, line.legal_duty = words.recipient, words.legal_duty
        line.save()
        NamedPurpose.objects.filter(named=line).delete()
        NamedItem.objects.filter(named=line).delete()
        _name(line, words.purposes, words.items)


@contextmanager
def _policy_still(words: LineWords) -> Iterator[None]:
    """Keep the policy from changing while a line is stored. Raises DraftChangedError if something in it has
    been taken away since the page was opened."""
    with transaction.atomic():
        locks.share(locks.Area.POLICY)
        chosen = ((Recipient, [words.recipient]), (Purpose, words.purposes), (Item, words.items))
        for model, rows in chosen:
            numbers = {row.pk for row in rows}
            if model.objects.filter(pk__in=numbers).count() < len(numbers):
                raise DraftChangedError(
                    "Something that you chose has been removed from the policy. Choose again."
                )
        yield


def remove_line(version_id: int, line_id: int, *, seen: str, editing: Editing) -> None:
    """Remove a line from the table."""
    with locked_draft(version_id, editing, "line-removed", "Organisation removed") as draft:
        as_seen(table_of(draft).filter(pk=line_id).first(), line_token, seen, draft).delete()


def move_line(version_id: int, line_id: int, *, up: bool, seen: str, editing: Editing) -> None:
    """Move a line of the table one place; at either end it stays where it is."""
    with locked_draft(version_id, editing, "line-moved", "Order of organisations changed") as draft:
        _move(list(draft.named_recipients.order_by("position")), line_id, up, seen, draft)


def mark_not_applicable(version_id: int, *, element: str, reason: str, editing: Editing) -> None:
    """Mark an element as not applicable for a reason; without a reason, remove the mark."""
    reason = reason.strip()
    subject = ELEMENT_SENTENCES[Element(element)]
    change = f"“{subject}” marked as {'not applicable' if reason else 'applicable'}"
    with locked_draft(version_id, editing, "not-applicable", change) as draft:
        if reason:
            NotApplicable.objects.update_or_create(
                version=draft, element=element, defaults={"reason": reason}
            )
        else:
            draft.not_applicable.filter(element=element).delete()


def discard_draft(version_id: int, *, editing: Editing) -> None:
    """Delete a draft; the record of who changed it stays."""
    with locked_draft(version_id, editing, "discarded", "Draft deleted") as draft:
        draft.delete()


@contextmanager
def locked_draft(
    version_id: int, editing: Editing, code: str, change: str
) -> Iterator[NoticeVersion]:
    """Lock the draft while it is changed; then record and log who changed what.

    Raises DraftChangedError if the draft has been deleted or published.
    """
    with transaction.atomic():
        draft = NoticeVersion.objects.select_for_update().filter(pk=version_id).first()
        if draft is None:
            raise DraftChangedError("This draft has been deleted.")
        if draft.status != VersionStatus.DRAFT:
            raise DraftChangedError("This version has been published, so you cannot change it.")
        yield draft
        _record(draft, editing, code, change)


def _record(draft: NoticeVersion, editing: Editing, code: str, change: str) -> None:
    DraftEdit.objects.create(
        notice=draft.notice, number=draft.number, at=editing.at, by=editing.by, change=change[:300]
    )
    log.record(
        "notice-draft-changed",
        at=editing.at,
        by=editing.by,
        notice=draft.notice.slug,
        number=draft.number,
        change=code,
    )


def last_edit(notice_id: int, number: int) -> DraftEdit | None:
    """Return the newest change of a draft, with who made it; 1 query."""
    edits = DraftEdit.objects.filter(notice=notice_id, number=number).select_related("by")
    return edits.order_by("-id").first()


def refuse_unless_seen(now: str | None, seen: str, draft: NoticeVersion) -> None:
    """Raise DraftChangedError unless the token of a part (None: it was removed) is the one seen."""
    if now == seen:
        return
    edit = last_edit(draft.notice_id, draft.number)
    who = f"{edit.by.name} changed this draft" if edit else "This draft was changed"
    if now is None:
        who += " and removed this part"
    raise DraftChangedError(f"{who} while you were editing it. Your changes have not been saved.")


def as_seen(
    part: Part | None, token_of: Callable[[Part], str], seen: str, draft: NoticeVersion
) -> Part:
    """Return a part of a draft. Raises DraftChangedError unless it is there as it was seen."""
    refuse_unless_seen(token_of(part) if part else None, seen, draft)
    assert part is not None
    return part


def _move(rows: list[Any], row_id: int, up: bool, seen: str, draft: NoticeVersion) -> None:
    refuse_unless_seen(order_token(rows), seen, draft)
    at = next(place for place, row in enumerate(rows) if row.pk == row_id)
    other = at - 1 if up else at + 1
    if 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
    model = type(rows[0])
    model.objects.filter(version=draft).update(position=F("position") + _ASIDE)
    for position, row in enumerate(rows):
        row.position = position
    model.objects.bulk_update(rows, ["position"])


def _end(rows: Any) -> int:
    last = rows.order_by("-position").first()
    return last.position + 1 if last else 0


def _name(line: NamedRecipient, purposes: Sequence[Purpose], items: Sequence[Item]) -> None:
    NamedPurpose.objects.bulk_create(
        NamedPurpose(named=line, purpose=purpose, position=position)
        for position, purpose in enumerate(purposes)
    )
    NamedItem.objects.bulk_create(
        NamedItem(named=line, item=item, position=position) for position, item in enumerate(items)
    )
