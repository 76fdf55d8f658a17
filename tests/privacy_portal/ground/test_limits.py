"""Officers are told, once, when far more comes in than usual; nobody outside sees it."""

from datetime import timedelta

import pytest

from privacy_portal.ground.limits import alarms
from privacy_portal.ground.limits.models import Alarm, Attempt
from privacy_portal.ground.limits.pacing import Pace, pace
from privacy_portal.ground.mail.alarming import tell_officers
from tests import mails
from tests.example import NOON

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def attempts(kind, who, number, at=NOON):
    Attempt.objects.bulk_create(Attempt(kind=kind, who=who, at=at) for _ in range(number))


class TestPace:
    @pytest.fixture(autouse=True)
    def few(self, settings):
        settings.FORMS_SLOW, settings.FORMS_STOP = 2, 4

    def say(self, waited=False, who="a", at=NOON):
        return pace("opt-out-from", who, waited=waited, at=at)

    def test_first_at_once_then_after_a_wait_then_not_for_an_hour(self):
        assert [self.say() for _ in range(3)] == [Pace.NOW, Pace.NOW, Pace.WAIT]
        assert [self.say(waited=True) for _ in range(3)] == [Pace.NOW, Pace.NOW, Pace.LATER]
        assert self.say(at=NOON + timedelta(hours=1, minutes=1)) is Pace.NOW

    def test_one_address_does_not_slow_another(self):
        for _ in range(5):
            self.say(waited=True)
        assert self.say(who="b") is Pace.NOW


class TestAlarms:
    def test_an_address_far_beyond_the_usual_is_told_once_a_day(self, settings, officer, client):
        settings.FORMS_ALARM = 5
        attempts("opt-out-from", "a", 4)
        assert tell_officers(at=NOON + MINUTE) == 0
        attempts("opt-out-from", "a", 1)
        assert tell_officers(at=NOON + MINUTE) == 1
        attempts("opt-out-from", "a", 20)
        assert tell_officers(at=NOON + 2 * MINUTE) == 0
        (message,) = mails.sent()
        assert message.to == [officer.email]
        assert "5 opt-out or objection forms came from one internet address" in message.body
        client.force_login(officer)
        assert "5 opt-out or objection forms came from" in client.get("/staff/").text

    def test_the_whole_site_far_beyond_the_usual_is_told(self, settings, officer):
        settings.FORMS_ALARM_ALL = 6
        for who in "abcdef":
            attempts("report-from", who, 1)
        assert tell_officers(at=NOON + MINUTE) == 1
        assert "6 corrections and complaints came from all internet addresses" in (
            mails.sent()[0].body
        )

    def test_many_about_one_child_are_told_without_saying_which(self, settings, officer):
        settings.LINKS_AT_ONCE_A_CHILD = 3
        attempts(alarms.ABOUT_A_CHILD, "hash", 3, at=NOON - timedelta(hours=5))
        assert tell_officers(at=NOON) == 1
        assert "3 opt-out or objection forms about the same child" in mails.sent()[0].body

    def test_many_wrong_codes_are_told(self, settings, officer):
        settings.WRONG_GUESSES_AN_HOUR = 4
        attempts("code-from", "a", 4)
        assert tell_officers(at=NOON + MINUTE) == 1

    def test_school_staff_are_not_told(self, settings, secretary, client):
        settings.FORMS_ALARM = 1
        attempts("opt-out-from", "a", 1)
        assert tell_officers(at=NOON + MINUTE) == 0
        assert Alarm.objects.count() == 1
        client.force_login(secretary)
        assert "Far more online forms" not in client.get("/staff/").text

    def test_an_alarm_is_shown_for_a_day_and_forgotten_after_a_month(self, settings):
        settings.FORMS_ALARM = 1
        attempts("opt-out-from", "a", 1)
        tell_officers(at=NOON + MINUTE)
        assert alarms.recent(NOON + timedelta(hours=23)).count() == 1
        assert alarms.recent(NOON + timedelta(hours=25)).count() == 0
        alarms.forget(at=NOON + timedelta(days=29))
        assert Alarm.objects.exists()
        alarms.forget(at=NOON + timedelta(days=31))
        assert not Alarm.objects.exists()
