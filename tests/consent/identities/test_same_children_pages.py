"""What officers answer about records of one child, what pages show of it, and what is called back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from consent.decisions.recording import record
from consent.identities import same_children
from consent.models import (
    Decision,
    PupilMerge,
    PupilUpn,
    SameChildAnswer,
    SameChildQuestion,
    School,
    SchoolStaff,
)
from consent.same_child_links import open_links
from privacy_portal.ground import days
from privacy_portal.ground.errors import NotNowError
from sharing.auditing.verifying import verify_log
from sharing.models import Recall
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.consent.identities.records import NEW, SAME, THIRD, out, record_of, roll
from tests.example import NOON, UPN
from tests.factories.consent import DecisionFactory, SchoolFactory
from tests.factories.ground import SchoolStaffFactory
from tests.log_entries import entries
from tests.rolls import OTHER_SCHOOL, pupil_row

pytestmark = pytest.mark.django_db


class TestAnswering:
    def question(self):
        return SameChildQuestion.objects.get()

    def test_the_same_child_is_one_record_with_the_newer_number_present(self, two, officer):
        older, newer = two
        DecisionFactory(pupil=older)
        number = self.question().pk
        assert (
            same_children.answer([number], same=True, reason="Permanent", by=officer, at=NOON) == 1
        )
        assert set(PupilUpn.objects.values_list("upn", "pupil", "present")) == {
            (UPN, newer.pk, False), (NEW, newer.pk, True),
        }  # fmt: skip
        assert out(newer) == [True]
        assert open_links().groups == {}
        (entry,) = entries("same-child-answered")
        assert (entry["same"], entry["by"]) == (True, str(officer.reference))
        assert len(entries("pupils-merged")) == 1
        verify_log(lambda done: None)

    def test_of_two_children_only_ones_own_decisions_count(self, two, officer):
        older, newer = two
        DecisionFactory(pupil=older)
        same_children.answer(
            [self.question().pk], same=False, reason="Cousins", by=officer, at=NOON
        )
        assert out(older, newer) == [True, False]
        assert [entry["same"] for entry in entries("same-child-answered")] == [False]

    def test_one_who_left_under_the_new_number_keeps_the_old_one(self, two, write, officer):
        roll(write, pupil_row(), whole=True)
        same_children.answer([self.question().pk], same=True, reason="Typo", by=officer, at=NOON)
        assert PupilUpn.objects.get(present=True).upn == UPN

    def test_it_is_answered_once(self, two, officer):
        number = self.question().pk
        same_children.answer([number], same=False, reason="x", by=officer, at=NOON)
        with pytest.raises(NotNowError):
            same_children.answer([number], same=True, reason="x", by=officer, at=NOON)

    def test_an_answer_is_never_changed(self, two, officer):
        same_children.answer([self.question().pk], same=False, reason="x", by=officer, at=NOON)
        for change in (
            lambda: SameChildAnswer.objects.update(same=True),
            lambda: SameChildQuestion.objects.all()._raw_delete("default"),
        ):
            with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
                change()

    def test_of_three_records_of_one_child_the_third_question_answers_itself(
        self, two, write, officer
    ):
        roll(write, pupil_row(UPN=THIRD))
        numbers = list(SameChildQuestion.objects.values_list("pk", flat=True))
        assert len(numbers) == 3
        done = same_children.answer(numbers, same=True, reason="Typos", by=officer, at=NOON)
        assert done == SameChildAnswer.objects.count() == 2
        assert PupilUpn.objects.get(present=True).upn == THIRD
        assert {row.pupil for row in PupilUpn.objects.all()} == {record_of(THIRD)}

    def test_the_schools_own_staff_answer_and_others_do_not(self, two):
        other = SchoolStaffFactory(school=SchoolFactory(urn="990002"), email="b@example.org")
        with pytest.raises(NotNowError):
            same_children.answer([self.question().pk], same=True, reason="x", by=other, at=NOON)
        own = SchoolStaffFactory(school=SchoolFactory(urn="990001"), email="a@example.org")
        assert same_children.answer([self.question().pk], same=True, reason="x", by=own, at=NOON)

    def test_of_two_schools_an_officer_answers(self, policy, write, officer):
        roll(write, pupil_row())
        roll(write, pupil_row(**OTHER_SCHOOL))
        roll(write, pupil_row(UPN=NEW))
        own = SchoolStaffFactory(school=SchoolFactory(urn="990001"), email="a@example.org")
        assert not same_children.questions_for(own).exists()
        assert same_children.questions_for(officer).count() == 1


class TestPages:
    def test_the_start_page_counts_what_the_list_shows(self, two, client, officer, secretary):
        for user, number in ((officer, 1), (secretary, 0)):
            client.force_login(user)
            assert ("Possible duplicate records" in client.get("/staff/").text) is bool(number)
            assert client.get(SAME).text.count('name="question"') == number

    def test_ticked_ones_become_one(self, two, client, secretary):
        SchoolStaff.objects.create(user=secretary, school=School.objects.get(urn="990001"))
        client.force_login(secretary)
        number = SameChildQuestion.objects.get().pk
        page = client.post(SAME, {"question": [number]})
        assert page.status_code == 422
        assert "Enter how you know" in page.text
        assert client.post(SAME, {"reason": "x"}).status_code == 422
        page = client.post(SAME, {"question": [number], "reason": "Permanent UPN"}, follow=True)
        assert "1 pair of records merged" in page.text
        assert "There are none to answer" in page.text

    def test_one_is_compared_and_answered(self, two, client, officer):
        client.force_login(officer)
        address = f"{SAME}{SameChildQuestion.objects.get().pk}/"
        assert "Newer" in client.get(address).text
        assert client.post(address, {"answer": "another"}).status_code == 422
        page = client.post(address, {"answer": "another", "reason": "Cousins"}, follow=True)
        assert "Saved: 2 pupils" in page.text
        assert client.get(address).status_code == 404

    def test_records_that_have_come_to_differ_are_not_merged_by_one_person(
        self, two, write, client, officer
    ):
        roll(write, pupil_row(Forename="Elsa"))
        client.force_login(officer)
        address = f"{SAME}{SameChildQuestion.objects.get().pk}/"
        page = client.post(address, {"answer": "same", "reason": "Permanent UPN"})
        assert "so a second officer must agree." in page.text
        assert not PupilMerge.objects.exists()
        assert not SameChildAnswer.objects.exists()

    def test_the_list_takes_few_queries(self, two, client, officer, django_assert_max_num_queries):
        client.force_login(officer)
        with django_assert_max_num_queries(16):
            client.get(SAME)


def test_an_objection_about_either_counts_for_both(two):
    from consent.decisions.objecting import objecting
    from notices.models import Purpose, Recipient

    older, newer = two
    fft = Recipient.objects.get(code="fft")
    purpose = Purpose.objects.filter(code="performance-analysis").first() or Purpose.objects.first()
    record(
        [
            Decision(
                pupil=older, recipient=fft, purpose=purpose, choice="objection", by="parent",
                person_name="Ben", person_key="ben", channel="online", received_at=NOON,
                recorded_at=NOON,
            )
        ],
        by=None, at=NOON,
    )  # fmt: skip
    assert objecting(fft.pk, purpose.code, NOON) == {older.pk, newer.pk}


def test_a_late_opt_out_about_either_calls_back_what_went_about_the_other(policy, write, officer):
    """C8: the paper was keyed after the row of the new number had gone whole."""
    roll(write, pupil_row())
    roll(write, pupil_row(UPN=NEW))
    extract = write(f"UPN,Surname,Telephone\r\n{NEW},Barlow,1\r\n", "extract.csv")
    request = Request(extract, "extract.csv", "WIG-CNX", "careers-guidance", officer)
    hand_over(request, clock=days.now).file.unlink()
    older = record_of(UPN)
    DecisionFactory(pupil=older, received_at=NOON - timedelta(days=1), recorded_at=days.now())
    recall = Recall.objects.get()
    assert recall.decision.pupil == older
    # Made one, nothing is called back twice.
    number = SameChildQuestion.objects.get().pk
    same_children.answer([number], same=True, reason="x", by=officer, at=days.now())
    assert Recall.objects.count() == 1
