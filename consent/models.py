"""Schemes, schools, pupils, and the decisions of people (rulebook C)."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from consent.rules import Choice, DecidedBy, Default
from notices.models import Item, Purpose, Recipient

BY = [(by.value, by.value) for by in DecidedBy]
CHOICES = [(choice.value, choice.value) for choice in Choice]


class Scheme(models.Model):
    """An opt-out that the law or a notice offers for one recipient. Ages in years."""

    class Kind(models.TextChoices):
        STATUTORY = "statutory", "By law"
        PROGRAMME = "programme", "By the programme"

    code = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    recipient = models.OneToOneField(Recipient, models.PROTECT, related_name="scheme")
    default = models.CharField(max_length=10, choices=[(d.value, d.value) for d in Default])
    kind = models.CharField(max_length=10, choices=Kind.choices)
    min_age = models.PositiveSmallIntegerField(null=True, blank=True)
    below_age = models.PositiveSmallIntegerField(null=True, blank=True)
    self_age = models.PositiveSmallIntegerField(null=True, blank=True)
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "code"]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(min_age__isnull=True)
                | Q(below_age__isnull=True)
                | Q(min_age__lt=F("below_age")),
                name="scheme_min_age_below_below_age",
            ),
            models.CheckConstraint(
                condition=Q(default__in=[d.value for d in Default]), name="scheme_default_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["statutory", "programme"]), name="scheme_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SchemePurpose(models.Model):
    """A purpose that a scheme is limited to; a scheme without any applies to all."""

    scheme = models.ForeignKey(Scheme, models.CASCADE, related_name="purposes")
    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["scheme", "purpose"], name="scheme_purpose_once"),
        ]

    def __str__(self) -> str:
        return self.purpose.label


class BasicItem(models.Model):
    """An item that goes to the scheme's recipient even when a pupil is opted out."""

    scheme = models.ForeignKey(Scheme, models.CASCADE, related_name="basic_items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["scheme", "item"], name="basic_item_once"),
        ]

    def __str__(self) -> str:
        return self.item.label


class School(models.Model):
    """A school, known by its unique reference number."""

    urn = models.CharField("URN", max_length=6, unique=True)
    name = models.CharField(max_length=200)

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "urn"]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(urn__regex=r"^[0-9]{6}$"), name="school_urn_form"),
        ]

    def __str__(self) -> str:
        return self.name


class SchoolStaff(models.Model):
    """A member of staff sees the pupils of these schools and no others."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="workplaces")
    school = models.ForeignKey(School, models.PROTECT, related_name="staff")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "school"], name="school_staff_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.school}"


class Pupil(models.Model):
    """A pupil on the roll, past or present. `reference` stands for them in the log (L4).

    The folded names serve comparison only (`privacy_portal.names.folded_name`).
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    surname = models.CharField(max_length=200)
    forename = models.CharField(max_length=200)
    surname_folded = models.CharField(max_length=200)
    forename_folded = models.CharField(max_length=200)
    born = models.DateField("date of birth")
    sex = models.CharField(max_length=20, blank=True)
    # Triggers check it, once for a statement: `privacy_portal.references`. So too PupilUpn.pupil.
    school = models.ForeignKey(
        School, models.PROTECT, related_name="pupils", db_index=False, db_constraint=False
    )
    year_group = models.CharField(max_length=20, blank=True)
    address = models.CharField(max_length=500, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    parent_name = models.CharField(max_length=200, blank=True)
    parent_address = models.CharField(max_length=500, blank=True)
    parent_email = models.CharField(max_length=254, blank=True)
    supported_to_25 = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            # A school's own pupils; an opt-out sent online is matched among them. With the date of
            # birth in it the index would make a roll import an eighth slower.
            models.Index(fields=["school"], name="pupil_school"),
        ]

    def __str__(self) -> str:
        return f"pupil {self.pk}"


class PupilUpn(models.Model):
    """A UPN that a pupil has or had. One number is never two pupils' (C6, C11)."""

    upn = models.CharField("UPN", max_length=13, primary_key=True)
    pupil = models.ForeignKey(
        Pupil, models.CASCADE, related_name="upns", db_index=False, db_constraint=False
    )
    present = models.BooleanField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["pupil"], condition=Q(present=True), name="pupil_one_present_upn"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["pupil"], condition=Q(present=False), name="pupil_former_upns"),
        ]

    def __str__(self) -> str:
        return f"UPN of pupil {self.pupil_id}"


class OptOutRequest(models.Model):
    """An opt-out sent online, exactly as received; never edited, never deleted."""

    reference = models.CharField(max_length=20, unique=True)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="requests")
    by = models.CharField(max_length=10, choices=BY)
    person_name = models.CharField(max_length=200)
    relation = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=50, blank=True)
    address = models.CharField(max_length=500, blank=True)
    surname = models.CharField(max_length=200)
    forename = models.CharField(max_length=200)
    born = models.DateField()
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="requests")
    other_school = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["-received_at"], name="request_recent")
        ]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(school__isnull=False) | ~Q(other_school=""), name="request_has_school"
            ),
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone="") | ~Q(address=""), name="request_has_contact"
            ),
            models.CheckConstraint(
                condition=Q(by__in=[by.value for by in DecidedBy]), name="request_by_known"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Decision(models.Model):
    """A decision of a person under a scheme. Rows are only ever added (C5).

    `received_at` is when it reached the school or the council; a day without a time is
    its first instant. `import_key` is set for decisions kept elsewhere until imported:
    it makes importing twice change nothing.
    """

    class Channel(models.TextChoices):
        ONLINE = "online", "Online"
        PAPER = "paper", "Paper"
        PHONE = "phone", "Phone"
        IMPORT = "import", "Import"

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="decisions")
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="decisions")
    choice = models.CharField(max_length=10, choices=CHOICES)
    by = models.CharField(max_length=10, choices=BY)
    person_name = models.CharField(max_length=200)
    person_key = models.CharField(max_length=200)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    received_at = models.DateTimeField()
    signed_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    request = models.OneToOneField(
        OptOutRequest, models.PROTECT, null=True, blank=True, related_name="decision"
    )
    import_key = models.CharField(max_length=64, null=True, unique=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["scheme", "pupil"], name="decision_scheme_pupil"),
        ]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(choice__in=[c.value for c in Choice]), name="decision_choice_known"
            ),
            models.CheckConstraint(
                condition=Q(by__in=[by.value for by in DecidedBy]), name="decision_by_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["online", "paper", "phone", "import"]),
                name="decision_channel_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.choice} by {self.by}"


class Invalidation(models.Model):
    """Says that a decision never was one, and why (C4). Rows are only ever added."""

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="invalidation")
    reason = models.CharField(max_length=500)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(reason=""), name="invalidation_has_reason"),
        ]

    def __str__(self) -> str:
        return f"invalid: {self.reason}"
