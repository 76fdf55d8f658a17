"""The database that migrations make: made once for all processes that test, and copied.

On the embedded server it stays for the next run, until what makes it changes.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from django.apps import apps
from django.db import connection, connections
from django.test.utils import setup_databases

from tests.places import ROOT

PREFIX = "portal_migrated_"
# Any number: who holds this lock of the server makes, copies or drops.
LOCK = 20261123
IMPORTED = re.compile(
    r"^(?:from|import) ((?:privacy_portal|notices|consent|sharing)\.[\w.]+)", re.M
)


def make_migrated_database() -> str:
    """Make the database of this process's tests, as migrations do, and return its name.

    The first process to come runs the migrations, all others copy what they made.
    """
    migrated = f"{PREFIX}{digest()}"
    name = connection.creation._get_test_db_name()
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        there = {found for (found,) in cursor.fetchall()}
        if migrated not in there:
            for old in there:
                cursor.execute(f'DROP DATABASE "{old}"')
            setup_databases(verbosity=0, interactive=False)
            connections.close_all()
            cursor.execute(f'CREATE DATABASE "{migrated}" TEMPLATE "{name}" STRATEGY file_copy')
        else:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated}" STRATEGY file_copy')
            connections.close_all()
            connection.settings_dict["NAME"] = name
            connection.ensure_connection()  # the embedded server's address is told to it then
            connections.close_all()
    return name


def drop_migrated_database() -> None:
    """Leave nothing behind on a server that somebody named in DATABASE_URL."""
    if connection.settings_dict["ENGINE"].endswith("embedded"):
        return
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute(f'DROP DATABASE IF EXISTS "{PREFIX}{digest()}"')


def digest() -> str:
    """What migrations make depends on nothing else: themselves, what they import, the packages."""
    found = sha256(f"{version('django')} {version('procrastinate')}".encode())
    for path in sorted(set(sources())):
        found.update(f"{path}\0".encode() + path.read_bytes())
    return found.hexdigest()[:20]


def sources() -> Iterator[Path]:
    """Every migration, the base layer, and the modules of other layers that migrations import."""
    yield from (ROOT / "privacy_portal" / "ground").rglob("*.py")
    for app in apps.get_app_configs():
        for path in (Path(app.path) / "migrations").glob("*.py"):
            yield path
            for module in IMPORTED.findall(path.read_text(encoding="utf-8")):
                source = ROOT.joinpath(*module.split(".")).with_suffix(".py")
                if source.exists():
                    yield source
