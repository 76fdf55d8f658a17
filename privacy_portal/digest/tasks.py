"""The job of the daily email of tasks."""

from procrastinate.contrib.django import app

from privacy_portal.digest import mailing
from privacy_portal.ground import days


@app.periodic(cron="3 6 * * *")
@app.task(name="digest.send", queueing_lock="digest.send")
def send(timestamp: int) -> None:
    """Email their tasks to those who want it and have something overdue or due soon."""
    mailing.send(at=days.now())
