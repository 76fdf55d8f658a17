"""Jobs of people."""

from procrastinate.contrib.django import app

from privacy_portal.ground import days
from privacy_portal.people import leaving


@app.periodic(cron="12 5 * * *")
@app.task(name="people.end_unused", queueing_lock="people.end_unused")
def end_unused(timestamp: int) -> None:
    """Deactivate accounts that were not used for 90 days, and tell people 14 days before."""
    leaving.warn_unused(at=days.now())
    leaving.deactivate_unused(at=days.now())
