"""The controller, and the vocabulary of items, purposes and recipients.

Each constraint here holds for every row whoever writes it.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class Audience(models.TextChoices):
    """Whom a notice speaks to, and whom an item is about (N0)."""

    PUPIL = "pupil", "Pupils and parents"
    WORKFORCE = "workforce", "School staff"


class Controller(models.Model):
    """The local authority itself: one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=200)
    service = models.CharField(max_length=200, blank=True)
    la_number = models.CharField(max_length=3)
    website = models.URLField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="controller_one_row"),
            models.CheckConstraint(
                condition=Q(la_number__regex=r"^[0-9]{3}$"), name="controller_la_number"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """Whom to write to at the controller: the data protection officer, or for enquiries."""

    class Kind(models.TextChoices):
        DPO = "dpo", "Data protection officer"
        ENQUIRIES = "enquiries", "Enquiries"

    controller = models.ForeignKey(Controller, models.CASCADE, related_name="contacts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    role = models.CharField(max_length=200)
    address = models.CharField(max_length=500, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    email = models.EmailField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["controller", "kind"], name="contact_one_of_a_kind"),
            models.CheckConstraint(condition=Q(kind__in=["dpo", "enquiries"]), name="contact_kind"),
        ]

    def __str__(self) -> str:
        return self.role


class Item(models.Model):
    """A kind of information (`pupil.height`), known in files by its headings.

    `locating` marks what tells where somebody lives or can be reached: hidden for protected pupils (P2).
    """

    code = models.CharField(max_length=100, unique=True)
    label = models.CharField(max_length=200)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    identifying = models.BooleanField()
    special_category = models.BooleanField()
    locating = models.BooleanField(default=False, db_default=False)
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(audience__in=Audience.values), name="item_audience_known"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class ItemHeading(models.Model):
    """A column heading that stands for one item; `folded` is unique over all items."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="headings")
    text = models.CharField(max_length=200)
    folded = models.CharField(max_length=200, unique=True)
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints = [
            models.CheckConstraint(condition=~Q(folded=""), name="heading_not_empty"),
        ]

    def __str__(self) -> str:
        return self.text


class Purpose(models.Model):
    """What information is used for."""

    code = models.CharField(max_length=100, unique=True)
    label = models.CharField(max_length=300)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(audience__in=Audience.values), name="purpose_audience_known"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Recipient(models.Model):
    """An organisation that data may go to: open from `opened` to the day before `closed`."""

    code = models.SlugField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=200, blank=True)
    website = models.URLField(blank=True)
    address = models.CharField(max_length=500, blank=True)
    opened = models.DateField(null=True, blank=True)
    closed = models.DateField(null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors"
    )
    # Organisations of one name of a group may put together what each of them gets.
    group = models.CharField(max_length=100, blank=True, db_default="", default="")
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opened__isnull=True)
                | Q(closed__isnull=True)
                | Q(opened__lt=F("closed")),
                name="recipient_opened_before_closed",
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | ~Q(successor=F("id")),
                name="recipient_not_its_own_successor",
            ),
        ]

    def __str__(self) -> str:
        return self.name
