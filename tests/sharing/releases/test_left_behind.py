"""The file of a hand-over whose process was killed goes soon, and no other (H1).

Real commits, several connections and a killed process.
"""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from consent.models import Pupil
from sharing.disclosures.attempt import LEFT_BEHIND, forget_unlogged
from sharing.models import Disclosure
from sharing.releases.handing_over import hand_over
from tests.databases import database_url
from tests.example import UPN
from tests.places import ROOT
from tests.races import PausedClock, decide_now, in_thread, wait_until, waits_for_a_lock


def permitted():
    return list((Path(settings.PRIVATE_DIR) / "permitted").glob("*"))


def later(after=LEFT_BEHIND + timedelta(seconds=1)):
    """When the files there have been left long enough to be asked about, by the disk's clock."""
    newest = max(file.stat().st_mtime for file in permitted())
    return datetime.fromtimestamp(newest, UTC) + after


@pytest.fixture
def folder(settings, tmp_path):
    """A private folder of this test alone."""
    settings.PRIVATE_DIR = tmp_path / "private" / "main"
    (settings.PRIVATE_DIR / "permitted").mkdir(parents=True)
    return settings.PRIVATE_DIR / "permitted"


def test_a_file_goes_once_its_process_was_killed_and_not_before(folder, scene, committed, tmp_path):
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(committed),
        "PORTAL_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    environment.pop("PYTEST_XDIST_WORKER", None)
    command = [
        sys.executable, "manage.py", "disclosure", "release", str(scene.path), "--agreement",
        scene.agreement, "--purpose", scene.purpose, "--by", scene.by.email, "--out",
        str(tmp_path / "out.csv"),
    ]  # fmt: skip
    with transaction.atomic():
        decide_now("opt-out", Pupil.objects.get(upns__upn=UPN))
        process = subprocess.Popen(command, cwd=ROOT, env=environment)
        try:
            wait_until(waits_for_a_lock)
            assert len(permitted()) == 1
            assert forget_unlogged(at=later()) == 0
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert len(permitted()) == 1
    assert forget_unlogged(at=later(LEFT_BEHIND - timedelta(seconds=1))) == 0
    # Its connection ends as soon as it has got the lock that it waited for.
    wait_until(lambda: forget_unlogged(at=later()) == 1)
    assert permitted() == []
    assert not Disclosure.objects.exists()


def test_one_that_takes_long_keeps_its_file(folder, scene):
    clock = PausedClock()
    with ThreadPoolExecutor(1) as pool:
        handing = pool.submit(in_thread, lambda: hand_over(scene, clock=clock))
        assert clock.locked.wait(20)
        assert forget_unlogged(at=later()) == 0
        clock.go_on.set()
        done = handing.result(timeout=90)
    assert forget_unlogged(at=later()) == 0
    assert permitted() == [done.file]


@pytest.mark.django_db
def test_only_files_of_hand_overs_are_asked_about(folder):
    for name in ("left.csv", "0.csv", "12.xlsx", "²3.csv"):
        (folder / name).touch()
    assert forget_unlogged(at=later()) == 0
    assert len(permitted()) == 4
    (folder / "999999999999.csv").touch()
    assert forget_unlogged(at=later()) == 1
