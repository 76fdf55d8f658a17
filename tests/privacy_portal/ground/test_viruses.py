"""Uploaded files are looked at by ClamAV's daemon: a real one, with one signature of its own."""

import logging
import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest
from django import forms
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import get_resolver

from consent.models import Decision, Scan
from privacy_portal import environment
from privacy_portal.ground.files import viruses
from privacy_portal.ground.files.viruses import NotCheckedError, virus_in
from privacy_portal.ground.ui import fields
from privacy_portal.ground.ui.scanning import NOT_CHECKED, VIRUS
from privacy_portal.readiness import impaired
from sharing.models import Release
from tests.factories.consent import PupilFactory
from tests.forms import PAPERS, SCAN, paper
from tests.log_entries import entries

# The string that every scanner knows and that harms nothing, in two parts: this file is no virus.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CONF = """Foreground yes
DatabaseDirectory {folder}
TemporaryDirectory {folder}
LocalSocket {folder}/clamd
StreamMaxLength 2M
MaxThreads 2
"""


@pytest.fixture(scope="module")
def daemon():
    """The path of the daemon's socket."""
    clamd = shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if clamd is None:
        pytest.fail(
            "These tests need ClamAV's daemon: install it (on Debian: apt-get install clamav-daemon)."
        )
    # A socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="clamd-") as name:
        folder = Path(name)
        (folder / "test.ndb").write_text(f"Portal.Test:0:*:{EICAR.hex()}\n")
        (folder / "clamd.conf").write_text(CONF.format(folder=folder))
        process = subprocess.Popen(
            [clamd, f"--config-file={folder / 'clamd.conf'}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        end = monotonic() + 30
        while not viruses.is_reachable(str(folder / "clamd")):
            assert process.poll() is None, "ClamAV's daemon did not start"
            assert monotonic() < end, "ClamAV's daemon did not answer"
            sleep(0.05)
        yield str(folder / "clamd")
        process.terminate()
        process.wait(timeout=90)


@pytest.fixture
def scanned(settings, daemon):
    settings.CLAMAV_SOCKET = daemon


@contextmanager
def answers(reply, *, after=b"UPN\0\0\0\0"):
    """A daemon that says this once it has got so much, and nothing where it is None."""
    with socket.socket() as listens:
        listens.bind(("127.0.0.1", 0))
        listens.listen()

        def serve():
            with listens.accept()[0] as connection:
                got = b""
                while after not in got and (piece := connection.recv(1 << 16)):
                    got += piece
                if reply is None:
                    while connection.recv(1 << 16):
                        pass
                else:
                    connection.sendall(reply)

        thread = Thread(target=serve)
        thread.start()
        yield listens.getsockname()
        thread.join()


def test_the_daemon_tells_a_virus_from_a_table(daemon):
    assert virus_in([b"UPN,Surname\r\n"], daemon) is None
    assert virus_in([], daemon) is None
    assert virus_in([b"UPN\r\n", EICAR[:20], EICAR[20:]], daemon) == "Portal.Test.UNOFFICIAL"
    assert virus_in([b"x" * 1_500_000, b"", EICAR], daemon) == "Portal.Test.UNOFFICIAL"


def test_a_file_that_is_too_large_for_the_daemon_was_not_checked(daemon):
    with pytest.raises(NotCheckedError):
        virus_in([b"x" * 65_536] * 100, daemon)


@pytest.mark.parametrize(
    "reply",
    [
        b"", b"OK\0", b"stream: \0", b"stream: FOUND\0", b"stream: OK FOUND OK\0", b"\xff\xfe\0",
        b"INSTREAM size limit exceeded. ERROR\0", b"stream: Can't allocate memory ERROR\0",
        b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0", b"HTTP/1.1 200 OK\r\n\r\n",
        b"x" * 10_000,
    ],
)  # fmt: skip
def test_nonsense_is_no_answer(reply):
    with answers(reply) as place, pytest.raises(NotCheckedError):
        virus_in([b"UPN"], place)


def test_an_answer_ends_at_its_null_character():
    with answers(b"stream: OK\0stream: Evil FOUND\0") as place:
        assert virus_in([b"UPN"], place) is None
    with answers(b"stream: Evil FOUND") as place:
        assert virus_in([b"UPN"], place) == "Evil"


def test_one_that_never_answers_is_not_waited_for(settings):
    settings.CLAMAV_SECONDS = 0.3
    begun = monotonic()
    with answers(None) as place, pytest.raises(NotCheckedError, match="TimeoutError"):
        virus_in([b"UPN"], place)
    assert monotonic() - begun < 20


def test_one_that_is_away_is_told(tmp_path):
    for place in (str(tmp_path / "none"), ("127.0.0.1", 1)):
        assert not viruses.is_reachable(place)
        with pytest.raises(NotCheckedError):
            virus_in([b"UPN"], place)


def extract(client, content):
    file = SimpleUploadedFile("ella-barlow.csv", content)
    data = {"agreement": "WIG-CNX", "purpose": "careers-guidance", "file": file}
    return client.post("/staff/releases/new/", data)


def roll(client, content):
    file = SimpleUploadedFile("roll.csv", content)
    return client.post("/staff/roll/", {"file": file, "whole": "some"})


def scan(client, content):
    file = SimpleUploadedFile("scan.pdf", content, "application/pdf")
    return client.post(PAPERS, paper(PupilFactory(), scan=file))


def kept():
    """What is kept of files: in folders, and rows about them."""
    folders = ("extracts", "rolls", "scans", "uploads")
    files = [*(file for name in folders for file in (portal.PRIVATE_DIR / name).glob("*"))]
    rows = (Release.objects.count(), Scan.objects.count(), Decision.objects.count())
    return {file.name for file in files}, rows


@pytest.mark.parametrize("sends", [extract, roll, scan])
def test_a_virus_is_refused_and_only_the_log_knows_of_it(
    policy, client, officer, scanned, sends, caplog
):
    client.force_login(officer)
    before = kept()
    page = sends(client, SCAN + EICAR)
    assert page.status_code == 422
    assert page.text.count(VIRUS) == 2  # in the summary and at the field
    assert kept() == before
    (entry,) = entries("virus-refused")
    assert entry["by"] == str(officer.reference)
    assert entry["virus"] == "Portal.Test.UNOFFICIAL"
    assert "barlow" not in str(entry).lower()
    (line,) = [each for each in caplog.records if "ClamAV" in each.message]
    assert line.levelno == logging.WARNING
    assert line.message == "A file was refused: ClamAV found Portal.Test.UNOFFICIAL."


@pytest.mark.parametrize("sends", [extract, roll, scan])
def test_what_cannot_be_checked_is_refused(policy, client, officer, settings, sends, caplog):
    settings.CLAMAV_SOCKET = "/nowhere/clamd"
    client.force_login(officer)
    before = kept()
    page = sends(client, SCAN)
    assert page.status_code == 422
    assert page.text.count(NOT_CHECKED) == 2
    assert kept() == before
    assert entries("virus-refused") == []
    (line,) = [each for each in caplog.records if "ClamAV" in each.message]
    assert line.message.endswith("ClamAV cannot be asked (FileNotFoundError).")


@pytest.mark.parametrize("sends", [extract, scan])
def test_a_file_without_one_is_taken_whole(policy, client, officer, scanned, sends):
    client.force_login(officer)
    content = b"UPN,Surname\r\nP207000016049,Barlow\r\n" if sends is extract else SCAN
    assert sends(client, content).status_code == 302


def form_classes(kind=forms.BaseForm):
    for each in kind.__subclasses__():
        yield each
        yield from form_classes(each)


def test_no_form_takes_a_file_past_the_scanner():
    assert get_resolver().url_patterns  # every view is imported, and its forms
    taking = {
        (form.__module__, name): type(field)
        for form in form_classes()
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.FileField) and not form.__module__.startswith("django.")
    }
    assert all(issubclass(kind, fields.FileField) for kind in taking.values())
    assert {name for _, name in taking} == {"file", "scan", "document", "certificate"}


def test_nobody_looks_where_nobody_is_named(settings):
    settings.CLAMAV_SOCKET = None
    upload = SimpleUploadedFile("a.csv", EICAR)
    assert fields.FileField().clean(upload) is upload


def test_readiness_names_a_daemon_that_is_away(db, client, settings, daemon):
    settings.CLAMAV_SOCKET = daemon
    assert impaired() == []
    settings.CLAMAV_SOCKET = "/nowhere/clamd"
    page = client.get("/readyz")
    # Families opt out all the same, so the server is not taken away.
    assert (page.status_code, page.json()["ready"]) == (200, True)
    (said,) = page.json()["impaired"]
    assert "ClamAV cannot be reached" in said


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", None), ("/run/clamav/clamd.ctl", "/run/clamav/clamd.ctl"),
        ("scanner.example.org:3310", ("scanner.example.org", 3310)), ("[::1]:3310", ("::1", 3310)),
    ],
)  # fmt: skip
def test_the_environment_says_where_the_daemon_is(monkeypatch, text, place):
    monkeypatch.setenv("CLAMAV_SOCKET", text)
    assert environment.virus_scanner() == place


@pytest.mark.parametrize("text", ["clamd.ctl", ":3310", "scanner:", "scanner:0", "scanner:70000"])
def test_what_is_no_place_is_one_sentence(monkeypatch, text):
    monkeypatch.setenv("CLAMAV_SOCKET", text)
    with pytest.raises(ImproperlyConfigured, match="must be the path of a socket or host:port"):
        environment.virus_scanner()
