"""Files of pupils that staff uploaded, to be looked at before anything is stored."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value


class RollUpload(models.Model):
    """A file of pupils that someone uploaded, and what it would do or did.

    The file itself is a private one named by `id`. `whole` says that it has every pupil of its
    schools, so that anyone missing has left. `schools` are the URNs it may have; None for all.
    `asked` is what the file leaves open (which sheet, which encoding), `reading` the answers.
    `result` holds counts and the first of each change; it and the file are deleted after a day.
    """

    class State(models.TextChoices):
        ASKING = "asking", "We need to know how to read it"
        CHECKING = "checking", "Checking"
        CHECKED = "checked", "Ready to import"
        FAULTY = "faulty", "Has errors"
        IMPORTING = "importing", "Importing"
        DONE = "done", "Imported"
        FAILED = "failed", "Could not be read"
        GONE = "gone", "Deleted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file_name = models.CharField(max_length=200)
    whole = models.BooleanField()
    schools = ArrayField(models.CharField(max_length=6), null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKING)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    result = models.JSONField(default=dict)
    faults = models.JSONField(default=list)
    asked = models.JSONField(default=dict, db_default=Value("{}", models.JSONField()))
    reading = models.JSONField(default=dict, db_default=Value("{}", models.JSONField()))
    # The roll changed between the look and the yes, so one must look again.
    changed = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "asking",
                        "checking",
                        "checked",
                        "faulty",
                        "importing",
                        "done",
                        "failed",
                        "gone",
                    ]
                ),
                name="roll_upload_state_known",
            )
        ]

    def __str__(self) -> str:
        return f"roll {self.id}"
