"""`make run`: the example with web and worker together, gone together."""

import os
import signal
import socket
import subprocess
import sys
from http.cookiejar import CookieJar
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import psutil
import pytest

from privacy_portal.mail import files

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def running(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "PORT": str(port),
        "PORTAL_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "privacy_portal.settings",
    }
    command = [sys.executable, "-m", "privacy_portal.serving"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    yield process, f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=30)


def until(found, seconds=120):
    end = monotonic() + seconds
    while monotonic() < end:
        try:
            if result := found():
                return result
        except OSError:
            pass
        sleep(0.1)
    raise AssertionError("nothing came in time")


def test_the_example_answers_sends_mails_and_ends_as_a_whole(running, tmp_path):
    process, address = running
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    ready = until(lambda: browser.open(f"{address}/readyz", timeout=5).read())
    assert b'"ready": true' in ready

    page = browser.open(f"{address}/subscribe/").read().decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = {"csrfmiddlewaretoken": token, "notices": "pupils", "email": "ben@example.org"}
    sent = browser.open(f"{address}/subscribe/", urlencode(form).encode()).read()
    assert b"Look into your mailbox" in sent
    (file,) = until(lambda: list((tmp_path / "outbox").glob("*.eml")))
    assert f"{address}/subscribe/confirm/" in files.read(file).text

    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)
    _, left = psutil.wait_procs(children, timeout=10)
    assert [each for each in left if "postgres" not in each.name()] == []
