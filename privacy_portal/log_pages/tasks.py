"""Jobs of the log."""

from procrastinate.contrib.django import app

from privacy_portal.ground import days
from privacy_portal.log_pages import mailing


@app.periodic(cron="47 6 * * *")
@app.task(name="log.mail_checkpoint", queueing_lock="log.mail_checkpoint")
def mail_checkpoint(timestamp: int) -> None:
    """Every morning, email the newest checkpoint to the protection officer."""
    mailing.mail_checkpoint(at=days.now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="log.mail_refusal", queueing_lock="log.mail_refusal")
def mail_refusal(timestamp: int) -> None:
    """Every 5 minutes, tell of a log that is not as it was signed."""
    mailing.mail_refusal(at=days.now())
