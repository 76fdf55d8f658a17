"""Jobs of people."""

from procrastinate.contrib.django import app

from privacy_portal.ground import days
from privacy_portal.people import erasing, leaving


@app.periodic(cron="12 5 * * *")
@app.task(name="people.end_unused", queueing_lock="people.end_unused")
def end_unused(timestamp: int) -> None:
    """Deactivate accounts that were not used for 90 days, tell people 14 days before, and erase accounts that
    were deactivated long ago (R2)."""
    leaving.warn_unused(at=days.now())
    leaving.deactivate_unused(at=days.now())
    erasing.erase_due(at=days.now())
