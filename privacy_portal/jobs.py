"""Jobs in the transaction of what they follow, and upkeep of the job queue itself."""

import logging
from collections.abc import Mapping
from typing import Any

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import Task, configure_task
from procrastinate.types import JSONValue

logger = logging.getLogger(__name__)
KEEP_HOURS = 24 * 7
_in_djangos_transaction = JobManager(DjangoConnector())


def defer(task: Task[Any, Any, Any], *arguments: Mapping[str, JSONValue]) -> None:
    """Stores a job for each set of arguments, in the caller's transaction: in a job as well.

    Inside a worker `task.defer` uses a connection of the worker's own. Its job is seen at
    once, so it can run before the change that it follows is there, or although that was rolled
    back: a mail is then lost, or sent for nothing.
    """
    deferrer = configure_task(
        name=task.name,
        job_manager=_in_djangos_transaction,
        queue=task.queue,
        lock=task.lock,
        queueing_lock=task.queueing_lock,
        priority=task.priority,
    )
    deferrer.batch_defer(*map(dict, arguments))


@app.periodic(cron="*/5 * * * *")
@app.task(name="jobs.restart_stalled", queueing_lock="jobs.restart_stalled", pass_context=True)
async def restart_stalled(context: JobContext, timestamp: int) -> None:
    """Jobs of a worker that was killed are run again by another."""
    for job in await app.job_manager.get_stalled_jobs():
        logger.warning("Job %s (%s) is started again: its worker is gone.", job.id, job.task_name)
        await app.job_manager.retry_job(job)


@app.periodic(cron="37 3 * * *")
@app.task(name="jobs.forget_done", queueing_lock="jobs.forget_done", pass_context=True)
async def forget_done(context: JobContext, timestamp: int) -> None:
    """Every night: jobs that are done are forgotten after a week."""
    await app.job_manager.delete_old_jobs(nb_hours=KEEP_HOURS)
