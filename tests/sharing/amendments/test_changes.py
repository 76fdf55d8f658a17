"""What a recipient is told of changes to what it got (H6)."""

from datetime import timedelta

import pytest
from django.db import connection

from consent.models import Pupil, PupilUpn, Scheme
from notices.models import Purpose, Recipient
from privacy_portal.ground import days
from privacy_portal.ground.mail.models import Message
from sharing.auditing.verifying import verify_log
from sharing.changes.finding import find_changes
from sharing.changes.on_roll import ON_ROLL
from sharing.changes.rules import COLUMNS_OF
from sharing.disclosures.undoing import undo
from sharing.errors import DecisionChangedError
from sharing.models import (
    Amendment,
    AmendmentStep,
    CoverSheet,
    Disclosure,
    DisclosureLine,
    Recall,
    RecallStep,
    Release,
)
from sharing.releases import desk
from sharing.review import recalling
from sharing.rules import UPN_ITEM
from tests.example import TWIN, UPN
from tests.factories.consent import (
    DecisionFactory,
    ObjectionFactory,
    ProtectionFactory,
    SchoolFactory,
)
from tests.sharing.amendments.steps import (
    LINK,
    agreement_of,
    correct,
    find,
    let_go,
    make,
    rows_of,
    send,
    share,
)
from tests.unguarded import policy_unguarded

pytestmark = pytest.mark.django_db


def opt_out(upn=UPN, **more):
    pupil = Pupil.objects.get(upns__upn=upn)
    more = {"received_at": days.now(), **more}
    return DecisionFactory(pupil=pupil, recorded_at=days.now(), **more)


def test_nothing_is_due_where_nothing_changed(shared):
    assert find() is None


def test_a_correction_is_told_with_its_new_value_and_no_other(shared, officer, second_officer):
    correct(address="2 New Road")
    (row,) = send(find(), officer, second_officer)
    assert row == {
        "Our log entry": str(shared.entry),
        "Row in that file": "1",
        "UPN": UPN,
        "Changed": "Address",
        "Delete": "",
        "Address": "2 New Road",
    }
    verify_log(lambda done: None)


def test_only_what_the_extract_had_is_told(shared, officer):
    correct(parent_name="Somebody New", postcode="WN9 9ZZ", forename="Eleanor")
    assert find() is None


def test_a_value_that_is_gone_is_told_as_changed_and_blank(shared, officer, second_officer):
    correct(TWIN, address="")
    (row,) = send(find(), officer, second_officer)
    assert (row["Row in that file"], row["Changed"], row["Address"]) == ("2", "Address", "")


def test_an_opt_out_asks_to_delete_all_but_basic_details_and_says_no_reason(
    shared, officer, second_officer
):
    opt_out()
    (row,) = send(find(), officer, second_officer)
    assert row == {
        "Our log entry": str(shared.entry),
        "Row in that file": "1",
        "UPN": UPN,
        "Changed": "",
        "Delete": "Sex; Telephone; UPN",
    }


def test_a_basic_detail_of_somebody_opted_out_is_still_corrected(shared, officer, second_officer):
    opt_out()
    correct(address="2 New Road", sex="X")
    (row,) = send(find(), officer, second_officer)
    assert row["Changed"] == "Address"
    assert row["Address"] == "2 New Road"
    assert "Sex" not in row


def test_an_objection_asks_to_delete_everything(shared, officer, second_officer):
    pupil = Pupil.objects.get(upns__upn=UPN)
    ObjectionFactory(
        pupil=pupil,
        recipient=Recipient.objects.get(code="connexions"),
        purpose=Purpose.objects.get(code="careers-guidance"),
        received_at=days.now(),
        recorded_at=days.now(),
    )
    (row,) = send(find(), officer, second_officer)
    assert (row["Delete"], row["Changed"]) == ("Everything", "")
    assert set(row) == {"Our log entry", "Row in that file", "UPN", "Changed", "Delete"}


def test_what_was_told_is_not_told_again(shared, officer, second_officer):
    opt_out()
    correct(TWIN, address="2 New Road")
    assert len(send(find(), officer, second_officer)) == 2
    assert [told for told in find_changes("NEW-CNX", "careers-guidance", at=days.now() + timedelta(minutes=5)).told
            if told.instruction.delete] == []  # fmt: skip


def test_somebody_grown_too_old_is_no_correction(shared, officer):
    with policy_unguarded():
        Scheme.objects.filter(code="connexions").update(below_age=13, min_age=None, self_age=None)
    assert find() is None
    opt_out()
    due = find_changes("NEW-CNX", "careers-guidance", at=days.now())
    assert [told.instruction.whole for told in due.told] == [True]


def test_a_changed_upn_never_shows_the_new_one(shared, officer, second_officer):
    pupil = Pupil.objects.get(upns__upn=UPN)
    PupilUpn.objects.filter(upn=UPN).update(present=False)
    PupilUpn.objects.create(upn="A359999999999", pupil=pupil, present=True)
    correct(address="2 New Road")
    (row,) = send(find(), officer, second_officer)
    assert row["UPN"] == UPN
    assert "A359999999999" not in row.values()


def test_where_the_number_is_not_certain_the_row_says_who_is_meant(shared, officer, second_officer):
    pupil = Pupil.objects.get(upns__upn=UPN)
    PupilUpn.objects.create(upn="A359999999999", pupil=pupil, present=False)
    correct(address="2 New Road")
    (row,) = send(find(), officer, second_officer)
    assert (row["UPN"], row["Row in that file"]) == ("", "1")


def test_the_release_is_void_where_the_roll_changes_again(shared, officer, second_officer):
    correct(address="2 New Road")
    release = make(find(), officer)
    correct(address="3 Newer Road")
    with pytest.raises(DecisionChangedError):
        let_go(release, officer, second_officer)
    release.refresh_from_db()
    assert release.state == Release.State.VOID
    assert Disclosure.objects.filter(origin="amendment").count() == 0
    (row,) = send(find() or Amendment.objects.get(), officer, second_officer)
    assert row["Address"] == "3 Newer Road"


def test_an_opt_out_after_the_check_voids_it_too(shared, officer, second_officer):
    correct(address="2 New Road")
    release = make(find(), officer)
    opt_out()
    with pytest.raises(DecisionChangedError):
        let_go(release, officer, second_officer)


def test_it_is_a_release_like_any_other(shared, officer, second_officer):
    correct(address="2 New Road")
    amendment = find()
    release = make(amendment, officer)
    assert release.must_be_approved
    assert release.source == Release.Source.AMENDMENT
    assert desk.waits_for_approval(release)
    let_go(release, officer, second_officer)
    disclosure = release.disclosure
    assert (disclosure.origin, disclosure.approved_by) == ("amendment", second_officer)
    assert disclosure.destroy_by is not None
    assert disclosure.item_sets == [["pupil.address", "pupil.upn"], ["pupil.address"]]
    sheet = CoverSheet.objects.get(disclosure=disclosure)
    assert sheet.facts["amendment"] == {"changed": 1, "to_delete": 0}
    assert DisclosureLine.objects.filter(disclosure=disclosure).count() == 1
    verify_log(lambda done: None)


def test_an_amendment_lapses_where_nothing_is_left_to_tell(shared, officer):
    correct(address="2 New Road")
    amendment = find()
    undo(shared, why="x", at=days.now())
    assert make(amendment, officer) is None
    assert AmendmentStep.objects.get().kind == "lapsed"
    assert find() is None
    verify_log(lambda done: None)


def test_an_agreement_that_does_not_ask_gets_none(policy, pupil, officer):
    agreement_of(amendments="")
    share(officer)
    correct(address="2 New Road")
    assert find() is None


def test_somebody_protected_since_is_told_nothing_new(shared, officer, second_officer):
    pupil = Pupil.objects.get(upns__upn=UPN)
    correct(address="9 Refuge Road")
    ProtectionFactory(pupil=pupil, at=days.now())
    amendment = find()
    release = make(amendment, officer)
    extract = desk.extract_file(release.pk).read_text()
    assert "Refuge" not in extract
    content = let_go(release, officer, second_officer)
    (row,) = rows_of(content, release)
    assert (row["Delete"], row["Changed"]) == ("Everything", "")
    assert "Refuge" not in " ".join(row.values())
    assert "Address" not in row


def test_protection_is_told_in_the_words_of_an_objection(shared, officer, second_officer):
    """Nobody can tell from the file which of the two it is, nor an opt-out from a mistake (C7)."""
    ProtectionFactory(pupil=Pupil.objects.get(upns__upn=UPN), at=days.now())
    ObjectionFactory(
        pupil=Pupil.objects.get(upns__upn=TWIN),
        recipient=Recipient.objects.get(code="connexions"),
        purpose=Purpose.objects.get(code="careers-guidance"),
        received_at=days.now(),
        recorded_at=days.now(),
    )
    first, second = send(find(), officer, second_officer)
    for row in (first, second):
        del row["UPN"], row["Row in that file"]
    assert first == second


def test_somebody_who_moved_away_and_is_protected_is_not_missed(policy, pupil, officer):
    agreement_of(schools=["990001"])
    share(officer, f"UPN,Surname,Address\r\n{UPN},Barlow,1 Old Street\r\n")
    correct(school=SchoolFactory(urn="990009", name="Far Away School"))
    assert find() is None
    ProtectionFactory(pupil=pupil, at=days.now())
    (told,) = find_changes("NEW-CNX", "careers-guidance", at=days.now()).told
    assert told.instruction.whole
    assert not told.instruction.changed


def test_what_was_released_against_an_opt_out_is_left_alone(shared, officer):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE sharing_disclosure DISABLE TRIGGER append_only_rows")
        cursor.execute("UPDATE sharing_disclosure SET overridden = true")
        cursor.execute("ALTER TABLE sharing_disclosure ENABLE ALWAYS TRIGGER append_only_rows")
    opt_out()
    assert find() is None


class TestRecalls:
    """A late opt-out has a recall; an amendment never asks for the same twice (C8)."""

    @pytest.fixture
    def recall(self, shared):
        opt_out(received_at=days.now() - timedelta(hours=3))
        return Recall.objects.get()

    def test_a_recall_whose_letter_has_gone_is_not_repeated(self, recall, officer):
        now = days.now()
        recalling.record_step(
            recall, RecallStep.Kind.SENT, on=days.today(), note="By post", by=officer, at=now
        )
        assert find() is None

    def test_one_whose_letter_has_not_gone_is_sent_and_confirmed_with_the_file(
        self, recall, officer, second_officer, client
    ):
        amendment = find()
        (row,) = send(amendment, officer, second_officer)
        assert row["Delete"] == "Sex; Telephone; UPN"
        step = RecallStep.objects.get()
        assert (step.kind, step.by) == ("sent", officer)
        assert "With the file of changes in log entry" in step.note
        client.post(LINK.search(Message.objects.get(key__startswith="amendment/").text)[1])
        assert list(RecallStep.objects.values_list("kind", flat=True)) == ["sent", "confirmed"]
        assert not recalling.open_recalls().exists()
        client.force_login(officer)
        page = client.get(f"/staff/disclosures/recalls/{recall.pk}/").text
        assert page.count("With the file of changes in log entry") == 2
        verify_log(lambda done: None)


def test_a_file_of_an_agreement_without_numbers_names_rows_alone(
    policy, pupil, officer, second_officer
):
    agreement_of(items=("pupil.surname", "pupil.address"))
    share(officer, f"UPN,Surname,Address\r\n{UPN},Barlow,1 Old Street\r\n")
    correct(address="2 New Road")
    (row,) = send(find(), officer, second_officer)
    assert set(row) == {"Our log entry", "Row in that file", "Changed", "Delete", "Address"}


def test_the_portal_looks_as_often_as_the_agreement_says(policy, pupil, officer, second_officer):
    agreement_of(amendments="month")
    share(officer, f"UPN,Surname,Address\r\n{UPN},Barlow,1 Old Street\r\n")
    correct(address="2 New Road")
    send(find(), officer, second_officer)
    correct(address="3 Newer Road")
    assert find() is None
    assert find(officer) is not None


def test_a_row_withheld_from_the_file_does_not_count_as_one(policy, pupil, officer, second_officer):
    agreement_of()
    nobody = "A000000000000"
    disclosure = share(
        officer, f"UPN,Surname,Address\r\n{nobody},X,\r\n{UPN},Barlow,1 Old Street\r\n"
    )
    correct(address="2 New Road")
    (row,) = send(find(), officer, second_officer)
    assert (row["Our log entry"], row["Row in that file"]) == (str(disclosure.entry), "1")


def test_each_item_that_can_be_read_has_its_columns():
    assert {*COLUMNS_OF, UPN_ITEM} == set(ON_ROLL)
