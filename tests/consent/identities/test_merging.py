"""Two records of one child are made one, and two again when they were of two (C6)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from consent.decisions import objecting, opting_in
from consent.decisions.contacts import contacts_of
from consent.identities import merging
from consent.keying import keying
from consent.letters import printing as letters
from consent.models import (
    Decision,
    FormerName,
    LetterCode,
    LetterKind,
    LetterRun,
    Pupil,
    PupilMerge,
    PupilUpn,
    RollContact,
    Ruling,
    Scheme,
    SecondLook,
    Telling,
    Verification,
)
from consent.queries import decisions_about, references_of, scheme_facts
from consent.rules import opted_out
from consent.schools.work import acknowledge, work_of
from privacy_portal.ground import days
from privacy_portal.ground.errors import NotNowError
from sharing.auditing.verifying import verify_log
from sharing.models import Recall
from tests import mails
from tests.commands import run
from tests.example import DAY, NOON, TWIN, UPN
from tests.factories.consent import DecisionFactory, ObjectionFactory
from tests.factories.ground import OfficerFactory
from tests.factories.sharing import DisclosureFactory
from tests.log_entries import entries
from tests.rolls import OTHER_SCHOOL, pupil_row, roll_of

pytestmark = pytest.mark.django_db


class TestMerging:
    @pytest.fixture
    def two(self, policy, write):
        """The record that stays, under UPN, and the one that goes, under TWIN."""
        run(
            "roll",
            "import",
            write(
                roll_of(pupil_row(), pupil_row(UPN=TWIN, Surname="Khan", **OTHER_SCHOOL)), "r.csv"
            ),
        )
        return [Pupil.objects.get(upns__upn=number) for number in (UPN, TWIN)]

    def merge(self, two, officer):
        survivor, duplicate = two
        return merging.merge(
            duplicate,
            survivor,
            reason="New UPN",
            by=officer,
            at=NOON,
            agreed_by=OfficerFactory(email="two@example.org"),
        )

    def is_out(self, pupil, at=NOON):
        scheme = Scheme.objects.get(code="connexions")
        return opted_out(scheme_facts(scheme), pupil.born, decisions_about(scheme, pupil), at)

    def test_an_opt_out_of_either_counts_for_both_numbers(self, two, officer):
        survivor, duplicate = two
        DecisionFactory(pupil=duplicate)
        assert not self.is_out(survivor)
        assert self.merge(two, officer) == 1
        assert self.is_out(survivor)
        assert set(PupilUpn.objects.values_list("upn", "pupil", "present")) == {
            (UPN, survivor.pk, True), (TWIN, survivor.pk, False),
        }  # fmt: skip
        assert FormerName.objects.get(pupil=survivor).surname_folded == "khan"
        verify_log(lambda done: None)

    def test_in_the_order_received_a_later_opt_in_still_wins(self, two, officer):
        survivor, duplicate = two
        DecisionFactory(pupil=duplicate, received_at=NOON - timedelta(days=30))
        opt_in = DecisionFactory(
            pupil=survivor, choice="opt-in", received_at=NOON - timedelta(days=20)
        )
        Verification.objects.create(decision=opt_in, at=NOON)
        self.merge(two, officer)
        assert not self.is_out(survivor)

    def test_who_is_on_record_for_either_hears_of_an_opt_in(self, two, officer):
        survivor, duplicate = two
        Pupil.objects.filter(pk=duplicate.pk).update(
            parent_name="Nadia Khan", parent_email="n@example.org"
        )
        duplicate.refresh_from_db()
        RollContact.objects.create(pupil=duplicate, place=1, name="Ali Khan")
        self.merge([survivor, duplicate], officer)
        names = [each.name for each in contacts_of(survivor, self_age=16, on=DAY)]
        assert names[-2:] == ["Nadia Khan", "Ali Khan"]

    def test_a_record_without_a_parent_adds_no_contact_without_a_name(self, two, officer):
        survivor, duplicate = two
        Pupil.objects.filter(pk=duplicate.pk).update(parent_name="")
        RollContact.objects.create(pupil=duplicate, place=1, name="Ali Khan")
        self.merge(two, officer)
        assert [contact.name for contact in survivor.roll_contacts.all()] == ["Ali Khan"]

    def test_an_opt_in_that_waits_goes_on_waiting_and_whoever_was_told_is_not_told_again(
        self, two, officer
    ):
        survivor, duplicate = two
        DecisionFactory(pupil=survivor, received_at=NOON - timedelta(days=30))
        opt_in = DecisionFactory(
            pupil=duplicate, choice="opt-in", received_at=NOON - timedelta(days=20)
        )
        told = {"name": "Nadia Khan", "way": "voice", "told_at": NOON, "told_by": officer}
        Telling.objects.create(decision=opt_in, **told)
        SecondLook.objects.create(decision=opt_in, why="opt-in", keyed_by=officer)
        assert self.merge(two, officer) == 1
        assert self.is_out(survivor)
        copy = opting_in.unverified().get()
        assert copy.pupil == survivor
        assert copy.second_look.why == "opt-in"
        tellings = {telling.name: telling.told_at for telling in copy.tellings.all()}
        assert tellings == {"Nadia Khan": NOON, "Ben Barlow": None}
        for telling in copy.tellings.filter(told_at=None):
            opting_in.mark_told(telling, by=officer, at=NOON)
        assert self.is_out(survivor)
        seen = OfficerFactory(email="looks@example.org")
        keying.look(copy.second_look, agrees=True, note="", by=seen, at=NOON)
        assert not self.is_out(survivor)

    def test_an_opt_in_that_has_started_applies_on(self, two, officer):
        survivor, duplicate = two
        DecisionFactory(pupil=duplicate, days=-30)
        opt_in = DecisionFactory(pupil=duplicate, choice="opt-in", days=-20)
        Verification.objects.create(decision=opt_in, at=NOON - timedelta(days=13))
        self.merge(two, officer)
        copy = Decision.objects.get(pupil=survivor, choice="opt-in")
        assert copy.verification.at == NOON - timedelta(days=13)
        assert not self.is_out(survivor)
        assert not opting_in.unverified().exists()
        (entry,) = entries("decision-verified")
        assert (entry["decision"], entry["person"]) == (copy.pk, str(survivor.reference))

    def test_two_opt_ins_of_one_parent_that_wait_are_one(self, two, officer):
        survivor, duplicate = two
        for pupil in (survivor, duplicate):
            DecisionFactory(pupil=pupil, choice="opt-in", received_at=NOON - timedelta(days=2))
        assert self.merge(two, officer) == 0
        assert opting_in.unverified().count() == 1

    def test_objections_go_with_what_was_decided_about_them(self, two, officer):
        survivor, duplicate = two
        decision = ObjectionFactory(pupil=duplicate, email="ben@example.org")
        ruling = objecting.rule(decision, Ruling.Kind.UPHELD, reason="Yes", by=officer, at=NOON)
        objecting.tell(ruling, note="By letter", by=officer, at=NOON)
        self.merge(two, officer)
        copy = Decision.objects.get(pupil=survivor)
        assert objecting.state_of(copy, at=NOON).ruling.kind == "upheld"
        assert objecting.email_of(copy) == "ben@example.org"

    def test_what_went_meanwhile_under_either_record_is_called_back(self, two, officer):
        survivor, duplicate = two
        DisclosureFactory(days=-2, content=f"UPN,Telephone\r\n{UPN},1\r\n")
        DecisionFactory(pupil=duplicate, received_at=NOON - timedelta(days=3))
        assert not Recall.objects.exists()
        self.merge(two, officer)
        assert Recall.objects.get().decision.pupil == survivor

    def test_what_went_under_the_record_that_is_gone_is_found_later(self, two, officer):
        survivor, duplicate = two
        DisclosureFactory(days=-2, content=f"UPN,Telephone\r\n{TWIN},1\r\n")
        self.merge(two, officer)
        assert references_of([survivor]) == {
            survivor.reference: survivor.pk,
            duplicate.reference: survivor.pk,
        }
        DecisionFactory(pupil=survivor, received_at=NOON - timedelta(days=3))
        assert Recall.objects.count() == 1

    def test_its_letters_codes_end_and_it_is_found_no_more(self, two, officer, client):
        _, gone = two
        scheme = Scheme.objects.get(code="connexions")
        run_ = LetterRun(
            school=gone.school, scheme=scheme, kind=LetterKind.CHOICE, pupils=[gone.pk]
        )
        letters.ask(run_, by=officer, at=days.now())
        mails.run_jobs()
        assert LetterCode.objects.get(run=run_).revoked_at is None
        self.merge(two, officer)
        assert LetterCode.objects.get(run=run_).revoked_at is not None
        client.force_login(officer)
        # An old link leads to the record that stands for both.
        assert UPN in client.get(f"/staff/pupils/{gone.reference}/").text
        assert "Ella Barlow" in client.get("/staff/pupils/", {"q": TWIN}).text

    def test_no_decision_can_be_added_to_the_record_that_goes(self, two, officer):
        self.merge(two, officer)
        with pytest.raises(IntegrityError, match="part of another one"), transaction.atomic():
            DecisionFactory(pupil=two[1])

    def test_a_later_roll_means_the_one_that_stays(self, two, officer, write):
        self.merge(two, officer)
        done = run("roll", "import", write(roll_of(pupil_row(UPN=TWIN, Sex="M")), "r.csv"))
        assert "1 updated" in done.out
        assert Pupil.objects.get(pk=two[0].pk).sex == "M"

    def test_a_record_is_merged_once_and_never_into_itself(self, two, officer):
        survivor, duplicate = two
        with pytest.raises(NotNowError):
            merging.merge(survivor, survivor, reason="x", by=officer, at=NOON)
        self.merge(two, officer)
        with pytest.raises(NotNowError):
            merging.merge(duplicate, survivor, reason="x", by=officer, at=NOON)
        with pytest.raises(IntegrityError, match="part of another"), transaction.atomic():
            PupilMerge.objects.create(
                gone=duplicate, kept=survivor, reason="x", at=NOON, by=officer
            )
        with pytest.raises(IntegrityError, match="merge_of_two"), transaction.atomic():
            PupilMerge.objects.create(gone=survivor, kept=survivor, reason="x", at=NOON, by=officer)


class TestOneTruth:
    @pytest.fixture
    def merge(self, twins, officer, second_officer):
        def _merge():
            ella, adam = twins
            return merging.merge(
                adam, ella, reason="x", by=officer, at=NOON, agreed_by=second_officer
            )

        return _merge

    def test_an_objection_is_listed_once_and_ruled_once(self, twins, merge, officer, client):
        old = ObjectionFactory(pupil=twins[1], email="ben@example.org")
        merge()
        [objection] = objecting.waiting_objections()
        assert objection.pupil == twins[0]
        assert objecting.objection(old.pk) == objection
        with pytest.raises(NotNowError, match="has been merged"):
            objecting.rule(old, Ruling.Kind.GROUNDS, reason="x", by=officer, at=NOON)
        assert objecting.remind(at=NOON + timedelta(days=40)) == 2
        objecting.rule(objection, Ruling.Kind.UPHELD, reason="Yes", by=officer, at=NOON)
        assert Ruling.objects.count() == 1

    def test_a_mail_on_its_way_tells_of_the_one_objection(self, twins, merge, officer):
        old = ObjectionFactory(pupil=twins[1], email="ben@example.org")
        objecting.rule(old, Ruling.Kind.GROUNDS, reason="Needed", by=officer, at=NOON)
        merge()
        mails.run_jobs()
        objecting.settle(at=NOON)
        [stands] = objecting.objections()
        assert stands.told_at is not None
        assert objecting.settle(at=NOON) == 0

    def test_the_same_objection_about_both_is_one(self, twins, merge):
        ObjectionFactory(pupil=twins[0])
        ObjectionFactory(pupil=twins[1])
        assert merge() == 0
        assert objecting.waiting_objections().count() == 1

    def test_a_late_disclosure_is_called_back_once(self, twins, merge):
        DisclosureFactory(days=-2, content=f"UPN,Telephone\r\n{TWIN},1\r\n")
        DecisionFactory(pupil=twins[1], received_at=NOON - timedelta(days=3))
        assert Recall.objects.count() == 1
        merge()
        assert Recall.objects.count() == 1

    def test_a_school_enters_a_decision_once(self, twins, merge, secretary):
        school = twins[0].school
        DecisionFactory(pupil=twins[1])
        [work] = work_of([school], at=NOON)
        merge()
        [work] = work_of([school], at=NOON)
        assert work.pupil == twins[0]
        assert acknowledge([work], by=secretary, at=NOON) == 1
        assert not work_of([school], at=NOON)

    def test_what_a_school_has_entered_is_not_to_be_entered_again(self, twins, merge, secretary):
        school = twins[0].school
        DecisionFactory(pupil=twins[1])
        acknowledge(work_of([school], at=NOON), by=secretary, at=NOON)
        merge()
        assert not work_of([school], at=NOON)
