"""Notices, their versions, drafts and published words.

What a published version may never change is kept by triggers (migration 0002).
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value

from notices.models.vocabulary import Audience, Item, Purpose, Recipient


class VersionStatus(models.TextChoices):
    """A version is written as a draft, published, and, if it never took effect, withdrawn."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Notice(models.Model):
    """A privacy notice for one audience (N0)."""

    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    audience = models.CharField(max_length=10, choices=Audience.choices, unique=True)
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(audience__in=Audience.values), name="notice_audience_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class NoticeVersion(models.Model):
    """One version of a notice; once published it never changes (N1)."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(
        max_length=10, choices=VersionStatus.choices, default=VersionStatus.DRAFT
    )
    effective_from = models.DateField(null=True, blank=True)
    summary = models.TextField(blank=True)
    young_summary = models.TextField(blank=True, default="", db_default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "number"], name="notice_version_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="notice_version_from_1"),
            models.CheckConstraint(
                condition=Q(status__in=VersionStatus.values), name="notice_version_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(effective_from__isnull=False),
                name="notice_version_published_has_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice.slug}/{self.number}"


class Section(models.Model):
    """A part of a version's text: `body` is Markdown, `element` the Art. 13/14 point it meets.

    `scheme` names the opt-out scheme (by code) that an `opt_out` section explains.
    """

    version = models.ForeignKey(NoticeVersion, models.CASCADE, related_name="sections")
    position = models.PositiveIntegerField()
    element = models.CharField(max_length=50)
    heading = models.CharField(max_length=200)
    scheme = models.CharField(max_length=100, blank=True)
    body = models.TextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="section_position"),
        ]

    def __str__(self) -> str:
        return self.heading


class Translation(models.Model):
    """A version in another language; the English text is the one that counts.

    `words` gives each short English word of the table (a label, a heading) in the language.
    A label that reads otherwise later is another word, and so is missing.
    """

    version = models.ForeignKey(NoticeVersion, models.CASCADE, related_name="translations")
    language = models.CharField(max_length=10)
    title = models.CharField(max_length=200)
    young_summary = models.TextField(blank=True)
    young_summary_of = models.CharField(max_length=24, blank=True)
    words = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))

    class Meta:
        ordering: ClassVar[list[str]] = ["language"]
        constraints = [
            models.UniqueConstraint(fields=["version", "language"], name="translation_once"),
        ]

    def __str__(self) -> str:
        return self.language


class TranslatedSection(models.Model):
    """A section in another language; `made_from` is the token of the English words it tells."""

    version = models.ForeignKey(NoticeVersion, models.CASCADE, related_name="+")
    translation = models.ForeignKey(Translation, models.CASCADE, related_name="sections")
    section = models.ForeignKey(Section, models.CASCADE, related_name="translations")
    heading = models.CharField(max_length=200)
    body = models.TextField()
    made_from = models.CharField(max_length=24)

    class Meta:
        ordering: ClassVar[list[str]] = ["section__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["translation", "section"], name="translated_section_once"
            ),
        ]

    def __str__(self) -> str:
        return self.heading


class NotApplicable(models.Model):
    """An element of Art. 13/14 that a version need not tell, and why (N3)."""

    version = models.ForeignKey(NoticeVersion, models.CASCADE, related_name="not_applicable")
    element = models.CharField(max_length=50)
    reason = models.CharField(max_length=500)

    class Meta:
        ordering: ClassVar[list[str]] = ["element"]
        constraints = [
            models.UniqueConstraint(fields=["version", "element"], name="not_applicable_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="not_applicable_has_reason"),
        ]

    def __str__(self) -> str:
        return self.element


class NamedRecipient(models.Model):
    """A line of a version's table: this recipient gets these items for these purposes.

    `legal_duty` names the law that makes the council share where no agreement does (N3).
    """

    version = models.ForeignKey(NoticeVersion, models.CASCADE, related_name="named_recipients")
    position = models.PositiveIntegerField()
    recipient = models.ForeignKey(Recipient, models.PROTECT, related_name="+")
    legal_duty = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="named_position"),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.recipient}"


class NamedPurpose(models.Model):
    """A purpose in a line of a version's table."""

    named = models.ForeignKey(NamedRecipient, models.CASCADE, related_name="purposes")
    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["named", "purpose"], name="named_purpose_once"),
        ]

    def __str__(self) -> str:
        return self.purpose.label


class NamedItem(models.Model):
    """An item in a line of a version's table."""

    named = models.ForeignKey(NamedRecipient, models.CASCADE, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["named", "item"], name="named_item_once"),
        ]

    def __str__(self) -> str:
        return self.item.label


class DraftEdit(models.Model):
    """Who changed a draft, when and what; rows are only ever added.

    Kept by notice and number, so that it outlives a draft that is thrown away.
    """

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="edits")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    change = models.CharField(max_length=300)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["notice", "number", "-id"], name="edits_of_draft"),
        ]

    def __str__(self) -> str:
        return self.change


class Publication(models.Model):
    """The words of a version as they were published; never changed, and all that pages read.

    `content` is the document of `notices.drafts.content`, with every label and contact as it read
    then; `digest` is the SHA-256 of its canonical JSON, also in the log.
    `by` is None for a version imported with a policy.
    """

    logged_texts = ()
    logged_also = ("digest", "at", "by_id", "last_editor_id")

    version = models.OneToOneField(
        NoticeVersion, models.PROTECT, primary_key=True, related_name="publication"
    )
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    last_editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(by__isnull=True)
                | Q(last_editor__isnull=True)
                | ~Q(by=F("last_editor")),
                name="publication_never_by_its_last_editor",
            ),
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="publication_digest"
            ),
        ]

    def __str__(self) -> str:
        return f"publication {self.version_id}"


class Withdrawal(models.Model):
    """Why a version that waited for its day was withdrawn (N2); rows are only ever added."""

    logged_texts = ("reason",)

    version = models.OneToOneField(
        NoticeVersion, models.PROTECT, primary_key=True, related_name="withdrawal"
    )
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="withdrawal_has_reason"),
        ]

    def __str__(self) -> str:
        return f"withdrawal {self.version_id}"
