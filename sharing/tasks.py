"""Jobs of the desk."""

from procrastinate.contrib.django import app

from privacy_portal import days
from sharing import agreeing, agreement_reminding, desk


@app.periodic(cron="*/10 * * * *")
@app.task(name="sharing.expire", queueing_lock="sharing.expire")
def expire(timestamp: int) -> None:
    """Every ten minutes: what was not downloaded within its hours is deleted (H3)."""
    desk.expire_due(at=days.now())


@app.periodic(cron="23 7 * * *")
@app.task(name="sharing.remind", queueing_lock="sharing.remind")
def remind(timestamp: int) -> None:
    """Every morning: agreements that end soon, and those whose review is due (A4)."""
    agreement_reminding.remind(at=days.now())


@app.periodic(cron="29 3 * * *")
@app.task(name="sharing.forget", queueing_lock="sharing.forget")
def forget(timestamp: int) -> None:
    """Every night: signed papers whose recording did not succeed are deleted."""
    agreeing.forget_orphans(at=days.now())
