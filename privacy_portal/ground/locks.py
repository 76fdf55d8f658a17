"""Locks that hold a set of tables still for one transaction.

Row locks guard one agreement or one pupil. A hand-over also must not see half of a
new policy or roll, so it shares these advisory locks with other hand-overs, and an
import or a publication takes them for itself. A hand-over of many pupils takes DECISIONS for
itself, which whoever locks pupils shares. HAND_OVERS is shared by every hand-over, and taken
by whoever stops them all. Order: HAND_OVERS, a release, POLICY, ROLL, agreement
rows, recipients by id, DECISIONS, pupil rows by id, the log's head.
"""

import re
from collections.abc import Callable, Iterable
from enum import IntEnum
from time import monotonic
from typing import Any

import psycopg
from django.db import connection, transaction

_CLASS = 0x5050


class Area(IntEnum):
    """What can be held still."""

    POLICY = 1
    ROLL = 2
    DECISIONS = 3
    HAND_OVERS = 4


class Row(IntEnum):
    """Rows that are only ever added to, and yet decided about by one at a time.

    A row lock would need the right to UPDATE, which the application's own role has not.
    """

    REQUEST = 0x5053
    RECALL = 0x5054
    # What an officer records by hand, by the officer: a form that is sent twice counts once.
    RECORD = 0x5055
    # The months of the public register, all of them: each is published once.
    PUBLISHED_COUNTS = 0x5057
    # The weeks that figures are counted of, all of them: each is counted once.
    COUNTED_WEEKS = 0x506A
    # The stretches that totals of the disclosure log are counted of, all of them: each is counted once.
    COUNTED_STRETCHES = 0x506B
    AMENDMENT = 0x5059
    # A hand-over under way, by the number of its disclosure, which is not stored yet.
    HAND_OVER = 0x5058
    # The nightly control: one is carried through at a time.
    CONTROL = 0x5060
    # Tables of counts that are handed over, all of them: each knows those before it.
    COUNTS = 0x505B
    # The assurance of an organisation, by the organisation.
    ASSURANCE = 0x505A
    # Files leave for a recipient one at a time: each is compared with those before it.
    RECIPIENT = 0x505C
    # What is known of a request for data and decided on it, by the request.
    DATA_REQUEST = 0x505D
    # What officers do about an incident, and about a release despite an opt-out.
    INCIDENT = 0x505E
    OVERRIDE = 0x505F
    # Drafted changes to the policy, by the thing that they are about.
    POLICY_CHANGE = 0x5061
    # The index of lines by person, all of it: one job adds to it at a time.
    PERSON_LINES = 0x5066
    # The filters that somebody keeps, by the user.
    SAVED_FILTERS = 0x5062
    # What officers do about a disclosure after the fact: questions and sign-off.
    DISCLOSURE = 0x5063


# PostgreSQL's codes: a lock was waited for too long; a statement took too long; so did the pause
# between two of a transaction, whose connection it has then ended.
_NO_LOCK, _CANCELLED = "55P03", "57014"
_TOO_LONG = (_CANCELLED, "25P03")
# A table or a column is missing.
_NOT_MIGRATED = ("42P01", "42703")
# The connection failed, or the server was stopped.
_GONE = ("08", "57P")


def limit(seconds: float) -> None:
    """H4 Let the server end this transaction if a statement, a lock or a pause takes longer.

    Its locks are then free. `ran_out` recognises the error.
    """
    _in_transaction()
    within = f"{round(1000 * seconds)}ms"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %(within)s, true), "
            "set_config('idle_in_transaction_session_timeout', %(within)s, true), "
            "set_config('lock_timeout', '0', true)",
            {"within": within},
        )


# Statements that lock on purpose: rows, or by advice.
_LOCKS = re.compile(r"\bFOR (NO KEY )?UPDATE\b|\bFOR (KEY )?SHARE\b|\bpg_advisory_xact_lock")


class WaitLimit:
    """H4 Has all waits for locks of one request together last no longer than so many seconds, as a
    wrapper of its connection's statements.

    `lock_timeout` alone counts anew for each lock, of which one statement may wait for several:
    the queue before a row, then the row. Connections that may wait for ever are left alone, and
    so are transactions under `limit`.
    """

    def __init__(self, seconds: float):
        self.left, self.floor = seconds, seconds / 4

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        wrapper = context["connection"]
        if not wrapper.in_atomic_block:
            return execute(sql, params, many, context)
        before = self._limited(wrapper.connection) if _LOCKS.search(sql) else None
        begun = monotonic()
        try:
            result = execute(sql, params, many, context)
        finally:
            left = self.left - (monotonic() - begun)
            # Other statements wait seldom and may work long: they leave something for locks.
            self.left = left if before else max(left, min(self.left, self.floor))
        if before:
            wrapper.connection.execute("SELECT set_config('statement_timeout', %s, true)", before)
        return result

    def _limited(self, server: psycopg.Connection[Any]) -> tuple[str] | None:
        """Let the server end the next statement in time; return the limit it had before."""
        left = {"left": f"{max(1, round(1000 * self.left))}ms"}
        settings = server.execute(
            "SELECT current_setting('statement_timeout'), set_config('lock_timeout', %(left)s, true),"
            " set_config('statement_timeout', %(left)s, true)"
            " WHERE current_setting('lock_timeout') <> '0'",
            left,
        ).fetchone()
        return (settings[0],) if settings else None


def ran_out(error: BaseException) -> bool:
    """Return whether an error says that `limit` was reached."""
    return _code(error) in _TOO_LONG


def waited_in_vain(error: BaseException) -> bool:
    """Return whether an error says that locks were waited for longer than is allowed."""
    return _code(error) in (_NO_LOCK, _CANCELLED)


def cut_off(error: BaseException) -> bool:
    """Return whether an error says that the connection to the database was lost."""
    cause = _cause(error)
    if not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return cause.sqlstate is None or cause.sqlstate.startswith(_GONE)


def sentence_of(error: BaseException) -> str:
    """Return what whoever runs a command can do about an error of the database; empty for a fault of ours."""
    if _code(error) in _NOT_MIGRATED:
        return "Database migrations have not been run: run `manage.py migrate`."
    if cut_off(error):
        return "The database cannot be reached, or the connection was lost. Try again later."
    if ran_out(error) or waited_in_vain(error):
        return "The database was busy for too long, so we stopped. Try again in a few minutes."
    return ""


def _code(error: BaseException) -> str | None:
    cause = _cause(error)
    return cause.sqlstate if cause else None


def _cause(error: BaseException) -> psycopg.Error | None:
    """Return what the driver raised: COPY is not wrapped in an error of Django's."""
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    return cause if isinstance(cause, psycopg.Error) else None


def take_one(what: Row, number: int) -> None:
    """Wait for whoever decides about this row, then keep others out until the transaction ends."""
    _in_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [int(what), number % 2**31])


def take_all(what: Row, numbers: Iterable[int]) -> None:
    """Do so for several rows, in the order of their numbers, whatever order they are passed in; 1 query."""
    _in_transaction()
    ordered = sorted({number % 2**31 for number in numbers})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, number) FROM unnest(%s::int[]) AS number",
            [int(what), ordered],
        )


def take_if_free(what: Row, number: int) -> bool:
    """Keep others out of this row until the transaction ends, unless somebody has it; return whether."""
    _in_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [int(what), number % 2**31])
        (taken,) = cursor.fetchone()
    return bool(taken)


def share(what: Area) -> None:
    """Keep `what` from changing until this transaction ends; others may share it."""
    _lock("pg_advisory_xact_lock_shared", what)


def take(what: Area) -> None:
    """Wait for all who share `what`, then keep others out until this transaction ends."""
    _lock("pg_advisory_xact_lock", what)


def _lock(function: str, what: Area) -> None:
    _in_transaction()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [_CLASS, int(what)])


def _in_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A lock is held by a transaction.")
