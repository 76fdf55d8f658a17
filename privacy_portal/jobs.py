"""Upkeep of the job queue itself."""

import logging

from procrastinate import JobContext
from procrastinate.contrib.django import app

logger = logging.getLogger(__name__)
KEEP_HOURS = 24 * 7


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
