"""Agreements, known by their references, and their versions (docs/rulebook.md, A)."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from notices.models import Audience, Item, Purpose, Recipient
from sharing.assessment_rules import Outcome, View
from sharing.rules import Form


class Way(models.TextChoices):
    """How a file gets to the recipient."""

    DOWNLOAD = "download", "Not encrypted. An officer downloads it and sends it as described"
    ZIP = "zip", "ZIP file encrypted with AES-256. Send the passphrase separately"
    AGE = "age", "File encrypted with age. Send the passphrase separately"


class Profile(models.TextChoices):
    """The method by which tables of counts are made safe (S0)."""

    HIDE_BELOW_THRESHOLD = "hide-below-threshold", "Hide numbers below the threshold"
    ROUND_TO_5 = "round-to-5", "Hide 1 to 4 and round the rest to the nearest 5"
    NCMP_2020 = (
        "ncmp-2020",
        "National Child Measurement Programme (from 2020): show 1 to 7 as 5 and round the rest to the nearest 5",
    )


class AmendmentRate(models.TextChoices):
    """How soon a recipient is told of changes to what it got (H6)."""

    AS_NEEDED = "as-needed", "The day after something changes"
    WEEK = "week", "At most every week"
    MONTH = "month", "At most every month"
    QUARTER = "quarter", "At most every 3 months"


class Zeros(models.TextChoices):
    """Whether a true 0 in a table of counts is hidden like a small count (S5)."""

    SHOW = "show", "Show zeros"
    HIDE = "hide", "Hide zeros like numbers below the threshold"


class Contributors(models.TextChoices):
    """Whether hidden counts are protected against whoever stands behind one line and knows it (S2)."""

    TRUST = "trust", "Not protected against"
    PROTECT = (
        "protect",
        "Protected: who knows all of their own row or column cannot work out another number",
    )


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
        CONTROLLERS = "controller-to-controller", "Controller to controller"
        JOINT = "joint-controllers", "Joint controllers"
        PROCESSOR = "processor-contract", "Controller to processor"

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
    roles = models.TextField(blank=True, db_default="", default="")
    contact_name = models.CharField(max_length=200, blank=True, db_default="", default="")
    contact_email = models.CharField(max_length=254, blank=True, db_default="", default="")
    benefit = models.TextField(blank=True, db_default="", default="")
    access = models.TextField(blank=True, db_default="", default="")
    transfer = models.TextField(blank=True, db_default="", default="")
    sent_by = models.CharField(
        max_length=20, choices=Way.choices, blank=True, db_default="", default=""
    )
    security = models.TextField(blank=True, db_default="", default="")
    deletion = models.TextField(blank=True, db_default="", default="")
    rights = models.TextField(blank=True, db_default="", default="")
    at_end = models.TextField(blank=True, db_default="", default="")
    signs_for_council = models.CharField(max_length=300, blank=True, db_default="", default="")
    signs_for_recipient = models.CharField(max_length=300, blank=True, db_default="", default="")
    statistics_profile = models.CharField(
        max_length=30,
        choices=Profile.choices,
        db_default=Profile.HIDE_BELOW_THRESHOLD,
        default=Profile.HIDE_BELOW_THRESHOLD,
    )
    statistics_zeros = models.CharField(
        max_length=10, choices=Zeros.choices, db_default=Zeros.SHOW, default=Zeros.SHOW
    )
    statistics_contributors = models.CharField(
        max_length=10,
        choices=Contributors.choices,
        db_default=Contributors.TRUST,
        default=Contributors.TRUST,
    )

    # Empty: the recipient does not ask for amendments.
    amendments = models.CharField(
        max_length=10, choices=AmendmentRate.choices, blank=True, db_default="", default=""
    )
    dpia_reference = models.CharField(max_length=200, blank=True, db_default="", default="")
    dpia_outcome = models.CharField(
        max_length=20,
        choices=[(outcome.value, outcome.value) for outcome in Outcome],
        blank=True,
        db_default="",
        default="",
    )
    dpia_reason = models.TextField(blank=True, db_default="", default="")
    dpo_view = models.CharField(
        max_length=30,
        choices=[(view.value, view.value) for view in View],
        blank=True,
        db_default="",
        default="",
    )
    dpo_advice = models.TextField(blank=True, db_default="", default="")
    dpo_on = models.DateField(null=True, blank=True)
    against_advice = models.TextField(blank=True, db_default="", default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["agreement", "number"]
        constraints = [
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
            models.CheckConstraint(
                condition=Q(amendments__in=["", "as-needed", "week", "month", "quarter"]),
                name="agreement_amendments_known",
            ),
            models.CheckConstraint(
                condition=Q(sent_by__in=["", "download", "zip", "age"]), name="agreement_way_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    statistics_profile__in=["hide-below-threshold", "round-to-5", "ncmp-2020"]
                ),
                name="agreement_profile_known",
            ),
            models.CheckConstraint(
                condition=Q(statistics_zeros__in=["show", "hide"])
                & Q(statistics_contributors__in=["trust", "protect"]),
                name="agreement_zeros_and_contributors_known",
            ),
            models.CheckConstraint(
                condition=~Q(statistics_profile="ncmp-2020")
                | Q(statistics_zeros="show", statistics_contributors="trust"),
                name="agreement_ncmp_hides_nothing",
            ),
            models.CheckConstraint(
                condition=Q(dpia_outcome__in=["", *(outcome.value for outcome in Outcome)]),
                name="agreement_dpia_outcome_known",
            ),
            models.CheckConstraint(
                condition=Q(dpo_view__in=["", *(view.value for view in View)]),
                name="agreement_dpo_view_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement.reference} version {self.number}"


class Suspension(models.Model):
    """Days on which an agreement is not in force, both included; `last` None: until lifted.

    One that was lifted before it held a day, because it was a mistake, has the day before `first`
    as its `last`. Of a signed agreement none is removed, and `last` only ever comes nearer.
    """

    version = models.ForeignKey(AgreementVersion, models.CASCADE, related_name="suspensions")
    first = models.DateField()
    last = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["first", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last__isnull=True) | Q(first__lte=F("last") + 1),
                name="suspension_period",
            ),
            ExclusionConstraint(
                name="suspension_no_overlap",
                expressions=[
                    ("version", RangeOperators.EQUAL),
                    (
                        Func(
                            "first",
                            F("last") + 1,
                            Value("[)"),
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

    @property
    def never_held(self) -> bool:
        """Return whether it was lifted before it held a day."""
        return self.last is not None and self.last < self.first


class AgreedPurpose(models.Model):
    """A purpose that an agreement covers."""

    version = models.ForeignKey(AgreementVersion, models.CASCADE, related_name="purposes")
    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "purpose"], name="agreed_purpose_once")
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
        constraints = [models.UniqueConstraint(fields=["version", "item"], name="agreed_item_once")]

    def __str__(self) -> str:
        return self.item.label
