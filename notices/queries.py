"""Reads of notices that pages and decisions share; each says how many queries it takes."""

from collections import defaultdict
from datetime import date

from django.db.models import Prefetch, QuerySet

from notices import rules
from notices.models import (
    Audience,
    Controller,
    Item,
    NamedItem,
    NamedPurpose,
    NamedRecipient,
    Notice,
    NoticeVersion,
    Purpose,
    Recipient,
    VersionStatus,
)


def controller() -> Controller | None:
    """The local authority with its contacts, or None before a policy is loaded; 2 queries."""
    return Controller.objects.prefetch_related("contacts").first()


def published_versions(notice: Notice) -> QuerySet[NoticeVersion]:
    """All versions ever published, newest number first; 1 query."""
    return notice.versions.filter(status=VersionStatus.PUBLISHED).order_by("-number")


def version_in_force(notice: Notice, on: date) -> NoticeVersion | None:
    """The version in force on the day by rule N2; 1 query."""
    versions = {version.number: version for version in notice.versions.all()}
    facts = [
        rules.Version(each.number, each.status == VersionStatus.PUBLISHED, each.effective_from)
        for each in versions.values()
    ]
    found = rules.in_force(facts, on)
    return versions[found.number] if found else None


def notice_in_force(audience: str, on: date) -> rules.Notice | None:
    """The notice of an audience as rules need it, on the day; at most 5 queries."""
    notice = Notice.objects.filter(audience=audience).first()
    version = version_in_force(notice, on) if notice else None
    if notice is None or version is None:
        return None
    listed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for line in table_of(version):
        items = {each.item.code for each in line.items.all()}
        for each in line.purposes.all():
            listed[line.recipient.code, each.purpose.code] |= items
    frozen = {key: frozenset(items) for key, items in listed.items()}
    return rules.Notice(notice.slug, version.number, frozen)


def table_of(version: NoticeVersion) -> QuerySet[NamedRecipient]:
    """Who gets what for which purpose by this version, all prefetched; 3 queries."""
    return version.named_recipients.select_related("recipient").prefetch_related(
        Prefetch("purposes", NamedPurpose.objects.select_related("purpose")),
        Prefetch("items", NamedItem.objects.select_related("item")),
    )


def notices_with_versions() -> list[Notice]:
    """Every notice with all its versions prefetched; 2 queries."""
    return list(Notice.objects.prefetch_related("versions"))


def notice(slug: str) -> Notice | None:
    """The notice at this address; 1 query."""
    return Notice.objects.filter(slug=slug).first()


def recipients() -> QuerySet[Recipient]:
    """Every organisation of the policy; 1 query."""
    return Recipient.objects.select_related("successor")


def items_by_heading() -> dict[str, Item]:
    """The item that each folded heading stands for; 2 queries."""
    return {
        heading.folded: item
        for item in Item.objects.prefetch_related("headings")
        for heading in item.headings.all()
    }


def audience_label(audience: str) -> str:
    """How people name an audience."""
    return Audience(audience).label


def purpose_labels() -> dict[str, str]:
    """How each purpose reads, by its code; 1 query."""
    return dict(Purpose.objects.values_list("code", "label"))
