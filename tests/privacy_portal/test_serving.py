"""`make run`: the example with web and worker together, gone together."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from http.cookiejar import CookieJar
from time import monotonic, sleep
from types import SimpleNamespace
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import psutil
import pytest
from django.conf import settings as portal
from django.db import connection

from privacy_portal import serving
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.checks import OLDER
from privacy_portal.ground.mail import files
from tests.places import ROOT


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
    process.wait(timeout=90)


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


def programs_of(process, word):
    """What `make run` runs now whose command has this word."""
    children = psutil.Process(process.pid).children()
    return [child for child in children if word in " ".join(lines_of(child))]


def web_workers(web):
    """Those of them that live."""
    children = [child for child in web.children() if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in children if "resource_tracker" not in " ".join(lines_of(child))]


def lines_of(process):
    """Its command; nothing of one that has ended meanwhile."""
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def test_the_example_answers_sends_mails_and_ends_as_a_whole(running, tmp_path):
    process, address = running
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    ready = until(lambda: browser.open(f"{address}/readyz", timeout=20).read())
    assert b'"ready": true' in ready

    page = browser.open(f"{address}/subscribe/").read().decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = {"csrfmiddlewaretoken": token, "notices": "pupils", "email": "ben@example.org"}
    sent = browser.open(f"{address}/subscribe/", urlencode(form).encode()).read()
    assert b"Check your email" in sent
    (file,) = until(lambda: list((tmp_path / "outbox").glob("*.eml")))
    assert f"{address}/subscribe/confirm/" in files.read(file).text

    (web,), (jobs,) = programs_of(process, "granian"), programs_of(process, "procrastinate")
    workers = web_workers(web)
    for each in (workers[0], jobs):
        each.kill()
    until(lambda: jobs not in (programs_of(process, "procrastinate") or [jobs]))
    until(lambda: len(web_workers(web)) == 2 and web_workers(web) != workers)
    assert browser.open(f"{address}/healthz", timeout=20).read() == b"ok\n"

    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=90)
    _, left = psutil.wait_procs(children, timeout=10)
    assert [each for each in left if "postgres" not in each.name()] == []


def starts(folder, port):
    """Runs `make run`'s program, which is expected to refuse; gives its code and what it said."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "PORT": str(port),
        "PORTAL_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "privacy_portal.settings",
    }
    done = subprocess.run(
        [sys.executable, "-m", "privacy_portal.serving"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize("shares", [False, True], ids=["another server", "one that shares"])
def test_a_port_in_use_is_one_sentence(tmp_path, shares):
    """Another portal's server would share the port, and take every second request."""
    with socket.socket() as other:
        if shares:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, said = starts(tmp_path, port)
    assert code == 2
    assert re.fullmatch(rf"Port {port} is in use by another program\. Choose another, .+", said)
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_what_is_no_port_is_one_sentence(tmp_path, port):
    code, said = starts(tmp_path, port)
    assert code == 2
    assert said.startswith(f"PORT must be a number from 1 to 65535, not '{port}'")
    assert len(said.splitlines()) == 1


def test_a_corrupt_database_is_a_sentence_for_whoever_starts_it(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")
    (tmp_path / "postgres" / "postgresql.conf").write_text("nonsense\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code, said = starts(tmp_path, port)
    assert code == 2
    assert f"The database in {tmp_path}/postgres does not start" in said
    assert "Traceback" not in said
    shutil.rmtree(tmp_path / "postgres")


def test_what_ends_again_and_again_is_started_a_few_times_a_minute():
    starts = [0.0]
    again = [second for second in range(200) if serving._may_start(starts, second)]
    assert again[:4] == [0, 1, 2, 60]
    assert all(sum(each <= other < each + 60 for other in again) <= 4 for each in again)
    assert len(starts) < 10


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_what_serves_ends_within_seconds_whatever_it_is_doing(number, tmp_path):
    """Even children that do not want to; signals reach the whole group, or the parent alone."""
    stubborn = "import signal,time; [signal.signal(n, signal.SIG_IGN) for n in (1,2,15)]; open({!r}, 'w'); time.sleep(300)"
    code = (
        "import sys\nfrom pathlib import Path\nfrom privacy_portal import serving\n"
        "serving.END_SECONDS = 1\n"
        f"commands = [[sys.executable, '-c', {stubborn!r}.format(str(Path({str(tmp_path)!r}) / each))] for each in 'ab']\n"
        "sys.exit(serving.run_together(commands, {}, Path('/')))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, start_new_session=True)
    until(lambda: (tmp_path / "a").exists() and (tmp_path / "b").exists(), 20)
    children = psutil.Process(process.pid).children()
    assert len(children) == 2
    begun = monotonic()
    if number == signal.SIGTERM:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    assert process.wait(timeout=60) == 0
    assert monotonic() - begun < 30
    assert not [child for child in children if child.is_running()]


def test_it_says_that_it_runs_once_it_answers(tmp_path, capsys):
    """Not while the web server still starts."""
    with socket.socket() as probe:
        probe.bind((serving.HOST, 0))
        port = probe.getsockname()[1]
    late = (
        "import socket, time; time.sleep(1); server = socket.create_server(('127.0.0.1', "
        f"{port})); open('answers', 'w'); server.accept(); time.sleep(1)"
    )
    asked = []

    def is_ready():
        asked.append((tmp_path / "answers").exists())
        return serving.answers(port)

    command = [sys.executable, "-c", late]
    assert serving.run_together([command], {}, tmp_path, is_ready=is_ready, ready="Ready") == 0
    assert capsys.readouterr().out == "Ready\n"
    assert (asked[0], asked[-1]) == (False, True)


def test_an_address_that_cannot_be_had_is_one_sentence(monkeypatch):
    monkeypatch.setattr(serving, "HOST", "192.0.2.1")
    with pytest.raises(serving.PortError, match=r"^Port 8000 cannot be used: .+\.$"):
        serving.check_free(8000)


@pytest.fixture
def programs(monkeypatch):
    """What would have been started, and in which environment."""
    programs = []

    def run_together(commands, environment, folder, *, is_ready, ready):
        print(ready)
        programs.extend((command, environment) for command in commands)
        return 0

    monkeypatch.setattr(serving, "check_free", lambda port: None)
    monkeypatch.setattr(serving, "run_together", run_together)
    return programs


@pytest.mark.parametrize("sign_ins", ["", "Council officer: officer@example.org  secret"])
def test_started_again_it_changes_nothing_and_says_how_to_sign_in_where_that_is_known(
    committed, programs, monkeypatch, tmp_path, capsys, sign_ins
):
    file = tmp_path / "sign-ins.txt"
    if sign_ins:
        file.write_text(sign_ins)
    monkeypatch.setattr("sharing.example.sign_ins_file", lambda: file)
    assert serving.main() == 0
    said = capsys.readouterr().out
    assert "The database already has data. Nothing was changed." in said
    assert "The portal is running at http://127.0.0.1:" in said
    assert ("Sign in at" in said, sign_ins in said) == (bool(sign_ins), True)
    assert not User.objects.exists()
    assert ["granian" in command[0] for command, _ in programs] == [True, False, False]
    assert {environment["SECRET_KEY"] for _, environment in programs} == {portal.SECRET_KEY}


def test_the_database_of_an_older_version_is_a_sentence_for_whoever_starts_it(
    committed, programs, capsys
):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('sharing', '0099_old', now())"
        )
    assert serving.main() == serving.CANNOT_START
    assert capsys.readouterr().err == f"{OLDER}\n"
    assert programs == []


def test_workers_are_told_where_the_embedded_server_is_and_nothing_of_another():
    where = {"HOST": "/run/server", "PORT": 5433, "USER": "postgres", "NAME": "portal"}
    for engine, told in (
        ("privacy_portal.ground.embedded",
         {"DATABASE_URL": "postgres://postgres@/portal?host=%2Frun%2Fserver&port=5433"}),
        ("django.db.backends.postgresql", {}),
    ):  # fmt: skip
        settings = SimpleNamespace(DATABASES={"default": {"ENGINE": engine, **where}})
        assert serving.database(settings) == told
