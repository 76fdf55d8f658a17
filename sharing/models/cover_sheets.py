"""What a recipient is told with each file, as it was at the hand-over. Rows are only ever added."""

from django.db import models
from django.db.models import Q

from sharing.models.disclosures import Disclosure


class CoverSheet(models.Model):
    """The facts that go with a file or table that was handed over (H5).

    `facts` is the document of `sharing.cover_sheets.facts`, frozen at the hand-over and without any
    pupil's data; `file_name` and `file_sha256` are of the file as the recipient reads it, before it
    was encrypted; `entry` is the number of the log entry that vouches for both. Whatever is shown
    of it later is written from this row.
    """

    disclosure = models.OneToOneField(
        Disclosure, models.PROTECT, primary_key=True, related_name="cover_sheet"
    )
    entry = models.BigIntegerField(unique=True)
    facts = models.JSONField()
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(file_sha256__regex=r"^[0-9a-f]{64}$"), name="cover_sheet_fingerprint"
            ),
        ]

    def __str__(self) -> str:
        return f"cover sheet of {self.disclosure_id}"
