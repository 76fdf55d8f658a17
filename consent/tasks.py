"""Jobs of the consent app."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.conf import settings
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from consent.decisions import objecting, opting_in
from consent.keying import scans
from consent.letters import codes, printing
from consent.matching import matching
from consent.online import links, requesting
from consent.roll import desk
from consent.schools import work
from consent.watching import checking
from privacy_portal.ground import days
from privacy_portal.ground.stalled.deaths import give_up_with

MATCH_RETRY = RetryStrategy(max_attempts=8, exponential_wait=3)
FILE_RETRY = RetryStrategy(max_attempts=3, exponential_wait=3)


@app.periodic(cron="13 7 * * *")
@app.task(name="consent.remind", queueing_lock="consent.remind")
def remind(timestamp: int) -> None:
    """Remind, every morning, people who have not confirmed an opt-out, schools that are overdue,
    and officers who must decide about an objection."""
    requesting.remind(at=days.now())
    work.chase(at=days.now())
    objecting.remind(at=days.now())


@app.periodic(cron=f"23 */{settings.HELD_LINKS_HOURS} * * *")
@app.task(name="consent.mail_held_links", queueing_lock="consent.mail_held_links")
def mail_held_links(timestamp: int) -> None:
    """Send, every few hours, links that were held back, in one email for each address."""
    links.mail_held(at=days.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="consent.forget", queueing_lock="consent.forget")
def forget(timestamp: int) -> None:
    """Delete, every night, unconfirmed opt-outs and orphaned scans; revoke expired codes."""
    requesting.forget_unconfirmed(at=days.now())
    scans.forget_orphans(at=days.now())
    codes.revoke_expired(at=days.now())


@app.periodic(cron="47 * * * *")
@app.task(name="consent.check_schools", queueing_lock="consent.check_schools")
def check_schools(timestamp: int) -> None:
    """Find, every hour, the schools that are silent or far below the others (K2)."""
    checking.check_schools(at=days.now())


@app.periodic(cron="41 * * * *")
@app.task(name="consent.forget_letters", queueing_lock="consent.forget_letters")
def forget_letters(timestamp: int) -> None:
    """Delete, every hour, printed letters (their codes still work) and uploaded files a day old."""
    printing.forget_old(at=days.now())
    desk.forget_old(at=days.now())
    desk.forget_orphans(at=days.now())


@app.task(name="consent.match_request", retry=MATCH_RETRY)
def match_request(request: int) -> None:
    """Match an opt-out to its pupil; deferred in the transaction that confirms it."""
    matching.match_confirmed(request, at=days.now())


@app.task(name="consent.print_letters", retry=FILE_RETRY, pass_context=True)
def print_letters(context: JobContext, run: str) -> None:
    """Create the letters of a run; deferred in the transaction that asks for them."""
    with _failed_at_last(context, printing.fail, run, why="The letters could not be created."):
        printing.create(UUID(run), at=days.now())


@app.task(name="consent.check_roll", retry=FILE_RETRY, pass_context=True)
def check_roll(context: JobContext, upload: str) -> None:
    """Check an uploaded file of pupils; deferred in the transaction that stores it."""
    with _failed_at_last(context, desk.mark_failed, upload):
        desk.check(UUID(upload), at=days.now())


@app.task(name="consent.import_roll", retry=FILE_RETRY, pass_context=True)
def import_uploaded_roll(context: JobContext, upload: str) -> None:
    """Import an uploaded file of pupils; deferred in the transaction in which someone agreed."""
    with _failed_at_last(context, desk.mark_failed, upload):
        desk.store(UUID(upload), at=days.now())


@contextmanager
def _failed_at_last(
    context: JobContext, mark_failed: Callable[..., None], number: str, **more: str
) -> Iterator[None]:
    """Mark the run or file as failed when the last attempt of its job fails."""
    try:
        yield
    except Exception as error:
        if FILE_RETRY.get_retry_decision(exception=error, job=context.job) is None:
            mark_failed(UUID(number), **more)
        raise


def _given_up(upload: str, *, at: datetime) -> None:
    desk.mark_failed(UUID(upload))


def _letters_given_up(run: str, *, at: datetime) -> None:
    printing.fail(UUID(run), why="Creating the letters ended the program twice.")


give_up_with("consent.check_roll", _given_up)
give_up_with("consent.import_roll", _given_up)
give_up_with("consent.print_letters", _letters_given_up)


@app.periodic(cron="*/10 * * * *")
@app.task(name="consent.settle", queueing_lock="consent.settle")
def settle(timestamp: int) -> None:
    """Verify, every 10 minutes, opt-ins of which everyone has been told by email, mark as told
    whoever was emailed a ruling, and match opt-outs whose own job did not succeed."""
    matching.match_all_confirmed(at=days.now())
    opting_in.settle(at=days.now())
    objecting.settle(at=days.now())
