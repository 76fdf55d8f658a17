"""Releases of the desk, their definitions, and the rows that are not released in full."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value

from consent.models import Pupil
from notices.models import Item, Recipient
from privacy_portal.ground.log.erasable import Erasable
from sharing.models.agreements import AgreementVersion
from sharing.models.amendments import Amendment
from sharing.models.disclosures import Disclosure


class Release(models.Model):
    """An extract that an officer has had checked and may hand over (H).

    The extract itself is a private file named by `id`; it is deleted when the release is handed
    over, voided, returned or expired. `agreement` is the reference that was asked for,
    `agreement_version` the version it was decided under. `decision_digest` is of the decision the
    officer saw: a hand-over whose own decision differs voids the release (H2). `must_be_approved`:
    by a second officer, since special category data would be released or it was made from the roll.
    `assigned` maps a heading that no item has to the item an officer said it stands for; `override`
    says why it goes against opt-outs; `received_at` is when the extract reached the desk, or was made
    from the roll; `passphrase` opens the encrypted file and is sent another way.
    `amendment` is the one that it tells a recipient, made from the roll too.
    `asked` is what the file leaves open (which sheet, which encoding), `reading` the answers,
    `warnings` say what it hides. `left_bytes` of `file_bytes` left the portal.
    """

    class State(models.TextChoices):
        ASKING = "asking", "Question to answer"
        MATCHING = "matching", "Headings to match"
        CHECKING = "checking", "Checking"
        FAULTY = "faulty", "File has errors"
        FAILED = "failed", "Check failed"
        CHECKED = "checked", "Checked"
        RETURNED = "returned", "Sent back"
        RELEASED = "released", "Ready to download"
        HANDED_OVER = "handed-over", "Handed over"
        VOID = "void", "Cancelled"
        REFUSED = "refused", "Refused"
        EXPIRED = "expired", "Expired"
        DELETED = "deleted", "Deleted"

    class Source(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel"
        CTF = "ctf", "CTF"
        PASTE = "paste", "Pasted"
        ROLL = "roll", "From pupil records"
        AMENDMENT = "amendment", "Changes since"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.CharField(max_length=50)
    agreement_version = models.ForeignKey(
        AgreementVersion, models.PROTECT, null=True, related_name="releases", db_index=False
    )
    purpose = models.CharField(max_length=100)
    on = models.DateField()
    file_name = models.CharField(max_length=200)
    source = models.CharField(
        max_length=10, choices=Source.choices, default="csv", db_default="csv"
    )
    rows_expected = models.PositiveIntegerField(default=0, db_default=0)
    headings = models.JSONField(default=list, db_default=Value("[]", models.JSONField()))
    assigned = models.JSONField(default=dict, db_default=Value("{}", models.JSONField()))
    faults = models.JSONField(default=list, db_default=Value("[]", models.JSONField()))
    asked = models.JSONField(default=dict, db_default=Value("{}", models.JSONField()))
    reading = models.JSONField(default=dict, db_default=Value("{}", models.JSONField()))
    warnings = models.JSONField(default=list, db_default=Value("[]", models.JSONField()))
    request_reference = models.CharField(max_length=200, blank=True)
    requested_on = models.DateField(null=True)
    state = models.CharField(max_length=20, choices=State.choices)
    decision = models.JSONField(default=dict)
    decision_digest = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="releases"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    comment = models.CharField(max_length=1000, blank=True, default="", db_default="")
    released_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    disclosure = models.OneToOneField(Disclosure, models.PROTECT, null=True, related_name="release")
    void_reason = models.CharField(max_length=500, blank=True)
    must_be_approved = models.BooleanField(default=False, db_default=False)
    override = models.JSONField(null=True)
    passphrase = models.CharField(max_length=100, blank=True, default="", db_default="")
    file_bytes = models.BigIntegerField(null=True)
    definition = models.ForeignKey(
        "ReleaseDefinition", models.SET_NULL, null=True, related_name="runs", db_index=False
    )
    left_bytes = models.BigIntegerField(null=True)
    amendment = models.ForeignKey(
        Amendment, models.PROTECT, null=True, related_name="releases", db_index=False
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-checked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                name="release_never_approved_by_its_officer",
            ),
            models.CheckConstraint(
                condition=~Q(state="handed-over") | Q(disclosure__isnull=False),
                name="release_handed_over_is_logged",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["released", "handed-over"]) | Q(released_at__isnull=False),
                name="release_let_go_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.id}"


class ReleaseDefinition(models.Model):
    """A release that is built from the roll itself, by hand or on a schedule.

    `items` are codes in the order of the columns; `schools` URNs and `year_groups` none for all;
    ages are whole years on the day, both included. Each run stops for a second officer. `problem`
    says why the last one on schedule could not be made.
    """

    class Every(models.TextChoices):
        NEVER = "never", "No schedule"
        WEEK = "week", "Every week"
        MONTH = "month", "Every month"
        QUARTER = "quarter", "Every 3 months"
        YEAR = "year", "Every year"

    name = models.CharField(max_length=200)
    agreement = models.CharField(max_length=50)
    purpose = models.CharField(max_length=100)
    items = ArrayField(models.CharField(max_length=100))
    schools = ArrayField(models.CharField(max_length=6), default=list, blank=True)
    year_groups = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    youngest = models.PositiveIntegerField(null=True)
    oldest = models.PositiveIntegerField(null=True)
    every = models.CharField(max_length=10, choices=Every.choices)
    next_on = models.DateField(null=True)
    problem = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(every="never") | Q(next_on__isnull=False),
                name="definition_scheduled_has_day",
            )
        ]

    def __str__(self) -> str:
        return self.name


class HeadingAssignment(models.Model):
    """The item that an officer last assigned to a heading in files for a recipient.

    It is proposed for the next such file, and counts only once an officer assigns it again.
    """

    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="+")
    folded = models.CharField(max_length=200)
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "folded"], name="heading_assigned_once")
        ]

    def __str__(self) -> str:
        return self.folded


class Finding(models.Model):
    """A row that is not released in full, shown to the officer; kept no longer than the extract."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="findings")
    row = models.PositiveIntegerField()
    upn = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=10)
    reason = models.CharField(max_length=30)
    # A second officer lets it go without what tells where the pupil is (P3).
    unlocated = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["row"]
        constraints = [models.UniqueConstraint(fields=["release", "row"], name="finding_row")]

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}"


class RowPermission(Erasable):
    """A second officer's permission for the row of one protected pupil in a release (P3).

    `with_locating` lets the cells go that tell where the pupil is. The latest row holds. Who gives it
    is never who requested the release: a trigger prevents that. Rows are only ever added.
    """

    blanks: ClassVar[dict[str, object]] = {"reason": ""}

    release = models.ForeignKey(Release, models.PROTECT, related_name="row_permissions")
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    with_locating = models.BooleanField()
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(reason=""), name="row_permission_has_reason"
            )
        ]

    def __str__(self) -> str:
        return f"permission for pupil {self.pupil_id} in release {self.release_id}"
