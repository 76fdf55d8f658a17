"""Counting the workers that a job ended, and giving it up with the second: it may be the cause."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from privacy_portal.ground.stalled.models import StalledJob

# With so many dead workers a job is set aside.
MOST_DEATHS = 2
KEEP_DAYS = 30
GiveUp = Callable[..., None]
_GIVE_UP: dict[str, GiveUp] = {}


def give_up_with(task: str, verb: GiveUp) -> None:
    """Call `verb` with a job's arguments when a job of this task is set aside, perhaps
    repeatedly."""
    _GIVE_UP[task] = verb


def record_death(job: int, task: str, arguments: Mapping[str, object], *, at: datetime) -> bool:
    """Record that the worker of a job is gone; return whether the job is now set aside."""
    with transaction.atomic():
        stalled, _ = StalledJob.objects.select_for_update().get_or_create(
            job=job, defaults={"task": task, "at": at}
        )
        stalled.deaths, stalled.at = stalled.deaths + 1, at
        if stalled.deaths >= MOST_DEATHS and stalled.set_aside_at is None:
            stalled.set_aside_at = at
            if verb := _GIVE_UP.get(task):
                verb(**arguments, at=at)
        stalled.save()
    return stalled.set_aside_at is not None


def set_aside() -> QuerySet[StalledJob]:
    """Return the jobs that were set aside, newest first; 1 query."""
    return StalledJob.objects.filter(set_aside_at__isnull=False)


def forget(*, at: datetime) -> int:
    """Delete what is known of such jobs after a while; return how many."""
    return StalledJob.objects.filter(at__lt=at - timedelta(days=KEEP_DAYS)).delete()[0]
