"""Nothing waits for ever: a hand-over that makes no progress ends, refused and logged (H4)."""

import json
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.conf import settings as portal
from django.db import connection, transaction

from consent.models import Decision, Pupil
from privacy_portal.ground import days, locks
from privacy_portal.ground.log.models import Entry
from sharing.auditing.verifying import verify_log
from sharing.errors import StalledError
from sharing.management.commands import disclosure as command
from sharing.models import Disclosure, Release, Undone
from sharing.releases import delivering, desk, handing_over, watching
from sharing.releases.handing_over import hand_over
from sharing.releases.permitted_file import PermittedFile
from sharing.releases.watching import GoneError, WatchedProcess
from tests.databases import database_url
from tests.example import UPN
from tests.races import decide_now, hand_over_now, in_thread, wait_until
from tests.releases import check_extract


@pytest.fixture
def stopped(monkeypatch):
    """Stops each writer as soon as the hand-over holds its locks; gives the processes."""
    writers = []
    init = PermittedFile.__init__

    def stopping(self, writer, *arguments):
        init(self, writer, *arguments)
        os.kill(writer.process.pid, signal.SIGSTOP)
        writers.append(writer.process)

    monkeypatch.setattr(PermittedFile, "__init__", stopping)
    return writers


def last_entry():
    return json.loads(bytes(Entry.objects.latest("seq").body))


def test_a_stopped_writer_ends_the_hand_over_which_is_logged_and_its_locks_are_free(
    scene,
    stopped,
    settings,
):
    settings.STALL_SECONDS = 0.5
    begun = time.monotonic()
    with pytest.raises(StalledError):
        hand_over(scene, clock=days.now)
    assert time.monotonic() - begun < 40
    assert stopped[0].poll() is not None
    assert (last_entry()["event"], last_entry()["error"]) == ("refusal", "StalledError")
    assert not Disclosure.objects.exists()
    assert not list((portal.PRIVATE_DIR / "permitted").iterdir())
    decide_now("opt-out", Pupil.objects.get(upns__upn=UPN))
    verify_log(lambda entries: None)


def test_meanwhile_an_opt_out_waits_and_then_counts(scene, stopped, settings):
    settings.STALL_SECONDS = 1
    pupil = Pupil.objects.get(upns__upn=UPN)
    with ThreadPoolExecutor(2) as pool:
        handing = pool.submit(in_thread, hand_over_now, scene)
        wait_until(lambda: stopped)
        pool.submit(in_thread, decide_now, "opt-out", pupil).result(timeout=60)
        with pytest.raises(StalledError):
            handing.result(timeout=60)
    assert Decision.objects.count() == 1


def test_a_hand_over_waits_no_longer_for_a_lock_of_another(scene, settings, monkeypatch):
    settings.STALL_SECONDS = 0.5
    monkeypatch.setattr("sharing.disclosures.attempt.GRACE_SECONDS", 0)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        locks.take(locks.Area.ROLL)
        with pytest.raises(StalledError):
            pool.submit(in_thread, hand_over_now, scene).result(timeout=60)
    assert last_entry()["error"] == "StalledError"


def test_a_hand_over_that_itself_hangs_loses_its_locks(scene, settings, monkeypatch):
    """As when its disk hangs: the database ends what makes no progress."""
    settings.STALL_SECONDS = 1
    monkeypatch.setattr("sharing.disclosures.attempt.GRACE_SECONDS", 0)
    pupil = Pupil.objects.get(upns__upn=UPN)
    held, go_on = threading.Event(), threading.Event()
    calls = []

    def clock():
        calls.append(1)
        if len(calls) == 2:
            held.set()
            assert go_on.wait(60)
        return days.now()

    with ThreadPoolExecutor(2) as pool:
        handing = pool.submit(in_thread, hand_over_now, scene, clock)
        assert held.wait(60)
        pool.submit(in_thread, decide_now, "opt-out", pupil).result(timeout=60)
        go_on.set()
        with pytest.raises(StalledError):
            handing.result(timeout=60)
    assert last_entry()["error"] == "StalledError"


def test_what_ends_while_lines_are_stored_is_told_and_logged(scene, settings, monkeypatch):
    """As when the whole program was stopped for a minute: COPY, or the connection, has ended."""
    settings.STALL_SECONDS = 0.3
    monkeypatch.setattr("sharing.disclosures.attempt.GRACE_SECONDS", 0)
    add = PermittedFile.add

    def ended(end, error):
        def adding(self, decisions):
            end()
            add(self, decisions)

        monkeypatch.setattr(PermittedFile, "add", adding)
        with pytest.raises(StalledError) as raised:
            hand_over(scene, clock=days.now)
        assert type(raised.value).__name__ == last_entry()["error"] == error
        assert "Nothing was released" in str(raised.value)
        assert not Disclosure.objects.exists()
        assert not list((portal.PRIVATE_DIR / "permitted").iterdir())

    def end_connection():
        number = connection.connection.info.backend_pid
        with psycopg.connect(database_url(connection.settings_dict["NAME"])) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [number])

    ended(lambda: time.sleep(0.6), "StalledError")
    settings.STALL_SECONDS = 20
    ended(end_connection, "CutOffError")


def test_at_the_desk_the_officer_is_told_and_can_try_again(
    scene,
    stopped,
    settings,
    client,
    monkeypatch,
):
    settings.STALL_SECONDS = 0.5
    at = days.now()
    checked = check_extract(
        scene.path, name="x.csv", agreement=scene.agreement, purpose=scene.purpose, reference="",
        by=scene.by, at=at,
    )  # fmt: skip
    desk.release(checked.pk, by=scene.by, at=at)
    client.force_login(scene.by)
    page = client.post(f"/staff/releases/{checked.pk}/download/", follow=True).text
    assert "made no progress for a minute" in page
    assert Release.objects.get().state == Release.State.RELEASED
    monkeypatch.undo()
    done = handing_over.hand_over_release(checked.pk, by=scene.by, clock=days.now)
    done.file.unlink()


def watched(text, seconds=0.5):
    return WatchedProcess(
        [sys.executable, "-c", text], seconds=seconds, folder=Path("/"), environment={}, files=[]
    )


SLEEPS = "import time; time.sleep(60)"


@pytest.mark.parametrize(
    "ask",
    [
        lambda process: process.hear(1),
        lambda process: process.tell(b"x" * (8 << 20)),
        lambda process: process.ended(),
    ],
    ids=["it says nothing", "it does not listen", "it does not end"],
)
def test_a_process_that_does_nothing_is_given_up(ask):
    process = watched(SLEEPS)
    with pytest.raises(StalledError):
        ask(process)
    process.close()
    assert process.process.returncode == -signal.SIGKILL


def test_one_that_goes_on_slowly_is_not_given_up():
    text = "import sys,time\nfor each in range(8): time.sleep(0.2); print(each, end='', flush=True)"
    process = watched(text, seconds=5)
    assert process.hear(8) == b"01234567"
    assert process.ended() == 0
    process.close()


def test_one_that_has_said_all_and_does_not_end_is_given_up():
    process = watched(f"import os; os.close(1); {SLEEPS}")
    with pytest.raises(StalledError):
        process.hear(1)
    process.close()
    assert process.process.returncode == -signal.SIGKILL


def test_one_whose_pipes_stay_open_is_not_waited_for(monkeypatch, caplog):
    """As where it waits for a disk: here its child, which ends by itself, keeps them open."""
    monkeypatch.setattr(watching, "END_SECONDS", 0.2)
    process = watched(
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3)'])\n"
        "print('x', end='', flush=True)\n" + SLEEPS,
        seconds=20,
    )
    assert process.hear(1) == b"x"
    process.close()
    assert "does not end: its disk may hang." in caplog.text
    assert process.process.wait() == -signal.SIGKILL
    for pipe in (process.process.stdout, process.process.stderr):
        pipe.close()


def test_one_that_has_ended_says_why():
    process = watched("import sys; sys.exit('ValueError')", seconds=20)
    with pytest.raises(GoneError, match="ValueError"):
        process.hear(1)


def test_a_full_disk_at_the_command_undoes_the_hand_over(scene, monkeypatch, tmp_path):
    from tests.commands import run

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command.shutil, "copyfile", full)
    out = tmp_path / "out.csv"
    ran = run(
        "disclosure", "release", scene.path, "--agreement", scene.agreement,
        "--purpose", scene.purpose, "--out", out, "--by", scene.by.email,
    )  # fmt: skip
    assert ran.code == 2
    assert "No space left" in ran.said
    assert not out.exists()
    assert Undone.objects.get().disclosure == Disclosure.objects.get()
    assert not list((portal.PRIVATE_DIR / "permitted").iterdir())


def test_no_lock_is_held_while_a_slow_client_downloads(scene):
    at = days.now()
    checked = check_extract(
        scene.path, name="x.csv", agreement=scene.agreement, purpose=scene.purpose, reference="",
        by=scene.by, at=at,
    )  # fmt: skip
    desk.release(checked.pk, by=scene.by, at=at)
    done = handing_over.hand_over_release(checked.pk, by=scene.by, clock=days.now)
    stream = delivering.parcel(done, checked.pk, clock=days.now)
    next(iter(stream))
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', '1s', false)")
    decide_now("opt-out", Pupil.objects.get(upns__upn=UPN))
    stream.close()
