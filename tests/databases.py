"""Databases of tests: made once with the policy or the example in them, and copied."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlencode

import time_machine
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection, connections

from tests.example import NOON, POLICY
from tests.places import EXAMPLE

# What a test's database is made with, by the fixture that asks for it: the one it is copied from,
# and the commands that add to that.
FILLED: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "policy": ("", [("policy", "import", str(POLICY))]),
    "example": (
        "policy",
        [
            ("roll", "import", str(EXAMPLE / "roll.csv")),
            ("opt_outs", "import", str(EXAMPLE / "opt_outs.csv")),
        ],
    ),
}
DATABASES: list[str] = []


def spare_the_disk() -> None:
    """Let the embedded server of the tests answer before the disk has written.

    Only a machine that loses its power could tell, and tests end processes, not machines; a server
    that somebody names in DATABASE_URL stays as it is.
    """
    if not connection.settings_dict["ENGINE"].endswith("embedded"):
        return
    with connection._nodb_cursor() as cursor:
        # Nor does it look at tables while they are tested: what it plans would hang on when it did.
        for name in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            cursor.execute(f"ALTER SYSTEM SET {name} = off")
        cursor.execute("SELECT pg_reload_conf()")


def use_database(name: str) -> None:
    if connection.settings_dict["NAME"] != name:
        connection.close()
        connection.settings_dict["NAME"] = name


def database_with(filling: str) -> str:
    """The name of the database with this in it; made when it is first asked for, and beside it the
    template of its copies."""
    base = DATABASES[-1]
    name = f"{base}_{filling}" if filling else base
    if name not in DATABASES:
        source, commands = FILLED[filling]
        connections.close_all()
        make_database(name, template_of(database_with(source)))
        use_database(name)
        with time_machine.travel(NOON, tick=False):
            for command in commands:
                call_command(*command, stdout=io.StringIO())
        caches["pages"].clear()
        connections.close_all()
        make_database(template_of(name), name)
        DATABASES.insert(0, name)
    return name


def template_of(name: str) -> str:
    """The copy of a database that nobody ever connects to, so that it can be copied."""
    return f"{name}_template"


def make_database(name: str, template: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        # Not through the server's log, block by block: that takes half as long again.
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')


def drop_database(name: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def database_url(name: str) -> str:
    """How another process reaches a database of these tests."""
    settings = connection.settings_dict
    user = quote(settings["USER"]) + (
        f":{quote(settings['PASSWORD'])}" if settings["PASSWORD"] else ""
    )
    if str(settings["HOST"]).startswith("/"):
        socket_ = urlencode({"host": settings["HOST"], "port": settings["PORT"]})
        return f"postgres://{user}@/{name}?{socket_}"
    return f"postgres://{user}@{settings['HOST'] or '127.0.0.1'}:{settings['PORT'] or 5432}/{name}"


@contextmanager
def cloned_database() -> Iterator[str]:
    """A copy of the test database with the policy in which commits are real; gone afterwards.

    Tables that are only ever added to cannot be flushed, so such tests get a copy to throw
    away. Yields its name; connections made meanwhile, in any thread, go to it.
    """
    original = database_with("policy")
    clone = f"{original}_clone"
    connections.close_all()
    make_database(clone, template_of(original))
    connection.settings_dict["NAME"] = clone
    try:
        yield clone
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = original
        drop_database(clone)
