"""Papers and calls keyed by staff: one screen, three dates, scan, second look, opting back in."""

import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from consent.decisions.recording import take
from consent.models import Decision, Scan, Scheme
from notices.queries import controller
from privacy_portal.ground.days import start_of
from tests import mails
from tests.consent.keying.scan_folder import files_of_scans
from tests.consent.standing import is_out
from tests.example import NOON
from tests.factories.consent import ProtectionFactory, PupilFactory
from tests.forms import PAPERS, SCAN, paper
from tests.log_entries import entries

pytestmark = pytest.mark.django_db


class TestScreen:
    def test_a_paper_is_kept_with_its_three_dates_and_counts_from_the_day_received(
        self, pupil, at_school, client
    ):
        page = client.post(PAPERS, paper(pupil), follow=True)
        assert "Saved: opt-out for Ella Barlow by Ben Barlow." in page.text
        assert "1 recorded in this batch." in page.text
        decision = Decision.objects.get()
        assert (decision.signed_on, decision.recorded_by) == (date(2026, 11, 19), at_school)
        assert decision.received_at == start_of(date(2026, 11, 20))
        assert decision.recorded_at >= NOON
        assert is_out(pupil, start_of(date(2026, 11, 20)))
        assert entries()[-1]["by"] == str(at_school.reference)

    def test_the_next_paper_keeps_what_a_pile_shares_and_counts(self, pupil, at_school, client):
        page = client.post(PAPERS, paper(pupil, received_on="21/11/2026"), follow=True).text
        assert 'value="21/11/2026"' in page
        assert 'value="Ben Barlow"' not in page
        page = client.post(PAPERS, paper(pupil, by="parent", person_name="Amy"), follow=True).text
        assert "2 recorded in this batch." in page
        page = client.get(f"{PAPERS}batch/").text
        assert "There should be 2" in page
        client.post(f"{PAPERS}batch/")
        assert "0 recorded in this batch." in client.get(PAPERS).text
        assert "You have not recorded anything yet." in client.get(f"{PAPERS}batch/").text

    def test_what_a_form_is_about_is_asked_once_and_kept_for_the_pile(
        self, pupil, at_school, client
    ):
        chosen = re.compile(r'<option value="([^"]*)" selected')
        assert chosen.findall(client.get(PAPERS).text) in ([], [""])
        page = client.post(PAPERS, paper(pupil, scheme=""))
        assert "Select what the form or call is about" in page.text
        assert not Decision.objects.exists()
        sent = paper(pupil)
        page = client.post(PAPERS, sent, follow=True).text
        assert chosen.findall(page) == [str(sent["scheme"])]

    def test_the_choice_is_an_opt_out_again_after_an_opt_in(self, pupil, at_school, client):
        client.post(PAPERS, paper(pupil))
        page = client.post(PAPERS, paper(pupil, choice="opt-in"), follow=True).text
        assert "2 recorded in this batch." in page
        checked = re.findall(r'<input[^>]*name="choice"[^>]*\bchecked', page)
        assert len(checked) == 1
        assert 'value="opt-out"' in checked[0]

    def test_the_same_form_sent_twice_is_one_decision(self, pupil, at_school, client):
        form = paper(pupil)
        for _ in range(2):
            scan = SimpleUploadedFile("a.pdf", SCAN)
            page = client.post(PAPERS, {**form, "scan": scan}, follow=True)
        assert "1 recorded" in page.text
        assert Decision.objects.count() == Scan.objects.count() == len(files_of_scans()) == 1

    def test_without_javascript_the_pupil_is_found_by_a_button_and_nothing_typed_is_lost(
        self, pupil, at_school, client
    ):
        page = client.post(PAPERS, paper(pupil, pupil="", q="barl", find="1"))
        assert page.status_code == 200
        assert "There is a problem" not in page.text
        assert str(pupil.reference) in page.text
        assert "Parent on record: Ben Barlow" in page.text
        assert 'value="19/11/2026"' in page.text
        assert not Decision.objects.exists()
        assert entries()[-1]["event"] == "pupils-listed"

    def test_as_one_types_the_pupils_come_as_part_of_the_page(self, pupil, at_school, client):
        part = client.get("/staff/pupils/choices/?q=barl").text
        assert str(pupil.reference) in part
        assert "<html" not in part
        assert "No pupils found" in client.get("/staff/pupils/choices/?q=xyzzy").text

    def test_a_pupil_who_was_not_chosen_is_asked_for(self, pupil, at_school, client):
        page = client.post(PAPERS, paper(pupil, pupil=""))
        assert page.status_code == 422
        assert page.text.count("Find and select the pupil") == 2
        assert not Decision.objects.exists()

    def test_a_pupil_of_another_school_cannot_be_keyed(self, pupil, secretary, client):
        client.force_login(secretary)
        assert client.post(PAPERS, paper(pupil)).status_code == 422
        assert not Decision.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"q": "", "pupil": ""}, "Enter the pupil’s name"),
            ({"person_name": ""}, "Enter the name of the parent or carer"),
            ({"signed_on": ""}, "Enter the date the form was signed"),
            ({"signed_on": "31/2/2026"}, "Enter a date like 5/11/2026"),
            ({"signed_on": "1/11/26"}, "Enter a date like 5/11/2026"),
            ({"signed_on": "21/11/2026"}, "Date signed must be the same as or before"),
            ({"received_on": ""}, "Enter the date it was received"),
            ({"received_on": "24/11/2026"}, "Date received must be today or in the past"),
            ({"by": ""}, "Select who made the choice"),
            ({"scheme": "object/x/y"}, "Select an answer from the list"),
            (
                {"choice": "opt-in", "channel": "phone"},
                "You cannot record an opt-in from a phone call",
            ),
            ({"by": "pupil"}, "The pupil is too young to make this choice."),
            (
                {"scheme": "height-weight", "by": "pupil"},
                "Only a parent or carer can make this choice.",
            ),
        ],
    )
    def test_a_fault_is_said_and_nothing_stored(self, pupil, at_school, client, changes, said):
        page = client.post(PAPERS, paper(pupil, **changes))
        assert page.status_code == 422
        assert page.text.count(said) == 2
        assert not Decision.objects.exists()

    def test_a_call_needs_no_signature(self, pupil, at_school, client):
        client.post(PAPERS, paper(pupil, channel="phone", signed_on=""))
        decision = Decision.objects.get()
        assert (decision.channel, decision.signed_on) == ("phone", None)

    def test_who_left_an_address_gets_a_receipt_that_names_no_pupil(self, pupil, at_school, client):
        client.post(PAPERS, paper(pupil, email="ben@example.org"))
        (message,) = mails.sent()
        assert message.to == ["ben@example.org"]
        assert "We have recorded your opt-out: Connexions" in message.subject
        assert "Received: 20 November 2026" in message.body
        for name in ("Ella", "Barlow"):
            assert name not in message.body

    def test_the_receipt_says_who_recorded_it(self, pupil, at_school, officer, client):
        for user, name, email, who in (
            (at_school, "Ben Barlow", "ben@example.org", "Example High School"),
            (officer, "Amy Barlow", "amy@example.org", controller().name),
        ):
            client.force_login(user)
            client.post(PAPERS, paper(pupil, person_name=name, email=email))
            (receipt,) = [mail for mail in mails.sent() if mail.to == [email]]
            assert f"{who} has recorded your form." in receipt.body

    def test_the_receipt_of_a_choice_about_a_protected_pupil_names_no_school(
        self, pupil, at_school, client
    ):
        ProtectionFactory.create(pupil=pupil)
        client.post(PAPERS, paper(pupil, email="ben@example.org"))
        (receipt,) = [mail for mail in mails.sent() if mail.to == ["ben@example.org"]]
        assert f"{controller().name} has recorded your form." in receipt.body
        assert pupil.school.name not in f"{receipt.subject} {receipt.body}"

    def test_a_parent_is_refused_once_the_pupil_decided(self, policy, officer, client, no_sample):
        pupil = PupilFactory(born=date(2010, 1, 1))
        client.force_login(officer)
        client.post(PAPERS, paper(pupil, by="pupil", person_name=""))
        assert Decision.objects.get().person_name == "Ella Barlow"
        page = client.post(PAPERS, paper(pupil))
        assert "The pupil has made their own choice" in page.text
        client.post(PAPERS, paper(pupil, signed_on="1/11/2026", received_on="2/11/2026"))
        assert Decision.objects.count() == 2, "one from before then is history"

    def test_a_parents_opt_in_is_refused_where_the_pupils_own_alone_would_count(
        self, policy, officer, client, no_sample
    ):
        """The paper came on the very day on which the pupil decided, or within a week before."""
        pupil = PupilFactory(born=date(2010, 1, 1))
        take(
            Decision(
                pupil=pupil, scheme=Scheme.objects.get(code="connexions"), choice="opt-out",
                by="pupil", person_name="Ella Barlow", person_key="ella barlow", channel="online",
                received_at=NOON - timedelta(hours=3), recorded_at=NOON,
            ),
            by=None, at=NOON,
        )  # fmt: skip
        client.force_login(officer)
        for day in ("23/11/2026", "19/11/2026"):
            form = paper(pupil, choice="opt-in", signed_on=day, received_on=day)
            assert "The pupil has made their own choice" in client.post(PAPERS, form).text
        page = client.post(PAPERS, paper(pupil, received_on="23/11/2026"))
        assert "The pupil has made their own choice" in page.text
        assert Decision.objects.count() == 1
        assert not mails.sent()

    def test_of_an_opt_in_that_was_taken_back_before_it_came_nobody_is_told_that_it_starts(
        self, pupil, at_school, client, no_sample
    ):
        client.post(PAPERS, paper(pupil))
        form = paper(
            pupil, choice="opt-in", email="ben@example.org", signed_on="18/11/2026",
            received_on="19/11/2026",
        )  # fmt: skip
        client.post(PAPERS, form)
        later = Decision.objects.get(choice="opt-in")
        assert not later.tellings.exists()
        assert "It has no effect, because you opted out later" in mails.sent()[-1].body
        page = client.get(f"/staff/pupils/{pupil.reference}/").text
        assert "Replaced by a later choice." in page
        assert "it starts on" not in page

    def test_the_database_wants_who_keyed_it_and_when_it_was_signed(self, pupil, at_school, client):
        client.post(PAPERS, paper(pupil))
        fields = Decision.objects.values().get()
        for changes, constraint in (
            ({"recorded_by_id": None}, "decision_keyed_by_somebody"),
            ({"signed_on": None}, "decision_on_paper_is_signed"),
        ):
            with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
                Decision.objects.create(**{**fields, "id": None, "submission": None, **changes})
