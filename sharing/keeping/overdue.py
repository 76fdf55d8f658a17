"""Whether the nightly job erases what is due (R2)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model, QuerySet
from procrastinate.contrib.django.models import ProcrastinateEvent

from privacy_portal.ground.row_counts import Total
from sharing.keeping.queries import due_lists

JOB = "sharing.erase"
# So long the job may not have succeeded.
LATE = timedelta(days=2)
_RUNS, _INSTALLED = "erasing-runs", "erasing-installed"


def erasing_lists(at: datetime) -> dict[str, QuerySet[Model]]:
    """Return the lists by which `is_overdue` says whether erasing is overdue: of late runs of the job, of
    what was over its keeping time already before them, and of what was installed by then; no query."""
    since = at - LATE
    runs = ProcrastinateEvent.objects.filter(
        job__task_name=JOB, type="succeeded", at__gte=since, at__lte=at
    )
    installed = MigrationRecorder.Migration.objects.filter(app="sharing", applied__lt=since)
    return {
        _RUNS: runs,
        _INSTALLED: installed,
        **{_name(due.what): due.rows for due in due_lists(since)},
    }


def is_overdue(totals: Mapping[str, Total], at: datetime) -> bool:
    """Return whether something is over its keeping time and the job has not succeeded for 2 days, nor was the
    portal only installed then, by the totals of `erasing_lists`; no query."""
    waits = any(totals[_name(due.what)].number for due in due_lists(at - LATE))
    return waits and bool(totals[_INSTALLED].number) and not totals[_RUNS].number


def _name(what: str) -> str:
    return f"erasing-{what}"
