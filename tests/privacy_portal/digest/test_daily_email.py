"""The daily email of tasks: for those who want it, in the numbers of their start page, naming nobody."""

from datetime import timedelta

import pytest
from django.core import mail

from consent.protection.recording import propose_ending, protect
from privacy_portal.cards import Line, Task as Row
from privacy_portal.digest import mailing
from privacy_portal.digest.setting import set_wanted
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.mail.models import Message
from privacy_portal.ground.stalled import heartbeats
from tests.example import NOON
from tests.factories.consent import PupilFactory
from tests.factories.ground import OfficerFactory, SchoolStaffFactory
from tests.factories.requests import DataRequestFactory
from tests.log_entries import entries

pytestmark = pytest.mark.django_db
PAGE = "/accounts/daily-email/"


@pytest.fixture(autouse=True)
def the_worker_runs(monkeypatch):
    """It is the worker that writes these emails."""
    monkeypatch.setattr(heartbeats, "worker_runs", lambda: True)


@pytest.fixture
def wants_it(officer):
    set_wanted(officer, wanted=True, at=NOON)
    return officer


def written():
    return list(Message.objects.filter(key__startswith="digest/").order_by("pk"))


def test_nobody_gets_it_who_has_not_asked_for_it(policy, officer):
    DataRequestFactory(by=officer)
    assert mailing.send(at=NOON) == 0


def test_it_says_what_is_overdue_and_due_soon_once_a_day(policy, wants_it, client):
    DataRequestFactory(by=wants_it)
    late = NOON + timedelta(days=60)
    assert mailing.send(at=late) == 1
    assert mailing.send(at=late + timedelta(hours=1)) == 0
    assert mailing.send(at=late + timedelta(days=1)) == 1
    text = written()[0].text
    assert "Overdue:" in text
    assert "- Requests for information: 1" in text
    assert PAGE in text
    assert written()[0].to == wants_it.email


def test_without_anything_overdue_or_due_soon_there_is_none(policy, wants_it):
    assert mailing.send(at=NOON) == 0
    set_wanted(wants_it, wanted=False, at=NOON)
    DataRequestFactory(by=wants_it)
    assert mailing.send(at=NOON + timedelta(days=60)) == 0


def test_who_no_longer_signs_in_gets_none(policy, wants_it):
    DataRequestFactory(by=wants_it)
    User.objects.filter(pk=wants_it.pk).update(is_active=False)
    assert mailing.send(at=NOON + timedelta(days=60)) == 0


def test_things_that_the_start_page_lists_one_by_one_are_counted():
    tasks = [
        Row("Releases", Line(link="a.csv"), True),
        Row("Releases", Line(link="and 3 more", number=3), True),
        Row("Requests", Line(link="2 requests", number=2), False),
        Row("Alarms", Line(text="Check", number=0), False),
    ]
    assert mailing.numbers(tasks) == [("Releases", 4), ("Requests", 2)]


def test_it_names_no_pupil(policy, wants_it, client):
    pupil = PupilFactory(forename="Zaraphine", surname="Ravensworth")
    other = OfficerFactory(email="other@example.org")
    at = {"by": other, "at": NOON}
    protect(pupil, since=None, reason="other", source="officer", **at)
    propose_ending(pupil, reason="Over", **at)
    DataRequestFactory(by=wants_it, pupils=[pupil])
    client.force_login(wants_it)
    assert "Zaraphine" in client.get("/staff/").text
    assert mailing.send(at=NOON + timedelta(days=60)) == 1
    text = written()[0].subject + written()[0].text
    assert "Zaraphine" not in text
    assert "Ravensworth" not in text


def test_school_staff_get_the_numbers_of_their_school(policy):
    staff = SchoolStaffFactory(email="s@example.org")
    set_wanted(staff, wanted=True, at=NOON)
    assert mailing.send(at=NOON) == 0


def test_each_person_turns_it_on_and_off_for_themself(client, officer):
    client.force_login(officer)
    assert "Daily email about your tasks" in client.get("/accounts/2fa/").text
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE, {}).status_code == 422
    for answer, wanted in (("yes", True), ("yes", True), ("no", False)):
        page = client.post(PAGE, {"wanted": answer}, follow=True)
        assert page.status_code == 200
        officer.refresh_from_db()
        assert officer.daily_digest is wanted
    assert [entry["wanted"] for entry in entries("digest-setting-changed")] == [True, False]
    assert mail.outbox == []
