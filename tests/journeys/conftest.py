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
from time import monotonic, sleep

import pytest
from playwright.sync_api import expect

from tests.browser import FLAGS, chromium
from tests.databases import database_url, database_with, drop_database, make_database, template_of
from tests.example import DAY, NOON
from tests.journeys.visitors import (
    NARROW,
    WIDE,
    Faultless,
    Mirror,
    Portal,
    Visitor,
    worker_log,
)
from tests.places import ROOT
from tests.single_sign_on import CLIENT, SECRET, TENANT, providers

expect.set_options(timeout=15_000)
# The ways in which a journey is made: narrow without JavaScript, and narrow and wide with it. Each page
# of the first is looked at narrow and wide with JavaScript too.
WAYS = {"no JavaScript": (NARROW, False), "320 px": (NARROW, True), "1280 px": (WIDE, True)}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make each journey in the ways that it is to be made in."""
    if "visitor" not in metafunc.fixturenames:
        return
    ways = list(WAYS)
    if not metafunc.config.getoption("--soak"):
        ways = ways[: 2 if list(metafunc.definition.iter_markers("with_scripts")) else 1]
    metafunc.parametrize("visitor", [WAYS[way] for way in ways], ids=ways, indirect=True)


@pytest.fixture
def the_examples_day() -> None:
    """The server has the example's day; the browser keeps its own time."""


@pytest.fixture(scope="session")
def browser_type_launch_args():
    return {"executable_path": chromium(), "args": FLAGS}


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
        sign_ins = {
            each["email"]: (each["password"], each["secret"]) for each in json.loads(loaded.stdout)
        }
        with working(environment, DAY), served(environment, DAY) as address:
            yield Portal(address, sign_ins, environment)
        drop_database(name)


@pytest.fixture
def empty_portal(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Portal]:
    """A portal in which nothing is but its first administrator, whom a command added."""
    with django_db_blocker.unblock():
        name = f"{database_with('')}_empty"
        make_database(name, template_of(database_with("")))
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(name),
            "PORTAL_DATA_DIR": str(tmp_path_factory.mktemp("empty")),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }
        subprocess.run(
            [
                sys.executable, "-m", "tests.journeys.command", DAY.isoformat(), "users", "add",
                "first@example.org", "--name", "Fay First", "--role", "administrator",
            ],
            cwd=ROOT, env=environment, check=True,
        )  # fmt: skip
        with working(environment, DAY), served(environment, DAY) as address:
            yield Portal(address, {}, environment)
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
            worker.wait(timeout=90)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def served(environment: dict[str, str], on: date, port: int = 0) -> Iterator[str]:
    """The portal at noon of a day; yields its address."""
    port = port or free_port()
    arguments = [sys.executable, "-m", "tests.journeys.serve", str(port), on.isoformat()]
    server = subprocess.Popen(arguments, cwd=ROOT, env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=90)


@pytest.fixture
def portal_with_provider(portal) -> Iterator[tuple[Portal, Callable[[], None]]]:
    """Serve the journeys' portal with single sign-on at a real provider; yields how to end the provider."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with ExitStack() as provider, ExitStack() as server:
        issuer = provider.enter_context(providers(address, NOON.timestamp()))[0]
        environment = {
            **portal.environment, "PORTAL_ADDRESS": address, "OIDC_ISSUER": issuer, "OIDC_TENANT": TENANT,
            "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET,
        }  # fmt: skip
        server.enter_context(served(environment, DAY, port))
        yield Portal(address, portal.sign_ins, environment), provider.close


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


@pytest.fixture(scope="session")
def mirror(browser, tmp_path_factory) -> Iterator[Mirror]:
    """One for all visitors of a process; what it found faultless, all processes know."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    context = browser.new_context(bypass_csp=True)
    yield Mirror(context.new_page(), Faultless(folder / "faultless"))
    context.close()


@pytest.fixture
def visitor(request, browser, portal, mirror) -> Iterator[Visitor]:
    width, scripts = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts
    )
    yield Visitor(context.new_page(), portal, scripts, mirror)
    context.close()


@pytest.fixture
def reference_form():
    """What an opt-out's reference looks like."""
    return re.compile(r"[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{4}")
