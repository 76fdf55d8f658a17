"""A file on a request for data holds what was decided, less what the rules now withhold, or nothing (Q1)."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from consent.identities import merging
from consent.protection.recording import record_death
from consent.rules import seen_now
from notices.models import Item, Purpose, Recipient
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import verify_log
from sharing.disclosures.lines import REASONS
from sharing.errors import (
    DecisionChangedError,
    HandOversStoppedError,
)
from sharing.models import Disclosure, DisclosureLine, Override, PublishedCount
from sharing.pupils import lists as pupil_lists
from sharing.register import publishing
from sharing.requests import deciding
from sharing.requests.files import content
from tests.example import DAY, NOON, TWIN, UPN
from tests.factories.consent import (
    DecisionFactory,
    ObjectionFactory,
    ProtectionFactory,
    PupilFactory,
    SchoolFactory,
)
from tests.factories.control import failed_control
from tests.factories.requests import decided, handed_over, ticket_of
from tests.log_entries import entries, events
from tests.races import open_again
from tests.unguarded import policy_unguarded

pytestmark = pytest.mark.django_db
ITEMS = ["pupil.surname", "pupil.sex", "pupil.address"]
EVERYTHING = [
    "pupil.upn", "pupil.surname", "pupil.forename", "pupil.date_of_birth", "pupil.sex",
    "pupil.year_group", "pupil.school", "pupil.address", "pupil.postcode", "parent.name",
    "parent.address",
]  # fmt: skip


@pytest.fixture
def hidden(db):
    """A pupil who is protected, with an address that is seen nowhere."""
    school = SchoolFactory(urn="990777", name="Hidden School")
    pupil = PupilFactory(
        forename="Hid", surname="Den", school=school, address="1 Secret Row", postcode="S1 1SS",
        parent_name="Mo Den", parent_address="2 Secret Row",
    )  # fmt: skip
    ProtectionFactory(pupil=pupil)
    pupil.refresh_from_db()
    return pupil


def agreed(request, by):
    deciding.answer(request, agrees=True, note="", number=1, by=by, at=NOON)


def entry_of(disclosure):
    return json.loads(bytes(Entry.objects.get(seq=disclosure.entry).body))


def object_to_connexions(pupil):
    connexions = Recipient.objects.get(code="connexions")
    purpose = Purpose.objects.get(code="careers-guidance")
    return ObjectionFactory(pupil=pupil, recipient=connexions, purpose=purpose)


def committed():
    """Check now what the database checks when a transaction is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def files_left():
    return list((Path(settings.PRIVATE_DIR) / "permitted").glob("*"))


def test_it_holds_what_was_decided_and_is_logged_with_its_lines(request_of, pupil, officer):
    request = request_of(items=[*ITEMS, "pupil.phone"], their_reference="C-1")
    decision = decided(request, by=officer)
    assert content.items_elsewhere(decision) == ["pupil.phone"]
    done, rows = handed_over(request, by=officer)
    assert rows == [["Surname", "Sex", "Address"], ["Barlow", "F", ""]]
    disclosure = done.disclosure
    assert (disclosure.origin, disclosure.means, disclosure.outcome) == (
        "request", "download", "released",
    )  # fmt: skip
    assert (disclosure.recipient.code, disclosure.request_reference) == ("connexions", "C-1")
    assert disclosure.item_sets == [sorted(ITEMS)]
    line = DisclosureLine.objects.get()
    assert (line.person, line.item_set, line.reason) == (pupil.reference, 0, None)
    entry = entry_of(disclosure)
    assert (entry["event"], entry["origin"], entry["request_decision"]) == (
        "disclosure", "request", decision.pk,
    )  # fmt: skip
    assert "Barlow" not in json.dumps(entry)
    verify_log(lambda number: None)


def test_every_item_of_a_record_can_be_in_it(pupil, officer, second_officer, request_of):
    request = request_of(items=EVERYTHING)
    decided(request, by=officer)
    _, (headings, cells) = handed_over(request, by=officer)
    assert len(headings) == len(EVERYTHING)
    assert cells == [
        UPN, "Barlow", "Ella", "2012-05-05", "F", "9", "Example High School", "", "", "Ben Barlow", "",
    ]  # fmt: skip


def test_only_chosen_items_of_chosen_pupils_are_in_it(request_of, pupil, officer):
    tom, ann = PupilFactory(forename="Tom", sex="M"), PupilFactory(forename="Ann")
    request = request_of(pupils=(pupil, tom, ann))
    decided(
        request, by=officer, choices={pupil.pk: "share", tom.pk: "share", ann.pk: "none"}
    )  # fmt: skip
    ticket = ticket_of(request, items=["pupil.sex"], pupils=[tom, ann])
    _, rows = handed_over(request, by=officer, ticket=ticket)
    assert rows == [["Sex"], ["M"]]
    assert DisclosureLine.objects.get().person == tom.reference


def test_a_former_upn_is_not_in_it(request_of, officer):
    moved = PupilFactory(former=(TWIN,))
    moved.upns.filter(present=True).delete()
    request = request_of(pupils=(moved,), items=["pupil.upn", "pupil.surname"])
    decided(request, by=officer)
    assert handed_over(request, by=officer)[1][1] == ["", "Barlow"]


def test_no_cell_is_a_formula(request_of, officer):
    pupil = PupilFactory(address="=cmd()")
    request = request_of(pupils=(pupil,))
    decided(request, by=officer)
    assert handed_over(request, by=officer)[1][1] == ["Barlow", "F", "'=cmd()"]


def test_of_who_is_opted_out_only_basic_items(request_of, pupil, officer):
    DecisionFactory(pupil=pupil)
    request = request_of()
    decided(request, by=officer)
    done, rows = handed_over(request, by=officer)
    assert rows[1] == ["Barlow", "", ""]
    assert (done.disclosure.outcome, done.disclosure.rows_reduced) == ("reduced", 1)
    assert done.disclosure.item_sets == [sorted(ITEMS), ["pupil.address", "pupil.surname"]]
    assert DisclosureLine.objects.get().item_set == 1
    assert [row.items for row in pupil_lists.whole_list(pupil, on=DAY)] == [
        ("pupil.address", "pupil.surname")
    ]
    verify_log(lambda number: None)


def test_despite_the_opt_out_everything_and_the_override_is_logged(
    request_of, pupil, officer, second_officer
):
    DecisionFactory(pupil=pupil)
    request = request_of(power="court-order")
    decided(request, by=officer, choice="share.despite", ground="legal-order")
    agreed(request, second_officer)
    done, rows = handed_over(request, by=officer)
    assert rows[1] == ["Barlow", "F", ""]
    assert done.disclosure.overridden
    assert Override.objects.get().steps.get().by == second_officer
    basic, _ = handed_over(request, by=officer, ticket=ticket_of(request, items=["pupil.surname"]))
    assert not basic.disclosure.overridden, "its basic items need no override"
    verify_log(lambda number: None)


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("objected", lambda pupil, by: object_to_connexions(pupil)),
        (
            "deceased",
            lambda pupil, by: record_death(pupil, died_on=DAY, source="officer", by=by, at=NOON),
        ),
        ("protected", lambda pupil, by: ProtectionFactory(pupil=pupil)),
    ],
)
def test_who_objected_died_or_is_protected_since_is_not_offered(
    request_of, pupil, officer, why, change
):
    tom = PupilFactory(forename="Tom", sex="M")
    request = request_of(pupils=(pupil, tom), purpose_words="Any.")
    decision = decided(request, by=officer)
    seen = ticket_of(request)
    change(pupil, officer)
    (row, _) = content.offered(decision, ITEMS, on=DAY, seen=seen_now(NOON))
    assert (row.items, row.decision.reason) == ((), why)
    with pytest.raises(DecisionChangedError):
        handed_over(request, by=officer, ticket=seen)
    assert not Disclosure.objects.exists()
    assert entries("refusal")[-1]["request"] == request.pk
    assert not files_left()
    _, rows = handed_over(request, by=officer)
    assert rows[1:] == [["Barlow", "M", ""]]
    verify_log(lambda number: None)


@pytest.mark.parametrize("choice", ["share.without-locating", "share.whole"])
def test_of_a_protected_pupil_only_what_a_second_officer_let_go(
    request_of, hidden, officer, second_officer, choice
):
    request = request_of(pupils=(hidden,), items=EVERYTHING)
    decided(request, by=officer, choice=choice)
    agreed(request, second_officer)
    done, rows = handed_over(request, by=officer)
    where = ["Hidden School", "1 Secret Row", "S1 1SS", "Mo Den", "2 Secret Row"]
    assert rows[1][1:3] == ["Den", "Hid"]
    assert rows[1][6:] == (where if choice == "share.whole" else [""] * 5)
    assert done.disclosure.approved_by == second_officer
    assert done.disclosure.schools == []
    if choice == "share.without-locating":
        assert DisclosureLine.objects.get().item_set == 1
        assert done.disclosure.outcome == "reduced"
    told = json.dumps([*entries(), done.facts.model_dump(mode="json")])
    assert not [word for word in where if word in told]
    verify_log(lambda number: None)


def test_what_the_policy_does_not_call_locating_is_hidden_all_the_same(
    request_of, hidden, officer, second_officer
):
    with policy_unguarded():
        Item.objects.filter(code="pupil.address").update(locating=False)
    request = request_of(pupils=(hidden,))
    decided(request, by=officer, choice="share.whole")
    agreed(request, second_officer)
    assert handed_over(request, by=officer)[1][1][2] == "1 Secret Row"
    other = request_of(pupils=(hidden,), items=[*ITEMS, "pupil.postcode"])
    decided(other, by=officer, choice="share.without-locating")
    agreed(other, second_officer)
    assert handed_over(other, by=officer)[1][1] == ["Den", "F", "", ""]


def test_protection_that_ended_gives_no_more_than_was_decided(
    request_of, hidden, officer, second_officer
):
    request = request_of(pupils=(hidden,))
    decided(request, by=officer, choice="share.without-locating")
    agreed(request, second_officer)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE consent_pupil DISABLE TRIGGER USER")
        cursor.execute("UPDATE consent_pupil SET protected = false")
        cursor.execute("ALTER TABLE consent_pupil ENABLE TRIGGER USER")
    done, rows = handed_over(request, by=officer)
    assert rows[1] == ["Den", "F", ""]
    assert done.disclosure.rows_reduced == 1


def test_an_opt_out_that_was_invalid_gives_no_more_than_was_decided(request_of, pupil, officer):
    DecisionFactory(pupil=pupil)
    request = request_of()
    decided(request, by=officer)
    open_again(officer)
    done, rows = handed_over(request, by=officer)
    assert rows[1] == ["Barlow", "", ""]
    assert done.disclosure.rows_reduced == 1
    line = DisclosureLine.objects.get()
    assert REASONS[line.reason] == "opted-out"


def test_an_opt_out_between_page_and_download_stops_the_file(request_of, pupil, officer):
    request = request_of()
    decided(request, by=officer)
    ticket = ticket_of(request)
    DecisionFactory(pupil=pupil)
    with pytest.raises(DecisionChangedError, match="Nothing has been released"):
        handed_over(request, by=officer, ticket=ticket)
    assert not Disclosure.objects.exists()
    assert not DisclosureLine.objects.exists()
    assert events()[-1] == "refusal"


def test_so_does_one_that_would_let_more_go(request_of, pupil, officer):
    opted_out = DecisionFactory(pupil=pupil)
    request = request_of(items=["pupil.surname"])
    decided(request, by=officer)
    ticket = ticket_of(request)
    ticket.rows[str(pupil.reference)].clear()
    assert opted_out
    with pytest.raises(DecisionChangedError):
        handed_over(request, by=officer, ticket=ticket)


def test_a_file_leaves_once(request_of, officer):
    request = request_of()
    decided(request, by=officer)
    ticket = ticket_of(request)
    handed_over(request, by=officer, ticket=ticket)
    with pytest.raises(NotNowError, match="already been downloaded"):
        handed_over(request, by=officer, ticket=ticket)
    handed_over(request, by=officer)
    assert Disclosure.objects.count() == 2


def test_nothing_leaves_without_a_decision_that_applies(
    request_of, hidden, officer, second_officer
):
    waiting = request_of(pupils=(hidden,))
    decided(waiting, by=officer, choice="share.without-locating")
    with pytest.raises(NotNowError, match="no decision to share applies"):
        handed_over(waiting, by=officer)
    elsewhere = request_of(items=["pupil.phone"])
    decided(elsewhere, by=officer)
    with pytest.raises(NotNowError, match="there can be no file"):
        handed_over(elsewhere, by=officer)


def test_a_ticket_of_another_decision_is_void(request_of, officer):
    one, other = request_of(), request_of()
    decided(one, by=officer)
    decided(other, by=officer)
    with pytest.raises(DecisionChangedError):
        handed_over(one, by=officer, ticket=ticket_of(other))


def test_no_file_leaves_while_the_nightly_control_stops_them(request_of, officer):
    request = request_of()
    decided(request, by=officer)
    ticket = ticket_of(request)
    failed_control()
    with pytest.raises(HandOversStoppedError):
        handed_over(request, by=officer, ticket=ticket)
    assert not Disclosure.objects.exists()


def test_nor_does_the_database_commit_one(request_of, officer):
    request = request_of()
    decided(request, by=officer)
    disclosure = handed_over(request, by=officer)[0].disclosure
    committed()
    failed_control()
    disclosure.pk, disclosure.entry, disclosure.submission = disclosure.pk + 1, 9_999, None
    mark = transaction.savepoint()
    disclosure.save(force_insert=True)
    with pytest.raises(IntegrityError, match="No file leaves"):
        committed()
    transaction.savepoint_rollback(mark)


@pytest.mark.parametrize("what", ["more items", "out of line", "nobody decided"])
def test_the_database_stores_no_file_with_more_than_was_decided(request_of, pupil, officer, what):
    DecisionFactory(pupil=pupil)
    request = request_of()
    decided(request, by=officer)
    disclosure = handed_over(request, by=officer)[0].disclosure
    number = disclosure.pk + 1
    person = PupilFactory().reference if what == "nobody decided" else pupil.reference
    DisclosureLine.objects.create(
        disclosure_id=number, row=1, person=person, outcome=0,
        item_set=0 if what == "more items" else 1,
    )  # fmt: skip
    disclosure.pk, disclosure.entry, disclosure.submission = number, 9_999, None
    disclosure.out_of_line = what == "out of line"
    with pytest.raises(IntegrityError, match="more than was decided"), transaction.atomic():
        disclosure.save(force_insert=True)


def test_an_error_is_a_refusal_that_names_the_request(request_of, officer, monkeypatch):
    def fails(*arguments):
        raise OSError("no room")

    request = request_of()
    decided(request, by=officer)
    ticket = ticket_of(request)
    monkeypatch.setattr(content, "headings_of_items", fails)
    with pytest.raises(OSError, match="no room"):
        handed_over(request, by=officer, ticket=ticket)
    refusal = entries("refusal")[-1]
    assert (refusal["request"], refusal["error"]) == (request.pk, "OSError")
    assert not files_left()
    assert not Disclosure.objects.exists()
    verify_log(lambda number: None)


def test_of_records_that_were_merged_the_kept_one_is_read(request_of, officer, second_officer):
    gone, kept = PupilFactory(address="1 Old Road"), PupilFactory(address="2 New Road")
    request = request_of(pupils=(gone,))
    decided(request, by=officer)
    ticket = ticket_of(request)
    merging.merge(gone, kept, reason="x", by=officer, at=NOON, agreed_by=second_officer)
    done, rows = handed_over(request, by=officer, ticket=ticket)
    assert rows[1] == ["Barlow", "F", "2 New Road"]
    assert DisclosureLine.objects.get().person == gone.reference
    assert [row.disclosure for row in pupil_lists.whole_list(kept, on=DAY)] == [done.disclosure]


def test_the_public_register_counts_the_file_and_its_pupils(request_of, officer):
    pupils = [PupilFactory(forename=f"Ella {letter}") for letter in "abcde"]
    request = request_of(pupils=pupils)
    decided(request, by=officer)
    handed_over(request, by=officer)
    publishing.publish_due(at=NOON + timedelta(days=31))
    figures = PublishedCount.objects.get()
    assert (figures.files, figures.pupils) == (1, 5)


def test_a_changed_file_is_found(request_of, officer):
    request = request_of()
    decided(request, by=officer)
    handed_over(request, by=officer)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE sharing_disclosure DISABLE TRIGGER USER")
        cursor.execute("UPDATE sharing_disclosure SET origin = 'scheduled'")
    with pytest.raises(LogBrokenError, match="differs from what was logged in origin"):
        verify_log(lambda number: None)
