"""Jobs of notices: tell subscribers, remind officers, delete what is no longer needed."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from notices.reports import reporting
from notices.subscriptions import subscribing, telling
from privacy_portal.ground import days


@app.task(name="notices.tell", retry=RetryStrategy(max_attempts=8, exponential_wait=3))
def tell(version: int, event: str) -> None:
    """Tell subscribers of a version; deferred in the transaction that publishes or withdraws it."""
    telling.tell(version, telling.Event(event), at=days.now())


@app.periodic(cron="3 6 * * *")
@app.task(name="notices.remind", queueing_lock="notices.remind")
def remind(timestamp: int) -> None:
    """Remind officers every morning of reports that are due soon or overdue."""
    reporting.remind(at=days.now())


@app.periodic(cron="27 3 * * *")
@app.task(name="notices.forget", queueing_lock="notices.forget")
def forget(timestamp: int) -> None:
    """Delete expired links, and reports answered long ago, every night."""
    subscribing.forget_requests(at=days.now())
    reporting.erase_old(at=days.now())
