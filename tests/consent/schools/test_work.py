"""Schools are told, acknowledge, and take what counts now into their own systems (C9)."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from consent.decisions.recording import record
from consent.models import (
    Acknowledgement,
    Decision,
    Invalidation,
    PupilMove,
    Scheme,
    School,
    SchoolStaff,
    Verification,
)
from consent.queries import opted_out_among, scheme_facts
from consent.rules import seen_now
from consent.schools import work as school_work
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.mail.models import Message
from tests import mails
from tests.commands import run
from tests.example import NOON, UPN
from tests.factories.consent import DecisionFactory, ProtectionFactory, PupilFactory
from tests.factories.ground import SchoolStaffFactory
from tests.forms import send_opt_out
from tests.log_entries import entries
from tests.many import store_many
from tests.rolls import ROLL_HEADINGS, pupil_row

pytestmark = pytest.mark.django_db
WORK = "/staff/opt-outs/work/"


@pytest.fixture
def at_school(pupil, secretary, client):
    SchoolStaff.objects.create(user=secretary, school=pupil.school)
    client.force_login(secretary)
    return secretary


def decide(pupil, choice="opt-out", at=NOON, scheme="connexions", by_user=None):
    decision = Decision(
        pupil=pupil, scheme=Scheme.objects.get(code=scheme), choice=choice, by="parent",
        person_name="Ben Barlow", person_key="benbarlow", channel="online", received_at=at,
        recorded_at=at, recorded_by=by_user,
    )  # fmt: skip
    record([decision], by=by_user, at=at)
    return decision


def work(pupil, at=NOON):
    return list(school_work.work_of([pupil.school], at=at))


def lines(client, query=""):
    response = client.get(f"{WORK}990001.csv{query}")
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


class TestTold:
    def test_an_opt_out_reaches_the_work_list_and_the_mail_at_once(self, pupil, at_school, client):
        send_opt_out(client)
        client.force_login(at_school)
        assert [each.pupil for each in work(pupil, NOON + timedelta(hours=1))] == [pupil]
        page = " ".join(client.get(WORK).text.split())
        assert "Ella Barlow" in page
        assert "by Ben Barlow" in page
        (told,) = [each for each in mails.sent() if each.to == [at_school.email]]
        assert "Example High School" in told.subject
        for name in ("Ella", "Barlow", "Ben"):
            assert name not in told.body

    def test_who_keyed_it_gets_no_mail_about_it(self, pupil, at_school):
        decide(pupil, by_user=at_school)
        assert not Message.objects.exists()
        assert len(work(pupil)) == 1

    def test_other_schools_and_schemes_of_a_programme_have_nothing(self, pupil, at_school):
        decide(pupil, scheme="height-weight")
        decide(pupil)
        other = School.objects.create(urn="990009", name="Other")
        assert not school_work.work_of([other], at=NOON).exists()
        assert len(work(pupil)) == 1
        assert Message.objects.count() == 1

    def test_what_came_from_the_schools_own_records_is_theirs_already(self, pupil, at_school):
        DecisionFactory(pupil=pupil, days=-1, channel="import")
        assert work(pupil) == []
        assert not Message.objects.exists()

    def test_an_opt_in_waits_until_it_counts(self, pupil, at_school):
        decision = decide(pupil, "opt-in")
        later = NOON + timedelta(days=8)
        assert work(pupil, later) == []
        Verification.objects.create(decision=decision, at=NOON)
        assert work(pupil, NOON + timedelta(days=6)) == []
        assert work(pupil, later) == [decision]


class TestAcknowledging:
    def test_what_is_ticked_is_acknowledged_logged_and_gone(self, pupil, at_school, client):
        decision = decide(pupil)
        assert "Select the choices you have entered" in client.post(WORK, follow=True).text
        page = client.post(
            WORK, {"decision": [decision.pk, "x", "²", "9" * 4_301]}, follow=True
        ).text
        assert "1 marked as entered." in page
        assert "There is nothing to enter." in page
        acknowledgement = Acknowledgement.objects.get()
        assert (acknowledgement.by, acknowledgement.school, acknowledgement.invalid) == (
            at_school,
            pupil.school,
            False,
        )
        entry = json.loads(bytes(Entry.objects.latest("seq").body))
        assert (entry["event"], entry["decision"]) == ("decision-acknowledged", decision.pk)
        with pytest.raises(IntegrityError, match="acknowledged_once"), transaction.atomic():
            Acknowledgement.objects.create(
                decision=decision, school=pupil.school, invalid=False, at=NOON, by=at_school
            )

    def test_what_a_colleague_has_ticked_meanwhile_is_logged_once(self, pupil, at_school):
        decide(pupil)
        listed = work(pupil)
        assert school_work.acknowledge(listed, by=at_school, at=NOON) == 1
        assert school_work.acknowledge(listed, by=at_school, at=NOON) == 0
        assert len(entries("decision-acknowledged")) == 1

    def test_another_school_cannot_acknowledge_it(self, pupil, secretary, client):
        decision = decide(pupil)
        client.force_login(secretary)
        client.post(WORK, {"decision": [decision.pk]})
        assert not Acknowledgement.objects.exists()

    def test_one_marked_invalid_after_it_was_entered_is_taken_out_again(
        self, pupil, at_school, client
    ):
        decision = decide(pupil)
        school_work.acknowledge(work(pupil), by=at_school, at=NOON)
        invalid = Invalidation(decision=decision, reason="x", recorded_at=NOON, recorded_by=None)
        record([], [invalid], by=None, at=NOON)
        assert work(pupil) == [decision]
        assert "Remove:" in client.get(WORK).text
        school_work.acknowledge(work(pupil), by=at_school, at=NOON)
        assert work(pupil) == []

    def test_one_marked_invalid_before_it_was_entered_is_nothing_to_enter(self, pupil, at_school):
        decision = decide(pupil)
        invalid = Invalidation(decision=decision, reason="x", recorded_at=NOON, recorded_by=None)
        record([], [invalid], by=None, at=NOON)
        assert work(pupil) == []

    def test_a_new_school_hears_of_what_was_decided_before(self, pupil, at_school, write):
        DecisionFactory(pupil=pupil, person_name="Amy", days=-1, channel="import")
        decide(pupil)
        school_work.acknowledge(work(pupil), by=at_school, at=NOON)
        moved = pupil_row(**{"School URN": "990002", "School": "Other High"})
        run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{moved}"))
        assert PupilMove.objects.get().from_school == pupil.school
        pupil.refresh_from_db()
        at = NOON + timedelta(hours=1)
        assert {each.person_name for each in work(pupil, at)} == {"Amy", "Ben Barlow"}


class TestChasing:
    def test_a_school_is_reminded_once_a_week_and_officers_see_it(
        self, pupil, at_school, officer, client
    ):
        decide(pupil)  # on a Monday
        assert school_work.chase(at=NOON + timedelta(days=3)) == 0
        assert school_work.chase(at=NOON + timedelta(days=4)) == 1
        assert school_work.chase(at=NOON + timedelta(days=5)) == 0
        assert school_work.chase(at=NOON + timedelta(days=8)) == 1
        assert "1 choice to enter is overdue" in mails.sent()[-1].subject
        mail.outbox.clear()

    def test_officers_see_schools_and_that_one_has_nobody(
        self, pupil, officer, client, time_machine
    ):
        decide(pupil)
        time_machine.move_to(NOON + timedelta(days=4))
        client.force_login(officer)
        page = client.get("/staff/opt-outs/schools/").text
        assert "Example High School" in page
        assert "Nobody – phone the school" in page
        assert "1 school</a> has not entered" in client.get("/staff/").text
        assert client.get(WORK).url == "/staff/opt-outs/schools/"
        assert "Overdue" in client.get(f"{WORK}?school=990001").text

    def test_officers_count_no_choice_that_their_list_leaves_out(
        self, pupil, at_school, officer, client, time_machine
    ):
        decide(pupil)
        ProtectionFactory.create(pupil=pupil)
        time_machine.move_to(NOON + timedelta(days=4))
        client.force_login(officer)
        assert "Every school is up to date" in client.get("/staff/opt-outs/schools/").text
        assert "not entered" not in client.get("/staff/").text
        classmate = PupilFactory.create(school=pupil.school, forename="Ada")
        decide(classmate)
        (entry,) = school_work.waiting_by_school(officer, at=NOON + timedelta(days=4))
        assert (entry.to_enter, entry.overdue) == (1, 1)
        page = client.get(f"{WORK}?school={pupil.school.urn}").text
        assert "Ada" in page
        assert "Ella" not in page
        # The school itself is told of both.
        assert school_work.chase(at=NOON + timedelta(days=4)) == 1
        assert "2 choices to enter are overdue" in mails.sent()[-1].subject

    def test_nothing_to_chase(self, policy, officer, client):
        client.force_login(officer)
        assert "Every school is up to date" in client.get("/staff/opt-outs/schools/").text

    def test_ten_thousand_take_few_queries(
        self, pupil, at_school, client, django_assert_max_num_queries
    ):
        decision = decide(pupil)
        kept = {
            field.attname: getattr(decision, field.attname)
            for field in Decision._meta.concrete_fields
            if field.attname != "id"
        }
        store_many(Decision(**kept) for _ in range(10_000))
        with django_assert_max_num_queries(8):
            assert client.get(f"{WORK}?page=100").status_code == 200


class TestPupilReferralUnit:
    """C9: the authority itself is the responsible person, so there is nobody to pass a decision to."""

    def test_nothing_waits_there_nobody_is_mailed_and_pages_say_why(
        self, pupil, at_school, officer, client
    ):
        School.objects.update(pupil_referral_unit=True)
        decide(pupil)
        assert work(pupil) == []
        assert not Message.objects.exists()
        assert school_work.chase(at=NOON + timedelta(days=8)) == 0
        page = " ".join(client.get(WORK).text.split())
        assert "Example High School is a pupil referral unit" in page
        assert "nothing for this unit to enter" in page
        client.force_login(officer)
        page = client.get("/staff/opt-outs/schools/").text
        assert "Every school is up to date" in page
        assert "Pupil referral units have nothing to enter" in page

    def test_the_opt_out_counts_all_the_same(self, pupil, at_school):
        School.objects.update(pupil_referral_unit=True)
        decide(pupil)
        scheme = Scheme.objects.get(code="connexions")
        facts = scheme_facts(scheme)
        assert opted_out_among(scheme, facts, [pupil.pk], seen_now(NOON)) == {pupil.pk: True}

    def test_the_next_school_hears_of_what_was_decided_there(self, pupil, at_school, write):
        School.objects.update(pupil_referral_unit=True)
        decide(pupil)
        moved = pupil_row(**{"School URN": "990002", "School": "Other High"})
        run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{moved}"))
        pupil.refresh_from_db()
        assert [each.person_name for each in work(pupil, NOON + timedelta(hours=1))] == [
            "Ben Barlow"
        ]


class TestFile:
    def test_it_has_what_counts_now(self, pupil, at_school, client):
        assert lines(client) == []
        DecisionFactory(pupil=pupil, days=-1, channel="import")
        (line,) = lines(client)
        assert line == {
            "UPN": UPN, "Surname": "Barlow", "Forename": "Ella", "Date of birth": "2012-05-05",
            "Year group": "9", "Scheme": "Connexions opt-out", "Opted out": "yes",
            "Since": "2026-11-22", "Decided by": "parent",
        }  # fmt: skip
        assert json.loads(bytes(Entry.objects.latest("seq").body))["event"] == "school-file"

    def test_what_changed_since_a_day(self, pupil, at_school, client):
        DecisionFactory(
            pupil=pupil, days=-1, channel="import"
        )  # recorded on the 23rd, although received before
        assert len(lines(client, "?since=23/11/2026")) == 1
        assert lines(client, "?since=24/11/2026") == []
        for text in ("nonsense", "1/1/0001", "31/12/9999"):
            page = client.get(f"{WORK}990001.csv?since={text}", follow=True)
            assert "Enter a date like 5/11/2026" in page.text

    def test_an_opt_in_that_begins_to_count_is_a_change(
        self, pupil, at_school, client, time_machine
    ):
        DecisionFactory(pupil=pupil, days=-30, channel="import")
        DecisionFactory(pupil=pupil, choice="opt-in", days=-5, channel="import")
        time_machine.move_to(NOON + timedelta(days=4))
        client.force_login(at_school)
        (line,) = lines(client, "?since=24/11/2026")
        assert line["Opted out"] == "no"

    def test_a_scheme_that_starts_closed_lists_everyone(self, pupil, at_school, client):
        Scheme.objects.filter(code="height-weight").update(default="withhold")
        (line,) = lines(client)
        assert (line["Scheme"], line["Opted out"]) == ("Height and weight opt-out", "yes")

    def test_formulas_are_harmless_and_other_schools_closed(self, pupil, at_school, client):
        pupil.surname = "=cmd"
        pupil.save()
        DecisionFactory(pupil=pupil, days=-1, channel="import")
        assert lines(client)[0]["Surname"] == "'=cmd"
        School.objects.create(urn="990009", name="Other")
        assert client.get(f"{WORK}990009.csv").status_code == 404

    def test_a_user_of_two_schools_gets_a_file_of_each(self, pupil, at_school, client):
        other = School.objects.create(urn="990009", name="Other School")
        SchoolStaff.objects.create(user=at_school, school=other)
        page = client.get(WORK).text
        assert f"{WORK}990009.csv" in page
        assert f"{WORK}990001.csv" in page


def test_staff_without_a_school_are_told_so(policy, client):
    client.force_login(SchoolStaffFactory(email="new@example.org"))
    assert "not linked to a school" in client.get(WORK).text
