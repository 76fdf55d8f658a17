"""Changes to the log and its rows by whoever owns the database."""

import re

from django.db import connection

from privacy_portal.ground.log.merkle import Frontier, leaf_hash

CHANGED = re.compile(r"(?:UPDATE|INSERT INTO|DELETE FROM|TRUNCATE) (\w+)")
GUARDS = """
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal
"""
AGAIN = {"A": "ENABLE ALWAYS", "O": "ENABLE", "R": "ENABLE REPLICA", "D": "DISABLE"}


def past_the_guards(statement, *parameters):
    """Run a statement past every trigger of its table, as its owner can; they stand again afterwards."""
    (table,) = CHANGED.search(statement).groups()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(GUARDS, [table])
        guards = cursor.fetchall()
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, parameters or None)
        for name, enabled in guards:
            cursor.execute(f"ALTER TABLE {table} {AGAIN[enabled]} TRIGGER {name}")


def changes(statement: str, parameters=None) -> None:
    """Run a statement past the triggers, as the owner of the tables can."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE log_entry DISABLE TRIGGER USER")
        cursor.execute(statement, parameters)
        _guard(cursor)


def _guard(cursor) -> None:
    for trigger in ("append_only_rows", "append_only_table"):
        cursor.execute(f"ALTER TABLE log_entry ENABLE ALWAYS TRIGGER {trigger}")


def rebuilds(first: int) -> None:
    """Make leaves, head and frontier fit the entries again from number `first` on."""
    frontier = Frontier()
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, body FROM log_entry ORDER BY seq")
        entries = [(seq, leaf_hash(bytes(body))) for seq, body in cursor.fetchall()]
    for _, leaf in entries:
        frontier.add(leaf)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE log_entry DISABLE TRIGGER USER")
        cursor.executemany(
            "UPDATE log_entry SET leaf = %s WHERE seq = %s",
            [(leaf, seq) for seq, leaf in entries if seq >= first],
        )
        _guard(cursor)
        cursor.execute(
            "UPDATE log_head SET size = %s, frontier = %s", [frontier.size, frontier.as_bytes()]
        )
