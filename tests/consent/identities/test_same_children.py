"""A new UPN of a child who may be known already: decisions about either count for both (C6b)."""

import json
from datetime import timedelta

import pytest

from consent.decisions import opting_in
from consent.decisions.recording import take
from consent.identities import merging, same_children
from consent.letters import printing as letters
from consent.models import (
    Decision,
    LetterCode,
    LetterRun,
    Pupil,
    SameChildQuestion,
    Scheme,
    SecondLook,
    Verification,
)
from consent.online.with_code import may_opt_in
from consent.same_child_links import open_links
from consent.schools.files import as_csv
from privacy_portal.ground import days
from sharing.statistics.roll import count_roll, open_questions
from tests.commands import run
from tests.consent.identities.records import NEW, SAME, THIRD, out, record_of, roll
from tests.example import NOON, UPN
from tests.factories.consent import DecisionFactory, SchoolFactory
from tests.factories.ground import SchoolStaffFactory
from tests.forms import PAPERS, paper, send_opt_out
from tests.log_entries import entries
from tests.places import DATA
from tests.rolls import OTHER_SCHOOL, pupil_row, roll_of, upload_roll

pytestmark = pytest.mark.django_db


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

    def test_the_page_of_the_opted_out_record_says_that_its_own_choice_applies(
        self, two, officer, client
    ):
        older, newer = two
        DecisionFactory(pupil=older, days=-60)
        opt_in = DecisionFactory(pupil=newer, choice="opt-in", days=-30)
        Verification.objects.create(decision=opt_in, at=NOON - timedelta(days=20))
        client.force_login(officer)
        text = " ".join(client.get(f"/staff/pupils/{older.reference}/").text.split())
        assert "Opted out: Ben Barlow opted out on 24 September 2026." in text
        assert "Replaced by a later choice" not in text
        other = " ".join(client.get(f"/staff/pupils/{newer.reference}/").text.split())
        assert "Replaced by a later choice" in other

    @pytest.mark.parametrize(("answered", "status"), [(False, 302), (True, 422)])
    def test_an_opt_in_may_be_about_the_opt_out_of_the_other_record(
        self, two, officer, client, answered, status
    ):
        """Once they are known to be 2 children, staff are asked whether it is a slip."""
        older, newer = two
        DecisionFactory(pupil=older, days=-60)
        if answered:
            number = SameChildQuestion.objects.get().pk
            same_children.answer([number], same=False, reason="Cousins", by=officer, at=NOON)
        client.force_login(officer)
        page = client.post(PAPERS, paper(newer, choice="opt-in"))
        assert page.status_code == status
        assert ("nothing to opt back in to" in page.text) is answered
        assert Decision.objects.filter(pupil=newer, choice="opt-in").exists() is not answered

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
