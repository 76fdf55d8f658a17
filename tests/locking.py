"""No row of a table that is only added to is locked: the role that runs the portal may not (L2)."""

import re
from functools import cache

from django.apps import apps
from django.db.backends.signals import connection_created

from privacy_portal.ground.log.append_only import APPEND_ONLY

LOCKING = re.compile(r"\bFOR (?:NO KEY |KEY )?(?:UPDATE|SHARE)\b(?: OF (?P<of>[\w\", ]+))?")
SOURCES = re.compile(r'(?:\bFROM|\bJOIN) "?(\w+)"?')


@cache
def only_added_to() -> frozenset[str]:
    return frozenset(apps.get_model(name)._meta.db_table for name in APPEND_ONLY)


def locked_tables(sql: str) -> set[str]:
    """The tables whose rows a statement locks: of those named by OF, else of those that it reads from."""
    lock = LOCKING.search(sql)
    if lock is None or not sql.lstrip().startswith("SELECT"):
        return set()
    if lock["of"]:
        return set(re.findall(r"\w+", lock["of"]))
    return set(SOURCES.findall(sql[: lock.start()].partition(" WHERE ")[0]))


def watch_locks() -> None:
    """From now on fail whatever locks such a row, on every connection."""
    connection_created.connect(_watch, dispatch_uid="tests.locking")


def _watch(connection, **_):
    if _refuse not in connection.execute_wrappers:
        connection.execute_wrappers.append(_refuse)


def _refuse(execute, sql, params, many, context):
    text = str(sql)
    if "FOR " in text and (wrong := locked_tables(text) & only_added_to()):
        raise AssertionError(f"rows of {sorted(wrong)} are locked, which the portal's role may not")
    return execute(sql, params, many, context)
