"""Jobs of the consent app."""

from procrastinate.contrib.django import app

from consent import opting_in, requesting, scans, school_work
from privacy_portal import days


@app.periodic(cron="13 7 * * *")
@app.task(name="consent.remind", queueing_lock="consent.remind")
def remind(timestamp: int) -> None:
    """Every morning: who has not confirmed an opt-out, and schools that are overdue."""
    requesting.remind(at=days.now())
    school_work.chase(at=days.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="consent.forget", queueing_lock="consent.forget")
def forget(timestamp: int) -> None:
    """Every night: opt-outs that nobody confirmed, and scans of no decision, are deleted."""
    requesting.forget_unconfirmed(at=days.now())
    scans.forget_orphans(at=days.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="consent.settle", queueing_lock="consent.settle")
def settle(timestamp: int) -> None:
    """Every ten minutes: opt-ins of which everyone has been told by mail are verified."""
    opting_in.settle(at=days.now())
