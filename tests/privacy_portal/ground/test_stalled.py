"""A job whose worker is killed runs once more; one that ends two workers is set aside and shown."""

import os
import signal
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import AsyncMock

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as portal
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status

from consent.models import RollUpload
from consent.roll import desk as roll_desk
from privacy_portal.ground import days
from privacy_portal.ground.files import private_files as kept_files
from privacy_portal.ground.jobs import defer, restart_stalled, start_again, sweep_uploads
from privacy_portal.ground.stalled import deaths
from privacy_portal.ground.stalled.models import StalledJob
from sharing.models import Release
from sharing.releases import desk
from sharing.releases.request import Request
from tests.example import NOON
from tests.factories.ground import OfficerFactory
from tests.log_entries import events
from tests.races import all_at_once
from tests.rolls import ROLL_HEADINGS, pupil_row


def kill_while_it_reads(start, attempts=0):
    """Starts a worker, and kills it as soon as it has a roll's job in its hands, which was begun
    so many times before."""
    running = start()
    end = time.monotonic() + 90
    jobs = ProcrastinateJob.objects.filter(
        task_name="consent.check_roll", status="doing", attempts=attempts
    )
    while not jobs.exists():
        assert time.monotonic() < end, "no worker took the job"
        if running.poll() is not None:  # it looked for work before the job was started again
            ProcrastinateJob.objects.filter(status="todo").update(scheduled_at=None)
            running = start()
        time.sleep(0.05)
    time.sleep(0.3)
    running.send_signal(signal.SIGKILL)
    running.wait()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
        )
    with suppress(AlreadyEnqueued):  # by the clock, a moment ago
        restart_stalled.defer(timestamp=0)


def state_of(upload):
    upload.refresh_from_db()
    return upload.state


@pytest.fixture
def upload(committed, tmp_path):
    """A roll that waits for its check, whose file never ends: whoever opens it waits for ever."""

    officer = OfficerFactory(email="officer@example.org")
    upload = RollUpload.objects.create(
        file_name="roll.csv", whole=False, by=officer, at=days.now(),
        expires_at=days.now() + timedelta(days=36_500),  # the worker has a clock of its own
    )  # fmt: skip
    defer("consent.check_roll", {"upload": str(upload.pk)})
    return upload


def file_of(upload, tmp_path):
    folder = Path(tmp_path) / "private" / portal.PRIVATE_DIR.name / "rolls"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / str(upload.pk)


def test_a_job_that_ends_two_workers_is_set_aside(worker, upload, tmp_path, client):
    os.mkfifo(file_of(upload, tmp_path))
    kill_while_it_reads(worker)
    job = ProcrastinateJob.objects.get(task_name="consent.check_roll")
    assert (job.status, state_of(upload)) == ("doing", RollUpload.State.CHECKING)
    # The next worker starts it again, and is ended by it too.
    kill_while_it_reads(worker, attempts=1)
    assert StalledJob.objects.get(job=job.pk).deaths == 1
    assert worker().wait(timeout=60) == 0
    job.refresh_from_db()
    stalled = StalledJob.objects.get(job=job.pk)
    assert (job.status, stalled.deaths) == ("failed", 2)
    assert stalled.set_aside_at is not None
    assert state_of(upload) == RollUpload.State.FAILED
    # It never runs again by itself.
    with suppress(AlreadyEnqueued):
        restart_stalled.defer(timestamp=0)
    assert worker().wait(timeout=60) == 0
    job.refresh_from_db()
    assert job.status == "failed"
    client.force_login(upload.by)
    assert "we could not read your file" in client.get(f"/staff/roll/{upload.pk}/").text
    home = " ".join(client.get("/staff/").text.split())
    assert "1 job</a> failed twice" in home
    page = client.get("/staff/jobs/").text
    assert "Check a roll that was uploaded" in page
    assert str(job.pk) in page


def test_a_job_whose_worker_died_once_is_done_by_the_next(worker, upload, tmp_path):
    os.mkfifo(file_of(upload, tmp_path))
    kill_while_it_reads(worker)
    file_of(upload, tmp_path).unlink()
    file_of(upload, tmp_path).write_text(f"{ROLL_HEADINGS}\r\n{pupil_row()}")
    for _ in range(2):  # the first may look for work before the job is started again
        assert worker().wait(timeout=60) == 0
        # Another job of the dead worker may go first: the minute between them passes.
        ProcrastinateJob.objects.filter(status="todo").update(scheduled_at=None)
    assert state_of(upload) == RollUpload.State.CHECKED
    assert not deaths.set_aside().exists()


def test_a_death_that_several_runs_see_at_once_counts_once(committed):
    defer("jobs.sweep_uploads", {"timestamp": 0})
    jobs = ProcrastinateJob.objects.filter(task_name="jobs.sweep_uploads")
    for deaths_so_far, outcome in ((1, Status.TODO), (2, Status.FAILED)):
        jobs.update(status="doing")
        job = jobs.get().procrastinate_job
        runs = [partial(start_again, job, job.id, at=NOON, next_at=NOON)] * 4
        outcomes = all_at_once(*runs)
        assert Counter(outcomes) == {outcome: 1, None: 3}
        assert jobs.get().status == outcome.value
        assert StalledJob.objects.get(job=job.id).deaths == deaths_so_far


def test_a_job_that_was_started_again_meanwhile_is_left_alone(committed, monkeypatch, caplog):
    defer("jobs.sweep_uploads", {"timestamp": 0})
    jobs = ProcrastinateJob.objects.filter(task_name="jobs.sweep_uploads")
    jobs.update(status="doing")
    stalled = AsyncMock(return_value=[jobs.get().procrastinate_job])
    manager = SimpleNamespace(get_stalled_jobs=stalled)
    monkeypatch.setattr("privacy_portal.ground.jobs.app", SimpleNamespace(job_manager=manager))
    said = []
    for _ in range(2):
        all_at_once(
            partial(async_to_sync(restart_stalled.func), None, 0)
        )  # a thread without a loop
        said.append(caplog.messages.copy())
    assert "is started again" in said[0][-1]
    assert said[1] == said[0]
    assert (jobs.get().status, StalledJob.objects.get().deaths) == ("todo", 1)


@pytest.mark.django_db
class TestGivingUp:
    def test_an_extract_that_ended_two_workers_is_refused_and_its_file_deleted(
        self, pupil, officer, write
    ):
        path = write("UPN,Surname\r\nP207000016049,Barlow\r\n")
        release = desk.upload(
            Request(path, "x.csv", "WIG-CNX", "careers-guidance", officer), at=NOON
        )
        arguments = {"release": str(release.pk)}
        assert not deaths.record_death(7, "sharing.check_release", arguments, at=NOON)
        assert Release.objects.get().state == Release.State.CHECKING
        for _ in range(2):  # set aside, and once more if the program ended just then
            assert deaths.record_death(7, "sharing.check_release", arguments, at=NOON)
        assert Release.objects.get().state == Release.State.FAILED
        assert not desk.extract_file(release.pk).exists()
        assert events()[-1] == "refusal"
        assert events().count("refusal") == 1

    def test_letters_that_ended_two_workers_say_so(self, officer, monkeypatch):
        given_up = []
        monkeypatch.setattr(
            "consent.letters.printing.fail", lambda run, *, why: given_up.append((str(run), why))
        )
        run = "0a5f6bd2-2b3c-4ccf-9a06-4d1bb0a2a4ff"
        deaths.record_death(3, "consent.print_letters", {"run": run}, at=NOON)
        deaths.record_death(3, "consent.print_letters", {"run": run}, at=NOON)
        assert given_up[0][0] == run
        assert "Creating the letters ended the program twice" in given_up[0][1]

    def test_any_other_job_is_set_aside_without_more(self):
        assert not deaths.record_death(1, "mail.send", {"message": 1}, at=NOON)
        assert deaths.record_death(1, "mail.send", {"message": 1}, at=NOON)
        assert [each.job for each in deaths.set_aside()] == [1]
        assert deaths.forget(at=NOON + timedelta(days=31)) == 1

    def test_the_page_says_what_each_was_to_do_newest_first(self, client, officer):
        for number in range(60):
            for _ in range(2):
                task = "notices.tell" if number else "mail.send"
                deaths.record_death(1_000 + number, task, {}, at=NOON + timedelta(minutes=number))
        client.force_login(officer)
        first, last = (client.get(f"/staff/jobs/?page={number}").text for number in (1, 2))
        assert first.index("1059") < first.index("1058")
        assert "notices.tell" in first
        assert "Send an email" in last
        assert [("Next" in page, "Previous" in page) for page in (first, last)] == [
            (True, False), (False, True),
        ]  # fmt: skip

    def test_only_officers_see_the_page(self, client, secretary):
        client.force_login(secretary)
        assert client.get("/staff/jobs/").status_code == 403


@pytest.mark.django_db
class TestSweeping:
    @pytest.fixture
    def uploads(self, tmp_path, settings):
        settings.FILE_UPLOAD_TEMP_DIR = tmp_path
        return tmp_path

    def old(self, path, hours=25):
        path.write_text("x")
        at = (NOON - timedelta(hours=hours)).timestamp()
        os.utime(path, (at, at))
        return path

    def test_old_uploads_go_and_new_ones_stay(self, uploads):
        gone = [self.old(uploads / name) for name in ("a.upload.csv", "sheet-x.csv", "text-y.csv")]
        stays = self.old(uploads / "b.upload.csv", hours=23)
        assert kept_files.sweep_uploads(at=NOON) == 3
        assert not any(each.exists() for each in gone)
        assert stays.exists()
        sweep_uploads.func(timestamp=0)

    def test_a_roll_of_which_no_row_tells_goes_and_one_that_waits_stays(self, officer):
        folder = Path(portal.PRIVATE_DIR) / "rolls"
        folder.mkdir(exist_ok=True)
        upload = RollUpload.objects.create(
            file_name="r.csv", whole=False, by=officer, at=NOON, expires_at=NOON
        )
        stays = [self.old(folder / str(upload.pk)), self.old(folder / f"{upload.pk}.rows")]
        gone = self.old(folder / "0a5f6bd2-2b3c-4ccf-9a06-4d1bb0a2a4ff")
        assert roll_desk.forget_orphans(at=NOON) >= 1
        assert not gone.exists()
        assert all(stay.exists() for stay in stays)
        for stay in stays:
            stay.unlink()
