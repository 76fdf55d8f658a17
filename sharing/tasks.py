"""Jobs of the desk."""

from datetime import datetime
from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.keeping import erasing as erasures
from privacy_portal.ground.stalled.deaths import give_up_with
from sharing.agreements import reminding as agreement_reminding, signing
from sharing.amendments import chasing as amendment_chasing, making as amendment_making
from sharing.auditing import checking as log_checking
from sharing.control import running
from sharing.disclosures import attempt, person_lines
from sharing.figures import counting
from sharing.from_roll import defining
from sharing.keeping import erasing, others
from sharing.organisations import reminding as assurance_reminding
from sharing.register import publishing
from sharing.releases import checking, desk, mails as release_mails
from sharing.requests import steps as request_steps
from sharing.review import destruction, incidents, overriding
from sharing.review.desk import stretches
from sharing.statistics import desk as statistics_desk

CHECK_RETRY = RetryStrategy(max_attempts=3, exponential_wait=3)


@app.periodic(cron="* * * * *")
@app.task(name="sharing.expire", queueing_lock="sharing.expire")
def expire(timestamp: int) -> None:
    """Every minute, delete what has expired (H3) and what hand-overs that died left behind, raise
    overrides that nobody reviewed, and email officers about incidents, requests for data that are due,
    and what expires soon."""
    desk.expire_due(at=days.now())
    attempt.forget_unlogged(at=days.now())
    attempt.undo_undelivered(at=days.now())
    statistics_desk.expire_due(at=days.now())
    overriding.raise_due(at=days.now())
    incidents.remind(at=days.now())
    amendment_chasing.ask(at=days.now())
    request_steps.remind(at=days.now())
    release_mails.remind(at=days.now())


@app.periodic(cron="* * * * *")
@app.task(name="sharing.index_lines", queueing_lock="sharing.index_lines")
def index_lines(timestamp: int) -> None:
    """Every minute, index what was shared since by person, for pupils' lists."""
    person_lines.index_lines(at=days.now())


@app.periodic(cron="23 7 * * *")
@app.task(name="sharing.remind", queueing_lock="sharing.remind")
def remind(timestamp: int) -> None:
    """Every morning, email about agreements that end soon or need a review (A4), registrations and
    certificates that end soon (Q3) and data to delete (R1), create the scheduled files from pupil records,
    and find and chase amendments (H6). Run the control if none has run at night (K3)."""
    at = days.now()
    running.run_if_missed(clock=days.now)
    agreement_reminding.remind(at=at)
    assurance_reminding.remind(at=at)
    destruction.remind(at=at)
    defining.run_due(at=at)
    amendment_making.look(at=at)
    amendment_chasing.remind(at=at)


@app.periodic(cron="29 3 * * *")
@app.task(name="sharing.forget", queueing_lock="sharing.forget")
def forget(timestamp: int) -> None:
    """Every night, delete signed agreements and certificates whose recording did not succeed."""
    signing.forget_orphans(at=days.now())
    destruction.forget_orphans(at=days.now())


@app.periodic(cron="53 3 * * *")
@app.task(name="sharing.erase", queueing_lock="sharing.erase")
def erase(timestamp: int) -> None:
    """Every night, erase pupils and texts whose keeping time is over, and files that an erasure left when its
    process died (R2)."""
    at = days.now()
    others.erase_others(at=at)
    erasing.erase_due(at=at)
    erasures.sweep_files(at=at)


@app.periodic(cron="13 4 * * *")
@app.task(name="sharing.publish_counts", queueing_lock="sharing.publish_counts")
def publish_counts(timestamp: int) -> None:
    """Every night, publish the figures of a month that has ended in the public register."""
    publishing.publish_due(at=days.now())


@app.periodic(cron="43 4 * * *")
@app.task(name="sharing.count_weeks", queueing_lock="sharing.count_weeks")
def count_weeks(timestamp: int) -> None:
    """Every night, count the disclosures of a week that has ended, for the figures (K1)."""
    counting.count_due(at=days.now())


@app.periodic(cron="37 * * * *")
@app.task(name="sharing.count_stretches", queueing_lock="sharing.count_stretches")
def count_stretches(timestamp: int) -> None:
    """Every hour, count what is new in the disclosure log and its lists, for their totals (K1)."""
    stretches.count_due(at=days.now())
    stretches.count_signed()
    destruction.sum_up_counts()


@app.periodic(cron="41 1 * * *")
@app.task(name="sharing.control_night", queueing_lock="sharing.control_night", retry=CHECK_RETRY)
def control_night(timestamp: int) -> None:
    """Every night, control with invented pupils that opt-outs are kept (K3)."""
    running.run(clock=days.now)


@app.task(name="sharing.control", retry=CHECK_RETRY)
def control(by: int) -> None:
    """Run the control for an officer who asked for it (K3)."""
    running.run(clock=days.now, by=User.objects.get(pk=by))


@app.periodic(cron="11 2 * * *")
@app.task(name="sharing.check_log_night", queueing_lock="sharing.check_log_night")
def check_log_night(timestamp: int) -> None:
    """Every night, check the whole log, each row it vouches for, and its newest checkpoint (L5)."""
    log_checking.check_log(at=days.now())


@app.task(name="sharing.check_log")
def check_log(by: int) -> None:
    """Check the whole log for somebody who asked for it."""
    log_checking.check_log(by=User.objects.get(pk=by), at=days.now())


@app.task(name="sharing.check_release", retry=CHECK_RETRY, pass_context=True)
def check_release(context: JobContext, release: str) -> None:
    """Check an uploaded extract; deferred in the transaction that stores it."""
    try:
        checking.check(UUID(release), at=days.now())
    except Exception as error:
        if CHECK_RETRY.get_retry_decision(exception=error, job=context.job) is None:
            checking.check_failed(UUID(release), error, at=days.now())
        raise


class WorkerEndedError(Exception):
    """The check ended the program that ran it, twice."""


def _fail_check(release: str, *, at: datetime) -> None:
    checking.check_failed(UUID(release), WorkerEndedError(), at=at)


give_up_with("sharing.check_release", _fail_check)
