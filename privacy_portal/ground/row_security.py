"""Rows that the database itself shows while a request is served: to school staff those of their own
schools, and of pupils nothing to whoever works with none (docs/decisions/40).

Whoever signs in is kept to their schools by filters of Python first. This is the second belt: while a
page of theirs is made, its connection has the role RESTRICTED, to which policies of PostgreSQL show
only such rows. Everybody else (council officers, the public, jobs, commands) never has that role, so
no policy is asked and their statements are planned as if there were none.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, migrations
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from psycopg.pq import TransactionStatus

# The role that policies bind. A role belongs to the whole server: every database of it shares this one.
RESTRICTED = "portal_restricted"
# Policies read from this setting whose schools count: the id of a user; empty, nobody's.
SETTING = "portal.staff"
POLICY = "own_schools"
# The rows that are shown of a table from which nobody who is restricted needs any.
NONE = "false"

# What the connection of this thread is kept to: None, to nothing; else what SETTING says.
_kept_to: ContextVar[str | None] = ContextVar("row_security", default=None)


@contextmanager
def kept_to_schools_of(staff: int | None) -> Iterator[None]:
    """Let the database show only rows of this user's schools (by id; None: of no school) inside.

    The connection is as it was before at the end, whatever happens; where that fails it is closed.
    """
    with _under("" if staff is None else str(staff)):
        yield


@contextmanager
def beyond_own_schools() -> Iterator[None]:
    """Let the database show every row inside, for a verb that rightly works with pupils of other schools.

    Whoever calls it says why (tests/privacy_portal/test_beyond_own_schools.py has the list). Changes
    nothing where nobody is restricted. Evaluate inside what you ask: a QuerySet asks when it is read.
    """
    if _kept_to.get() is None:
        yield
        return
    with _under(None):
        yield


def in_pieces(pieces: Iterable[bytes], staff: int | None) -> Iterator[bytes]:
    """Yield the pieces of a response that is streamed after its view returned, each made under the same
    restriction; between two of them the connection is free for others."""
    source = iter(pieces)
    while True:
        with kept_to_schools_of(staff):
            piece = next(source, None)
        if piece is None:
            return
        yield piece


@contextmanager
def _under(kept_to: str | None) -> Iterator[None]:
    before = _kept_to.get()
    token = _kept_to.set(kept_to)
    try:
        _tell(connection, kept_to)
        yield
    finally:
        _kept_to.reset(token)
        _tell_again(before)


def _tell(wrapper: BaseDatabaseWrapper, kept_to: str | None) -> None:
    """Set the role of a connection, beside Django: this is no query of the page."""
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        if kept_to is None:
            # Back to the role of the connection, also where its options name another than its user.
            wrapper.connection.execute(f"RESET ROLE; RESET {SETTING}")
        else:
            wrapper.connection.execute(
                "SELECT set_config(%s, %s, false), set_config('role', %s, false)",
                [SETTING, kept_to, RESTRICTED],
            )


def _tell_again(kept_to: str | None) -> None:
    """Set the role as it was before; a connection with which that cannot be done is closed."""
    if connection.connection is None or connection.connection.closed:
        return  # a new one is told when it is made
    if connection.connection.info.transaction_status == TransactionStatus.INERROR:
        # Nothing can be told to a transaction that failed. Rolled back, it forgets what was set in it.
        if not connection.in_atomic_block:
            connection.close()
        return
    try:
        _tell(connection, kept_to)
    except BaseException:
        connection.close()
        raise


def _tell_new(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Keep a connection that is made within a request to the same schools."""
    kept_to = _kept_to.get()
    if kept_to is not None:
        _tell(connection, kept_to)


connection_created.connect(_tell_new, dispatch_uid="row_security")


def shown_where(table: str, condition: str) -> migrations.RunSQL:
    """Show of `table` only rows that fulfil `condition` to whoever is restricted, and let them write no
    others.

    The owner of the table and roles with BYPASSRLS are not bound, which keeps COPY open to jobs: without
    FORCE, since no request of school staff has the owner's role.
    """
    return migrations.RunSQL(
        sql=f"""
CREATE POLICY {POLICY} ON {table} TO {RESTRICTED} USING ({condition});
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
""",
        reverse_sql=f"""
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
DROP POLICY {POLICY} ON {table};
""",
    )


def restricted_tables() -> set[str]:
    """Return the tables on which row security is on and the policy stands, and no other; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT relation.oid::regclass::text FROM pg_class relation
            JOIN pg_policy policy ON policy.polrelid = relation.oid
            WHERE relation.relrowsecurity
            GROUP BY relation.oid HAVING bool_and(
                policy.polname = %s AND policy.polcmd = '*' AND policy.polroles
                    = ARRAY(SELECT oid FROM pg_roles WHERE rolname = %s))
            """,
            [POLICY, RESTRICTED],
        )
        return {table for (table,) in cursor.fetchall()}


def faults_of_roles() -> list[str]:
    """Return what is wrong with the roles of the database, one sentence each; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT current_user, coalesce(restricted.rolsuper OR restricted.rolbypassrls, true),
                coalesce(pg_has_role(restricted.oid, 'MEMBER'), false),
                row_security_active('consent_pupil'),
                NOT EXISTS (
                    SELECT FROM pg_class
                    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT (
                        has_table_privilege(restricted.oid, pg_class.oid, 'SELECT')
                        AND has_table_privilege(restricted.oid, pg_class.oid, 'INSERT')))
            FROM (VALUES (1)) one LEFT JOIN pg_roles restricted ON restricted.rolname = %s
            """,
            [RESTRICTED],
        )
        user, not_bound, member, itself_bound, may_read = cursor.fetchone()
    faults = []
    if not_bound:
        faults.append(
            f"The database has no role {RESTRICTED} that policies bind: see docs/operations.md."
        )
    elif not may_read:
        faults.append(f"The role {RESTRICTED} may not use every table: see docs/operations.md.")
    if not member and not not_bound:
        faults.append(f"The role {user} is not a member of {RESTRICTED}: see docs/operations.md.")
    if itself_bound:
        faults.append(f"The role {user} is bound by policies itself: see docs/operations.md.")
    return faults
