"""Jobs of the desk."""

from procrastinate.contrib.django import app

from privacy_portal import days
from sharing import desk


@app.periodic(cron="*/10 * * * *")
@app.task(name="sharing.expire", queueing_lock="sharing.expire")
def expire(timestamp: int) -> None:
    """Every ten minutes: what was not downloaded within its hours is deleted (H3)."""
    desk.expire_due(at=days.now())
