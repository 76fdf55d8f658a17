"""Fixtures of the tests of the ground floor."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import database_url
from tests.places import ROOT


@pytest.fixture
def worker(committed: str, tmp_path: Path):
    """Starts a worker of its own process on this test's database; mails go to files."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(committed),
        "PORTAL_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    started = []

    def start(**more: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot"]
        process = subprocess.Popen(command, cwd=ROOT, env={**environment, **more})
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
