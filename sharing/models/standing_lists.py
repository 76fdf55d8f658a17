"""What stands in lists that would else be searched for among all disclosures: kept so that a list's length,
and not the log's, says how long its page takes (docs/decisions/46)."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from sharing.models.disclosures import Disclosure


class UnsignedDisclosure(models.Model):
    """A disclosure or refusal that no other officer has signed off. The database adds and deletes it."""

    disclosure = models.OneToOneField(
        Disclosure, models.PROTECT, primary_key=True, related_name="unsigned"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )

    def __str__(self) -> str:
        return f"unsigned {self.disclosure_id}"


class DueDeletion(models.Model):
    """A disclosure whose data is still to be deleted (R1), by `destroy_by`; None where nobody agreed on a day.
    The database adds it with the disclosure and deletes it with the confirmation, or if nothing left."""

    disclosure = models.OneToOneField(
        Disclosure, models.PROTECT, primary_key=True, related_name="due_deletion"
    )
    destroy_by = models.DateField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                models.F("destroy_by").asc(nulls_first=True),
                "disclosure",
                name="due_deletion_by_day",
            )
        ]

    def __str__(self) -> str:
        return f"due deletion {self.disclosure_id}"


class DueDeletionCount(models.Model):
    """How many more disclosures, or fewer where negative, are to be deleted by `destroy_by`; None where nobody
    agreed on a day. The sum of a day is how many there are.

    The database adds a row with each change of the list, so that no two wait for each other; a job makes one
    row of those of a day.
    """

    destroy_by = models.DateField(null=True)
    number = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.number} more to delete"


class UncountedSignOff(models.Model):
    """A disclosure that is signed off and not in the counts of those (`SignedCount`). The database adds it with
    the sign-off, and whoever counts it deletes it."""

    disclosure = models.OneToOneField(
        Disclosure, models.PROTECT, primary_key=True, related_name="uncounted_sign_off"
    )

    def __str__(self) -> str:
        return f"uncounted sign-off of {self.disclosure_id}"
