"""Agreements, releases waiting to go, and what was disclosed."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from notices.models import Audience, Item, Purpose, Recipient
from sharing.rules import Form, Outcome


class Agreement(models.Model):
    """An agreement with a recipient, known by its reference; its terms are in its versions."""

    reference = models.CharField(max_length=50, unique=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.reference


class AgreementVersion(models.Model):
    """The terms from one day to another. Once signed they never change (A2).

    `schools` are URNs, empty with `all_schools` for no limit; `ends` is the last day.
    """

    class Kind(models.TextChoices):
        CONTROLLERS = "controller-to-controller", "Between controllers"
        JOINT = "joint-controllers", "Joint controllers"
        PROCESSOR = "processor-contract", "Contract with a processor"

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    recipient = models.ForeignKey(Recipient, models.PROTECT, related_name="agreement_versions")
    audience = models.CharField(max_length=10, choices=Audience.choices)
    kind = models.CharField(max_length=30, choices=Kind.choices)
    form = models.CharField(max_length=20, choices=[(form.value, form.value) for form in Form])
    all_schools = models.BooleanField(default=True)
    schools = ArrayField(models.CharField(max_length=6), default=list, blank=True)
    starts = models.DateField()
    ends = models.DateField()
    signed_on = models.DateField(null=True, blank=True)
    terminated_on = models.DateField(null=True, blank=True)
    lawful_basis = models.TextField(blank=True)
    legal_gateway = models.TextField(blank=True)
    special_category_condition = models.TextField(blank=True)
    retention_months = models.PositiveIntegerField(null=True, blank=True)
    threshold = models.PositiveIntegerField(default=5)
    review_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["agreement", "number"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["agreement", "number"], name="agreement_version_number"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="agreement_version_from_1"),
            models.CheckConstraint(
                condition=Q(starts__lte=F("ends")), name="agreement_starts_before_ends"
            ),
            models.CheckConstraint(
                condition=Q(form__in=[form.value for form in Form]), name="agreement_form_known"
            ),
            models.CheckConstraint(
                condition=Q(audience__in=Audience.values), name="agreement_audience_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["controller-to-controller", "joint-controllers", "processor-contract"]
                ),
                name="agreement_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(all_schools=False) | Q(schools=[]), name="agreement_all_or_some_schools"
            ),
            models.CheckConstraint(condition=Q(threshold__gte=1), name="agreement_threshold"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement.reference} version {self.number}"


class Suspension(models.Model):
    """Days on which an agreement is not in force, both included; `last` None: until lifted."""

    version = models.ForeignKey(AgreementVersion, models.CASCADE, related_name="suspensions")
    first = models.DateField()
    last = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["first"]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(last__isnull=True) | Q(first__lte=F("last")), name="suspension_period"
            ),
            ExclusionConstraint(
                name="suspension_no_overlap",
                expressions=[
                    ("version", RangeOperators.EQUAL),
                    (
                        Func(
                            "first",
                            "last",
                            Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"suspended from {self.first}"


class AgreedPurpose(models.Model):
    """A purpose that an agreement covers."""

    version = models.ForeignKey(AgreementVersion, models.CASCADE, related_name="purposes")
    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["version", "purpose"], name="agreed_purpose_once"),
        ]

    def __str__(self) -> str:
        return self.purpose.label


class AgreedItem(models.Model):
    """An item that an agreement covers."""

    version = models.ForeignKey(AgreementVersion, models.CASCADE, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["version", "item"], name="agreed_item_once"),
        ]

    def __str__(self) -> str:
        return self.item.label


class Disclosure(models.Model):
    """What was handed over, or refused: rows are only ever added.

    `entry` is its number in the log. `columns` are those of the decision; `item_sets` the
    sets of items that lines refer to by place: 0 all that was permitted, 1 the basic ones.
    Counts are of rows; `lines_root` is the Merkle root over the lines.
    """

    entry = models.BigIntegerField(unique=True)
    agreement_reference = models.CharField(max_length=50)
    agreement_version = models.ForeignKey(
        AgreementVersion, models.PROTECT, null=True, related_name="disclosures"
    )
    recipient = models.ForeignKey(Recipient, models.PROTECT, null=True, related_name="disclosures")
    purpose = models.ForeignKey(Purpose, models.PROTECT, null=True, related_name="disclosures")
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="disclosures")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    notice = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=10)
    reasons = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    item_sets = models.JSONField(default=list)
    request_reference = models.CharField(max_length=200, blank=True)
    rows_total = models.PositiveIntegerField(null=True)
    rows_released = models.PositiveIntegerField(null=True)
    rows_reduced = models.PositiveIntegerField(null=True)
    rows_withheld = models.PositiveIntegerField(null=True)
    lines_root = models.BinaryField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-entry"]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(outcome__in=[Outcome.RELEASED, Outcome.REDUCED, Outcome.REFUSED]),
                name="disclosure_outcome_known",
            ),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.REFUSED)
                | Q(
                    agreement_version__isnull=False, recipient__isnull=False, purpose__isnull=False
                ),
                name="disclosure_under_an_agreement",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("by")),
                name="disclosure_never_approved_by_its_officer",
            ),
        ]

    def __str__(self) -> str:
        return f"disclosure {self.entry}"


class DisclosureLine(models.Model):
    """One row of a disclosure: which pupil, which set of items, which outcome.

    `person` is the pupil's random reference (None where no pupil was found), `outcome` and
    `reason` are places in the lists of `sharing.lines`. Written with COPY, never changed.
    """

    pk = models.CompositePrimaryKey("disclosure_id", "row")
    # No foreign key in the database: checking it row by row doubles the time of the COPY,
    # and `log verify` proves more, that exactly these lines are those of the disclosure.
    disclosure = models.ForeignKey(
        Disclosure, models.PROTECT, related_name="lines", db_constraint=False, db_index=False
    )
    row = models.PositiveIntegerField()
    person = models.UUIDField(null=True)
    item_set = models.PositiveSmallIntegerField(null=True)
    outcome = models.PositiveSmallIntegerField()
    reason = models.PositiveSmallIntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            # What opt-outs cut or kept back, on a pupil's page: few lines, so COPY stays quick.
            # 7 is the place of `opted-out` in `sharing.lines.REASONS`.
            models.Index(fields=["person"], condition=Q(reason=7), name="line_opted_out"),
        ]

    def __str__(self) -> str:
        return f"row {self.row}"


class Release(models.Model):
    """An extract that an officer has had checked and may hand over (H).

    The extract itself is a private file named by `id`; it is deleted when the release is
    handed over, voided or expired. `decision_digest` is of the decision the officer saw:
    a hand-over whose own decision differs voids the release (H2).
    """

    class State(models.TextChoices):
        CHECKED = "checked", "Checked"
        RELEASED = "released", "Ready to download"
        HANDED_OVER = "handed-over", "Handed over"
        VOID = "void", "Void"
        REFUSED = "refused", "Refused"
        EXPIRED = "expired", "Expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.CharField(max_length=50)
    purpose = models.CharField(max_length=100)
    on = models.DateField()
    file_name = models.CharField(max_length=200)
    request_reference = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=State.choices)
    decision = models.JSONField()
    decision_digest = models.CharField(max_length=64)
    checked_at = models.DateTimeField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="releases"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    disclosure = models.OneToOneField(Disclosure, models.PROTECT, null=True, related_name="release")
    void_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-checked_at"]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                name="release_never_approved_by_its_officer",
            ),
            models.CheckConstraint(
                condition=~Q(state="handed-over") | Q(disclosure__isnull=False),
                name="release_handed_over_is_logged",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["checked", "refused", "expired", "void"])
                | Q(released_at__isnull=False),
                name="release_released_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.id}"


class Finding(models.Model):
    """A row that would not go whole, shown to the officer; kept no longer than the extract."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="findings")
    row = models.PositiveIntegerField()
    upn = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=10)
    reason = models.CharField(max_length=30)

    class Meta:
        ordering: ClassVar[list[str]] = ["row"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["release", "row"], name="finding_row"),
        ]

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}"
