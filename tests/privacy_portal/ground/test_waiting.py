"""A form that waited in vain: a page says that it was not received, one press sends it again (H4)."""

import re
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import Client

from consent.queries import lock_pupils
from privacy_portal.ground.log.models import Head
from privacy_portal.ground.ui import waiting
from privacy_portal.ground.ui.waiting import WaitingMiddleware, limit_waiting
from tests.example import UPN
from tests.factories.consent import PupilFactory
from tests.factories.ground import OfficerFactory
from tests.forms import SCAN, paper
from tests.races import in_thread

FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@pytest.fixture
def busy(committed, settings):
    """A pupil whose row another connection holds, as a hand-over does."""
    settings.LOCK_SECONDS = 0.3
    pupil = PupilFactory(upn=UPN)
    limit_waiting(connection)
    return pupil


def while_held(pupil, work):
    """What `work` gives while the pupil's row is held by another connection."""

    def works():
        limit_waiting(connection)
        return work()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        lock_pupils([pupil.pk])
        return pool.submit(in_thread, works).result(timeout=90)


def test_a_paper_keyed_meanwhile_is_not_received_and_one_press_keys_it(busy):
    client = Client(enforce_csrf_checks=True)
    officer = OfficerFactory(email="officer@example.org")
    client.force_login(officer)
    form = client.get("/staff/opt-outs/paper/").text
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', form)[1]
    data = paper(busy, csrfmiddlewaretoken=token)
    page = while_held(busy, lambda: client.post("/staff/opt-outs/paper/", data))
    assert page.status_code == 503
    assert page["Retry-After"] == "10"
    assert "We do not have it" in page.text
    assert not busy.decisions.exists()
    again = dict(FIELD.findall(page.text))
    assert again.keys() == data.keys()
    assert 'action="/staff/opt-outs/paper/"' in page.text
    done = client.post("/staff/opt-outs/paper/", again)
    assert done.status_code == 302
    assert busy.decisions.get().person_name == "Ben Barlow"


def test_all_waits_of_a_form_together_are_bounded(busy, settings):
    """In a queue each lock is waited for anew: for those ahead, then for who has it."""
    settings.LOCK_SECONDS = 3.0
    officer = OfficerFactory(email="officer@example.org")
    data = paper(busy)

    def sends(number):
        limit_waiting(connection)
        client = Client()
        client.force_login(officer)
        sleep(0.3 * number)
        begun = monotonic()
        page = client.post("/staff/opt-outs/paper/", data)
        return page, monotonic() - begun

    with ThreadPoolExecutor(4) as pool, transaction.atomic():
        Head.objects.select_for_update().get()
        answers = list(pool.map(lambda number: in_thread(sends, number), range(4)))
    assert [page.status_code for page, _ in answers] == [503] * 4
    assert all("We do not have it" in page.text for page, _ in answers)
    assert max(seconds for _, seconds in answers) < 5.4
    assert not busy.decisions.exists()
    client = Client()
    client.force_login(officer)
    assert client.post("/staff/opt-outs/paper/", data).status_code == 302
    assert busy.decisions.count() == 1


def test_a_scan_is_to_be_chosen_again(busy):
    client = Client()
    client.force_login(OfficerFactory(email="officer@example.org"))
    scan = SimpleUploadedFile("scan.pdf", SCAN, "application/pdf")
    data = paper(busy, scan=scan)
    page = while_held(busy, lambda: client.post("/staff/opt-outs/paper/", data))
    assert page.status_code == 503
    assert "select your file again" in page.text
    assert "Send it again" not in page.text


def test_a_page_that_waited_in_vain_can_be_asked_for_again(db, rf):
    request = rf.get("/staff/pupils/x/?a=1")
    page = waiting.send_again(request)
    assert page.status_code == 503
    assert 'href="/staff/pupils/x/?a=1"' in page.text
    assert "<form" not in page.text.split("<main")[1]


def test_what_was_typed_comes_back_as_text(db, rf):
    sent = [("a", '"><script>x</script>'), ("a", "two\r\nlines"), ("csrfmiddlewaretoken", "t")]
    request = rf.post("/opt-out/", urlencode(sent), "application/x-www-form-urlencoded")
    page = waiting.send_again(request).text
    assert "<script>x" not in page
    assert page.count('name="a"') == 2
    assert "two\r\nlines" in page


def test_a_password_is_not_sent_back(db, rf):
    page = waiting.send_again(rf.post("/accounts/login/", {"login": "a", "password": "secret"}))
    assert "secret" not in page.text
    assert "Go back to the form" in page.text


def test_another_error_is_not_taken_for_waiting(rf):
    middleware = WaitingMiddleware(lambda request: HttpResponse())
    assert middleware.process_exception(rf.post("/"), OperationalError("gone")) is None


def test_forms_never_take_the_room_of_pages(db, rf, settings):
    settings.FORMS_AT_ONCE = 1
    inside = []

    def view(request):
        middleware.process_view(request, None, (), {})
        inside.append(middleware.process_view(rf.post("/", {"a": "b"}), None, (), {}))
        inside.append(middleware.process_view(rf.get("/"), None, (), {}))
        return HttpResponse()

    middleware = WaitingMiddleware(view)
    for _ in range(2):  # the room is free again
        middleware(rf.post("/"))
        second, page = inside[-2:]
        assert (second.status_code, page) == (503, None)
        assert "Send it again" in second.text


def test_readiness_is_told_in_time_whatever_the_database_waits_for(committed, monkeypatch):
    monkeypatch.setattr("privacy_portal.readiness.WITHIN_SECONDS", 0.3)
    with ThreadPoolExecutor(1) as pool, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE django_migrations")
        answer = pool.submit(in_thread, lambda: Client().get("/readyz")).result(timeout=90)
    assert answer.status_code == 503
    assert "cannot be reached" in answer.json()["missing"][0]
    assert Client().get("/readyz").status_code == 200
