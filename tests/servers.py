"""Web server and worker in processes of their own, and people with browsers."""

import os
import re
import signal
import socket
import subprocess
import sys
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import psycopg

from privacy_portal.ground.mail import files
from privacy_portal.serving import granian
from tests.databases import database_url
from tests.forms import PARENT
from tests.places import ROOT

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
REFERENCE = re.compile(r"<strong[^>]*>([0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{4})</strong>")
LINK = re.compile(r"/opt-out/confirm/[\w-]+/")
# Seconds that somebody waits for a page: on a busy machine, with so many at once, it may take long.
PATIENCE = 120


class Portal:
    """Web and worker as in production, on a database with real commits."""

    def __init__(self, database: str, folder: Path, *, threads: int, **more: str):
        self.database, self.folder, self.threads = database, folder, threads
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        # Another than the portal's own, such as one at another time of day.
        self.application = ""
        self.has_jobs = True
        self.processes: list[subprocess.Popen[bytes]] = []
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url(database),
            "PORTAL_DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "WEB_THREADS": str(threads),
            **more,
        }

    def start(self) -> None:
        command = granian(self.port, workers=1, log_level="critical")
        web = [*command[:-1], self.application or command[-1]]
        worker = [sys.executable, "manage.py", "procrastinate", "worker"]
        self.processes = [
            subprocess.Popen(
                command, cwd=ROOT, env=self.environment, start_new_session=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
            for command in ((web, worker) if self.has_jobs else (web,))
        ]  # fmt: skip
        end = monotonic() + 60
        while monotonic() < end:
            try:
                build_opener().open(self.address("/healthz"), timeout=20)
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
        with self.browser.open(self.portal.address(path), timeout=PATIENCE) as page:
            return page.read().decode()

    def posts(self, path: str, answers: dict[str, str]) -> str:
        token = TOKEN.search(self.gets(path))[1]
        data = urlencode({**answers, "csrfmiddlewaretoken": token}).encode()
        with self.browser.open(self.portal.address(path), data, timeout=PATIENCE) as page:
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
        except (OSError, HTTPException) as error:
            if not stop.is_set():
                raise AssertionError(
                    f"the portal failed before it was killed: {error!r}"
                ) from error
