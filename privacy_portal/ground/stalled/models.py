"""How often a worker died while it ran a job, and jobs that are not run again for that."""

from typing import ClassVar

from django.db import models

_WHAT = {
    "consent.check_roll": "Check a roll that was uploaded",
    "consent.import_roll": "Import a roll",
    "consent.print_letters": "Make letters",
    "sharing.check_release": "Check an extract",
    "mail.send": "Send an email",
}


class StalledJob(models.Model):
    """A job of the queue (`job` is its number, `task` its name) whose worker died while it ran.

    `deaths` counts workers. `set_aside_at` is when it was given up: it never runs again by itself.
    """

    job = models.BigIntegerField(unique=True)
    task = models.CharField(max_length=200)
    deaths = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    set_aside_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]

    def __str__(self) -> str:
        return f"job {self.job} ({self.task})"

    @property
    def what(self) -> str:
        """Return what the job was to do, for people."""
        return _WHAT.get(self.task, self.task)
