"""Web and worker are killed while people send opt-outs: what was acknowledged is there (C5)."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import psycopg
import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from stdnum.gb.upn import calc_check_digit

from consent.matching import matching
from consent.models import Decision, OptOutRequest, UnconfirmedOptOut
from privacy_portal.ground import days
from privacy_portal.ground.mail import files
from privacy_portal.ground.mail.models import Message
from sharing.disclosures.verifying import verify_log
from tests.conftest import ROLL_HEADINGS, database_url, pupil_row, run
from tests.consent.online.test_online import PARENT
from tests.places import ROOT

AT_ONCE = 20
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
REFERENCE = re.compile(r"<strong[^>]*>([0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{4})</strong>")
LINK = re.compile(r"/opt-out/confirm/[\w-]+/")


class Portal:
    """Web and worker as in production, on a database with real commits."""

    def __init__(self, database: str, folder: Path, *, threads: int = 8):
        self.database, self.folder, self.threads = database, folder, threads
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.processes: list[subprocess.Popen[bytes]] = []
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url(database),
            "PORTAL_DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }

    def start(self) -> None:
        web = [
            str(Path(sys.executable).parent / "granian"), "--interface", "wsgi",
            "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
            "--blocking-threads", str(self.threads), "--log-level", "critical",
            "privacy_portal.wsgi:application",
        ]  # fmt: skip
        worker = [sys.executable, "manage.py", "procrastinate", "worker"]
        self.processes = [
            subprocess.Popen(
                command, cwd=ROOT, env=self.environment, start_new_session=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
            for command in (web, worker)
        ]  # fmt: skip
        end = monotonic() + 60
        while monotonic() < end:
            try:
                build_opener().open(self.address("/healthz"), timeout=5)
                return
            except (OSError, HTTPException):
                sleep(0.05)
        raise AssertionError("the web server did not answer")

    def kill(self) -> None:
        """SIGKILL, the web server's own workers included: nobody can tidy up."""
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
        for process in self.processes:
            process.wait()
        self.processes = []

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def forget_files(self) -> None:
        """Mails of earlier rounds: who looks for a link need not read thousands of them."""
        for path in (self.folder / "outbox").glob("*.eml"):
            path.unlink()

    def link_of(self, reference: str) -> str:
        """The link in the mail that confirms an opt-out: sent, or still waiting."""
        with psycopg.connect(database_url(self.database)) as connection:
            found = connection.execute(
                "SELECT text FROM mail_message WHERE key = %s", [f"opt-out-confirm/{reference}"]
            ).fetchone()
        assert found, f"{reference} was acknowledged and has no mail"
        texts = [found[0]] if found[0] else []
        for path in (self.folder / "outbox").glob("*.eml") if not texts else ():
            kept = files.read(path)
            if reference in kept.subject:
                texts.append(kept.text)
        return LINK.search(texts[0])[0]


class Person:
    """Somebody with a browser, from the first question to the receipt."""

    def __init__(self, portal: Portal):
        self.portal = portal
        self.jar = CookieJar()
        self.browser: OpenerDirector = build_opener(HTTPCookieProcessor(self.jar))
        self.sent = self.received = ""

    def gets(self, path: str) -> str:
        with self.browser.open(self.portal.address(path), timeout=20) as page:
            return page.read().decode()

    def posts(self, path: str, answers: dict[str, str]) -> str:
        token = TOKEN.search(self.gets(path))[1]
        data = urlencode({**answers, "csrfmiddlewaretoken": token}).encode()
        with self.browser.open(self.portal.address(path), data, timeout=20) as page:
            return page.read().decode()

    def opts_out(self, forename: str, stop: Event) -> None:
        """Goes on until the portal is gone. What was acknowledged is remembered."""
        try:
            for step, answers in PARENT.items():
                given = {**answers, "forename": forename} if step == "name" else answers
                if step == "contact":
                    given = {**given, "email": f"{forename}@example.org"}
                self.posts(f"/opt-out/about/connexions/{step}/", given)
            page = self.posts("/opt-out/about/connexions/check/", {})
            self.sent = REFERENCE.search(page)[1]
            page = self.posts(self.portal.link_of(self.sent), {})
            self.received = REFERENCE.search(page)[1]
        except (OSError, HTTPException):
            assert stop.is_set(), "the portal failed before it was killed"


@pytest.fixture
def portal(committed, tmp_path, write):
    """Every second person's child is on the roll."""
    rows = ""
    for number in range(0, AT_ONCE, 2):
        digits = f"3599000000{number:02}"
        upn = calc_check_digit("A" + digits) + digits
        rows += pupil_row(UPN=upn, Forename=f"Pupil{number}")
    assert run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{rows}")).code == 0
    portal = Portal(committed, tmp_path / "data")
    yield portal
    portal.kill()


def test_nothing_acknowledged_is_lost_or_doubled(portal, soak, record_property, capsys):
    rounds = 300 if soak else 15
    chance = random.Random(20261123)
    sent, received = set(), set()
    longest = 0.0
    for number in range(rounds):
        portal.start()
        stop = Event()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            begun = monotonic()
            people = [Person(portal) for _ in range(AT_ONCE)]
            running = [
                pool.submit(person.opts_out, f"Pupil{place}", stop)
                for place, person in enumerate(people)
            ]
            if number == 0:  # nobody is killed: this tells how long it takes
                for each in running:
                    each.result()
                longest = monotonic() - begun
            else:
                sleep(chance.uniform(0.5, 1.3) * longest)
            stop.set()
            portal.kill()
            for each in running:
                each.result()
        sent |= {person.sent for person in people if person.sent}
        received |= {person.received for person in people if person.received}
        portal_forgets_limits()
        portal.forget_files()
        if soak and number % 25 == 0:
            with capsys.disabled():
                print(f"\n{number} of {rounds} rounds, {len(sent)} acknowledged", flush=True)
        if number == 0:
            assert len(received) == AT_ONCE
    # The jobs of killed workers are done by the next, or by the one that looks every ten minutes.
    matching.match_all_confirmed(at=days.now())
    stored = Counter(OptOutRequest.objects.values_list("reference", flat=True))
    waiting = Counter(UnconfirmedOptOut.objects.values_list("reference", flat=True))
    assert sent <= set(stored + waiting)
    assert received <= set(stored)
    assert max((stored + waiting).values()) == 1
    decided = Counter(Decision.objects.values_list("request__reference", flat=True))
    assert max(decided.values()) == 1
    matched = {
        each.reference
        for each in OptOutRequest.objects.all()
        if int(each.forename.removeprefix("Pupil")) % 2 == 0
    }
    assert set(decided) == matched
    assert_mails_are_sent_or_queued(
        [f"opt-out-confirm/{each}" for each in stored + waiting]
        + [f"opt-out-received/{each}" for each in stored]
    )
    verify_log(lambda done: None)
    record_property(
        "figure",
        f"{rounds} kills: {len(sent)} opt-outs acknowledged, {len(received)} confirmed, none lost",
    )


def portal_forgets_limits() -> None:
    """Twenty people of one network address in an hour would be too many."""
    from privacy_portal.ground.limits.models import Attempt

    Attempt.objects.all().delete()


def assert_mails_are_sent_or_queued(keys: list[str]) -> None:
    mails = {each.key: each for each in Message.objects.filter(key__in=keys)}
    assert set(mails) == set(keys)
    # A job that a killed worker was at is "doing": the next worker starts it again.
    queued = set(
        ProcrastinateJob.objects.filter(
            task_name="mail.send", status__in=["todo", "doing"]
        ).values_list("args__message", flat=True)
    )
    for each in mails.values():
        assert each.sent_at is not None or each.pk in queued, each.key
