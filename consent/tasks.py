"""Jobs of the consent app."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from consent.decisions import objecting, opting_in
from consent.keying import scans
from consent.letters import codes as letter_codes, printing as letters
from consent.matching import matching
from consent.online import links, requesting
from consent.roll import desk as roll_desk
from consent.schools import work as school_work
from privacy_portal.ground import days
from privacy_portal.ground.stalled.deaths import give_up_with

MATCH_RETRY = RetryStrategy(max_attempts=8, exponential_wait=3)
PRINT_RETRY = RetryStrategy(max_attempts=3, exponential_wait=3)
ROLL_RETRY = RetryStrategy(max_attempts=3, exponential_wait=3)


@app.periodic(cron="13 7 * * *")
@app.task(name="consent.remind", queueing_lock="consent.remind")
def remind(timestamp: int) -> None:
    """Every morning: who has not confirmed an opt-out, schools that are overdue, and officers who
    must decide about an objection."""
    requesting.remind(at=days.now())
    school_work.chase(at=days.now())
    objecting.remind(at=days.now())


@app.periodic(cron=f"23 */{settings.HELD_LINKS_HOURS} * * *")
@app.task(name="consent.mail_held_links", queueing_lock="consent.mail_held_links")
def mail_held_links(timestamp: int) -> None:
    """Every few hours: links held back come in one mail for each address."""
    links.mail_held(at=days.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="consent.forget", queueing_lock="consent.forget")
def forget(timestamp: int) -> None:
    """Every night: opt-outs that nobody confirmed, and scans of no decision, are deleted."""
    requesting.forget_unconfirmed(at=days.now())
    scans.forget_orphans(at=days.now())
    letter_codes.revoke_expired(at=days.now())


@app.periodic(cron="41 * * * *")
@app.task(name="consent.forget_letters", queueing_lock="consent.forget_letters")
def forget_letters(timestamp: int) -> None:
    """Every hour: printed letters a day old are deleted (their codes stay good), and so are rolls
    that were uploaded."""
    letters.forget_old(at=days.now())
    roll_desk.forget_old(at=days.now())
    roll_desk.forget_orphans(at=days.now())


@app.task(name="consent.match_request", retry=MATCH_RETRY)
def match_request(request: int) -> None:
    """Looks for the pupil of an opt-out; deferred in the transaction that confirms it."""
    matching.match_confirmed(request, at=days.now())


@app.task(
    name="consent.print_letters",
    retry=PRINT_RETRY,
    pass_context=True,
)
def print_letters(context: JobContext, run: str) -> None:
    """Makes the letters of a run; deferred in the transaction that asks for them."""
    try:
        letters.make(UUID(run), at=days.now())
    except Exception as error:
        if PRINT_RETRY.get_retry_decision(exception=error, job=context.job) is None:
            letters.failed(UUID(run), why="The letters could not be made.")
        raise


@app.task(name="consent.check_roll", retry=ROLL_RETRY, pass_context=True)
def check_roll(context: JobContext, upload: str) -> None:
    """Finds out what an uploaded roll would do; deferred in the transaction that keeps it."""
    _work(context, roll_desk.check, upload)


@app.task(name="consent.import_roll", retry=ROLL_RETRY, pass_context=True)
def import_uploaded_roll(context: JobContext, upload: str) -> None:
    """Imports an uploaded roll; deferred in the transaction in which somebody said yes."""
    _work(context, roll_desk.store, upload)


def _work(context: JobContext, work: Callable[..., None], upload: str) -> None:
    try:
        work(UUID(upload), at=days.now())
    except Exception as error:
        if ROLL_RETRY.get_retry_decision(exception=error, job=context.job) is None:
            roll_desk.failed(UUID(upload))
        raise


def _given_up(upload: str, *, at: datetime) -> None:
    roll_desk.failed(UUID(upload))


def _letters_given_up(run: str, *, at: datetime) -> None:
    letters.failed(
        UUID(run), why="Making the letters ended the program twice. Nothing was printed."
    )


give_up_with("consent.check_roll", _given_up)
give_up_with("consent.import_roll", _given_up)
give_up_with("consent.print_letters", _letters_given_up)


@app.periodic(cron="*/10 * * * *")
@app.task(name="consent.settle", queueing_lock="consent.settle")
def settle(timestamp: int) -> None:
    """Every ten minutes: opt-ins of which everyone has been told by mail are verified, whoever was
    told of a decision about their objection is noted, and opt-outs whose own job did not succeed
    are matched."""
    matching.match_all_confirmed(at=days.now())
    opting_in.settle(at=days.now())
    objecting.settle(at=days.now())
