"""Two records of one child are made one, and two again when they were of two (C6)."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from consent.decisions import objecting, opting_in
from consent.decisions.contacts import contacts_of
from consent.decisions.invalidating import mark_invalid
from consent.identities import merging, proposing as merge_proposing, undoing as merge_undoing
from consent.keying import keying
from consent.letters import printing as letters
from consent.models import (
    Decision,
    FormerName,
    LetterCode,
    LetterKind,
    MergeAnswer,
    MergeProposal,
    MergeUndone,
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
from privacy_portal.ground.log.models import Entry
from sharing.disclosures.verifying import verify_log
from sharing.models import Recall
from tests import mails
from tests.commands import run
from tests.example import DAY, NOON, TWIN, UPN
from tests.factories.consent import DecisionFactory, ObjectionFactory
from tests.factories.ground import OfficerFactory
from tests.factories.sharing import DisclosureFactory
from tests.rolls import OTHER_SCHOOL, ROLL_PAGE, pupil_row, roll_of, upload_roll

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
        kept, gone = two
        return merging.merge(
            gone,
            kept,
            reason="New UPN",
            by=officer,
            at=NOON,
            agreed_by=OfficerFactory(email="two@example.org"),
        )

    def is_out(self, pupil, at=NOON):
        scheme = Scheme.objects.get(code="connexions")
        return opted_out(scheme_facts(scheme), pupil.born, decisions_about(scheme, pupil), at)

    def test_an_opt_out_of_either_counts_for_both_numbers(self, two, officer):
        kept, gone = two
        DecisionFactory(pupil=gone)
        assert not self.is_out(kept)
        assert self.merge(two, officer) == 1
        assert self.is_out(kept)
        assert set(PupilUpn.objects.values_list("upn", "pupil", "present")) == {
            (UPN, kept.pk, True), (TWIN, kept.pk, False),
        }  # fmt: skip
        assert FormerName.objects.get(pupil=kept).surname_folded == "khan"
        verify_log(lambda done: None)

    def test_in_the_order_received_a_later_opt_in_still_wins(self, two, officer):
        kept, gone = two
        DecisionFactory(pupil=gone, received_at=NOON - timedelta(days=30))
        opt_in = DecisionFactory(pupil=kept, choice="opt-in", received_at=NOON - timedelta(days=20))
        Verification.objects.create(decision=opt_in, at=NOON)
        self.merge(two, officer)
        assert not self.is_out(kept)

    def test_who_is_on_record_for_either_hears_of_an_opt_in(self, two, officer):
        kept, gone = two
        Pupil.objects.filter(pk=gone.pk).update(
            parent_name="Nadia Khan", parent_email="n@example.org"
        )
        gone.refresh_from_db()
        RollContact.objects.create(pupil=gone, place=1, name="Ali Khan")
        self.merge([kept, gone], officer)
        names = [each.name for each in contacts_of(kept, self_age=16, on=DAY)]
        assert names[-2:] == ["Nadia Khan", "Ali Khan"]

    def test_an_opt_in_that_waits_goes_on_waiting_and_whoever_was_told_is_not_told_again(
        self, two, officer
    ):
        kept, gone = two
        DecisionFactory(pupil=kept, received_at=NOON - timedelta(days=30))
        opt_in = DecisionFactory(pupil=gone, choice="opt-in", received_at=NOON - timedelta(days=20))
        told = {"name": "Nadia Khan", "way": "voice", "told_at": NOON, "told_by": officer}
        Telling.objects.create(decision=opt_in, **told)
        SecondLook.objects.create(decision=opt_in, why="opt-in", keyed_by=officer)
        assert self.merge(two, officer) == 1
        assert self.is_out(kept)
        copy = opting_in.unverified().get()
        assert copy.pupil == kept
        assert copy.second_look.why == "opt-in"
        tellings = {each.name: each.told_at for each in copy.tellings.all()}
        assert tellings == {"Nadia Khan": NOON, "Ben Barlow": None}
        for each in copy.tellings.filter(told_at=None):
            opting_in.mark_told(each, by=officer, at=NOON)
        assert self.is_out(kept)
        seen = OfficerFactory(email="looks@example.org")
        keying.look(copy.second_look, agrees=True, note="", by=seen, at=NOON)
        assert not self.is_out(kept)

    def test_two_opt_ins_of_one_parent_that_wait_are_one(self, two, officer):
        kept, gone = two
        for pupil in (kept, gone):
            DecisionFactory(pupil=pupil, choice="opt-in", received_at=NOON - timedelta(days=2))
        assert self.merge(two, officer) == 0
        assert opting_in.unverified().count() == 1

    def test_objections_go_with_what_was_decided_about_them(self, two, officer):
        kept, gone = two
        decision = ObjectionFactory(pupil=gone, email="ben@example.org")
        ruling = objecting.rule(decision, Ruling.Kind.UPHELD, reason="Yes", by=officer, at=NOON)
        objecting.tell(ruling, note="By letter", by=officer, at=NOON)
        self.merge(two, officer)
        copy = Decision.objects.get(pupil=kept)
        assert objecting.state_of(copy, at=NOON).ruling.kind == "upheld"
        assert objecting.email_of(copy) == "ben@example.org"

    def test_what_went_meanwhile_under_either_record_is_called_back(self, two, officer):
        kept, gone = two
        DisclosureFactory(days=-2, content=f"UPN,Telephone\r\n{UPN},1\r\n")
        DecisionFactory(pupil=gone, received_at=NOON - timedelta(days=3))
        assert not Recall.objects.exists()
        self.merge(two, officer)
        assert Recall.objects.get().decision.pupil == kept

    def test_what_went_under_the_record_that_is_gone_is_found_later(self, two, officer):
        kept, gone = two
        DisclosureFactory(days=-2, content=f"UPN,Telephone\r\n{TWIN},1\r\n")
        self.merge(two, officer)
        assert references_of([kept]) == {kept.reference: kept.pk, gone.reference: kept.pk}
        DecisionFactory(pupil=kept, received_at=NOON - timedelta(days=3))
        assert Recall.objects.count() == 1

    def test_its_letters_codes_end_and_it_is_found_no_more(self, two, officer, client):
        _, gone = two
        run_ = letters.ask(
            gone.school, Scheme.objects.get(code="connexions"), LetterKind.CHOICE, [gone.pk],
            by=officer, at=days.now(),
        )  # fmt: skip
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
        kept, gone = two
        with pytest.raises(NotNowError):
            merging.merge(kept, kept, reason="x", by=officer, at=NOON)
        self.merge(two, officer)
        with pytest.raises(NotNowError):
            merging.merge(gone, kept, reason="x", by=officer, at=NOON)
        with pytest.raises(IntegrityError, match="part of another"), transaction.atomic():
            PupilMerge.objects.create(gone=gone, kept=kept, reason="x", at=NOON, by=officer)
        with pytest.raises(IntegrityError, match="merge_of_two"), transaction.atomic():
            PupilMerge.objects.create(gone=kept, kept=kept, reason="x", at=NOON, by=officer)


@pytest.fixture
def twins(policy, write):
    """Ella, under UPN, and Adam, under TWIN: the same surname, birthday, school and parent."""
    rows = roll_of(pupil_row(), pupil_row(UPN=TWIN, Forename="Adam", Sex="M"))
    assert run("roll", "import", write(rows, "r.csv")).code == 0
    return [Pupil.objects.get(upns__upn=number) for number in (UPN, TWIN)]


class TestAsking:
    def test_twins_differ_in_the_forename_alone_and_that_needs_a_second_officer(
        self, twins, officer
    ):
        ella, adam = twins
        with pytest.raises(NotNowError, match="a second officer"):
            merging.merge(adam, ella, reason="x", by=officer, at=NOON)
        with pytest.raises(NotNowError, match="another officer"):
            merging.merge(adam, ella, reason="x", by=officer, at=NOON, agreed_by=officer)
        with pytest.raises(IntegrityError, match="second officer"), transaction.atomic():
            PupilMerge.objects.create(gone=adam, kept=ella, reason="x", at=NOON, by=officer)
        assert not PupilMerge.objects.exists()

    def test_spelling_is_no_difference(self, policy, write, officer):
        rows = roll_of(pupil_row(Surname="O’Neil"), pupil_row(UPN=TWIN, Surname="ONEIL"))
        run("roll", "import", write(rows, "r.csv"))
        kept, gone = (Pupil.objects.get(upns__upn=number) for number in (UPN, TWIN))
        assert not merge_proposing.needs_second(gone, kept)
        merging.merge(gone, kept, reason="New UPN", by=officer, at=NOON)

    def test_an_officer_compares_asks_and_another_agrees(
        self, twins, officer, second_officer, client
    ):
        ella, adam = twins
        DecisionFactory(pupil=adam)
        client.force_login(officer)
        numbers = {"survivor": UPN, "duplicate": TWIN.lower()}
        page = client.post(f"{ROLL_PAGE}merge/", numbers).text
        assert page.index("First name") < page.index("Last name")
        for words in (
            "The first name and sex are different.",
            "Twins",
            UPN,
            TWIN,
            "Ben Barlow",
            "opted out",
        ):
            assert words in page
        assert client.post(f"{ROLL_PAGE}merge/", {**numbers, "merge": "1"}).status_code == 422
        send = {**numbers, "merge": "1", "reason": "The school said so"}
        page = client.post(f"{ROLL_PAGE}merge/", send, follow=True).text
        assert "Another officer has been asked to agree" in page
        assert (
            "already been asked about these 2 records"
            in client.post(f"{ROLL_PAGE}merge/", send, follow=True).text
        )
        at = f"{ROLL_PAGE}merge/{MergeProposal.objects.get().pk}/"
        page = client.get(at).text
        assert "another officer has to agree" in page
        assert "merge records" not in page
        client.post(at, {"agree": "1"})
        assert not PupilMerge.objects.exists()
        assert "of records</a>" not in client.get("/staff/").text
        client.force_login(second_officer)
        assert "1 pair of records</a>" in client.get("/staff/").text
        assert "The school said so" in client.get(at).text
        done = client.post(at, {"agree": "1"})
        assert done.url == f"/staff/pupils/{ella.reference}/"
        merged = PupilMerge.objects.get()
        assert (merged.by, merged.agreed_by) == (officer, second_officer)
        assert "Opted out" in client.get(done.url).text
        assert "already been answered" in client.post(at, {"agree": "1"}, follow=True).text
        verify_log(lambda done: None)

    def test_a_second_officer_leaves_them_two_and_says_why(
        self, twins, officer, second_officer, client
    ):
        ella, adam = twins
        asked = merge_proposing.propose(adam, ella, reason="Same day", by=officer, at=NOON)
        client.force_login(second_officer)
        at = f"{ROLL_PAGE}merge/{asked.pk}/"
        assert client.post(at, {"refuse": "1", "note": ""}).status_code == 422
        assert (
            "have not been merged"
            in client.post(at, {"refuse": "1", "note": "Twins"}, follow=True).text
        )
        assert not PupilMerge.objects.exists()
        with pytest.raises(NotNowError):
            merge_proposing.agree(asked, by=second_officer, at=NOON)

    def test_the_database_lets_nobody_agree_with_themself(self, twins, officer):
        ella, adam = twins
        asked = merge_proposing.propose(adam, ella, reason="Same day", by=officer, at=NOON)
        with pytest.raises(IntegrityError, match="of their own"), transaction.atomic():
            MergeAnswer.objects.create(proposal=asked, agrees=True, at=NOON, by=officer)

    def test_one_officer_is_enough_where_only_the_upn_differs(self, policy, write, officer, client):
        run("roll", "import", write(roll_of(pupil_row(), pupil_row(UPN=TWIN)), "r.csv"))
        client.force_login(officer)
        send = {"survivor": UPN, "duplicate": TWIN, "merge": "1", "reason": "New UPN"}
        assert (
            "Differs"
            not in client.post(f"{ROLL_PAGE}merge/", {"survivor": UPN, "duplicate": TWIN}).text
        )
        client.post(f"{ROLL_PAGE}merge/", send)
        assert PupilMerge.objects.get().agreed_by is None

    def test_a_former_upn_is_no_way_to_a_record_here(self, twins, officer, second_officer, client):
        """The page shows the present UPN of each record; a former one beside it would tell (C11)."""
        ella, adam = twins
        merging.merge(adam, ella, reason="x", by=officer, at=NOON, agreed_by=second_officer)
        client.force_login(officer)
        page = client.post(f"{ROLL_PAGE}merge/", {"survivor": UPN, "duplicate": TWIN}).text
        assert "No pupil has this UPN now" in page


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
        [waiting] = objecting.waiting_objections()
        assert waiting.pupil == twins[0]
        assert objecting.objection(old.pk) == waiting
        with pytest.raises(NotNowError, match="has been merged"):
            objecting.rule(old, Ruling.Kind.GROUNDS, reason="x", by=officer, at=NOON)
        assert objecting.remind(at=NOON + timedelta(days=40)) == 2
        objecting.rule(waiting, Ruling.Kind.UPHELD, reason="Yes", by=officer, at=NOON)
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


class TestRolls:
    """A school's system may go on having two pupils where there is one record now."""

    @pytest.fixture
    def one(self, twins, officer, second_officer):
        ella, adam = twins
        merging.merge(adam, ella, reason="x", by=officer, at=NOON, agreed_by=second_officer)
        return ella

    ELLA = pupil_row(Address="1 New Street")
    ADAM = pupil_row(UPN=TWIN, Forename="Adam", Sex="M")

    @pytest.mark.parametrize("rows", [(ELLA, ADAM), (ADAM, ELLA)])
    def test_a_roll_with_both_rows_is_taken_and_says_which_changes_nothing(self, one, write, rows):
        done = run("roll", "import", write(roll_of(*rows), "r.csv"), "--whole")
        assert done.code == 0
        assert f"UPN {TWIN}: was not imported" in done.out
        assert "1 updated" in done.out
        assert "0 marked as having left" in done.out
        one.refresh_from_db()
        assert (one.forename, one.address, one.left_on) == ("Ella", "1 New Street", None)

    def test_a_row_that_names_another_child_gives_no_record_another_name(self, one, write):
        done = run("roll", "import", write(roll_of(self.ADAM), "r.csv"), "--whole")
        assert "was not imported" in done.out
        assert "0 updated" in done.out
        one.refresh_from_db()
        assert (one.forename, one.left_on) == ("Ella", None)
        assert PupilUpn.objects.get(pupil=one, present=True).upn == UPN

    def test_a_row_under_the_other_upn_that_says_the_same_brings_up_to_date(self, one, write):
        row = pupil_row(UPN=TWIN, Address="2 New Street")
        done = run("roll", "import", write(roll_of(row), "r.csv"))
        assert "1 updated" in done.out
        one.refresh_from_db()
        assert one.address == "2 New Street"

    def test_the_preview_shows_the_row_that_changes_nothing(self, one, officer, client):
        client.force_login(officer)
        page = upload_roll(client, roll_of(self.ELLA, self.ADAM)).text
        assert f"Line 3, UPN {TWIN}: Adam Barlow" in page
        assert "Changed: 1" in page

    def test_once_it_is_undone_both_rows_count(self, one, officer, write):
        merge_undoing.undo(PupilMerge.objects.get(), reason="Twins", by=officer, at=NOON)
        done = run("roll", "import", write(roll_of(self.ELLA, self.ADAM), "r.csv"))
        assert "was not imported" not in done.out
        assert "1 updated" in done.out


class TestUndoing:
    @pytest.fixture
    def merge(self, twins, officer, second_officer):
        def _merge():
            ella, adam = twins
            merging.merge(adam, ella, reason="x", by=officer, at=NOON, agreed_by=second_officer)
            return PupilMerge.objects.latest("pk")

        return _merge

    def undo(self, merged, officer):
        merge_undoing.undo(merged, reason="Twins", by=officer, at=NOON)

    def is_out(self, pupil, at=NOON):
        scheme = Scheme.objects.get(code="connexions")
        return opted_out(scheme_facts(scheme), pupil.born, decisions_about(scheme, pupil), at)

    def test_both_stand_for_themselves_again_with_their_upns(self, twins, merge, officer):
        merged = merge()
        assert list(Pupil.objects.on_roll()) == twins[:1]
        self.undo(merged, officer)
        assert set(Pupil.objects.on_roll()) == set(twins)
        assert set(PupilUpn.objects.values_list("upn", "pupil", "present")) == {
            (UPN, twins[0].pk, True), (TWIN, twins[1].pk, True),
        }  # fmt: skip
        assert not FormerName.objects.exists()
        assert not RollContact.objects.exists()
        assert references_of(twins) == {each.reference: each.pk for each in twins}
        verify_log(lambda done: None)

    def test_each_has_the_decisions_it_had(self, twins, merge, officer):
        ella, adam = twins
        DecisionFactory(pupil=adam)
        merged = merge()
        assert self.is_out(ella)
        self.undo(merged, officer)
        assert not self.is_out(ella)
        assert self.is_out(adam)

    def test_the_page_shows_all_that_was_decided_about_either_and_whence_it_came(
        self, twins, merge, officer, client
    ):
        ella, adam = twins
        wrong = DecisionFactory(pupil=adam, person_name="Cal Barlow", person_key="calbarlow")
        mark_invalid(wrong, kind="other", reason="A mistake", by=officer, at=NOON)
        DecisionFactory(
            pupil=adam, import_key="x", channel="import", received_at=days.start_of(DAY)
        )
        for each in twins:
            DecisionFactory(
                pupil=each, choice="opt-out", person_name="Di Barlow", person_key="dibarlow"
            )
        ObjectionFactory(pupil=adam)
        ended = ObjectionFactory(pupil=adam, person_name="Eve Barlow")
        mark_invalid(ended, kind="other", reason="No parent", by=officer, at=NOON)
        merged = merge()
        client.force_login(officer)
        page = " ".join(client.get(f"/staff/pupils/{ella.reference}/").text.split())
        rows = {
            name: next(part for part in page.split(begin) if name in part)
            for name, begin in (
                ("Ben Barlow (", "<tr"), ("Cal Barlow (", "<tr"), ("Eve Barlow (", "<li>"),
            )
        }  # fmt: skip
        assert "on the record that was merged into this one" in rows["Cal Barlow ("]
        assert "A mistake" in rows["Cal Barlow ("]
        assert "Mark invalid" not in rows["Cal Barlow ("].split("</tr>")[0]
        assert "No parent" in rows["Eve Barlow ("].split("</li>")[0]
        carried = rows["Ben Barlow ("].split("</tr>")[0]
        assert "carried over from the other record when the records were merged" in carried
        assert f"by {officer.name}" in carried.split("carried over")[1]
        assert f"by {officer.name}" not in carried.split("carried over")[0]
        assert page.count("Already on the record that was kept") == 1
        compared = client.get(f"{ROLL_PAGE}merges/{merged.pk}/")
        assert compared.status_code == 200
        self.undo(merged, officer)
        page = client.get(f"/staff/pupils/{ella.reference}/").text
        assert "A mistake" not in page

    def test_an_opt_out_since_counts_for_both(self, twins, merge, officer):
        merged = merge()
        DecisionFactory(pupil=twins[0])
        self.undo(merged, officer)
        assert [self.is_out(each) for each in twins] == [True, True]
        DecisionFactory(
            pupil=twins[1], choice="opt-in", import_key="x", received_at=NOON - timedelta(days=9)
        )

    def test_an_opt_in_since_takes_no_opt_out_away(self, twins, merge, officer):
        """Nobody knows which of the children it was about: Ben has to make it again."""
        for each in twins:
            DecisionFactory(pupil=each, received_at=NOON - timedelta(days=30))
        merged = merge()
        opt_in = DecisionFactory(
            pupil=twins[0], choice="opt-in", received_at=NOON - timedelta(days=8)
        )
        Verification.objects.create(decision=opt_in, at=NOON)
        assert not self.is_out(twins[0])
        self.undo(merged, officer)
        assert [self.is_out(each) for each in twins] == [True, True]
        assert "make it again" in opt_in.invalidation.reason

    def test_an_opt_in_that_waited_before_waits_again_for_its_own_child(
        self, twins, merge, officer
    ):
        opt_in = DecisionFactory(
            pupil=twins[1], choice="opt-in", received_at=NOON - timedelta(days=20)
        )
        Telling.objects.create(decision=opt_in, name="Nadia Khan", way="voice")
        merged = merge()
        copy = opting_in.unverified().get()
        opting_in.mark_told(copy.tellings.get(name="Nadia Khan"), by=officer, at=NOON)
        self.undo(merged, officer)
        assert opting_in.unverified().get() == opt_in
        assert opt_in.tellings.get().told_at == NOON

    def test_an_objection_since_is_both_childrens_and_one_ruled_meanwhile_stays_ruled(
        self, twins, merge, officer
    ):
        old = ObjectionFactory(pupil=twins[1])
        merged = merge()
        [stands] = objecting.objections()
        ruling = objecting.rule(stands, Ruling.Kind.UPHELD, reason="Yes", by=officer, at=NOON)
        objecting.tell(ruling, note="By phone", by=officer, at=NOON)
        ObjectionFactory(pupil=twins[0], person_name="Nadia")
        self.undo(merged, officer)
        assert objecting.state_of(old, at=NOON).ruling.kind == "upheld"
        assert objecting.state_of(old, at=NOON).telling is not None
        counting = [
            each for each in objecting.objections() if objecting.state_of(each, at=NOON).counts
        ]
        assert sorted((each.pupil_id, each.person_name) for each in counting) == sorted(
            [(twins[0].pk, "Nadia"), (twins[1].pk, "Nadia"), (twins[1].pk, old.person_name)]
        )

    def test_what_was_found_invalid_meanwhile_is_invalid(self, twins, merge, officer):
        old = DecisionFactory(pupil=twins[1])
        merged = merge()
        copy = Decision.objects.get(pupil=twins[0])
        mark_invalid(copy, kind="no-responsibility", reason="A neighbour", by=officer, at=NOON)
        self.undo(merged, officer)
        assert not self.is_out(twins[1])
        old.refresh_from_db()
        assert old.invalidation.kind == "no-responsibility"

    def test_made_one_and_two_and_one_again_leaves_one_of_each(self, twins, merge, officer):
        ObjectionFactory(pupil=twins[1])
        DecisionFactory(pupil=twins[1])
        self.undo(merge(), officer)
        DecisionFactory(pupil=twins[0], received_at=NOON - timedelta(days=1))
        merge()
        assert objecting.waiting_objections().count() == 1
        valid = Decision.objects.filter(pupil=twins[0], invalidation=None, scheme__isnull=False)
        assert valid.count() == 2

    def test_merges_are_undone_in_the_order_they_were_made_backwards(
        self, twins, merge, officer, second_officer, write
    ):
        number = "X801200000001"
        run("roll", "import", write(roll_of(pupil_row(UPN=number, Forename="Zoe")), "z.csv"))
        first = merge()
        zoe = Pupil.objects.get(upns__upn=number)
        merging.merge(zoe, twins[0], reason="x", by=officer, at=NOON, agreed_by=second_officer)
        with pytest.raises(NotNowError, match="Undo that merge first"):
            self.undo(first, officer)
        self.undo(PupilMerge.objects.latest("pk"), officer)
        self.undo(first, officer)
        with pytest.raises(NotNowError, match="already"):
            self.undo(first, officer)
        assert Pupil.objects.on_roll().count() == 3

    def test_codes_printed_meanwhile_end(self, twins, merge, officer):
        merged = merge()
        scheme = Scheme.objects.get(code="connexions")
        letters.ask(
            twins[0].school, scheme, LetterKind.CHOICE, [twins[0].pk], by=officer, at=days.now()
        )
        mails.run_jobs()
        self.undo(merged, officer)
        assert LetterCode.objects.get().revoked_at is not None

    def test_an_officer_sees_what_undoing_does_and_does_it(self, twins, merge, officer, client):
        merged = merge()
        DecisionFactory(pupil=twins[0])
        DecisionFactory(pupil=twins[0], choice="opt-in", received_at=NOON - timedelta(days=1))
        client.force_login(officer)
        at = f"{ROLL_PAGE}merges/{merged.pk}/"
        page = client.get(at).text
        both, neither = page.index("apply to both pupils"), page.index("apply to neither pupil")
        opted_in = page.index("opted back in")
        assert both < page.index("opted out") < neither < opted_in
        assert client.get(f"{ROLL_PAGE}merge/").text.count(at) == 1
        assert client.post(at, {"reason": ""}).status_code == 422
        page = client.post(at, {"reason": "Twins"}, follow=True).text
        assert "They are 2 records again" in page
        assert "Adam Barlow" in page
        assert MergeUndone.objects.get().reason == "Twins"
        undone = " ".join(client.get(at).text.split())
        assert "Reason for undoing it" in undone
        assert undone.count(f", by {officer.name}") == 2
        assert "Undo the merge" not in undone
        listed = " ".join(client.get(f"{ROLL_PAGE}merge/").text.split())
        assert f". Undone on 23 November 2026 by {officer.name}" in listed
        assert client.post(at, {}, follow=True).status_code == 200
        assert MergeUndone.objects.count() == 1
        entries = [json.loads(bytes(each.body)) for each in Entry.objects.order_by("seq")]
        assert "pupils-parted" in [each["event"] for each in entries]
