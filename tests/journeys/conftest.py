"""A browser, and a served portal with the example in it, for each worker."""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from privacy_portal.ground.mail import files
from tests.browser import FLAGS, chromium
from tests.databases import database_url, database_with, drop_database, make_database, template_of
from tests.example import DAY
from tests.places import ROOT

expect.set_options(timeout=15_000)
# The three ways every journey is made: narrow, wide, and wide without JavaScript.
WAYS = {"320 px": (320, True), "1280 px": (1280, True), "no JavaScript": (1280, False)}


@pytest.fixture
def the_examples_day() -> None:
    """The server has the example's day; the browser keeps its own time."""


@pytest.fixture(scope="session")
def browser_type_launch_args():
    return {"executable_path": chromium(), "args": FLAGS}


class Portal:
    """The served portal: its address, how people of the example sign in, and their mails."""

    def __init__(self, address: str, sign_ins: dict[str, str], environment: dict[str, str]):
        self.address = address
        self.sign_ins = sign_ins
        self.environment = environment

    def mail_to(self, email: str, about: str) -> str:
        """The words of the newest mail to an address with this subject, once it is sent."""
        end = monotonic() + 90
        while monotonic() < end:
            for kept in map(files.read, self._mails()):
                if kept.to == email and about in kept.subject:
                    return kept.text
            sleep(0.1)
        said = worker_log(self.environment).read_text()
        raise AssertionError(
            f"no mail to {email} about {about}; the worker said:\n{said}\n{self._jobs()}"
        )

    def _jobs(self) -> str:
        """What became of the newest jobs and mails, for a test that waited for one in vain."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as database:
            queries = (
                "SELECT id, task_name, status, args FROM procrastinate_jobs ORDER BY id DESC LIMIT 20",
                "SELECT id, key, sent_at, failed_at, why FROM mail_message ORDER BY id DESC LIMIT 20",
            )
            return "\n".join(
                str(row) for query in queries for row in database.execute(query).fetchall()
            )

    def _mails(self) -> list[Path]:
        folder = Path(self.environment["PORTAL_DATA_DIR"]) / "outbox"
        return sorted(folder.glob("*.eml"), reverse=True)


@pytest.fixture(scope="session")
def portal(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Portal]:
    with django_db_blocker.unblock():
        name = f"{database_with('')}_journeys"
        make_database(name, template_of(database_with("")))
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(name),
            "PORTAL_DATA_DIR": str(tmp_path_factory.mktemp("portal")),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }
        loaded = subprocess.run(
            [sys.executable, "manage.py", "example", "load", "--json"],
            cwd=ROOT, env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        sign_ins = {each["email"]: each["password"] for each in json.loads(loaded.stdout)}
        with working(environment, DAY), served(environment, DAY) as address:
            yield Portal(address, sign_ins, environment)
        drop_database(name)


@contextmanager
def working(environment: dict[str, str], on: date) -> Iterator[None]:
    """A worker that sends the portal's mails, at noon of a day."""
    arguments = [sys.executable, "-m", "tests.journeys.work", on.isoformat()]
    with worker_log(environment).open("wb") as log:
        worker = subprocess.Popen(arguments, cwd=ROOT, env=environment, stderr=log)
        try:
            yield
        finally:
            worker.terminate()
            worker.wait(timeout=20)


def worker_log(environment: dict[str, str]) -> Path:
    """What the worker said."""
    return Path(environment["PORTAL_DATA_DIR"]) / "worker.log"


@contextmanager
def served(environment: dict[str, str], on: date) -> Iterator[str]:
    """The portal at noon of a day; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [sys.executable, "-m", "tests.journeys.serve", str(port), on.isoformat()]
    server = subprocess.Popen(arguments, cwd=ROOT, env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="session")
def portal_on_another_day(portal) -> Iterator[Callable[[date], Portal]]:
    """The same portal and database with the clock moved: one server for each day asked for."""
    with ExitStack() as stack:

        @cache
        def on(day: date) -> Portal:
            address = stack.enter_context(served(portal.environment, day))
            return Portal(address, portal.sign_ins, portal.environment)

        yield on


def wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    end = monotonic() + 60
    while monotonic() < end:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5):
                return
        except urllib.error.URLError:
            sleep(0.1)
    raise AssertionError("the server did not answer")


class Visitor:
    """One person at a browser. Every page they come to is looked at: axe, width, errors."""

    def __init__(self, page: Page, portal: Portal, scripts: bool):
        self.page, self.portal, self.scripts = page, portal, scripts
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def on(self, portal: Portal) -> None:
        """From now on at another portal: the same one on another day."""
        self.portal = portal

    def goes_to(self, address: str) -> None:
        self.page.goto(f"{self.portal.address}{address}")
        self.looks()

    def clicks(self, name: str, role: str = "button") -> None:
        """Clicks and waits for the page that it leads to; going on at once could stop the form."""
        with self.page.expect_navigation():
            self.page.get_by_role(role, name=name, exact=True).first.click()
        self.looks()

    def sees(self, text: str) -> None:
        expect(self.page.locator("main")).to_contain_text(text)

    def signs_in(self, email: str) -> None:
        self.page.get_by_label("Email address").fill(email)
        self.page.get_by_label("Password", exact=True).fill(self.portal.sign_ins[email])
        self.clicks("Sign in")

    def looks(self) -> None:
        """No axe violation, no sideways scrolling, no script error, one main heading."""
        assert not self.problems
        expect(self.page.locator("h1")).to_have_count(1)
        if not self.scripts:
            return
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"
        too_wide = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        assert not too_wide, f"{self.page.url} scrolls sideways"


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def visitor(request, browser, portal) -> Iterator[Visitor]:
    width, scripts = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts
    )
    yield Visitor(context.new_page(), portal, scripts)
    context.close()


@pytest.fixture
def reference_form():
    """What an opt-out's reference looks like."""
    return re.compile(r"[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{4}")
