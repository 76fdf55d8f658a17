"""Jobs of the consent app."""

from procrastinate.contrib.django import app

from consent import requesting
from privacy_portal import days


@app.periodic(cron="13 7 * * *")
@app.task(name="consent.remind", queueing_lock="consent.remind")
def remind(timestamp: int) -> None:
    """Every morning: who has not confirmed their opt-out is reminded before the link expires."""
    requesting.remind(at=days.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="consent.forget", queueing_lock="consent.forget")
def forget(timestamp: int) -> None:
    """Every night: opt-outs that nobody confirmed are deleted."""
    requesting.forget_unconfirmed(at=days.now())
