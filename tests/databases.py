"""Databases of tests: made once with the policy or the example in them, and copied."""

import io
import pickle
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import time_machine
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import override_settings
from django.utils.module_loading import import_string

from tests.example import NOON, POLICY
from tests.places import EXAMPLE


def _policy() -> None:
    call_command("policy", "import", str(POLICY), stdout=io.StringIO())


def _example() -> None:
    for what in ("roll", "opt_outs"):
        call_command(what, "import", str(EXAMPLE / f"{what}.csv"), stdout=io.StringIO())


def _example_policy() -> None:
    call_command("policy", "import", str(EXAMPLE / "policy.json"), stdout=io.StringIO())


# By the fixture that asks for it: what it is copied from, which stands above, and the function that fills it.
FILLINGS: dict[str, tuple[str, str]] = {
    "policy": ("", "tests.databases._policy"),
    "example": ("policy", "tests.databases._example"),
    "example_policy": ("", "tests.databases._example_policy"),
    "protected_world": ("policy", "tests.protected_pupil.made"),
    "lived_in": ("example", "tests.lived_in.made"),
    "amendments_shared": ("policy", "tests.sharing.amendments.steps.made_shared"),
    "amendment_sent": ("amendments_shared", "tests.sharing.amendments.steps.made_sent"),
    "agreement_signed": ("policy", "tests.sharing.agreements.pages.made_signed"),
    "templates": ("policy", "tests.sharing.agreement_templates.texts.made"),
    "two_agreements": ("", "tests.sharing.two_files.world.made"),
    "figures_world": ("policy", "tests.sharing.figures.world.made"),
    "all_schemes": ("", "tests.consent.decisions.all_schemes.made"),
}
DATABASES: list[str] = []
_RETURNED: dict[str, bytes] = {}


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
        wanted, fill = FILLINGS[filling]
        source = template_of(database_with(wanted))
        connections.close_all()
        make_database(name, source)
        use_database(name)
        with time_machine.travel(NOON, tick=False):
            _RETURNED[filling] = pickle.dumps(import_string(fill)())
        caches["pages"].clear()
        connections.close_all()
        make_database(template_of(name), name)
        DATABASES.insert(0, name)
    return name


def filling_for(fixtures: Collection[str]) -> str:
    """Return the filling that a test with these fixtures needs: the last of those it asks for."""
    return next((name for name in reversed(FILLINGS) if name in fixtures), "")


def returned_by(filling: str) -> Any:
    """Return a copy of what was returned when the database was made with this."""
    database_with(filling)
    return pickle.loads(_RETURNED[filling])


@contextmanager
def as_in_a_test(start: datetime = NOON) -> Iterator[None]:
    """Store for good what is made here as tests make it: time goes on, mails stay here, and nothing that
    waits for a commit happens."""
    with (
        time_machine.travel(start, tick=True),
        override_settings(SENDING_BACKEND="django.core.mail.backends.locmem.EmailBackend"),
        transaction.atomic(),
    ):
        yield
        connection.run_on_commit = []


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
    # By a socket either Django's way or libpq's.
    host = settings["HOST"] or settings["OPTIONS"].get("host", "")
    port = settings["PORT"] or settings["OPTIONS"].get("port", 5432)
    if str(host).startswith("/"):
        return f"postgres://{user}@/{name}?{urlencode({'host': host, 'port': port})}"
    return f"postgres://{user}@{host or '127.0.0.1'}:{port}/{name}"


@contextmanager
def cloned_database(filling: str = "policy") -> Iterator[str]:
    """A copy of the test database with the policy, or more, in which commits are real; gone afterwards.

    Tables that are only ever added to cannot be flushed, so such tests get a copy to throw
    away. Yields its name; connections made meanwhile, in any thread, go to it.
    """
    original = database_with(filling)
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
