"""While a hand-over is stopped people opt out and are answered, and pages do not wait (H4)."""

import os
import re
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import build_opener

import pytest
from django.db import connection

from consent.letters import codes as letter_codes
from consent.matching import matching
from consent.models import LetterKind, LetterRun, Pupil, Scheme
from consent.rules import DecidedBy
from privacy_portal.ground import days
from sharing.auditing.verifying import verify_log
from sharing.errors import StalledError
from sharing.releases.handing_over import hand_over
from sharing.releases.permitted_file import PermittedFile
from sharing.releases.request import Request
from tests.factories.consent import PupilFactory
from tests.factories.ground import OfficerFactory
from tests.forms import PARENT
from tests.races import in_thread
from tests.servers import TOKEN, Person, Portal

PEOPLE = 12
WITHIN = 15
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Parent(Person):
    """Somebody who presses the last button while a hand-over is stopped."""

    def fills_in(self, forename):
        """Goes as far as the button behind the link."""
        for step, answers in PARENT.items():
            more = {"forename": forename} if step == "name" else {}
            if step == "contact":
                more = {"email": f"{forename}@example.org"}
            self.posts(f"/opt-out/about/connexions/{step}/", {**answers, **more})
        page = self.posts("/opt-out/about/connexions/check/", {})
        reference = re.search(r"[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{4}", page)[0]
        self.last = self.portal.link_of(reference)
        self.token = TOKEN.search(self.gets(self.last))[1]

    def enters(self, code):
        """Goes as far as the check of answers with a letter's code."""
        self.posts("/opt-out/code/", {"code": code})
        self.posts("/opt-out/code/who/", {"by": "parent"})
        name = {"person_name": "Ben Barlow", "relation": "Father", "email": ""}
        self.posts("/opt-out/code/name/", name)
        self.last = "/opt-out/code/check/"
        self.token = TOKEN.search(self.gets(self.last))[1]

    def presses(self, fields=None):
        """Gives the status, the page and the seconds that they took."""
        data = urlencode(fields or {"csrfmiddlewaretoken": self.token}).encode()
        begun = monotonic()
        try:
            with self.browser.open(self.portal.address(self.last), data, timeout=60) as page:
                return page.status, page.read().decode(), monotonic() - begun
        except HTTPError as error:
            return error.code, error.read().decode(), monotonic() - begun


@pytest.fixture
def portal(committed, tmp_path, soak):
    portal = Portal(committed, tmp_path / "data", threads=24)
    portal.environment["LOCK_SECONDS"] = "10" if soak else "2"
    yield portal
    portal.kill()


@pytest.fixture
def extract(committed, write):
    cells = "UPN,Surname,Telephone\r\n"
    for number in range(2 * PEOPLE):
        pupil = PupilFactory(forename=f"Pupil{number}")
        cells += f"{pupil.upns.get().upn},Barlow,0{number}\r\n"
    officer = OfficerFactory(email="officer@example.org")
    path = write(cells, "extract.csv")
    return Request(path, "extract.csv", "WIG-CNX", "careers-guidance", officer)


def codes(pupils, officer):
    """What is written on a letter to each, issued by the clock that the portal's processes have."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now() - interval '1 hour'")
        (at,) = cursor.fetchone()
    letters = LetterRun.objects.create(
        school=pupils[0].school, scheme=Scheme.objects.get(code="connexions"),
        kind=LetterKind.CHOICE, pupils=[pupil.pk for pupil in pupils], asked_by=officer, asked_at=at,
        expires_at=at,
    )  # fmt: skip
    texts = []
    for pupil in pupils:
        letter = letter_codes.new_code(
            pupil, letters, by=DecidedBy.PARENT, to_name="Ben", taken=set(), at=at
        )
        letter.code.save()
        texts.append(letter.text)
    return texts


def test_who_opts_out_while_a_hand_over_is_stopped_is_answered(
    portal, extract, settings, soak, monkeypatch, record_property
):
    settings.STALL_SECONDS = 60 if soak else 8
    pupils = list(Pupil.objects.order_by("pk"))
    codes_of_letters = codes(pupils[PEOPLE:], extract.by)
    portal.start()
    people = [Parent(portal) for _ in pupils]
    for number, person in enumerate(people[:PEOPLE]):
        person.fills_in(f"Pupil{number}")
    for person, code in zip(people[PEOPLE:], codes_of_letters, strict=True):
        person.enters(code)

    begun, stopped, asked = [], threading.Event(), []
    init = PermittedFile.__init__

    def beginning(self, writer, *arguments):
        init(self, writer, *arguments)
        begun.append(writer.process.pid)

    def clock():
        # Asked first for the day, and then once the pupils are locked.
        asked.append(1)
        if len(asked) == 2:
            os.kill(begun[0], signal.SIGSTOP)
            stopped.set()
        return days.now()

    longest, over = {}, threading.Event()

    def looks(path):
        while not over.is_set():
            asking = monotonic()
            build_opener().open(portal.address(path), timeout=60).read()
            longest[path] = max(longest.get(path, 0.0), monotonic() - asking)

    def fails():
        with pytest.raises(StalledError):
            hand_over(extract, clock=clock)

    paths = ("/healthz", "/readyz", "/opt-out/")
    with monkeypatch.context() as patched, ThreadPoolExecutor(2 * PEOPLE + 4) as pool:
        patched.setattr(PermittedFile, "__init__", beginning)
        handing = pool.submit(in_thread, fails)
        assert stopped.wait(30)
        looking = [pool.submit(looks, path) for path in paths]
        pressing = [pool.submit(person.presses) for person in people]
        answers = [each.result() for each in pressing]
        over.set()
        for each in looking:
            each.result()
        handing.result()
    waits = [seconds for _, _, seconds in answers]
    assert {status for status, _, _ in answers} <= {200, 503}
    for person, (status, page, _) in zip(people, answers, strict=True):
        if status == 503:
            assert "We do not have it" in page
            status, page, _ = person.presses(dict(FIELD.findall(page)))
        assert status == 200
    matching.match_all_confirmed(at=days.now())
    assert all(pupil.decisions.count() == 1 for pupil in pupils)
    done = hand_over(extract, clock=days.now)
    left = [line for line in done.file.read_text().splitlines()[1:] if not line.endswith(",")]
    done.file.unlink()
    assert left == []
    verify_log(lambda entries: None)
    assert max(waits) < WITHIN
    assert max(longest.values()) < WITHIN / 3
    record_property(
        "figure",
        f"with a stopped writer {sum(wait < WITHIN for wait in waits)} of {len(people)} opt-outs "
        f"answered within {WITHIN} s, the last after {max(waits):.1f} s; forbidden cells: {len(left)}; "
        + ", ".join(f"{path} at most {seconds:.2f} s" for path, seconds in longest.items()),
    )
