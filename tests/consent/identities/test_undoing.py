"""Two records that were made one are two again (C6)."""

import json
from datetime import timedelta

import pytest

from consent.decisions import objecting, opting_in
from consent.decisions.invalidating import mark_invalid
from consent.decisions.recording import record
from consent.identities import merging, undoing as merge_undoing
from consent.letters import printing as letters
from consent.models import (
    Decision,
    FormerName,
    Invalidation,
    LetterCode,
    LetterKind,
    LetterRun,
    MergeUndone,
    Pupil,
    PupilMerge,
    PupilUpn,
    RollContact,
    Ruling,
    Scheme,
    Telling,
    Verification,
)
from consent.queries import decisions_about, references_of, scheme_facts
from consent.rules import opted_out
from privacy_portal.ground import days
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry
from sharing.auditing.verifying import verify_log
from tests import mails
from tests.commands import run
from tests.example import DAY, NOON, TWIN, UPN
from tests.factories.consent import DecisionFactory, ObjectionFactory
from tests.rolls import ROLL_PAGE, pupil_row, roll_of

pytestmark = pytest.mark.django_db


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
        assert references_of(twins) == {twin.reference: twin.pk for twin in twins}
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
        for twin in twins:
            DecisionFactory(
                pupil=twin, choice="opt-out", person_name="Di Barlow", person_key="dibarlow"
            )
            ObjectionFactory(pupil=twin, person_name="Di Barlow")
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
        assert page.count("Already on the record that was kept") == 2, "opt-out and objection"
        compared = client.get(f"{ROLL_PAGE}merges/{merged.pk}/")
        assert compared.status_code == 200
        self.undo(merged, officer)
        page = client.get(f"/staff/pupils/{ella.reference}/").text
        assert "A mistake" not in page

    def test_an_opt_out_since_counts_for_both(self, twins, merge, officer):
        merged = merge()
        DecisionFactory(pupil=twins[0])
        self.undo(merged, officer)
        assert [self.is_out(twin) for twin in twins] == [True, True]
        DecisionFactory(
            pupil=twins[1], choice="opt-in", import_key="x", received_at=NOON - timedelta(days=9)
        )

    def test_an_opt_in_since_takes_no_opt_out_away(self, twins, merge, officer):
        """Nobody knows which of the children it was about: Ben has to make it again."""
        for twin in twins:
            DecisionFactory(pupil=twin, received_at=NOON - timedelta(days=30))
        merged = merge()
        opt_in = DecisionFactory(
            pupil=twins[0], choice="opt-in", received_at=NOON - timedelta(days=8)
        )
        Verification.objects.create(decision=opt_in, at=NOON)
        assert not self.is_out(twins[0])
        self.undo(merged, officer)
        assert [self.is_out(twin) for twin in twins] == [True, True]
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
            objection
            for objection in objecting.objections()
            if objecting.state_of(objection, at=NOON).counts
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

    def test_what_was_merged_meanwhile_is_found_invalid_where_it_applies(
        self, twins, merge, officer
    ):
        """Else whoever waited for the merge would be told that it has no effect, and it had."""
        old = DecisionFactory(pupil=twins[1])
        merge()
        with pytest.raises(NotNowError, match="has been merged with another"):
            mark_invalid(old, kind="other", reason="A joke", by=officer, at=NOON)
        assert not Invalidation.objects.exists()

    def test_what_is_invalid_on_both_keeps_its_own_reason(self, twins, merge, officer):
        old = DecisionFactory(pupil=twins[1])
        merged = merge()
        copy = Decision.objects.get(pupil=twins[0])
        both = [
            Invalidation(decision=decision, reason=reason, recorded_at=NOON, recorded_by=officer)
            for decision, reason in ((old, "A joke"), (copy, "A neighbour"))
        ]
        record([], both, by=officer, at=NOON)
        self.undo(merged, officer)
        reasons = {row.decision_id: row.reason for row in Invalidation.objects.all()}
        assert reasons == {old.pk: "A joke", copy.pk: "A neighbour"}

    def test_whom_staff_told_of_a_decision_meanwhile_was_told(self, twins, merge, officer):
        old = ObjectionFactory(pupil=twins[1])
        objecting.rule(old, Ruling.Kind.UPHELD, reason="Yes", by=officer, at=NOON)
        merged = merge()
        [stands] = objecting.objections()
        ruling = objecting.state_of(stands, at=NOON).ruling
        objecting.tell(ruling, note="By phone", by=officer, at=NOON)
        self.undo(merged, officer)
        assert old.rulings.get().told.note == "By phone"

    def test_a_merge_from_before_its_upns_were_stored_is_not_undone(
        self, twins, officer, second_officer, client
    ):
        ella, adam = twins
        merged = PupilMerge.objects.create(
            gone=adam, kept=ella, reason="x", at=NOON, by=officer, agreed_by=second_officer
        )
        client.force_login(officer)
        page = client.post(f"{ROLL_PAGE}merges/{merged.pk}/", {"reason": "Twins"})
        assert "This merge is too old to undo." in page.text
        assert not MergeUndone.objects.exists()

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
        run_ = LetterRun(
            school=twins[0].school, scheme=scheme, kind=LetterKind.CHOICE, pupils=[twins[0].pk]
        )
        letters.ask(run_, by=officer, at=days.now())
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
        entries = [json.loads(bytes(entry.body)) for entry in Entry.objects.order_by("seq")]
        assert "pupils-parted" in [entry["event"] for entry in entries]
