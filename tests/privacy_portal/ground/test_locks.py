"""What is said of an error of the database, and what is only done within a transaction."""

import psycopg
import pytest
from django.db import OperationalError, transaction

from privacy_portal import readiness
from privacy_portal.ground import locks
from privacy_portal.ground.log import appending
from privacy_portal.ground.mail import writing
from privacy_portal.passwords import changing
from tests.commands import run
from tests.example import NOON


def wrapped(cause):
    """An error of Django's around one of the driver's."""
    error = OperationalError("x")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (wrapped(psycopg.errors.UndefinedTable("x")), "run `manage.py migrate`"),
        (wrapped(psycopg.errors.UndefinedColumn("x")), "run `manage.py migrate`"),
        (wrapped(psycopg.OperationalError("x")), "The database cannot be reached"),
        (psycopg.errors.AdminShutdown("x"), "The database cannot be reached"),
        (wrapped(psycopg.errors.QueryCanceled("x")), "The database was busy for too long"),
        (psycopg.errors.LockNotAvailable("x"), "The database was busy for too long"),
    ],
)
def test_whoever_runs_a_command_is_told_what_to_do(db, monkeypatch, error, sentence):
    def verify(*args, **options):
        raise error

    monkeypatch.setattr("sharing.management.commands.log.verify_log", verify)
    ran = run("log", "verify", "--json")
    assert ran.code == 2
    assert sentence in ran.said
    assert sentence in ran.out


def test_a_fault_of_the_portal_is_no_sentence():
    assert locks.sentence_of(wrapped(psycopg.errors.UniqueViolation("x"))) == ""
    assert locks.sentence_of(ValueError("x")) == ""


def test_locks_entries_and_mails_belong_to_a_transaction(committed):
    for act in (
        lambda: locks.share(locks.Area.ROLL),
        lambda: locks.take(locks.Area.ROLL),
        lambda: locks.take_one(locks.Row.RECORD, 1),
        lambda: appending.append([]),
        lambda: writing.write([], at=NOON),
    ):
        with pytest.raises(transaction.TransactionManagementError):
            act()


def test_a_database_out_of_reach_keeps_the_portal_from_serving(db, monkeypatch):
    def older():
        raise OperationalError("x")

    assert readiness.not_ready() == []
    monkeypatch.setattr(readiness, "made_by_an_older_version", older)
    assert readiness.not_ready() == ["The database cannot be reached (OperationalError)."]


def test_a_link_sets_no_password_of_a_closed_account_nor_with_another_secret(officer):
    secret = changing.default_token_generator.make_token(officer)
    changing.check_link(officer, secret)
    with pytest.raises(changing.LinkUsedError, match="used already"):
        changing.check_link(officer, f"{secret}x")
    officer.is_active = False
    with pytest.raises(changing.LinkUsedError):
        changing.check_link(officer, secret)
