"""What the log vouches for about published notices (L5)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Model

from notices.drafts.content import digest_of
from notices.models import NoticeVersion, Publication, TranslatedSection, VersionStatus, Withdrawal
from notices.queries import table_of
from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.log.vouching import Kind, each

Said = Mapping[str, Any]


class _Status:
    """The status of a version that was published; entries do not say it but of what a policy file brought."""

    def __init__(self, version: NoticeVersion):
        self.status = version.status
        self.is_withdrawn = hasattr(version, "withdrawal")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, _Status):
            return (self.status, self.is_withdrawn) == (other.status, other.is_withdrawn)
        withdrawn = self.is_withdrawn or other == VersionStatus.WITHDRAWN
        return self.status == (VersionStatus.WITHDRAWN if withdrawn else VersionStatus.PUBLISHED)

    __hash__ = None  # type: ignore[assignment]


def _publication(row: Publication) -> Body:
    day = row.version.effective_from
    return {
        "notice": row.version.notice.slug,
        "number": row.version.number,
        "effective_from": day.isoformat() if day else None,
        "status": _Status(row.version),
        "content": digest_of(row.content) + _unlike_rows(row),
    }


def _unlike_rows(row: Publication) -> str:
    """Return what of a version reads otherwise in its rows than what was published; empty where nothing
    does. 8 queries."""
    return "".join(f", but its {what} otherwise" for what in _differing(row.version, row.content))


def _differing(version: NoticeVersion, content: Said) -> Iterator[str]:
    """Yield what of a version reads otherwise in its rows than in the document that was published.

    Names of organisations and labels are of the day of publication; what documents of earlier versions of the
    portal do not have is not compared.
    """
    if _unlike(content, version, "number", "summary", "young_summary"):
        yield "summary reads"
    if _differ(content["sections"], version.sections.all()):
        yield "sections read"
    if _differ(content["not_applicable"], version.not_applicable.all()):
        yield "reasons for what it leaves out read"
    published = [
        (
            line["code"],
            line.get("legal_duty", ""),
            [purpose["code"] for purpose in line["purposes"]],
            [item["code"] for item in line["items"]],
        )
        for line in content["recipients"]
    ]
    stored = [
        (
            line.recipient.code,
            line.legal_duty,
            [named.purpose.code for named in line.purposes.all()],
            [named.item.code for named in line.items.all()],
        )
        for line in table_of(version)
    ]
    if stored != published:
        yield "table says"
    if _translated_otherwise(version, content.get("translations", ())):
        yield "translations read"


def _unlike(said: Said, row: Model, *names: str) -> bool:
    """Return whether a row differs from what is said of it under these names."""
    return any(name in said and said[name] != getattr(row, name) for name in names)


def _differ(said: Iterable[Said], rows: Iterable[Model]) -> bool:
    """Return whether rows differ from what is said of each."""
    said, rows = list(said), list(rows)
    return len(said) != len(rows) or any(
        _unlike(each, row, *each) for each, row in zip(said, rows, strict=True)
    )


def _translated_otherwise(version: NoticeVersion, said: Iterable[Said]) -> bool:
    """Return whether a translation that was published with a version reads otherwise now. One that was not
    complete then was not published."""
    stored = {row.language: row for row in version.translations.all()}
    for translation in said:
        row = stored.get(translation["language"])
        if row is None or _unlike(translation, row, "title", "young_summary"):
            return True
        sections = TranslatedSection.objects.filter(translation=row).order_by("section__position")
        if _differ(translation["sections"], sections):
            return True
        if any(row.words.get(word) != other for word, other in translation["words"].items()):
            return True
    return False


def words_fault() -> str | None:
    """Return a sentence about the first version that counts as published though its words never were; 1
    query."""
    versions = NoticeVersion.objects.exclude(status=VersionStatus.DRAFT).filter(publication=None)
    version = versions.select_related("notice").order_by("pk").first()
    if version is None:
        return None
    return f"notice version {version} is stored as {version.status}, but was never published"


def _withdrawal(row: Withdrawal) -> Body:
    return body(
        "notice-withdrawn",
        at=row.at,
        by=row.by,
        notice=row.version.notice.slug,
        number=row.version.number,
    )


KINDS = (
    Kind(
        events=("notice-published",),
        name="published version of a notice",
        rows=lambda: Publication.objects.select_related("version__notice", "version__withdrawal"),
        key="number",
        field="version__number",
        facts=each(_publication),
    ),
    Kind(
        events=("notice-withdrawn",),
        name="withdrawal of a version of a notice",
        rows=lambda: Withdrawal.objects.select_related("version__notice", "by"),
        key="number",
        field="version__number",
        facts=each(_withdrawal),
        whole=True,
    ),
)
