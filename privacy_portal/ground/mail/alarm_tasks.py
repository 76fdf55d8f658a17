"""The job that looks for far more than usual; apart from the job that sends mails, which it needs."""

from procrastinate.contrib.django import app

from privacy_portal.ground import days
from privacy_portal.ground.mail import alarming


@app.periodic(cron="*/5 * * * *")
@app.task(name="mail.tell_of_alarms", queueing_lock="mail.tell_of_alarms")
def tell_of_alarms(timestamp: int) -> None:
    """Tell officers every five minutes when far more comes in than usual."""
    alarming.tell_officers(at=days.now())
