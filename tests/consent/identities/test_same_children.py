"""A new UPN of a child who may be known already: decisions about either count for both (C6b)."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from consent.decisions import opting_in
from consent.decisions.recording import record, take
from consent.identities import merging, same_children
from consent.letters import printing as letters
from consent.models import (
    Decision,
    LetterCode,
    LetterRun,
    Pupil,
    PupilUpn,
    SameChildAnswer,
    SameChildQuestion,
    Scheme,
    School,
    SchoolStaff,
    SecondLook,
    Verification,
)
from consent.online.with_code import may_opt_in
from consent.queries import opted_out_among, scheme_facts
from consent.same_child_links import open_links
from consent.schools.files import as_csv
from privacy_portal.ground import days
from privacy_portal.ground.errors import NotNowError
from sharing.disclosures.verifying import verify_log
from sharing.models import Recall
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from sharing.statistics.roll import count_roll, open_questions
from tests.commands import run
from tests.example import NOON, TWIN, UPN
from tests.factories.consent import DecisionFactory, SchoolFactory
from tests.factories.ground import SchoolStaffFactory
from tests.forms import send_opt_out
from tests.log_entries import entries
from tests.places import DATA
from tests.rolls import OTHER_SCHOOL, pupil_row, roll_of, upload_roll

pytestmark = pytest.mark.django_db
NEW = TWIN
THIRD = "J352400120009"
SAME = "/staff/roll/same/"


def roll(write, *rows, whole=False):
    more = ["--whole"] if whole else []
    ran = run("roll", "import", write(roll_of(*rows), "roll.csv"), "--json", *more)
    assert ran.code == 0, ran.said
    return json.loads(ran.out)


def record_of(number):
    return Pupil.objects.get(upns__upn=number)


def out(*pupils, at=NOON):
    scheme = Scheme.objects.get(code="connexions")
    found = opted_out_among(scheme, scheme_facts(scheme), [each.pk for each in pupils], at)
    return [found.get(each.pk, False) for each in pupils]


@pytest.fixture
def two(policy, write):
    """Ella under her old number and, added by a later roll, under a new one."""
    roll(write, pupil_row())
    done = roll(write, pupil_row(UPN=NEW))
    assert done["possible_same_children"] == [{"line": 2, "upn": NEW}]
    return record_of(UPN), record_of(NEW)


class TestAsking:
    def test_a_new_number_of_a_known_childs_name_and_birth_is_said_and_asked(self, policy, write):
        line = "UPN,Surname,Forename,DOB,School URN,School\r\n{},Order,Consent,2011-03-04,990001,Example High School\r\n"
        run("roll", "import", write(line.format("E359400122005"), "first.csv"))
        DecisionFactory(pupil=Pupil.objects.get())
        ran = run("roll", "import", DATA / "awkward" / "roll-new-upn.csv")
        assert "1 pupils read: 1 added" in ran.out
        assert "1 possible duplicate records" in ran.out
        assert "line 2: A359400128020" in ran.out
        assert len(entries("same-child-asked")) == 1
        ran = run(
            "disclosure", "check", DATA / "awkward" / "extract-new-upn.csv",
            "--agreement", "WIG-CNX", "--purpose", "careers-guidance", "--json",
        )  # fmt: skip
        decision = json.loads(ran.out)
        assert [(each["outcome"], each["reason"]) for each in decision["detail"]] == [
            ("reduced", "opted-out")
        ]

    @pytest.mark.parametrize(
        ("row", "asked"),
        [
            ({}, True),
            ({"Surname": "BAR-LOW"}, True),
            ({"Forename": "Elsa"}, False),
            ({"Surname": "Khan"}, False),
            ({"DOB": "2012-05-06"}, False),
            (OTHER_SCHOOL, False),
            ({"Former_UPNs": UPN}, False),
        ],
    )
    def test_only_of_the_same_name_birth_and_school(self, policy, write, row, asked):
        roll(write, pupil_row())
        assert bool(roll(write, pupil_row(UPN=NEW, **row))["possible_same_children"]) is asked

    def test_not_of_one_who_is_in_the_file_as_twins_of_one_name_are(self, policy, write):
        roll(write, pupil_row())
        assert roll(write, pupil_row(), pupil_row(UPN=NEW))["possible_same_children"] == []
        found = roll(write, pupil_row(UPN=THIRD), whole=True)["possible_same_children"]
        assert found == [{"line": 2, "upn": THIRD}]
        assert SameChildQuestion.objects.count() == 2

    @pytest.mark.parametrize(("ago", "asked"), [(0, True), (365, True), (366, False)])
    def test_of_one_who_left_within_a_year(self, policy, write, ago, asked):
        roll(write, pupil_row())
        Pupil.objects.update(left_on=days.day_of(NOON) - timedelta(days=ago))
        assert bool(roll(write, pupil_row(UPN=NEW))["possible_same_children"]) is asked

    def test_of_one_who_moved_to_another_school_within_a_year(self, policy, write):
        roll(write, pupil_row())
        roll(write, pupil_row(**OTHER_SCHOOL))
        assert roll(write, pupil_row(UPN=NEW))["possible_same_children"]

    def test_a_record_that_is_part_of_another_is_compared_no_more(self, two, write, officer):
        older, newer = two
        merging.merge(older, newer, reason="x", by=officer, at=NOON)
        found = roll(write, pupil_row(UPN=THIRD))
        assert found["possible_same_children"] == [{"line": 2, "upn": THIRD}]
        assert SameChildQuestion.objects.last().other == newer

    def test_the_preview_says_so_before_anything_is_stored(self, signed_in, client, write):
        roll(write, pupil_row())
        text = " ".join(upload_roll(client, roll_of(pupil_row(UPN=NEW))).text.split())
        assert "Possible duplicate records: 1" in text
        assert f"Line 2, UPN {NEW}: Ella Barlow" in text
        assert not SameChildQuestion.objects.exists()

    def test_a_large_file_of_new_numbers_is_compared_quickly(self, policy, write):
        from stdnum.gb.upn import calc_check_digit

        def rows(start):
            for number in range(1500):
                digits = f"359{start + number:09}"
                yield pupil_row(UPN=calc_check_digit("A" + digits) + digits, Forename=f"P{number}")

        roll(write, *rows(0))
        assert len(roll(write, *rows(50_000))["possible_same_children"]) == 1500


class TestCounting:
    def test_an_opt_out_of_either_counts_for_both(self, two):
        older, newer = two
        assert out(older, newer) == [False, False]
        DecisionFactory(pupil=newer)
        assert out(older, newer) == [True, True]

    def test_an_opt_out_made_before_the_new_number_came_counts(self, policy, write):
        roll(write, pupil_row())
        DecisionFactory(pupil=Pupil.objects.get())
        roll(write, pupil_row(UPN=NEW))
        assert out(record_of(NEW)) == [True]

    def test_a_later_opt_in_of_the_same_parent_does_not_undo_an_opt_out_of_the_other_record(
        self, two
    ):
        older, newer = two
        DecisionFactory(pupil=older, received_at=NOON - timedelta(days=60))
        opt_in = DecisionFactory(
            pupil=newer, choice="opt-in", received_at=NOON - timedelta(days=30)
        )
        Verification.objects.create(decision=opt_in, at=NOON - timedelta(days=20))
        # As one child the parent's last word is yes; the older record's own is no, and stays.
        assert out(older, newer) == [True, False]

    def test_the_links_are_one_query_where_none_is_open(self, pupil, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert open_links().groups == {}

    def test_a_question_about_a_record_that_became_part_of_a_third_is_about_that_one(
        self, two, write, officer
    ):
        older, newer = two
        roll(write, pupil_row(UPN=THIRD, Forename="Elsa"))
        third = record_of(THIRD)
        Pupil.objects.filter(pk=third.pk).update(forename="Ella", forename_folded="ella")
        third.refresh_from_db()
        merging.merge(older, third, reason="x", by=officer, at=NOON)
        DecisionFactory(pupil=third)
        assert out(newer) == [True]

    def test_an_opt_out_sent_online_fits_both_and_counts(self, two, client):
        older, newer = two
        send_opt_out(client)
        assert Decision.objects.get().pupil == newer
        assert out(older, newer, at=days.now()) == [True, True]

    def test_the_schools_file_has_both(self, two):
        older, _ = two
        DecisionFactory(pupil=older)
        text = "".join(as_csv(older.school, at=NOON))
        assert f"{UPN},Barlow" in text
        assert f"{NEW},Barlow" in text

    def test_both_pupils_pages_say_why(self, two, officer, client):
        older, newer = two
        DecisionFactory(pupil=older)
        client.force_login(officer)
        text = " ".join(client.get(f"/staff/pupils/{newer.reference}/").text.split())
        assert "Another record may be of the same child" in text
        assert "about another record that may be of the same child" in text
        assert "About the other record. <strong>Applies" in text
        assert UPN not in text
        assert "Another record may be" in client.get(f"/staff/pupils/{older.reference}/").text

    def test_who_turned_16_gets_one_letter_by_what_was_decided_about_either(self, two):
        older, newer = two
        Pupil.objects.update(born="2010-01-01")
        scheme = Scheme.objects.get(code="connexions")

        def written_to():
            return letters.turned_16(Pupil.objects.all(), scheme, NOON.date())

        DecisionFactory(pupil=older, received_at=NOON - timedelta(days=9))
        assert written_to() == [newer]
        code_for(older, kind="turning-16", revoked_at=NOON + timedelta(days=90))
        assert written_to() == []
        assert letters.turned_16(Pupil.objects.all(), scheme, NOON.date(), again=True) == [newer]
        LetterCode.objects.update(revoked_at=NOON)
        assert written_to() == [newer]
        DecisionFactory(pupil=newer, by="pupil", person_name="Ella", person_key="ella")
        assert written_to() == []

    def test_a_code_opens_nothing_once_somebody_opted_out_about_the_other_record(self, two):
        older, newer = two
        code = code_for(newer, kind="opt-in")
        assert may_opt_in(code)
        DecisionFactory(pupil=older, received_at=NOON + timedelta(minutes=1))
        assert not may_opt_in(code)

    def test_who_is_on_record_for_either_is_told_of_an_opt_in(self, two):
        older, newer = two
        older.parent_name, older.parent_email = "Cy Barlow", "cy@example.org"
        older.save()
        opt_in = Decision(
            pupil=newer, scheme=Scheme.objects.get(code="connexions"), choice="opt-in",
            by="parent", person_name="Ben Barlow", person_key="benbarlow", channel="online",
            received_at=NOON, recorded_at=NOON,
        )  # fmt: skip
        take(opt_in, by=None, at=NOON, then=lambda _: opting_in.tell_contacts(opt_in, at=NOON))
        assert sorted(opt_in.tellings.values_list("name", flat=True)) == ["Ben Barlow", "Cy Barlow"]

    def test_an_opt_in_waits_while_the_other_record_is_at_another_school(
        self, policy, write, officer, secretary, client
    ):
        """What is on record there is shown to nobody here, so it must be known whether it is theirs."""
        roll(write, pupil_row(Parent_name="Cy Barlow"))
        roll(write, pupil_row(**OTHER_SCHOOL))
        roll(write, pupil_row(UPN=NEW))
        newer = record_of(NEW)
        opt_in = DecisionFactory(
            pupil=newer,
            choice="opt-in",
            channel="paper",
            recorded_by=officer,
            signed_on=NOON.date(),
        )
        SecondLook.objects.create(
            decision=opt_in,
            why="opt-in",
            keyed_by=officer,
            looked_by=secretary,
            agrees=True,
            looked_at=NOON,
        )
        assert opting_in.settle(at=NOON) == 0
        assert not opt_in.tellings.exists()
        client.force_login(officer)
        text = " ".join(client.get(f"/staff/pupils/{newer.reference}/").text.split())
        assert "we know whether a record at another school is of the same child" in text
        (question,) = SameChildQuestion.objects.values_list("pk", flat=True)
        same_children.answer([question], same=False, reason="Cousins", by=officer, at=NOON)
        assert opting_in.settle(at=NOON) == 0
        telling = opt_in.tellings.get()
        assert telling.name == "Ben Barlow"
        opting_in.mark_told(telling, by=officer, at=NOON)
        assert Verification.objects.filter(decision=opt_in).exists()

    def test_a_table_from_the_roll_counts_them_once_and_says_which(self, two, client, officer):
        """Four children and one record too many would pass as five (S1)."""
        assert count_roll("school", "sex", NOON.date()).grid.cells[-1][-1] == 1
        number = SameChildQuestion.objects.get().pk
        assert open_questions() == open_questions(schools=["990001"]) == [number]
        assert open_questions(schools=["990002"]) == []
        client.force_login(officer)
        form = {"agreement": "WIG-PH-STATS", "rows_by": "school", "columns_by": "sex"}
        page = client.post("/staff/statistics/new/", form, follow=True).text
        assert "2 records may be of the same child" in page
        assert f'href="{SAME}{number}/"' in page
        assert "I have checked these warnings" in page
        same_children.answer([number], same=False, reason="Cousins", by=officer, at=NOON)
        assert count_roll("school", "sex", NOON.date()).grid.cells[-1][-1] == 2
        assert open_questions() == []

    def test_a_request_of_access_says_that_the_other_records_list_is_not_in_it(
        self, two, client, officer
    ):
        client.force_login(officer)
        page = client.get(f"/staff/pupils/{two[0].reference}/disclosures/")
        assert "Another record may be of the same child" in page.text

    def test_what_another_school_was_told_is_not_shown_to_this_one(self, policy, write, client):
        roll(write, pupil_row())
        DecisionFactory(pupil=Pupil.objects.get(), person_name="Secret Name")
        roll(write, pupil_row(**OTHER_SCHOOL))
        roll(write, pupil_row(UPN=NEW))
        client.force_login(
            SchoolStaffFactory(school=SchoolFactory(urn="990001"), email="a@example.org")
        )
        text = client.get(f"/staff/pupils/{record_of(NEW).reference}/").text
        assert "Opted out, because of a choice about another record" in text
        assert "Secret Name" not in text


def code_for(pupil, *, kind, **more):
    run = LetterRun.objects.create(
        school=pupil.school, scheme=Scheme.objects.get(code="connexions"), kind=kind,
        pupils=[pupil.pk], asked_by=SchoolStaffFactory(school=SchoolFactory(urn="990001"), email="letters@example.org"), asked_at=NOON,
        expires_at=NOON,
    )  # fmt: skip
    return LetterCode.objects.create(
        selector="ABCD", secret_hash="x", pupil=pupil, scheme=run.scheme, kind=kind, by="parent",
        to_name="Ben Barlow", run=run, issued_at=NOON, expires_at=NOON + timedelta(days=90), **more,
    )  # fmt: skip


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
        assert [each["same"] for each in entries("same-child-answered")] == [False]

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
