"""Recorded forms that a second person checks, and opting back in."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError

from consent.decisions import opting_in
from consent.keying import keying
from consent.models import Decision, SecondLook, Telling, Verification
from privacy_portal.ground import days
from privacy_portal.ground.days import days_later, end_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.mail.models import Message
from tests import mails
from tests.consent.standing import is_out
from tests.example import DAY, NOON
from tests.factories.consent import PupilFactory
from tests.forms import PAPERS, paper
from tests.log_entries import entries

pytestmark = pytest.mark.django_db


class TestSecondLook:
    def test_one_in_ten_is_shown_to_a_second_person(
        self, pupil, at_school, colleague, client, monkeypatch
    ):
        calls = []
        monkeypatch.setattr(keying.secrets, "randbelow", lambda most: calls.append(most) or 0)
        page = client.post(PAPERS, paper(pupil), follow=True).text
        assert calls == [10]
        assert "A colleague will check this one." in page
        assert "There is nothing for you to check." in client.get("/staff/opt-outs/second/").text
        look = SecondLook.objects.get()
        address = f"/staff/opt-outs/second/{look.pk}/"
        assert client.get(address).status_code == 404
        client.force_login(colleague)
        assert "By school, " in client.get("/staff/opt-outs/second/").text
        assert "Find the paper form" in client.get(address).text
        assert client.post(address, {"agrees": ""}).status_code == 422
        assert "Enter what is different" in client.post(address, {"agrees": "no"}).text
        client.post(address, {"agrees": "no", "note": "Another Ella"})
        look.refresh_from_db()
        assert (look.looked_by, look.agrees, look.note) == (colleague, False, "Another Ella")
        assert entries()[-1]["event"] == "second-look"
        assert client.get(address).status_code == 404

    def test_an_officer_sees_what_differs_until_it_is_mended(
        self, pupil, officer, client, colleague
    ):
        client.force_login(colleague)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(keying.secrets, "randbelow", lambda most: 0)
            client.post(PAPERS, paper(pupil))
        client.force_login(officer)
        look = SecondLook.objects.get()
        client.post(f"/staff/opt-outs/second/{look.pk}/", {"agrees": "no", "note": "Wrong day"})
        assert "Wrong day" in client.get("/staff/opt-outs/second/").text
        client.post(
            f"/staff/pupils/{pupil.reference}/decisions/{look.decision_id}/invalid/",
            {"kind": "other", "reason": "Keyed wrong"},
        )
        assert "Wrong day" not in client.get("/staff/opt-outs/second/").text

    def test_whoever_recorded_it_does_not_check_it(self, pupil, at_school, client, monkeypatch):
        monkeypatch.setattr(keying.secrets, "randbelow", lambda most: 0)
        client.post(PAPERS, paper(pupil))
        with pytest.raises(NotNowError, match="someone else must check it"):
            keying.look(SecondLook.objects.get(), agrees=True, note="", by=at_school, at=days.now())
        assert SecondLook.objects.get().looked_by is None
        assert not entries("second-look")

    def test_the_database_refuses_ones_own_second_look(self, pupil, at_school, client):
        client.post(PAPERS, paper(pupil))
        with pytest.raises(IntegrityError, match="second_look_is_another_persons"):
            SecondLook.objects.create(
                decision=Decision.objects.get(), why="sample", keyed_by=at_school,
                looked_by=at_school, looked_at=NOON, agrees=True,
            )  # fmt: skip


class TestOptingBackIn:
    @pytest.fixture
    def opt_in(self, pupil, at_school, client):
        """Ben's opt-out of last year, and his opt-in, keyed today; the mail has not gone yet."""
        pupil.parent_email = "parent@example.org"
        pupil.save()
        client.post(PAPERS, paper(pupil, signed_on="1/11/2025", received_on="2/11/2025"))
        client.post(
            PAPERS,
            paper(pupil, choice="opt-in", signed_on="23/11/2026", received_on="23/11/2026",
                  email="ben@example.org"),
        )  # fmt: skip
        return Decision.objects.get(choice="opt-in")

    def agree(self, decision, by):
        keying.look(decision.second_look, agrees=True, note="", by=by, at=NOON)

    def test_it_counts_only_with_two_members_of_staff_everyone_told_and_seven_days(
        self, pupil, opt_in, colleague
    ):
        much_later = NOON + timedelta(days=100)
        assert is_out(pupil, much_later)
        self.agree(opt_in, colleague)
        assert not Verification.objects.exists(), "the mail has not gone"
        mails.run_jobs()
        assert opting_in.settle(at=NOON) == 1
        assert opting_in.settle(at=NOON) == 0
        assert is_out(pupil, end_of(DAY + timedelta(days=6)))
        assert not is_out(pupil, days_later(opt_in.received_at, 7))
        assert entries()[-1]["event"] == "decision-verified"

    def test_nothing_is_verified_without_the_second_person(self, pupil, opt_in, colleague):
        mails.run_jobs()
        assert opting_in.settle(at=NOON) == 0
        keying.look(opt_in.second_look, agrees=False, note="No signature", by=colleague, at=NOON)
        assert opting_in.settle(at=NOON) == 0
        assert is_out(pupil, NOON + timedelta(days=100))

    def test_a_mail_that_was_deleted_unsent_told_nobody_and_staff_must(
        self, pupil, opt_in, colleague, at_school, client
    ):
        self.agree(opt_in, colleague)
        telling = Telling.objects.get()
        assert "You have told everyone" in client.get("/staff/opt-outs/told/").text
        Message.objects.filter(key=telling.mail).delete()
        assert opting_in.settle(at=NOON) == 0
        assert "Email failed" in client.get("/staff/opt-outs/told/").text
        client.post(f"/staff/opt-outs/told/{telling.pk}/")
        assert Verification.objects.exists()

    def test_everyone_on_record_is_told_and_the_mail_names_nobody(self, opt_in):
        tellings = list(Telling.objects.all())
        assert [(each.name, each.way) for each in tellings] == [("Ben Barlow", "email")]
        message = Message.objects.get(key=tellings[0].mail)
        assert message.to == "parent@example.org"
        assert "Someone has asked us to share more" in message.subject
        for name in ("Ella", "Barlow", "Ben"):
            assert name not in message.text

    def test_who_has_no_address_is_told_by_staff_and_noted(
        self, pupil, at_school, colleague, client
    ):
        client.post(PAPERS, paper(pupil, person_name="Amy Barlow"))
        client.post(PAPERS, paper(pupil, person_name="Amy Barlow", choice="opt-in"))
        names = list(Telling.objects.values_list("name", "way"))
        assert names == [("Ben Barlow", "voice"), ("Amy Barlow", "voice")]
        decision = Decision.objects.get(choice="opt-in")
        self.agree(decision, colleague)
        page = client.get("/staff/opt-outs/told/").text
        assert "Amy Barlow" in page
        for telling in Telling.objects.all():
            assert not Verification.objects.exists()
            client.post(f"/staff/opt-outs/told/{telling.pk}/")
        assert Verification.objects.get().decision == decision
        page = client.post(f"/staff/opt-outs/told/{Telling.objects.first().pk}/", follow=True)
        assert "already marked as told" in page.text
        assert "You have told everyone." in page.text

    def test_a_pupil_of_16_is_told_too(self, policy, officer, client):
        pupil = PupilFactory(born=date(2010, 1, 1), address="1 High St", postcode="WN1")
        client.force_login(officer)
        client.post(PAPERS, paper(pupil))
        client.post(PAPERS, paper(pupil, choice="opt-in"))
        told = {telling.name: (telling.way, telling.address) for telling in Telling.objects.all()}
        assert told["Ella Barlow"] == ("post", "1 High St, WN1")
        assert told["Ben Barlow"] == ("post", "1 High St, WN1")
