"""Schemes: opt-outs that the law or a notice offers for one recipient."""

from dataclasses import dataclass
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from consent.rules import Choice, DecidedBy, Default
from notices.models import Item, Purpose, Recipient

BY = [(by.value, by.value) for by in DecidedBy]
CHOICES = [(choice.value, choice.value) for choice in Choice]


# An objection is to what one organisation gets for one purpose; other choices are under a scheme.
ABOUT_ONE_THING = Q(
    Q(scheme__isnull=False, recipient__isnull=True, purpose__isnull=True)
    & ~Q(choice=Choice.OBJECTION.value)
) | Q(
    scheme__isnull=True,
    recipient__isnull=False,
    purpose__isnull=False,
    choice=Choice.OBJECTION.value,
)


class Scheme(models.Model):
    """An opt-out that the law or a notice offers for one recipient. Ages in years.

    `supplied_by` says who supplies the recipient: a duty to do so binds the school; the authority has
    a power only. `legal_sections` are what a choice counts under, as inside a sentence.
    `child_may_refuse`: whoever does not want to take part on the day does not, whatever parents chose.
    """

    class Kind(models.TextChoices):
        STATUTORY = "statutory", "By law"
        PROGRAMME = "programme", "By the programme"

    class Supplier(models.TextChoices):
        SCHOOL = "school", "The school"
        AUTHORITY = "authority", "The council"

    code = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    recipient = models.OneToOneField(Recipient, models.PROTECT, related_name="scheme")
    default = models.CharField(max_length=10, choices=[(d.value, d.value) for d in Default])
    kind = models.CharField(max_length=10, choices=Kind.choices)
    min_age = models.PositiveSmallIntegerField(null=True, blank=True)
    below_age = models.PositiveSmallIntegerField(null=True, blank=True)
    self_age = models.PositiveSmallIntegerField(null=True, blank=True)
    supplied_by = models.CharField(
        max_length=10, choices=Supplier.choices, default=Supplier.SCHOOL, db_default="school"
    )
    child_may_refuse = models.BooleanField(default=False, db_default=False)
    legal_sections = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "code"]
        constraints = [
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
            # By law a choice under such a scheme is an instruction of a person who may give one.
            models.CheckConstraint(
                condition=Q(child_may_refuse=False) | Q(kind="programme"),
                name="scheme_child_refuses_a_programme",
            ),
            models.CheckConstraint(
                condition=Q(supplied_by__in=["school", "authority"]), name="scheme_supplier_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def by_authority(self) -> bool:
        """Return whether the authority itself supplies the recipient."""
        return self.supplied_by == self.Supplier.AUTHORITY

    @property
    def sharing_title(self) -> str:
        """Return the name of agreeing to it: the opposite of its title, which is an opt-out's."""
        return f"Share everything listed in the privacy notice with {self.recipient.name}"

    @property
    def matter(self) -> "Matter":
        """Return the opt-out under it, as something that a person decides about."""
        return Matter(self, self.recipient, None)


class SchemePurpose(models.Model):
    """A purpose that a scheme is limited to; a scheme without any applies to all."""

    scheme = models.ForeignKey(Scheme, models.CASCADE, related_name="purposes")
    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "purpose"], name="scheme_purpose_once")
        ]

    def __str__(self) -> str:
        return self.purpose.label


class BasicItem(models.Model):
    """An item that is shared with the scheme's recipient even when a pupil is opted out."""

    scheme = models.ForeignKey(Scheme, models.CASCADE, related_name="basic_items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints = [models.UniqueConstraint(fields=["scheme", "item"], name="basic_item_once")]

    def __str__(self) -> str:
        return self.item.label


# What to read along with a row that has a `matter`.
ABOUT = ("scheme__recipient", "recipient", "purpose")


@dataclass(frozen=True, slots=True)
class Matter:
    """A thing that a person decides about: an opt-out under a scheme, or what an organisation gets for
    one purpose, to which one can object (C10)."""

    scheme: Scheme | None
    recipient: Recipient
    purpose: Purpose | None

    @classmethod
    def of(
        cls, scheme: Scheme | None, recipient: Recipient | None, purpose: Purpose | None
    ) -> "Matter":
        """Return the matter that a row of the database names, either way."""
        if scheme is not None:
            return scheme.matter
        assert recipient is not None  # a constraint says so
        assert purpose is not None
        return cls(None, recipient, purpose)

    @property
    def title(self) -> str:
        """Return its name: the scheme's, or what is objected to."""
        if self.scheme is not None:
            return self.scheme.title
        return f"Object to sharing with {self.recipient.name} for {self.reason}"

    @property
    def reason(self) -> str:
        """Return the purpose of the sharing, as inside a sentence; empty for a scheme."""
        return (
            "" if self.purpose is None else self.purpose.label[:1].lower() + self.purpose.label[1:]
        )

    @property
    def key(self) -> str:
        """Return a text that identifies it."""
        if self.scheme is not None:
            return self.scheme.code
        assert self.purpose is not None
        return f"object/{self.recipient.code}/{self.purpose.code}"

    @property
    def saying_no(self) -> Choice:
        """Return the choice of a person who wants it to stop."""
        return Choice.OPT_OUT if self.scheme is not None else Choice.OBJECTION

    def choice_in_words(self, choice: Choice) -> str:
        """Return a choice in words that do not need the title: what is shared from then on."""
        if self.scheme is None:
            return f"Object: stop sharing with {self.recipient.name} for {self.reason}"
        if choice is Choice.OPT_IN:
            return self.scheme.sharing_title
        if choice is Choice.UNWILLING:
            return f"Did not want to take part: {self.recipient.name}"
        if self.scheme.basic_items.all():
            return f"Opt out: share only basic details with {self.recipient.name}"
        return f"Opt out: do not share anything with {self.recipient.name} for this"

    @property
    def noun(self) -> str:
        """Return the name of a choice to stop it."""
        return self.saying_no.value


class PersonsChoice(models.Model):
    """A choice of a person under a scheme, or an objection to what `recipient` gets for `purpose`, with
    its `grounds` (C10)."""

    scheme = models.ForeignKey(Scheme, models.PROTECT, null=True, related_name="+")
    recipient = models.ForeignKey(
        Recipient, models.PROTECT, null=True, related_name="+", db_index=False
    )
    purpose = models.ForeignKey(
        Purpose, models.PROTECT, null=True, related_name="+", db_index=False
    )
    choice = models.CharField(max_length=10, choices=CHOICES)
    grounds = models.TextField(blank=True, db_default="")
    by = models.CharField(max_length=10, choices=BY)
    person_name = models.CharField(max_length=200)

    class Meta:
        abstract = True

    @property
    def matter(self) -> Matter:
        """Return what it is about."""
        return Matter.of(self.scheme, self.recipient, self.purpose)

    @property
    def choice_in_words(self) -> str:
        """Return the choice in words: what is shared from then on."""
        return self.matter.choice_in_words(Choice(self.choice))
