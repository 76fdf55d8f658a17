"""What names a thing of the policy: published notices, signed agreements, drafts, choices people made."""

from collections.abc import Iterable
from typing import Any, TypeAlias

from django.db.models import Count, Q, QuerySet

from consent.models import (
    BasicItem,
    Decision,
    LetterCode,
    Scheme,
    SchemePurpose,
    School,
    SchoolStaff,
)
from notices.models import (
    NamedItem,
    NamedPurpose,
    NamedRecipient,
    Notice,
    NoticeVersion,
    Recipient,
    VersionStatus,
)
from privacy_portal.ground.annotations import annotated
from sharing.models import (
    AgreedItem,
    AgreedPurpose,
    AgreementVersion,
    Disclosure,
    HeadingAssignment,
    PolicyChange,
    ReleaseDefinition,
    RequestDetails,
    TemplateVersion,
)
from sharing.policy_rules import Naming

Kind = PolicyChange.Kind
# The ids of versions, as a subquery.
Rows: TypeAlias = QuerySet[Any, Any]


def naming_of(kind: str, code: str) -> Naming:
    """Load what names the thing of this kind and code; at most 10 queries."""
    if kind == Kind.ITEM:
        return _of_item(code)
    if kind == Kind.PURPOSE:
        return _of_purpose(code)
    if kind == Kind.ORGANISATION:
        return _of_recipient(code)
    if kind == Kind.SCHEME:
        return _of_scheme(code)
    if kind == Kind.NOTICE:
        return _of_notice(code)
    if kind == Kind.SCHOOL:
        return _of_school(code)
    return Naming()


def _of_item(code: str) -> Naming:
    lines = NamedItem.objects.filter(item__code=code).values("named__version")
    agreed = AgreedItem.objects.filter(item__code=code).values("version")
    bound, other = _in_words(lines, agreed)
    schemes = BasicItem.objects.filter(item__code=code).values_list("scheme__title", flat=True)
    other += [f"“{title}” (basic details)" for title in schemes]
    other += _templates(Q(content__terms__items__contains=[code]))
    definitions = ReleaseDefinition.objects.filter(items__contains=[code])
    other += [f"the file from pupil records “{row.name}”" for row in definitions]
    for held in HeadingAssignment.objects.filter(item__code=code).select_related("recipient"):
        other.append(f"the column “{held.folded}” in files for {held.recipient.name}")
    if Disclosure.objects.filter(item_sets__contains=[[code]]).exists():
        bound.append("the disclosure log")
    if RequestDetails.objects.filter(items__contains=[code]).exists():
        bound.append("a request for information")
    return Naming(bound, other)


def _of_purpose(code: str) -> Naming:
    lines = NamedPurpose.objects.filter(purpose__code=code).values("named__version")
    agreed = AgreedPurpose.objects.filter(purpose__code=code).values("version")
    bound, other = _in_words(lines, agreed)
    schemes = SchemePurpose.objects.filter(purpose__code=code)
    other += [f"“{title}”" for title in schemes.values_list("scheme__title", flat=True)]
    other += _templates(Q(content__terms__purposes__contains=[code]))
    definitions = ReleaseDefinition.objects.filter(purpose=code)
    other += [f"the file from pupil records “{row.name}”" for row in definitions]
    if Disclosure.objects.filter(purpose__code=code).exists():
        bound.append("the disclosure log")
    if Decision.objects.filter(purpose__code=code).exists():
        bound.append("an objection")
    if RequestDetails.objects.filter(purpose__code=code).exists():
        bound.append("a request for information")
    return Naming(bound, other)


def _of_recipient(code: str) -> Naming:
    lines = NamedRecipient.objects.filter(recipient__code=code).values("version")
    agreed = AgreementVersion.objects.filter(recipient__code=code).values("pk")
    bound, other = _in_words(lines, agreed)
    schemes = Scheme.objects.filter(recipient__code=code).values_list("title", flat=True)
    other += [f"“{title}”" for title in schemes]
    before = Recipient.objects.filter(successor__code=code).values_list("name", flat=True)
    other += [f"{name} (whose work it took over)" for name in before]
    if Disclosure.objects.filter(recipient__code=code).exists():
        bound.append("the disclosure log")
    if Decision.objects.filter(recipient__code=code).exists():
        bound.append("an objection")
    if RequestDetails.objects.filter(recipient__code=code).exists():
        bound.append("a request for information")
    if Recipient.objects.filter(code=code, assurances__isnull=False).exists():
        other.append("a registration or certificate")
    return Naming(bound, other)


def _of_scheme(code: str) -> Naming:
    about = Scheme.objects.filter(code=code)
    lines = NoticeVersion.objects.filter(
        Q(sections__scheme=code) | Q(named_recipients__recipient__in=about.values("recipient"))
    )
    agreed = AgreementVersion.objects.filter(recipient__in=about.values("recipient"))
    bound, other = _in_words(lines.values("pk"), agreed.values("pk"))
    if number := Decision.objects.filter(scheme__code=code).count():
        bound.append(f"{number:,} {'choice' if number == 1 else 'choices'} that people made")
    if LetterCode.objects.filter(scheme__code=code).exists():
        bound.append("letters with codes")
    return Naming(bound, other)


def _of_notice(slug: str) -> Naming:
    bound, other = _in_words(
        NoticeVersion.objects.filter(notice__slug=slug).values("pk"),
        AgreementVersion.objects.none().values("pk"),
    )
    if not bound and Notice.objects.filter(slug=slug, edits__isnull=False).exists():
        other.append("the history of its drafts")
    return Naming(bound, other)


def _of_school(urn: str) -> Naming:
    """Return what names a school: pupils and staff, agreements and files that are limited to schools."""
    other = []
    school = School.objects.filter(urn=urn).annotate(records=Count("pupils")).first()
    if number := annotated(school, "records", int) if school else 0:
        other.append(f"{number:,} {'record of a pupil' if number == 1 else 'records of pupils'}")
    if SchoolStaff.objects.filter(school__urn=urn).exists():
        other.append("school staff")
    rows = AgreementVersion.objects.filter(schools__contains=[urn]).select_related("agreement")
    other += [f"agreement {row.agreement.reference} version {row.number}" for row in rows]
    definitions = ReleaseDefinition.objects.filter(schools__contains=[urn])
    other += [f"the file from pupil records “{row.name}”" for row in definitions]
    if Disclosure.objects.filter(schools__contains=[urn]).exists():
        other.append("the disclosure log")
    before = School.objects.filter(successor__urn=urn).values_list("name", flat=True)
    other += [f"{name} (whose pupils it took over)" for name in before]
    return Naming((), other)


def _in_words(lines: Rows, agreed: Rows) -> tuple[list[str], list[str]]:
    """Return the notices' versions and agreements in words: those that never change, and drafts."""
    bound, other = [], []
    for version in _versions(lines):
        words = f"version {version.number} of “{version.notice.title}”"
        if version.status == VersionStatus.DRAFT:
            other.append(f"the draft of {words}")
        else:
            bound.append(words)
    rows = AgreementVersion.objects.filter(pk__in=agreed).select_related("agreement")
    for row in rows.order_by("agreement__reference", "-number"):
        words = f"agreement {row.agreement.reference} version {row.number}"
        if row.signed_on is None:
            other.append(f"the draft of {words}")
        else:
            bound.append(words)
    return bound, other


def _versions(lines: Rows) -> Iterable[NoticeVersion]:
    rows: QuerySet[NoticeVersion] = NoticeVersion.objects.filter(pk__in=lines)
    return rows.select_related("notice").order_by("notice", "-number")


def _templates(about: Q) -> list[str]:
    rows = TemplateVersion.objects.filter(about).select_related("template")
    return sorted({f"the agreement template “{row.content['title']}”" for row in rows})
