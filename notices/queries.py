"""Read what pages and decisions need of notices; each function says how many queries it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Value

from notices import rules
from notices.comparing import Published
from notices.models import (
    Contact,
    Controller,
    DraftEdit,
    Item,
    NamedItem,
    NamedPurpose,
    NamedRecipient,
    Notice,
    NoticeVersion,
    Publication,
    Purpose,
    Recipient,
    Report,
    ReportStep,
    VersionStatus,
    Withdrawal,
)
from notices.models.reports import ReportQuerySet


def controller() -> Controller | None:
    """Return the local authority, or None before a policy is loaded; 1 query."""
    return Controller.objects.first()


def contact_of_council() -> Contact | None:
    """Return the first contact with a phone number or an email address, else the first; 1 query."""
    contacts = list(Contact.objects.order_by("-kind"))  # enquiries first
    reachable = [contact for contact in contacts if contact.phone or contact.email]
    return next(iter(reachable or contacts), None)


def signature() -> dict[str, object]:
    """Return the council's name and its data protection officer, to sign an email; 2 queries."""
    authority = controller()
    contacts = list(authority.contacts.all()) if authority else []
    return {
        "council": authority.name if authority else "the council",
        "dpo": next((contact for contact in contacts if contact.kind == "dpo"), None),
    }


def published_versions(notice: Notice) -> QuerySet[NoticeVersion]:
    """Return all published versions with their words, newest number first; 1 query."""
    versions = notice.versions.filter(status=VersionStatus.PUBLISHED)
    return versions.select_related("publication").order_by("-number")


def version_in_force(notice: Notice, on: date) -> NoticeVersion | None:
    """Return the version in force on a date (N2); no query where versions are prefetched."""
    versions = {version.number: version for version in notice.versions.all()}
    facts = map(rule_facts, versions.values())
    current = rules.in_force(facts, on)
    return versions[current.number] if current else None


def last_day(notice: Notice, version: NoticeVersion) -> date | None:
    """Return the last day a version is in force (N2), if known; no query where prefetched."""
    return rules.last_day(rule_facts(version), map(rule_facts, notice.versions.all()))


def rule_facts(version: NoticeVersion) -> rules.Version:
    """Return what rule N2 needs of a version."""
    is_published = version.status == VersionStatus.PUBLISHED
    return rules.Version(version.number, is_published, version.effective_from)


def notice_in_force(audience: str, on: date) -> rules.Notice | None:
    """Return the notice of an audience in force on the day, as rules need it; 3 queries."""
    return notices_in_force(on).get(audience)


def notices_in_force(on: date) -> dict[str, rules.Notice]:
    """Return the notice in force on a date for each audience, as rules need it; 3 queries."""
    return as_rules_need(
        {
            notice: version
            for notice in notices_with_versions()
            if (version := version_in_force(notice, on))
        }
    )


def as_rules_need(chosen: Mapping[Notice, NoticeVersion]) -> dict[str, rules.Notice]:
    """Return a version of each notice as rules need it, by the notice's audience; 1 query."""
    versions = {version.pk: (notice, version) for notice, version in chosen.items()}
    tables: dict[int, dict[tuple[str, str], frozenset[str]]] = {key: {} for key in versions}
    same_line = OuterRef("pk")
    lines = NamedRecipient.objects.filter(version__in=versions).annotate(
        purpose_codes=ArraySubquery(
            NamedPurpose.objects.filter(named=same_line).values("purpose__code")
        ),
        item_codes=ArraySubquery(NamedItem.objects.filter(named=same_line).values("item__code")),
    )
    for line in lines.select_related("recipient"):
        table = tables[line.version_id]
        for purpose in line.purpose_codes:
            key = (line.recipient.code, purpose)
            table[key] = table.get(key, frozenset()) | frozenset(line.item_codes)
    return {
        notice.audience: rules.Notice(notice.slug, version.number, tables[key])
        for key, (notice, version) in versions.items()
    }


def publication(version: NoticeVersion) -> Publication:
    """Return the words of a published version; 1 query."""
    return Publication.objects.select_related("by").get(version=version)


def contents(versions: Sequence[NoticeVersion]) -> list[Published]:
    """Return the words of each published version as a document, in the order given; 1 query."""
    publications = Publication.objects.in_bulk([version.pk for version in versions])
    return [publications[version.pk].content for version in versions]


def published(notice: Notice) -> list[NoticeVersion]:
    """Return the published versions of a notice; no query where versions are prefetched."""
    return [row for row in notice.versions.all() if row.status == VersionStatus.PUBLISHED]


def waiting_version(notice: Notice, on: date) -> NoticeVersion | None:
    """Return the scheduled version that applies next; no query where versions are prefetched."""
    scheduled = [row for row in published(notice) if row.effective_from and row.effective_from > on]
    return min(scheduled, key=lambda row: (row.effective_from, -row.number), default=None)


def waiting_versions(on: date) -> list[NoticeVersion]:
    """Return every scheduled version, soonest first; 1 query."""
    scheduled = NoticeVersion.objects.filter(status=VersionStatus.PUBLISHED, effective_from__gt=on)
    return list(scheduled.select_related("notice").order_by("effective_from", "number"))


def table_of(version: NoticeVersion) -> QuerySet[NamedRecipient]:
    """Return who gets what for which purpose by this version, all prefetched; 3 queries."""
    return version.named_recipients.select_related("recipient").prefetch_related(
        Prefetch("purposes", NamedPurpose.objects.select_related("purpose")),
        Prefetch("items", NamedItem.objects.select_related("item")),
    )


def notices_with_versions() -> QuerySet[Notice]:
    """Return every notice with all its versions prefetched; 2 queries."""
    return Notice.objects.prefetch_related("versions")


def recipients() -> QuerySet[Recipient]:
    """Return every organisation of the policy; 1 query."""
    return Recipient.objects.select_related("successor")


def recipient_with_code(code: str) -> Recipient | None:
    """Return the organisation with its successor, if there is one of the code; 1 query."""
    return Recipient.objects.select_related("successor").filter(code=code).first()


def predecessors_of(recipient: Recipient) -> QuerySet[Recipient]:
    """Return the organisations whose work an organisation took over; 1 query."""
    return Recipient.objects.filter(successor=recipient)


def recipients_of_same_group(recipient: Recipient) -> QuerySet[Recipient]:
    """Return the other organisations of its group, whatever the case of its name; 1 query, none without a
    group."""
    if not recipient.group:
        return Recipient.objects.none()
    return Recipient.objects.filter(group__iexact=recipient.group).exclude(pk=recipient.pk)


def items_by_heading() -> dict[str, Item]:
    """Return the item that each folded heading stands for; 2 queries."""
    return {
        heading.folded: item
        for item in Item.objects.prefetch_related("headings")
        for heading in item.headings.all()
    }


def locating_items() -> frozenset[str]:
    """Return the codes of the items that tell where somebody is (P2); 1 query."""
    return frozenset(Item.objects.filter(locating=True).values_list("code", flat=True))


def withdrawal(version: NoticeVersion) -> Withdrawal | None:
    """Return why and by whom a version was withdrawn; 1 query."""
    return Withdrawal.objects.select_related("by").filter(version=version).first()


def edits_of(version: NoticeVersion) -> QuerySet[DraftEdit]:
    """Return who changed the draft of this number, when and what, newest first; 1 query."""
    edits = DraftEdit.objects.filter(notice=version.notice_id, number=version.number)
    return edits.select_related("by").order_by("-id")


def purposes_for(audience: str) -> QuerySet[Purpose]:
    """Return the purposes that a notice for the audience can name; 1 query."""
    return Purpose.objects.filter(audience=audience)


def items_for(audience: str) -> QuerySet[Item]:
    """Return the items that a notice for the audience can name; 1 query."""
    return Item.objects.filter(audience=audience)


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of items and purposes by their codes, and titles of notices by their slugs."""

    items: Mapping[str, str]
    purposes: Mapping[str, str]
    notices: Mapping[str, str]


def labels() -> Labels:
    """Return all that codes stand for, on a page with several kinds of them; 1 query."""
    items = Item.objects.values_list(Value("items"), "code", "label")
    purposes = Purpose.objects.values_list(Value("purposes"), "code", "label")
    notices = Notice.objects.values_list(Value("notices"), "slug", "title")
    of_kind: dict[str, dict[str, str]] = {"items": {}, "purposes": {}, "notices": {}}
    every = items.order_by().union(purposes.order_by(), notices.order_by(), all=True)
    for kind, code, label in every:
        of_kind[str(kind)][code] = label
    return Labels(**of_kind)


def purpose_labels() -> dict[str, str]:
    """Return the label of each purpose by its code; 1 query."""
    return dict(Purpose.objects.values_list("code", "label"))


def notice_titles() -> dict[str, str]:
    """Return the title of each notice by its slug; 1 query."""
    return dict(Notice.objects.values_list("slug", "title"))


def item_labels() -> dict[str, str]:
    """Return the label of each item by its code; 1 query."""
    return dict(Item.objects.values_list("code", "label"))


def reports(*, answered: bool) -> ReportQuerySet:
    """Return open reports by due date, or answered ones, newest first; 1 query."""
    if answered:
        return Report.objects.answered().order_by(F("last_turn_at").desc(), "-pk")
    return Report.objects.open().order_by("due_on", "pk")


def reports_with_state() -> ReportQuerySet:
    """Return all reports, each with its state; 1 query."""
    return Report.objects.with_state()


def steps_of(report: Report) -> QuerySet[ReportStep]:
    """Return the steps of officers in a report, oldest first; 1 query."""
    return report.steps.select_related("by")


def open_reports() -> QuerySet[Report]:
    """Return reports without a reply; 1 query."""
    return Report.objects.open()


def late_reports(on: date) -> QuerySet[Report]:
    """Return open reports whose reply was due before the date; 1 query."""
    return Report.objects.open().filter(due_on__lt=on)


def open_totals(on: date) -> dict[str, int]:
    """Count the `open` reports, and those of them that are `overdue`; 1 query."""
    late = Count("pk", filter=Q(due_on__lt=on))
    return Report.objects.open().aggregate(open=Count("pk"), overdue=late)
