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
from privacy_portal.ground import days
from sharing.auditing.verifying import verify_log
from sharing.disclosures import attempt
from sharing.disclosures.attempt import LEFT_BEHIND, claim, forget_unlogged, undo_undelivered
from sharing.errors import NotDeliveredError
from sharing.models import Disclosure, Release, Undone
from sharing.releases.handing_over import hand_over
from tests.databases import database_url
from tests.example import UPN
from tests.factories.sharing import ReadyReleaseFactory
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


def releasing(scene, committed, tmp_path):
    """A process that releases the scene's file to `out.csv`."""
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
    return subprocess.Popen(command, cwd=ROOT, env=environment)


def test_a_file_goes_once_its_process_was_killed_and_not_before(folder, scene, committed, tmp_path):
    with transaction.atomic():
        decide_now("opt-out", Pupil.objects.get(upns__upn=UPN))
        process = releasing(scene, committed, tmp_path)
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


def test_what_a_killed_command_did_not_write_is_not_said_to_be_shared(
    folder, scene, committed, tmp_path
):
    done = hand_over(scene, clock=days.now)
    assert undo_undelivered(at=later(LEFT_BEHIND - timedelta(seconds=1))) == 0
    done.file.with_suffix(".xlsx").touch()
    at = later()
    assert undo_undelivered(at=at) == 1
    assert permitted() == []
    assert (
        "was ended before the file was there" in Undone.objects.get(disclosure=done.disclosure).why
    )
    assert undo_undelivered(at=at) == 0
    with pytest.raises(NotDeliveredError):
        claim(done.file)
    verify_log(lambda entries: None)


def test_a_command_killed_after_its_entry_is_undone_unless_its_file_is_there(
    folder, scene, committed, tmp_path
):
    process = releasing(scene, committed, tmp_path)
    try:
        wait_until(Disclosure.objects.exists)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    if permitted():
        assert (tmp_path / "out.csv").read_bytes() == b""
        assert undo_undelivered(at=later()) == Undone.objects.count() == 1
    verify_log(lambda entries: None)


def test_a_file_that_appeared_is_never_undone(folder, scene, committed):
    """The command has deleted the permitted file between the job's two looks."""
    done = hand_over(scene, clock=days.now)
    at = later()
    claim(done.file)
    (folder / f"{done.disclosure.pk}.csv").touch()
    os.utime(folder / f"{done.disclosure.pk}.csv", (0, 0))
    with pytest.MonkeyPatch.context() as patched:
        looked = attempt._left_behind

        def gone_meanwhile(at):
            old = looked(at)
            done.file.unlink()
            return old

        patched.setattr(attempt, "_left_behind", gone_meanwhile)
        assert undo_undelivered(at=at) == 0
    assert not Undone.objects.exists()


def test_a_file_that_was_downloaded_at_the_desk_is_not_undone(folder, scene, committed):
    """There the process that sends it says whether it went."""
    done = hand_over(scene, clock=days.now)
    ReadyReleaseFactory.create()
    Release.objects.update(disclosure=done.disclosure, state=Release.State.HANDED_OVER)
    assert undo_undelivered(at=later()) == 0
    assert permitted() == [done.file]


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
