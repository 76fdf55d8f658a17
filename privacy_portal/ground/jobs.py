"""Jobs in the transaction of what they follow, and upkeep of the job queue itself."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task
from procrastinate.types import JSONValue

from privacy_portal.ground import days
from privacy_portal.ground.files import private_files
from privacy_portal.ground.stalled import deaths

logger = logging.getLogger(__name__)
KEEP_HOURS = 24 * 7
# Jobs that one worker ran when it died begin again so far apart.
ALONE = timedelta(minutes=1)
_in_djangos_transaction = JobManager(DjangoConnector())


def defer(name: str, *arguments: Mapping[str, JSONValue]) -> None:
    """Store a job of the task with this name for each set of arguments, in the caller's transaction.

    By name, so that a use case need not import the module of jobs that calls it. Raises KeyError
    for a name that no task has. Inside a worker `task.defer` uses a connection of the worker's own. Its job is seen at
    once, so it can run before the change that it follows is there, or although that was rolled
    back: a mail is then lost, or sent for nothing.
    """
    app.perform_import_paths()
    task = app.tasks[name]
    deferrer = configure_task(
        name=task.name,
        job_manager=_in_djangos_transaction,
        queue=task.queue,
        lock=task.lock,
        queueing_lock=task.queueing_lock,
        priority=task.priority,
    )
    deferrer.batch_defer(*map(dict, arguments))


def start_again(job: Job, number: int, *, at: datetime, next_at: datetime) -> Status | None:
    """Record the death of the worker that ran a job, and start the job again or set it aside.

    Returns what the job is now; None where another run has recorded this death meanwhile, for
    each counts once.
    """
    with transaction.atomic():
        same = ProcrastinateJob.objects.select_for_update().filter(
            pk=number, status=Status.DOING.value, attempts=job.attempts
        )
        if not same.exists():
            return None
        if deaths.record_death(number, job.task_name, job.task_kwargs, at=at):
            finish = async_to_sync(_in_djangos_transaction.finish_job_by_id_async)
            finish(number, Status.FAILED, delete_job=False)
            return Status.FAILED
        _in_djangos_transaction.retry_job_by_id(number, retry_at=next_at)
        return Status.TODO


@app.periodic(cron="* * * * *")
@app.task(name="jobs.restart_stalled", queueing_lock="jobs.restart_stalled", pass_context=True)
async def restart_stalled(context: JobContext, timestamp: int) -> None:
    """Run the jobs of killed workers again every minute, each alone at first.

    A job that ended two workers is set aside, and never runs again by itself.
    """
    at = days.now()
    again = 0
    for job in await app.job_manager.get_stalled_jobs():
        assert job.id is not None  # it comes from the queue
        # Which of several ended the worker nobody knows: apart from each other it shows.
        outcome = await sync_to_async(start_again)(job, job.id, at=at, next_at=at + again * ALONE)
        if outcome is Status.FAILED:
            logger.error("Job %s (%s) is set aside: it ended two workers.", job.id, job.task_name)
        elif outcome is Status.TODO:
            logger.warning(
                "Job %s (%s) is started again: its worker is gone.", job.id, job.task_name
            )
            again += 1


@app.periodic(cron="37 3 * * *")
@app.task(name="jobs.forget_done", queueing_lock="jobs.forget_done", pass_context=True)
async def forget_done(context: JobContext, timestamp: int) -> None:
    """Delete jobs done a week ago every night, and later the record of those that ended workers."""
    await app.job_manager.delete_old_jobs(nb_hours=KEEP_HOURS)
    await sync_to_async(deaths.forget)(at=days.now())


@app.periodic(cron="52 * * * *")
@app.task(name="jobs.sweep_uploads", queueing_lock="jobs.sweep_uploads")
def sweep_uploads(timestamp: int) -> None:
    """Delete every hour what processes that died left of uploads a day ago."""
    private_files.sweep_uploads(at=days.now())
