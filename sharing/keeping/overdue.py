"""Whether the nightly job erases what is due (R2)."""

from datetime import datetime

from procrastinate.contrib.django.models import ProcrastinateEvent

from privacy_portal.ground.row_counts import row_counts
from sharing.keeping.queries import due_lists

JOB = "sharing.erase"


def is_overdue(since: datetime, at: datetime) -> bool:
    """Return whether something was over its keeping time already then, and the job has not succeeded since; 1
    query, and another where it has not."""
    done = ProcrastinateEvent.objects.filter(
        job__task_name=JOB, type="succeeded", at__gte=since, at__lte=at
    )
    if done.exists():
        return False
    return any(row_counts({due.what: due.rows for due in due_lists(since)}).values())
