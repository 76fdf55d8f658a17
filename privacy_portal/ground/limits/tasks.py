"""Jobs of limits."""

from procrastinate.contrib.django import app

from privacy_portal.ground import days
from privacy_portal.ground.limits import alarms, counting


@app.periodic(cron="7 * * * *")
@app.task(name="limits.forget", queueing_lock="limits.forget")
def forget(timestamp: int) -> None:
    """Delete attempts of more than a day ago, and old alarms, every hour."""
    counting.forget(at=days.now())
    alarms.forget(at=days.now())
