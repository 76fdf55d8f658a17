"""Schools, their staff, and pupils."""

import uuid
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from consent.identity_rules import Identity
from consent.models.hidden import LocatingField
from consent.models.merges import PupilMerge


class School(models.Model):
    """A school, known by its unique reference number.

    `laestab`, the number of its authority (3 digits) and its own (4), is how CTF files name it; the
    register of schools (GIAS) gives it. It is open from `opened_on` to the day before `closed_on`. In a `pupil_referral_unit`
    the authority itself is what the law calls the responsible person (C9). `to_check_since` is when a job found
    it silent or far below the others (K2); None where the last one did not.
    """

    urn = models.CharField("URN", max_length=6, unique=True)
    name = models.CharField(max_length=200)
    laestab = models.CharField("LAESTAB", max_length=7, null=True, unique=True)
    opened_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="predecessors", db_index=False
    )
    pupil_referral_unit = models.BooleanField(default=False, db_default=False)
    to_check_since = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "urn"]
        constraints = [
            models.CheckConstraint(condition=Q(urn__regex=r"^[0-9]{6}$"), name="school_urn_form"),
            models.CheckConstraint(
                condition=Q(laestab__isnull=True) | Q(laestab__regex=r"^[0-9]{7}$"),
                name="school_laestab_form",
            ),
            models.CheckConstraint(
                condition=Q(opened_on__isnull=True)
                | Q(closed_on__isnull=True)
                | Q(opened_on__lt=F("closed_on")),
                name="school_opened_before_closed",
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | ~Q(successor=F("id")),
                name="school_not_its_own_successor",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SchoolStaff(models.Model):
    """A member of staff of a school, who sees its pupils and no others."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="workplaces")
    school = models.ForeignKey(School, models.PROTECT, related_name="staff")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "school"], name="school_staff_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.school}"


def may_be_written_to(path: str = "") -> Q:
    """Return the condition that the portal may write to a pupil's family: not of a protected child (P4),
    nor of one who has died (P6). `path` leads to the pupil, as in `pupil__`."""
    return Q(**{f"{path}protected": False, f"{path}died_on": None})


class PupilQuerySet(models.QuerySet["Pupil"]):
    """Records of pupils; every list and count begins with one of these filters."""

    def standing(self) -> "PupilQuerySet":
        """Return the records that stand for a child, leavers too: not those merged into another, nor
        those that were erased."""
        merged = PupilMerge.objects.in_force().filter(gone=OuterRef("pk"))
        return self.filter(~Exists(merged), erased_at=None)

    def on_roll(self) -> "PupilQuerySet":
        """Return the records on a school's roll now: of a child who has not left (K1)."""
        return self.standing().filter(left_on=None)

    def to_write_to(self) -> "PupilQuerySet":
        """Return the records on a school's roll whose families the portal may write to."""
        return self.on_roll().filter(may_be_written_to())


# In place of a name and a date of birth that were erased (R2). Nobody on a roll was born then (C6d).
NAME_ERASED = "A pupil whose details were erased"
BORN_ERASED = date(1900, 1, 1)
# In place of the school of a protected pupil (P2).
SCHOOL_HIDDEN = "Not shown: this pupil’s details are protected"


@dataclass(frozen=True, slots=True)
class Home:
    """Where a pupil is, and who the parent is, as the roll has it: for few eyes (P2)."""

    address: str
    postcode: str
    parent_name: str
    parent_address: str
    parent_email: str


class Pupil(models.Model):
    """A pupil, past or present. `reference` stands for them in the log (L4).

    Address, postcode and everything of the parent are empty to read while the pupil is protected.

    `left_on` is the day on which a whole file of their school lacked them, or a CTF said that they
    left: they are kept, since an organisation may still be asked about them. The folded names are
    for comparison only (`privacy_portal.ground.names.folded_name`).

    Of a pupil who was erased (`erased_at`) the record keeps its reference and the school, and nothing that
    tells who it was; the day on which they left is that year's first (R2).
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    surname = models.CharField(max_length=200)
    forename = models.CharField(max_length=200)
    surname_folded = models.CharField(max_length=200)
    forename_folded = models.CharField(max_length=200)
    born = models.DateField("date of birth")
    sex = models.CharField(max_length=20, blank=True)
    # Triggers check it, once for a statement: `privacy_portal.ground.references`. So too PupilUpn.pupil.
    school = models.ForeignKey(
        School, models.PROTECT, related_name="pupils", db_index=False, db_constraint=False
    )
    year_group = models.CharField(max_length=20, blank=True)
    address = LocatingField(max_length=500, blank=True)
    postcode = LocatingField(max_length=20, blank=True)
    parent_name = LocatingField(max_length=200, blank=True)
    parent_address = LocatingField(max_length=500, blank=True)
    parent_email = LocatingField(max_length=254, blank=True)
    supported_to_25 = models.BooleanField(default=False)
    left_on = models.DateField(null=True)
    # Whether anybody protects the pupil now (P1), and the day they died (P6): set by triggers from the
    # rows of `consent.models.protection`; what is saved here otherwise is ignored.
    protected = models.BooleanField(default=False, db_default=False)
    died_on = models.DateField(null=True)
    # As the school's system writes it.
    home_language = models.CharField(max_length=50, blank=True, db_default="")
    erased_at = models.DateTimeField(null=True, editable=False)

    objects = PupilQuerySet.as_manager()

    class Meta:
        indexes = [
            # A school's own pupils; an opt-out sent online is matched among them. With the date of
            # birth in it the index would make a roll import an eighth slower.
            models.Index(fields=["school"], name="pupil_school"),
            models.Index(
                fields=["id"],
                condition=Q(protected=True) | Q(died_on__isnull=False),
                name="pupil_protected_or_died",
            ),
            # Whose keeping time is over.
            models.Index(
                fields=["left_on"],
                condition=Q(left_on__isnull=False, erased_at=None),
                name="pupil_left_and_kept",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at=None)
                | Q(
                    surname="",
                    forename="",
                    surname_folded="",
                    forename_folded="",
                    born=BORN_ERASED,
                    sex="",
                    year_group="",
                    address="",
                    postcode="",
                    parent_name="",
                    parent_address="",
                    parent_email="",
                    supported_to_25=False,
                    home_language="",
                    left_on__isnull=False,
                ),
                name="pupil_erased_is_nobody",
            )
        ]

    def __str__(self) -> str:
        return f"pupil {self.pk}"

    @property
    def name(self) -> str:
        """Return first and last name, or in their place that they were erased."""
        return NAME_ERASED if self.erased_at else f"{self.forename} {self.surname}"

    @property
    def school_name(self) -> str:
        """Return the name of the pupil's school, unless the pupil is protected (P2)."""
        return SCHOOL_HIDDEN if self.protected else self.school.name

    @property
    def hears_nothing(self) -> bool:
        """Return whether the portal writes to nobody about the pupil: protected (P4), or dead (P6)."""
        return self.protected or self.died_on is not None

    @property
    def home(self) -> Home:
        """Return where the pupil is as the roll has it, also of a protected one: for what is no page,
        list, letter or file, for an officer who said why (P2), or for a file on a request about a pupil
        of whom a second officer let go just that (Q1)."""
        return Home(**{field.name: self._stored(field.name) for field in fields(Home)})

    def _stored(self, name: str) -> str:
        getattr(self, name)  # loads it if it was deferred
        return str(vars(self)[name])

    def refresh_from_db(
        self, using: Any = None, fields: Any = None, from_queryset: Any = None
    ) -> None:
        """Read the record again; what is hidden stays as it is stored."""
        super().refresh_from_db(using, fields, from_queryset)
        if self.protected:
            names = [name for name in HIDDEN if fields is None or name in fields]
            vars(self).update(
                Pupil.objects.filter(pk=self.pk).values(*names).get() if names else {}
            )

    @property
    def identity(self) -> Identity:
        """Return who the pupil is by name and birth, compared as in D `details-differ`."""
        return Identity(self.surname_folded, self.forename_folded, self.born)


HIDDEN = [field.name for field in fields(Home)]


class PupilUpn(models.Model):
    """A UPN that a pupil has or had. One UPN never belongs to two pupils (C6, C11)."""

    upn = models.CharField("UPN", max_length=13, primary_key=True)
    pupil = models.ForeignKey(
        Pupil, models.CASCADE, related_name="upns", db_index=False, db_constraint=False
    )
    present = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pupil"], condition=Q(present=True), name="pupil_one_present_upn"
            )
        ]
        indexes = [
            models.Index(fields=["pupil"], condition=Q(present=False), name="pupil_former_upns")
        ]

    def __str__(self) -> str:
        return f"UPN of pupil {self.pupil_id}"


class PupilChange(models.Model):
    """When something about a pupil became other than it was: a trigger adds a row for each column of a
    changed record, and for a UPN that another replaces (`upn`). It keeps no value.
    """

    # Without a constraint in the database: a roll import adds many rows, all of pupils just updated.
    pupil = models.ForeignKey(
        Pupil, models.CASCADE, related_name="changes", db_index=False, db_constraint=False
    )
    field = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            # What was corrected since something was handed over (H6).
            models.Index(fields=["at"], name="pupil_changes_by_time")
        ]

    def __str__(self) -> str:
        return f"change of pupil {self.pupil_id}"


class FormerName(models.Model):
    """A name that a pupil had before, for matching only. Folded, like a pupil's."""

    pupil = models.ForeignKey(Pupil, models.CASCADE, related_name="former_names")
    surname_folded = models.CharField(max_length=200)
    forename_folded = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "surname_folded", "forename_folded"], name="former_name_once"
            )
        ]

    def __str__(self) -> str:
        return f"former name of pupil {self.pupil_id}"


class RollContact(models.Model):
    """A person whom a CTF file names for a pupil, besides the parent in the pupil's own columns.

    They are told before an opt-in counts (C3). `responsible` marks those with parental
    responsibility: a carer without it is on record too, and may decide like a parent. `merge` is
    what brought them from another record of the child; None: this record's own.
    """

    pupil = models.ForeignKey(Pupil, models.CASCADE, related_name="roll_contacts")
    place = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    email = models.CharField(max_length=254, blank=True)
    address = models.CharField(max_length=700, blank=True)
    merge = models.ForeignKey(
        "consent.PupilMerge", models.PROTECT, null=True, related_name="+", db_index=False
    )
    responsible = models.BooleanField(default=True, db_default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["pupil", "place"], name="roll_contact_place")
        ]

    def __str__(self) -> str:
        return f"contact of pupil {self.pupil_id}"


class PupilMove(models.Model):
    """A pupil's change of school: the new one has not heard of earlier decisions."""

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="moves")
    from_school = models.ForeignKey(School, models.PROTECT, related_name="+")
    to_school = models.ForeignKey(School, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"move of pupil {self.pupil_id}"
