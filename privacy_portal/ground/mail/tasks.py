"""Jobs of mails."""

from datetime import timedelta
from smtplib import SMTPException

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from privacy_portal.ground import days
from privacy_portal.ground.mail import sending
from privacy_portal.ground.terms import current as terms

# 3 seconds after the first failure, then 9, 27 and so on: the last try after some 3 hours.
ATTEMPTS = 8
RETRY = RetryStrategy(
    max_attempts=ATTEMPTS, exponential_wait=3, retry_exceptions=[OSError, SMTPException]
)


@app.task(name="mail.send", queue="mail", retry=RETRY, pass_context=True)
def send(context: JobContext, message: int) -> None:
    """Send one mail; when it is not tried again, officers are shown that it did not go."""
    try:
        sending.deliver(message, at=days.now())
    except Exception as error:
        if RETRY.get_retry_decision(exception=error, job=context.job) is None:
            sending.give_up(message, why=f"{type(error).__name__}: {error}", at=days.now())
        raise


@app.periodic(cron="17 3 * * *")
@app.task(name="mail.forget", queueing_lock="mail.forget")
def forget(timestamp: int) -> None:
    """Delete the addresses of emails sent long ago, every night."""
    sending.forget(before=days.now() - timedelta(days=terms.number("mail_keep_days")))
