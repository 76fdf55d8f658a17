"""Jobs of the desk."""

from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from privacy_portal import days
from sharing import agreeing, agreement_reminding, desk, statistics_desk

CHECK_RETRY = RetryStrategy(max_attempts=3, exponential_wait=3)


@app.periodic(cron="*/10 * * * *")
@app.task(name="sharing.expire", queueing_lock="sharing.expire")
def expire(timestamp: int) -> None:
    """Every ten minutes: what was not downloaded within its hours is deleted (H3)."""
    desk.expire_due(at=days.now())
    statistics_desk.expire_due(at=days.now())


@app.periodic(cron="23 7 * * *")
@app.task(name="sharing.remind", queueing_lock="sharing.remind")
def remind(timestamp: int) -> None:
    """Every morning: agreements that end soon, and those whose review is due (A4)."""
    agreement_reminding.remind(at=days.now())


@app.periodic(cron="29 3 * * *")
@app.task(name="sharing.forget", queueing_lock="sharing.forget")
def forget(timestamp: int) -> None:
    """Every night: signed papers whose recording did not succeed are deleted."""
    agreeing.forget_orphans(at=days.now())


@app.task(name="sharing.check_release", retry=CHECK_RETRY, pass_context=True)
def check_release(context: JobContext, release: str) -> None:
    """Decides on an uploaded extract; deferred in the transaction that keeps it."""
    try:
        desk.check(UUID(release), at=days.now())
    except Exception as error:
        if CHECK_RETRY.get_retry_decision(exception=error, job=context.job) is None:
            desk.check_failed(UUID(release), error, at=days.now())
        raise
